/**
 * How much longer to wait, as pure arithmetic. Short waits count on the monotonic clock of the process that waits and
 * start again in full after a restart; long ones follow the durable clock, so that no process need live that long.
 */
import type { Attempt } from './attempt.js';

export interface WaitMoment {
  /** The durable clock, in milliseconds. */
  readonly now: number;
  /** How long this process has been waiting for the same thing, in milliseconds. */
  readonly waited: number;
  /** Waits up to this long count from when this process began them; longer ones on the durable clock. */
  readonly longestRestarted: number;
}

/**
 * Says how long the overlap still lasts.
 *
 * @param attempt an announced attempt.
 * @param moment now.
 * @returns milliseconds; zero when the candidate may be activated. A compromised secret waits for nothing.
 */
export function remainingOverlap(attempt: Attempt, moment: WaitMoment): number {
  if (attempt.compromised || attempt.offer.kind === 'single-phase') return 0;
  const untilPlanned = (attempt.activateAt ?? moment.now) - moment.now;
  const { overlapMilliseconds } = attempt.offer;
  const untilOffered =
    overlapMilliseconds <= moment.longestRestarted
      ? overlapMilliseconds - moment.waited
      : (attempt.announcedAt ?? moment.now) + overlapMilliseconds - moment.now;
  return Math.max(untilPlanned, untilOffered, 0);
}

/**
 * Says how long the propagation window stays open.
 *
 * @param attempt an activated attempt.
 * @param waited how long this process has known of the activation, in milliseconds.
 */
export function remainingWindow(attempt: Attempt, waited: number): number {
  return Math.max(attempt.settleMilliseconds - waited, 0);
}
