/**
 * Builds the command once for all end-to-end tests, with everything it needs in it: they start hundreds of processes,
 * and each takes a quarter of the time it takes from source.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The file to run with Node. */
    readonly command: string;
  }
}

/** Runs before all tests; what it returns runs after them. */
export default async function buildCommand(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'auth0-rotation-'));
  await build({
    config: false,
    entry: { cli: 'src/cli/main.ts' },
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    splitting: true,
    noExternal: [/./],
    // Some of the packages are CommonJS and ask for `require`, which a module does not have.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    silent: true,
  });
  project.provide('command', join(folder, 'cli.mjs'));
  return () => rm(folder, { recursive: true, force: true });
}
