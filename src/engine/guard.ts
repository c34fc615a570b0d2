/** The deadline under which every request of an attempt runs. */
import { type Call, type Clock, DeadlineExceeded, refuseWhenOver, withDeadline } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import type { SecretStore } from './ports.js';

/**
 * How long one operation at the remote side or in the store may take, in milliseconds. It also bounds the time from
 * reading a candidate's name to writing it, which the protocol needs to be well below the overlap.
 */
export const OPERATION_MILLISECONDS = 20_000;

/** How long work that is told to stop may take to say what became of it, in milliseconds. It sends nothing any more. */
const LAST_WORD_MILLISECONDS = 250;

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
 * @returns what the work returns.
 * @throws what the work throws. When the deadline passes first, the work's own account of that is worth more than ours:
 *   it knows whether anything was sent, and how long a rate limit would have made it wait. Work that does not stop when
 *   it is told to is a `RotationError` of kind `unknown`: what was sent may still take effect.
 */
export async function withOperationDeadline<T>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  let running: Promise<T> | undefined;
  try {
    return await withDeadline(clock, milliseconds, { signal }, (call) => {
      running = work(call);
      return running;
    });
  } catch (thrown) {
    if (!(thrown instanceof DeadlineExceeded) || running === undefined) throw thrown;
    return await lastWord(running, milliseconds, clock);
  }
}

async function lastWord<T>(running: Promise<T>, milliseconds: number, clock: Clock): Promise<T> {
  const timer = new AbortController();
  const silence = clock.sleep(LAST_WORD_MILLISECONDS, timer.signal).then(
    () => Promise.reject(new DeadlineExceeded(milliseconds)),
    () => new Promise<never>(() => {}), // The work spoke first: this branch of the race stays silent.
  );
  try {
    return await Promise.race([running, silence]);
  } catch (thrown) {
    if (RotationError.isInstance(thrown)) throw thrown;
    throw new RotationError({
      code: 'UNDECIDED',
      kind: 'unknown',
      message: `There was no answer within ${Math.round(milliseconds / 1_000)} s. What was sent may still take effect.`,
    });
  } finally {
    timer.abort();
  }
}
