/** How the process is told to end: signals, and exceptions that nobody caught. */
import { asRotationError } from '../base/errors.js';
import { interruptedError } from './failures.js';
import type { Interruption } from './host.js';

/** The part of `process` that is listened to. */
export interface SignalSource {
  on(event: string, listener: (thrown: unknown) => void): unknown;
}

/**
 * Listens for the end.
 *
 * The first SIGINT or SIGTERM asks the run to end at its next step; the second ends the wait for it. What either leaves
 * behind is what a crash leaves behind, and the next run converges it.
 *
 * @param source the process.
 * @param tell told when the first signal arrives.
 */
export function listenForEnd(source: SignalSource, tell: () => void): Interruption {
  const controller = new AbortController();
  let force: (error: Error) => void = () => {};
  const forced = new Promise<never>((_resolve, reject) => {
    force = reject;
  });
  forced.catch(() => {}); // Whoever waits hears of it; when nobody waits, nothing is lost.

  const onSignal = () => {
    if (controller.signal.aborted) return force(interruptedError());
    tell();
    controller.abort(interruptedError());
  };
  source.on('SIGINT', onSignal);
  source.on('SIGTERM', onSignal);
  // The message of a foreign exception may hold a secret: its type is all that is kept.
  source.on('uncaughtException', (thrown) => force(asRotationError(thrown)));
  source.on('unhandledRejection', (thrown) => force(asRotationError(thrown)));
  return { signal: controller.signal, forced };
}
