import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;

/** One forbidden import each: the file that does it, what it imports, and the rule that must catch it. */
const VIOLATIONS = [
  ['src/base/reaches-up.ts', '../engine/ports.js', 'base-stands-alone'],
  ['src/base/uses-zod.ts', 'zod', 'base-stands-alone'],
  ['src/auth0/reaches-up.ts', '../provider/prove.js', 'auth0-needs-base'],
  ['src/provider/contract.ts', '../auth0/access.js', 'contract-needs-base-and-zod'],
  ['src/provider/reaches-up.ts', '../engine/ports.js', 'provider-needs-auth0-and-base'],
  [
    'src/engine/knows-a-provider.ts',
    '../provider/auth0-client-secret/index.js',
    'engine-needs-the-contract-not-a-provider',
  ],
  ['src/engine/knows-auth0.ts', '../auth0/access.js', 'engine-needs-the-contract-not-a-provider'],
  ['src/engine/knows-a-store.ts', '../stores/memory.js', 'engine-needs-the-contract-not-a-provider'],
  ['src/stores/knows-behaviour.ts', '../engine/transition.js', 'stores-need-the-ports'],
  ['src/adapters/knows-the-engine.ts', '../engine/ports.js', 'adapters-need-providers'],
  ['src/consumer/uses-base.ts', '../base/secret.js', 'consumer-stands-alone'],
  ['src/consumer/uses-zod.ts', 'zod', 'consumer-stands-alone'],
  ['src/testing/knows-the-command-line.ts', '../cli/main.js', 'testing-needs-contracts'],
  ['src/testing/knows-the-platform.ts', '../platform/index.js', 'testing-needs-contracts'],
  ['src/demo/uses-the-command-line.ts', '../cli/main.js', 'demo-puts-the-rooms-together'],
  ['src/demo/knows-auth0.ts', '../auth0/access.js', 'demo-puts-the-rooms-together'],
  ['src/engine/knows-the-demo.ts', '../demo/run-demo.js', 'only-the-command-line-needs-the-demo'],
  ['src/index.ts', './engine/ports.js', 'index-offers-the-provider'],
  ['src/platform/knows-the-command-line.ts', '../cli/main.js', 'nothing-needs-the-command-line'],
  ['src/platform/uses-auth0.ts', 'auth0/clients', 'only-auth0-imports-auth0'],
  ['src/platform/uses-infisical.ts', '@infisical/sdk', 'only-stores-demo-imports-infisical-sdk'],
  ['src/platform/uses-undici.ts', 'undici', 'only-cli-testing-imports-undici'],
  ['src/platform/uses-commander.ts', 'commander', 'only-cli-imports-commander'],
  ['src/platform/uses-clack.ts', '@clack/prompts', 'only-cli-imports-clack-prompts'],
  ['src/auth0/loads-at-once.ts', 'auth0/clients', 'heavy-packages-load-at-first-use'],
  ['src/platform/uses-a-tool.ts', 'vitest', 'only-declared-packages'],
  ['src/platform/misses.ts', './nowhere.js', 'nothing-unresolved'],
] as const;

const INNOCENT = [
  'src/engine/ports.ts',
  'src/engine/transition.ts',
  'src/auth0/access.ts',
  'src/provider/prove.ts',
  'src/provider/auth0-client-secret/index.ts',
  'src/stores/memory.ts',
  'src/base/secret.ts',
  'src/cli/main.ts',
  'src/demo/run-demo.ts',
  'src/platform/index.ts',
];

interface Report {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

let folder = '';
let found: readonly string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'directions-'));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  for (const path of INNOCENT) await write(path, 'export type Thing = string;\nexport const thing = 1;\n');
  for (const [path, target] of VIOLATIONS)
    await write(path, `import * as other from '${target}';\nexport { other };\n`);
  await write('src/stores/first.ts', `import { second } from './second.js';\nexport const first = () => second;\n`);
  await write('src/stores/second.ts', `import { first } from './first.js';\nexport const second = () => first;\n`);
  await write(
    'src/adapters/type-only.ts',
    `import type { Thing } from '../auth0/access.js';\nexport type Other = Thing;\n`,
  );
  await write('src/auth0/loads-lazily.ts', `export const load = () => import('auth0/clients');\n`);
  await write('package.json', JSON.stringify(await packageJson()));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const report = await cruise();
  found = report.summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(VIOLATIONS)('%s must not import %s', (path, _, rule) => {
  expect(found).toContain(`${path}: ${rule}`);
});

test('a cycle is caught', () => {
  expect(found).toContain('src/stores/first.ts: no-cycles');
});

test('an import of types counts', () => {
  expect(found).toContain('src/adapters/type-only.ts: adapters-need-providers');
});

test('what is allowed is not caught', () => {
  const innocent = [...INNOCENT, 'src/auth0/loads-lazily.ts'];
  expect(found.filter((line) => innocent.some((path) => line.startsWith(`${path}:`)))).toEqual([]);
});

async function packageJson(): Promise<unknown> {
  const { default: content } = await import('../../package.json', { with: { type: 'json' } });
  return content;
}

/** It ends with the number of violations, so the answer is read whatever the exit code is. */
function cruise(): Promise<Report> {
  const parameters = ['--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', 'src'];
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
    execFile(join(ROOT, 'node_modules/.bin/depcruise'), parameters, options, (error, stdout) => {
      if (stdout === '') reject(error);
      else resolve(JSON.parse(stdout));
    });
  });
}
