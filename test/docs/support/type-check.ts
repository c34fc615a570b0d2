/** Type-checks examples against the source, under the names the package is imported by. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { ROOT } from './documents.js';

/** Where the package's entry points are in the source. */
export const ENTRY_POINTS: Readonly<Record<string, readonly string[]>> = {
  'auth0-client-secret-rotation': [`${ROOT}src/index.ts`],
  'auth0-client-secret-rotation/*': [`${ROOT}src/*/index.ts`],
};

/** A module that exists in memory only. */
export interface Example {
  /** A path below the root, with the extension `.ts`. */
  readonly path: string;
  readonly text: string;
}

/**
 * Checks modules as strictly as the project's own, but for optional properties that are present and undefined: the
 * types of other packages (openid-client's `fetch`) do not fit that rule.
 *
 * @returns for each path what the compiler says about it; nothing when all is well.
 */
export function typeCheck(examples: readonly Example[]): ReadonlyMap<string, readonly string[]> {
  const texts = new Map(examples.map(({ path, text }) => [ROOT + path, text]));
  const config = ts.parseConfigFileTextToJson('tsconfig.json', readFileSync(`${ROOT}tsconfig.json`, 'utf8')).config;
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const options = { ...parsed.options, exactOptionalPropertyTypes: false, paths: asPaths() };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  const program = ts.createProgram({
    rootNames: [...texts.keys()],
    options,
    host: {
      ...host,
      fileExists: (path) => texts.has(path) || fileExists(path),
      readFile: (path) => texts.get(path) ?? readFile(path),
      getSourceFile: (path, languageVersion) => {
        const text = texts.get(path) ?? readFile(path);
        return text === undefined ? undefined : ts.createSourceFile(path, text, languageVersion);
      },
    },
  });
  const answers = new Map<string, readonly string[]>();
  for (const { path } of examples) {
    const file = program.getSourceFile(ROOT + path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    answers.set(path, found.map(shown));
  }
  return answers;
}

function asPaths(): ts.MapLike<string[]> {
  return Object.fromEntries(Object.entries(ENTRY_POINTS).map(([name, places]) => [name, [...places]]));
}

function shown({ file, start, messageText }: ts.Diagnostic): string {
  const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
