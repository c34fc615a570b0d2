/**
 * Waiting out rate limits, the pacing of our own requests among them: a run over many applications meets them all the
 * time, and none of its rotations must be refused for it.
 */
import type { Clock } from '../base/clock.js';
import { RotationError } from '../base/errors.js';

/** A limit that asks for longer than this is for a later run. */
const LONGEST_WAIT_MILLISECONDS = 120_000;
/** How often one piece of work waits. */
const MOST_WAITS = 8;
/** When a limit does not say how long it lasts; doubled with every further wait. */
const UNTOLD_WAIT_MILLISECONDS = 1_000;

/**
 * Does some work, and does it again after the wait that a rate limit asks for.
 *
 * @param work may be done again from the start: it reads, or finds what it has written before.
 * @param clock whose time counts.
 * @param signal ends a wait early.
 * @param tell is told of every wait, in milliseconds.
 * @returns what the work returns.
 * @throws what the work throws, once it is no rate limit or waiting does not help; the signal's reason.
 */
export async function waitingOutRateLimits<T>(
  work: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
  tell: (milliseconds: number) => void,
): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await work();
    } catch (thrown) {
      const milliseconds = waitOf(thrown, waits);
      if (milliseconds === undefined || signal.aborted) throw thrown;
      tell(milliseconds);
      await clock.sleep(milliseconds, signal);
    }
  }
}

function waitOf(thrown: unknown, waits: number): number | undefined {
  if (!RotationError.isInstance(thrown) || thrown.kind !== 'rate-limited' || waits >= MOST_WAITS) return undefined;
  const milliseconds = thrown.retryAfterMilliseconds ?? UNTOLD_WAIT_MILLISECONDS * 2 ** waits;
  return milliseconds <= LONGEST_WAIT_MILLISECONDS ? milliseconds : undefined;
}
