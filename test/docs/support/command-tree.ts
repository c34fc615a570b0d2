/** The real command tree, for looking at: nothing it is told to do is done. */
import type { Command } from 'commander';
import type { Host } from '../../../src/cli/host.js';
import { buildProgram } from '../../../src/cli/program.js';

function nothing(): never {
  throw new Error('A document was taken for a command.');
}

/** @returns the program with all its commands, the demo among them. */
export function commandTree(): Command {
  const silent = { write: () => {}, isTerminal: false, columns: 100 };
  const host: Host = {
    environment: {},
    workingDirectory: '/',
    stdout: silent,
    stderr: silent,
    stdinIsTerminal: false,
    clock: { now: () => 0, monotonic: () => 0, sleep: async () => {} },
    every: () => () => {},
    interruption: { signal: new AbortController().signal, forced: new Promise(() => {}) },
    services: {
      assemble: nothing,
      startEmulator: nothing,
      runDemo: nothing,
      prepareNetwork: nothing,
      confirm: nothing,
    },
  };
  return buildProgram(host, () => {});
}

/** One command of it. */
export function commandNamed(name: string): Command {
  const found = commandTree().commands.find((command) => command.name() === name);
  if (found === undefined) throw new Error(`There is no command "${name}".`);
  return found;
}
