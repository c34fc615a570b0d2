/** The deadline under which every request of an attempt runs. */
import { type Call, type Clock, DeadlineExceeded, refuseWhenOver, withDeadline } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import type { SecretStore } from './ports.js';

/**
 * How long one operation at the remote side or in the store may take, in milliseconds. It also bounds the time from
 * reading a candidate's name to writing it, which the protocol needs to be well below the overlap.
 */
export const OPERATION_MILLISECONDS = 20_000;

/**
 * A store that is sent no write after its call is over, whatever happened between two requests of one call: a process
 * that was frozen for longer than its lease would undo what another worker has done meanwhile.
 *
 * @param clock the one the deadline is measured on.
 */
export function punctual(store: SecretStore, clock: Clock): SecretStore {
  return {
    description: store.description,
    sharesJournalTransaction: store.sharesJournalTransaction,
    read: (names, call) => store.read(names, call),
    create: async (write, call) => {
      refuseWhenOver(call, clock);
      await store.create(write, call);
    },
    update: async (write, call) => {
      refuseWhenOver(call, clock);
      await store.update(write, call);
    },
    now: (call) => store.now(call),
  };
}

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
