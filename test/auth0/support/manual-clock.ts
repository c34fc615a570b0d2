/** A clock that stands still until the test moves it. */
import type { Clock } from '../../../src/base/clock.js';

export interface ManualClock extends Clock {
  /** Moves time, waking everyone whose time has come, and lets what follows from it happen. */
  advance(milliseconds: number): Promise<void>;
  /** How many are waiting. */
  readonly sleepers: number;
}

export function createManualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    get sleepers() {
      return sleepers.size;
    },
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = {
          at: elapsed + Math.max(milliseconds, 0),
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    async advance(milliseconds) {
      const until = elapsed + milliseconds;
      for (;;) {
        await settle();
        const next = [...sleepers].sort((left, right) => left.at - right.at)[0];
        if (next === undefined || next.at > until) break;
        elapsed = Math.max(elapsed, next.at);
        next.wake();
      }
      elapsed = until;
      await settle();
    },
  };
}

/** Lets every promise that can settle without time passing do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
