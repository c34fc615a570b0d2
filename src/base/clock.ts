/**
 * Time as a port: the wall clock for what people read, the monotonic clock for every wait and deadline.
 * A wall clock can step; a wait measured on it can end early or never. Tests and simulations bring their own.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. For timestamps that people read, never for measuring a wait. */
  now(): number;
  /** Milliseconds on a clock that only goes forward. Its zero means nothing. */
  monotonic(): number;
  /**
   * Waits.
   *
   * @param milliseconds how long; zero or less returns after the current turn.
   * @param signal ends the wait early.
   * @throws the signal's reason when it ends the wait.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      // setTimeout fires at once beyond 2^31 - 1 ms; nothing in this package waits in one piece for that long.
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(Math.max(milliseconds, 0), 2 ** 31 - 1),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

/** What every call that leaves the process is given. */
export interface Call {
  /** Aborts the request, its body included. A call whose signal has aborted sends nothing. */
  readonly signal: AbortSignal;
  /**
   * The moment on the caller's monotonic clock at which the signal aborts. A process that was frozen may take up its
   * work before its timers have told; whoever sends several requests in one call looks at this before each.
   */
  readonly endsAtMonotonic?: number;
}

/**
 * Runs some work under a deadline on the monotonic clock.
 *
 * @param clock whose time counts.
 * @param milliseconds how long the work may take.
 * @param parent an outer call; when it aborts, so does this one.
 * @param work gets the call to hand on.
 * @returns what the work returns. The work is never abandoned silently: the signal aborts, and the work rejects.
 * @throws what the work throws, or a `DeadlineExceeded` when the work ignores its signal.
 */
export async function withDeadline<T>(
  clock: Clock,
  milliseconds: number,
  parent: Call | undefined,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onParentAbort = () => controller.abort(parent?.signal.reason);
  if (parent?.signal.aborted) onParentAbort();
  parent?.signal.addEventListener('abort', onParentAbort, { once: true });
  const timer = new AbortController();
  const expired = clock.sleep(milliseconds, timer.signal).then(
    () => {
      const reason = new DeadlineExceeded(milliseconds);
      controller.abort(reason);
      throw reason;
    },
    () => new Promise<never>(() => {}), // The work ended first: this branch of the race stays silent.
  );
  const endsAtMonotonic = Math.min(
    clock.monotonic() + milliseconds,
    parent?.endsAtMonotonic ?? Number.POSITIVE_INFINITY,
  );
  try {
    return await Promise.race([work({ signal: controller.signal, endsAtMonotonic }), expired]);
  } finally {
    timer.abort();
    parent?.signal.removeEventListener('abort', onParentAbort);
  }
}

/**
 * Tells before a request whether its call is over, even when its signal has not been told yet.
 *
 * @param clock the caller's.
 * @throws `DeadlineExceeded` when it is over. Nothing may be sent then.
 */
export function refuseWhenOver(call: Call, clock: Clock): void {
  const over = clock.monotonic() - (call.endsAtMonotonic ?? Number.POSITIVE_INFINITY);
  if (over >= 0) throw new DeadlineExceeded(over);
}

/** A deadline passed before the work was done. What the work had already sent may still take effect. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  constructor(readonly milliseconds: number) {
    super(`No answer within ${milliseconds} ms.`);
  }
}
