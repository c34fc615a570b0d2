/** Whoever imports something can read what it is. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRIES = ['index', 'engine/index', 'stores/index', 'adapters/index', 'consumer/index', 'testing/index'];

test('every public symbol has a docstring', () => {
  const files = ENTRIES.map((entry) => `${ROOT}src/${entry}.ts`);
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, ROOT);
  const program = ts.createProgram(files, { ...options, noLib: true, types: [] });
  const checker = program.getTypeChecker();

  const silent = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const symbol = source && checker.getSymbolAtLocation(source);
    if (symbol === undefined) throw new Error(`${file} exports nothing.`);
    return checker.getExportsOfModule(symbol).flatMap((exported) => {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const meant = isAlias ? checker.getAliasedSymbol(exported) : exported;
      return meant.getDocumentationComment(checker).length > 0 ? [] : [`${file.slice(ROOT.length)}: ${exported.name}`];
    });
  });
  expect([...new Set(silent)]).toEqual([]);
});
