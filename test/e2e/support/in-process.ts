/**
 * The command line with all its real parts, inside this process: quicker than a process of its own. It is the built one,
 * whose modules are loaded once and for all; a test runner that looks each of them up again would take real time, which
 * a virtual clock jumps over.
 */
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import type { Host } from '../../../src/cli/host.js';
import { leaks } from '../../cli/fakes.js';
import type { Answer } from './command.js';
import type { Truth, World } from './world.js';

const { createAssemble, runCommandLine } = (await import(
  pathToFileURL(inject('commandLine')).href
)) as typeof import('./command-line.js');

export interface InProcess {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON object on stdout; throws when anything else stands there. */
  json(): Answer;
}

/**
 * Runs one command for the world's application, in JSON and without a question.
 *
 * @param flags later ones win, so they may name another application.
 * @param variables instead of those that lead to the world; undefined takes one away.
 * @param clock whose time passes.
 */
export async function runInProcess(
  world: Pick<World, 'environment'> & Pick<Truth, 'clientId' | 'secrets'>,
  command: string,
  flags: readonly string[],
  variables: Readonly<Record<string, string | undefined>> = {},
  clock: Clock = systemClock,
): Promise<InProcess> {
  // With a config file, the application would choose one entry of it.
  const application = flags.includes('--config') ? [] : ['--application', world.clientId];
  let stdout = '';
  let stderr = '';
  const stream = (write: (text: string) => void) => ({ write, isTerminal: false, columns: 100 });
  const host: Host = {
    environment: { ...world.environment, ...variables },
    workingDirectory: process.cwd(),
    stdout: stream((text) => {
      stdout += text;
    }),
    stderr: stream((text) => {
      stderr += text;
    }),
    stdinIsTerminal: false,
    clock,
    every: () => () => {},
    interruption: { signal: new AbortController().signal, forced: new Promise(() => {}) },
    services: {
      assemble: createAssemble(),
      prepareNetwork: async () => {},
      confirm: () => Promise.reject(new Error('Nobody should have been asked.')),
      startEmulator: () => Promise.reject(new Error('No emulator in this test.')),
      runDemo: () => Promise.reject(new Error('No demonstration in this test.')),
    },
  };
  const code = await runCommandLine([command, ...application, '--yes', '--json', ...flags], host);
  const leaked = leaks({ stdout, stderr }, [...world.secrets()]);
  if (leaked.length > 0) throw new Error('A secret stands in what the command wrote.');
  return {
    code,
    stdout,
    stderr,
    json: () => {
      const lines = stdout.split('\n');
      if (lines.length !== 2 || lines[1] !== '') throw new Error(`Not one line on stdout: ${stdout}`);
      return JSON.parse(stdout) as Answer;
    },
  };
}
