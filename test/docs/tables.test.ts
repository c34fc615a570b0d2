/** The tables of the documents say what the source says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ERROR_CATALOGUE } from '../../src/base/error-catalogue.js';
import { CHECK_EXIT_CODES, ROTATION_EXIT_CODES } from '../../src/cli/exit-codes.js';
import { commandNamed } from './support/command-tree.js';
import { ROOT, rowsOf, sectionOf, textOf } from './support/documents.js';
import { settingTable } from './support/setting-rows.js';

const plain = (cell: string | undefined) => (cell ?? '').replace(/^`(.*)`$/, '$1');

describe('the settings', () => {
  test('are those of the setting table, with their variables, defaults and meanings', () => {
    const table = /<!-- settings -->\n([\s\S]*?)\n<!-- \/settings -->/.exec(textOf('README.md'))?.[1];
    // When this fails, the expected table is what belongs between the two comments.
    expect(table).toBe(settingTable(commandNamed('rotate')));
  });
});

describe('the exit codes', () => {
  test('are those of the help', () => {
    const [codes] = sectionOf('README.md', 'Exit codes and statuses')
      .split('\n\n')
      .filter((part) => part.includes('|'));
    const expected = ROTATION_EXIT_CODES.map(([code, meaning], index) => [
      String(code),
      meaning,
      CHECK_EXIT_CODES[index]?.[1],
    ]);
    expect(rowsOf(codes ?? '')).toEqual(expected);
  });
});

describe('troubleshooting', () => {
  const all = rowsOf(sectionOf('docs/troubleshooting.md', 'Errors'));

  test('has every code once, in the order of the catalogue, with its action', () => {
    expect(all.map(([code, , action]) => [plain(code), action])).toEqual(Object.entries(ERROR_CATALOGUE));
  });

  test('says what happened for every code', () => {
    for (const [code, happened] of all) expect(happened, code).not.toBe('');
  });

  test('in the README names codes that exist', () => {
    const common = rowsOf(sectionOf('README.md', 'Troubleshooting')).map(([code]) => plain(code));
    expect(common.length).toBeGreaterThan(5);
    for (const code of common) expect(Object.keys(ERROR_CATALOGUE)).toContain(code);
  });

  test('has every warning the source gives, and no other', () => {
    const codes = sourceFiles('src')
      .filter((file) => !file.includes('/testing/') && !file.includes('/demo/'))
      .flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/\bcode: '([A-Z][A-Z0-9_]+)'/g)].map(([, code]) => code),
      )
      .filter((code) => code !== undefined && !(code in ERROR_CATALOGUE));
    const documented = rowsOf(sectionOf('docs/troubleshooting.md', 'Warnings')).map(([code]) => plain(code));
    expect(documented.sort()).toEqual([...new Set(codes)].sort());
  });
});

describe('the guarantees', () => {
  const rows = rowsOf(sectionOf('README.md', 'Guarantees'));

  test('are nine', () => {
    expect(rows.map(([name]) => name)).toEqual(['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8', 'G9']);
  });

  test.each(rows.map(([name, , proof]) => [name ?? '', proof ?? '']))('%s names tests that exist', (_, proof) => {
    const named = proof.split('; ').flatMap((part) => {
      const file = /^`(test\/[\w./-]+\.test\.ts)` "/.exec(part)?.[1];
      expect(file, part).toBeDefined();
      return [...part.matchAll(/"([^"]+)"/g)].map(([, title]) => [file ?? '', title ?? ''] as const);
    });
    expect(named.length).toBeGreaterThan(0);
    for (const [file, title] of named) expect(titlesOf(file), file).toContain(title);
  });
});

/** The titles of the tests in a file, those of `each` as they are written. */
function titlesOf(path: string): readonly string[] {
  const file = ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(?:it|test)\b/.test(node.expression.getText(file))) {
      const [first] = node.arguments;
      if (first !== undefined && ts.isStringLiteralLike(first)) titles.push(first.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return titles;
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, folder, name));
}
