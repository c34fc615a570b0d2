/** Runs examples as a reader would, in a process of their own, with the package's name leading to the source. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from './documents.js';
import { ENTRY_POINTS } from './type-check.js';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** What became of one example. */
export interface ExampleRun {
  /** The lines it printed. */
  readonly printed: readonly string[];
  /** What it threw, as text; null when it came to its end. */
  readonly thrown: string | null;
}

/** Imports every example at once, and tells at the end what each printed. */
const MAIN = `
import { format } from 'node:util';
const count = Number(process.argv[2]);
const runs = Array.from({ length: count }, () => ({ printed: [], thrown: null }));
globalThis.documentedPrint = (index, values) => runs[index].printed.push(format(...values));
await Promise.all(runs.map(async (run, index) => {
  await import(\`./example-\${index}.ts\`).catch((error) => { run.thrown = String(error?.stack ?? error); });
}));
process.stdout.write(JSON.stringify(runs), () => process.exit(0));
`;

/**
 * Runs modules at the same time, in one process.
 *
 * @param texts TypeScript, one module each.
 * @returns what became of each.
 * @throws when the process does not end with 0 within 50 seconds.
 */
export async function runExamples(texts: readonly string[]): Promise<readonly ExampleRun[]> {
  const folder = await mkdtemp(join(tmpdir(), 'documented-'));
  try {
    await symlink(`${ROOT}node_modules`, join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    const compilerOptions = { module: 'NodeNext', target: 'ES2023', paths: ENTRY_POINTS };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await writeFile(join(folder, 'main.ts'), MAIN);
    for (const [index, text] of texts.entries()) {
      const ownConsole = `const console = { log: (...values) => globalThis.documentedPrint(${index}, values) };\n`;
      await writeFile(join(folder, `example-${index}.ts`), ownConsole + text);
    }
    const command = ['--import', LOADER, 'main.ts', String(texts.length)];
    const options = { cwd: folder, env: { PATH: process.env['PATH'] }, timeout: 50_000 };
    const { stdout } = await promisify(execFile)(process.execPath, command, options);
    return JSON.parse(stdout) as readonly ExampleRun[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an example says it prints: whatever follows an arrow in a comment at the end of a line. */
export function promisedOutput(text: string): readonly string[] {
  return [...text.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1] ?? '');
}
