/** A clock whose time passes only while everybody waits: hours of waiting cost a test no time, in a fixed order. */
import type { Clock } from '../../src/base/clock.js';

export interface VirtualClock extends Clock {
  /** How much time has passed since the clock was made. */
  elapsed(): number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function createVirtualClock(): VirtualClock {
  let time = 0;
  let advancing = false;
  const sleepers = new Set<Sleeper>();

  // setImmediate runs when every promise has settled that could: then nobody works and time may pass.
  const advance = () => {
    if (advancing) return;
    advancing = true;
    setImmediate(() => {
      advancing = false;
      const [next] = [...sleepers].sort((left, right) => left.at - right.at);
      if (!next) return;
      sleepers.delete(next);
      time = Math.max(time, next.at);
      next.wake();
      if (sleepers.size > 0) advance();
    });
  };

  return {
    now: () => Date.UTC(2026, 0, 1) + time,
    monotonic: () => 5_000 + time,
    elapsed: () => time,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          at: time + Math.max(milliseconds, 0),
          wake: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
        advance();
      }),
  };
}
