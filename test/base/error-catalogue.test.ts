/** Every code a person may look up can happen. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../../src/base/error-catalogue.js';

const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));
/** They name codes without producing them. */
const LISTS = ['base/error-catalogue.ts', 'cli/error-names.ts'];

const producers = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !LISTS.includes(file))
  .map((file) => readFileSync(SOURCE + file, 'utf8'));

it.each(Object.keys(ERROR_CATALOGUE))('%s is produced somewhere', (code) => {
  expect(producers.some((text) => text.includes(`'${code}'`))).toBe(true);
});
