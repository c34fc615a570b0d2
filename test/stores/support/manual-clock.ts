/** A clock that stands still until a test moves it. */
import type { Clock } from '../../../src/base/clock.js';

export interface ManualClock extends Clock {
  /** Moves the time and wakes whoever slept until then. */
  advance(milliseconds: number): void;
  /** How long those who sleep now still have to sleep, soonest first. */
  sleeping(): readonly number[];
  /** Resolves when somebody sleeps for at least so long. */
  untilSleeping(milliseconds: number): Promise<void>;
}

export function createManualClock(startsAt = Date.UTC(2026, 0, 15, 12)): ManualClock {
  let elapsed = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  const watchers = new Set<() => void>();
  const sleeping = () => [...sleepers].map(({ until }) => until - elapsed).sort((one, other) => one - other);
  return {
    now: () => startsAt + elapsed,
    monotonic: () => elapsed,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (milliseconds <= 0) return resolve();
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const sleeper = { until: elapsed + milliseconds, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
        for (const watch of watchers) watch();
      }),
    advance(milliseconds) {
      elapsed += milliseconds;
      for (const sleeper of sleepers) {
        if (sleeper.until > elapsed) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
    sleeping,
    untilSleeping: (milliseconds) =>
      new Promise((resolve) => {
        const watch = () => {
          if (!sleeping().some((left) => left >= milliseconds)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      }),
  };
}
