/** The consumer helper stands on nothing: no package, no module of the runtime, no other room. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const room = fileURLToPath(new URL('../../src/consumer', import.meta.url));

/** Every module that the entry reaches, and every specifier that leads out of the room. */
function follow(entry: string): { files: Set<string>; outside: string[] } {
  const files = new Set<string>();
  const outside: string[] = [];
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    // Static, dynamic and type-only imports, re-exports and require calls.
    const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    for (const { fileName } of [...importedFiles, ...typeReferenceDirectives]) {
      const target = resolve(dirname(file), fileName.replace(/\.js$/, '.ts'));
      if (!fileName.startsWith('.') || !target.startsWith(room + sep))
        outside.push(`${relative(room, file)}: ${fileName}`);
      else visit(target);
    }
  };
  visit(join(room, entry));
  return { files, outside };
}

/** Names of the runtime that not every runtime has. */
const NODE_ONLY = new Set(['Buffer', 'process', 'require', 'global', 'setImmediate', '__dirname', '__filename']);

function globalsUsed(file: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true);
  const visit = (node: ts.Node): void => {
    const isMember =
      (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) || ts.isPropertySignature(node.parent);
    if (ts.isIdentifier(node) && !isMember && NODE_ONLY.has(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return found;
}

describe('the consumer entry', () => {
  const { files, outside } = follow('index.ts');

  it('imports nothing from outside', () => {
    expect(files.size).toBeGreaterThan(10);
    expect(outside).toEqual([]);
  });

  it('uses nothing that only Node has', () => {
    expect([...files].flatMap(globalsUsed)).toEqual([]);
  });
});
