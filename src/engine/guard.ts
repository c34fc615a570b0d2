/** The deadline under which every request of an attempt runs. */
import { type Call, type Clock, DeadlineExceeded, withDeadline } from '../base/clock.js';
import { RotationError } from '../base/errors.js';

/**
 * How long one operation at the remote side or in the store may take, in milliseconds. It also bounds the time from
 * reading a candidate's name to writing it, which the protocol needs to be well below the overlap.
 */
export const OPERATION_MILLISECONDS = 20_000;

/**
 * Runs work under a deadline. Once it has passed, nothing more is sent.
 *
 * @throws a `RotationError` of kind `unknown` when the deadline passes first: what was sent may still take effect.
 */
export async function withOperationDeadline<T>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(clock, milliseconds, { signal }, work);
  } catch (thrown) {
    if (!(thrown instanceof DeadlineExceeded)) throw thrown;
    throw new RotationError({
      code: 'UNDECIDED',
      kind: 'unknown',
      message: `There was no answer within ${Math.round(milliseconds / 1_000)} s. What was sent may still take effect.`,
    });
  }
}
