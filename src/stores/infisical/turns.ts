/**
 * One at a time. Infisical lets concurrent creates of one name all succeed and keeps every copy, so whatever this
 * process does in one place of one project happens in turn, even through two store objects.
 */
const tails = new Map<string, Promise<void>>();

/**
 * Runs some work when all work before it in the same place has ended.
 *
 * @param place names the place.
 * @param signal ends the waiting; the work does not begin then.
 * @param work its failure is passed on and does not stop those behind it.
 * @throws the signal's reason when it ends the wait, or what the work throws.
 */
export async function inTurn<T>(place: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const before = tails.get(place) ?? Promise.resolve();
  let finish = () => {};
  const mine = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const tail = before.then(() => mine);
  tails.set(place, tail);
  // Not when this work ends: it may give up waiting while the work before it still runs.
  tail.then(() => {
    if (tails.get(place) === tail) tails.delete(place);
  });
  try {
    await turnOrAbort(before, signal);
    return await work();
  } finally {
    finish();
  }
}

function turnOrAbort(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    turn.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
