/** Bounds for work that may hang: a signal that always gets its caller out, and a limit in time. */
import type { Clock } from './clock.js';

/** The limit passed before the work was done. */
export class TimeLimitPassed extends Error {
  override readonly name = 'TimeLimitPassed';
}

/**
 * Waits for some work, or for the signal, whichever comes first.
 *
 * @param work keeps running when the signal wins; its outcome is dropped then, a rejection included.
 * @param signal whose reason is thrown when it aborts.
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * Runs some work for at most so long. It returns in time even when the work ignores its signal.
 *
 * @param clock whose time counts.
 * @param milliseconds the limit.
 * @param parent an outer signal; when it aborts, so does the work.
 * @param work gets the signal to hand on.
 * @throws `TimeLimitPassed`, the parent's reason, or what the work throws.
 */
export async function bounded<T>(
  clock: Clock,
  milliseconds: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  parent?.throwIfAborted();
  const controller = new AbortController();
  const timer = new AbortController();
  const onParentAbort = () => controller.abort(parent?.reason);
  parent?.addEventListener('abort', onParentAbort, { once: true });
  clock.sleep(milliseconds, timer.signal).then(
    () => controller.abort(new TimeLimitPassed(`Not done within ${milliseconds} ms.`)),
    () => {}, // The work ended first.
  );
  const run = async () => work(controller.signal);
  try {
    return await orAborted(run(), controller.signal);
  } finally {
    timer.abort();
    parent?.removeEventListener('abort', onParentAbort);
  }
}
