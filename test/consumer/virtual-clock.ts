/** A clock that stands still until nothing is left to do, and then jumps to the next thing that waits. */
import type { Clock } from '../../src/consumer/index.js';

export interface VirtualClock extends Clock {
  /** Lets time pass until the work is done. Throws when the work waits for nothing that a clock could bring. */
  run<T>(work: Promise<T>): Promise<T>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function createVirtualClock(start = 1_700_000_000_000): VirtualClock {
  let time = 0;
  let sleepers: Sleeper[] = [];

  function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = {
        at: time + Math.max(milliseconds, 0),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      sleepers.push(sleeper);
    });
  }

  async function run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (done) return work;
      if (sleepers.length === 0) throw new Error('Deadlock: the work waits for something no clock brings.');
      const next = Math.min(...sleepers.map((sleeper) => sleeper.at));
      time = Math.max(time, next);
      const due = sleepers.filter((sleeper) => sleeper.at <= time);
      sleepers = sleepers.filter((sleeper) => sleeper.at > time);
      for (const sleeper of due) sleeper.wake();
    }
  }

  return { now: () => start + time, monotonic: () => time, sleep, run };
}

/** A small seeded generator, so that a failing run can be repeated. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
