/** The real command, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject } from 'vitest';
import type { Step, World } from './world.js';

/** How a process ended and what it wrote. */
export interface Ended {
  /** Null after a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON object on stdout; throws when anything else stands there. */
  json(): Answer;
}

/** The parts of the `--json` answer that tests look at. */
export interface Answer {
  readonly status: string;
  readonly phase: string | null;
  readonly attemptId: string | null;
  readonly resumeAt?: string;
  readonly applicationId: string;
  readonly evidence: { readonly accepted?: number; readonly fingerprint?: string };
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly action: string;
    readonly field?: string;
  } | null;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Waits until a text was written; rejects when the process ends without it. */
  written(text: string): Promise<void>;
}

/** Ends the process at one of the two moments of a request: the n-th from its start, or the first of a name. */
export type Deadly = Pick<Step, 'moment'> & {
  /** The request outlives its process and goes on when this resolves. @default it ends with the process */
  readonly late?: (world: World) => Promise<void>;
} & (Pick<Step, 'number'> | Pick<Step, 'name'>);

/** Short waits for everything that can be set. */
export const QUICK = ['--overlap', '1s', '--settle', '1s'];

/** Those under way: a test that is given up leaves none behind. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/**
 * Starts the command for the world's application, in JSON and without a question.
 *
 * @param variables instead of those that lead to the world.
 */
export function start(world: World, command: string, flags: readonly string[], variables = {}): Running {
  // With a config file, the application would choose one entry of it.
  const application = flags.includes('--config') ? [] : ['--application', world.clientId];
  const child = spawn(process.execPath, [inject('command'), command, ...application, '--yes', '--json', ...flags], {
    env: { ...world.environment, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const collect = (add: (text: string) => void) => (chunk: Buffer) => {
    add(chunk.toString());
    for (const listener of listeners) listener();
  };
  child.stdout.on(
    'data',
    collect((text) => (stdout += text)),
  );
  child.stderr.on(
    'data',
    collect((text) => (stderr += text)),
  );
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    refuseLeaks(world, stdout + stderr);
    return {
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
      json: () => {
        const lines = stdout.split('\n');
        if (lines.length !== 2 || lines[1] !== '') throw new Error(`Not one line on stdout: ${stdout}\n${stderr}`);
        return JSON.parse(stdout) as Answer;
      },
    };
  });
  ended.catch(() => {}); // Whoever waits hears of it.
  return {
    child,
    ended,
    written: (text) =>
      new Promise((resolve, reject) => {
        const look = () => (stdout + stderr).includes(text) && resolve();
        listeners.add(look);
        look();
        ended.then((end) => reject(new Error(`It ended without "${text}": ${JSON.stringify(end)}`)), reject);
      }),
  };
}

/** Runs the command to its end. */
export function run(world: World, command: string, flags: readonly string[], variables = {}): Promise<Ended> {
  return start(world, command, flags, variables).ended;
}

/**
 * Runs the command and kills it with SIGKILL.
 *
 * @returns the step at which it died; undefined when it ended before.
 */
export async function runUntil(
  world: World,
  command: string,
  flags: readonly string[],
  deadly: Deadly,
): Promise<Step | undefined> {
  const before = world.requests;
  const running = start(world, command, flags);
  const gone = once(running.child, 'exit');
  let died: Step | undefined;
  const unwatch = world.watch(async (step) => {
    const isMeant = 'name' in deadly ? step.name === deadly.name : step.number - before === deadly.number;
    if (died !== undefined || step.moment !== deadly.moment || !isMeant) return;
    died = step;
    running.child.kill('SIGKILL');
    await gone;
    if (deadly.late === undefined) throw new Error('Nobody is there to be answered.');
    await deadly.late(world);
  });
  const { signal, code, stderr } = await running.ended;
  unwatch();
  if (died === undefined && code !== 0) throw new Error(`It ended with ${code ?? signal} by itself: ${stderr}`);
  return died;
}

/** No secret that either server knows may stand in what was written, in any common form. */
function refuseLeaks(world: World, text: string): void {
  for (const secret of world.secrets()) {
    const forms = [secret, secret.slice(0, 16), encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
    if (forms.some((form) => text.includes(form))) throw new Error('A secret stands in what the command wrote.');
  }
}
