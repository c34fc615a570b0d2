/** Runs an example in a process of its own, as a reader would, with the package's name leading to the source. */
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

/**
 * Runs a module to its end.
 *
 * @param text TypeScript.
 * @returns the lines it printed.
 * @throws when it does not end with 0 within 50 seconds.
 */
export async function runExample(text: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'documented-'));
  try {
    await symlink(`${ROOT}node_modules`, join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    const compilerOptions = { module: 'NodeNext', target: 'ES2023', paths: ENTRY_POINTS };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await writeFile(join(folder, 'example.ts'), text);
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', LOADER, 'example.ts'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      timeout: 50_000,
    });
    return stdout.split('\n').slice(0, -1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an example says it prints: whatever follows an arrow in a comment at the end of a line. */
export function promisedOutput(text: string): readonly string[] {
  return [...text.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1] ?? '');
}
