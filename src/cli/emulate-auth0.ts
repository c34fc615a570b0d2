/** `auth0-rotation emulate-auth0`: an Auth0 tenant on this machine, for trying things out. Loopback only. */
import { parseDuration } from '../base/duration.js';
import { asRotationError } from '../base/errors.js';
import { refuseUsage } from './answers.js';
import { systemCode } from './config-file.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { showOrigin } from './failures.js';
import type { Flags } from './given.js';
import type { EmulatorOptions, Host } from './host.js';
import { type Problem, refusal, refuseAny } from './problems.js';
import { createTerminal } from './terminal.js';

const MOST_NODES = 64;
const LONGEST_PROPAGATION_MILLISECONDS = 3_600_000;

/**
 * Runs the emulator until SIGINT or SIGTERM. When it is ready, one line of JSON on stdout says where it is and with
 * which made-up credentials it is used.
 *
 * @returns the exit code: success after a signal, refused when a flag is wrong or the port is taken.
 */
export async function emulateAuth0(flags: Flags, host: Host): Promise<ExitCode> {
  const terminal = createTerminal(host);
  try {
    const emulator = await host.services.startEmulator(readOptions(flags)).catch((error: unknown) => {
      throw portError(error);
    });
    try {
      terminal.answer(emulator.describe());
      terminal.note('The emulator runs until SIGINT (Ctrl-C) or SIGTERM.', 'faint');
      await Promise.race([aborted(host.interruption.signal), host.interruption.forced]);
    } finally {
      await emulator.close();
    }
    return EXIT.success;
  } catch (thrown) {
    showOrigin(thrown, host, terminal);
    return refuseUsage(asRotationError(thrown), flags['json'] === true, terminal);
  }
}

function readOptions(flags: Flags): EmulatorOptions {
  const port = wholeNumber(flags['port'] ?? '0');
  const nodes = wholeNumber(flags['nodes'] ?? '3');
  const propagation = parseDuration(String(flags['propagation'] ?? '30s'));
  const problems: Problem[] = [];
  const isWrong = (value: number | undefined, least: number, most: number) =>
    value === undefined || value < least || value > most;
  if (isWrong(port, 0, 65_535))
    problems.push(wrong('--port', 'is not a port: a whole number up to 65535, 0 for a free one'));
  if (isWrong(nodes, 1, MOST_NODES)) problems.push(wrong('--nodes', `is not a whole number from 1 to ${MOST_NODES}`));
  if (isWrong(propagation, 0, LONGEST_PROPAGATION_MILLISECONDS)) {
    problems.push(wrong('--propagation', 'is not a duration of up to an hour, such as 30s'));
  }
  refuseAny(problems);
  return { port: port ?? 0, nodes: nodes ?? 3, propagationMilliseconds: propagation ?? 0 };
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

function wrong(field: string, problem: string): Problem {
  return { code: 'SETTING_INVALID', field, problem };
}

function portError(error: unknown): unknown {
  const code = systemCode(error);
  return ['EADDRINUSE', 'EACCES'].includes(code) ? refusal([wrong('--port', `cannot be used (${code})`)]) : error;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
