/**
 * Builds the command once for all end-to-end tests, with the largest of its packages in it: they start hundreds of
 * processes, and each takes a quarter of the time it takes from source.
 */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The file to run with Node. */
    readonly command: string;
    /** The module to run the command line inside a process with, see `command-line.ts`. */
    readonly commandLine: string;
  }
}

/** Runs before all tests; what it returns runs after them. */
export default async function buildCommand(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'auth0-rotation-'));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  await build({
    config: false,
    entry: { cli: 'src/cli/main.ts', 'command-line': 'test/e2e/support/command-line.ts' },
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    splitting: true,
    noExternal: ['@infisical/sdk', /^auth0/, 'commander', 'jose', 'zod'],
    // Some of what these need is CommonJS and asks for `require`, which a module does not have.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    silent: true,
  });
  project.provide('command', join(folder, 'cli.mjs'));
  project.provide('commandLine', join(folder, 'command-line.mjs'));
  return () => rm(folder, { recursive: true, force: true });
}
