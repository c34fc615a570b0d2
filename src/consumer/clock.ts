/**
 * Time as a port, so that tests can own it. The shape is that of the package's other clock, written again here because
 * this entry point stands on nothing.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. A token's expiry is measured on it. */
  now(): number;
  /** Milliseconds on a clock that only goes forward. Waits and budgets are measured on it. */
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
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(Math.max(milliseconds, 0), 2 ** 31 - 1), // Beyond that, setTimeout fires at once.
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
