/**
 * A clock for tests: time stands still until the test moves it, or jumps to the next timer whenever nothing else is
 * left to do. Minutes of waiting pass in microseconds, and always in the same order.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../base/clock.js';

/** Where a virtual clock starts and when it takes work for idle. */
export interface VirtualClockOptions {
  /** Wall-clock time at the start, in milliseconds since the epoch. @default 2026-01-01T00:00:00Z */
  readonly startsAt?: number;
  /**
   * How many turns of the event loop in a row must pass without a new or ended wait before the work counts as idle.
   * @default 5
   */
  readonly idleTurns?: number;
  /**
   * With no wait left, work may still hang on the real world; after this much real time `run` gives it up.
   * @default 2000
   */
  readonly patienceMilliseconds?: number;
}

/** A clock that a test moves. */
export interface VirtualClock extends Clock {
  /** How many waits have not ended yet. */
  readonly waiting: number;
  /**
   * Moves time forward and ends the waits that fall due on the way, one at a time, each at its own moment and followed
   * by whatever it sets off.
   *
   * @param milliseconds how far; zero only lets the work in hand come to rest.
   */
  advance(milliseconds: number): Promise<void>;
  /**
   * Lets some work finish: whenever everything is idle, time jumps to the next wait.
   *
   * @param work what to finish; it may wait on this clock as often as it likes.
   * @returns what the work returns.
   * @throws what the work throws, or an error when it waits for something that will never happen.
   */
  run<T>(work: Promise<T> | (() => Promise<T>)): Promise<T>;
  /**
   * Keeps time from jumping while some work of the real world is under way (a socket, a file, a thread of the crypto
   * pool), which idle turns cannot see.
   *
   * @returns what the work returns.
   */
  hold<T>(work: Promise<T>): Promise<T>;
  /** Steps the wall clock, as an operator or NTP would; waits and the monotonic clock do not notice. */
  stepWallClock(milliseconds: number): void;
}

interface Wait {
  readonly dueAt: number;
  readonly end: () => void;
}

/**
 * Makes a virtual clock. Its monotonic time starts at zero.
 *
 * @param options where it starts and when work counts as idle.
 * @returns a clock to hand to the code under test, and the means to move it.
 */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const idleTurns = options.idleTurns ?? 5;
  const patience = options.patienceMilliseconds ?? 2_000;
  const startsAt = options.startsAt ?? Date.UTC(2026, 0, 1);
  let elapsed = 0;
  let wallStep = 0;
  let activity = 0;
  let held = 0;
  /** In the order they fall due; equal moments in the order they were asked for. */
  const waits: Wait[] = [];

  function add(wait: Wait): void {
    let low = 0;
    let high = waits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = waits[middle];
      if (other !== undefined && other.dueAt <= wait.dueAt) low = middle + 1;
      else high = middle;
    }
    waits.splice(low, 0, wait);
    activity += 1;
  }

  function remove(wait: Wait): void {
    const index = waits.indexOf(wait);
    if (index >= 0) waits.splice(index, 1);
    activity += 1;
  }

  function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (!(milliseconds > 0)) return turn(undefined, signal === undefined ? {} : { signal }).then(() => undefined);
    return new Promise((resolve, reject) => {
      const wait: Wait = {
        dueAt: elapsed + milliseconds,
        end: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        remove(wait);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      add(wait);
    });
  }

  async function comeToRest(isOver: () => boolean = () => false): Promise<void> {
    let quiet = 0;
    while (quiet < idleTurns && !isOver()) {
      const before = activity;
      await turn();
      quiet = activity === before && held === 0 ? quiet + 1 : 0;
    }
  }

  /** Ends the next wait that falls due up to a moment; tells whether there was one. */
  function endNext(latest: number): boolean {
    const next = waits[0];
    if (next === undefined || next.dueAt > latest) return false;
    waits.shift();
    elapsed = Math.max(elapsed, next.dueAt);
    activity += 1;
    next.end();
    return true;
  }

  return {
    now: () => startsAt + wallStep + elapsed,
    monotonic: () => elapsed,
    sleep,
    get waiting() {
      return waits.length;
    },
    async advance(milliseconds) {
      const target = elapsed + milliseconds;
      await comeToRest();
      while (endNext(target)) await comeToRest();
      elapsed = Math.max(elapsed, target);
    },
    async run(work) {
      const promise = typeof work === 'function' ? work() : work;
      let over = false;
      const end = () => {
        over = true;
      };
      promise.then(end, end);
      const isOver = () => over;
      let idleSince: number | undefined;
      while (!over) {
        await comeToRest(isOver);
        if (over) break;
        if (endNext(Number.POSITIVE_INFINITY)) {
          idleSince = undefined;
          continue;
        }
        idleSince ??= performance.now();
        if (performance.now() - idleSince > patience) {
          throw new Error('The work waits for something that is neither on this clock nor about to happen.');
        }
      }
      return promise;
    },
    async hold(work) {
      held += 1;
      try {
        return await work;
      } finally {
        held -= 1;
        activity += 1;
      }
    },
    stepWallClock(milliseconds) {
      wallStep += milliseconds;
    },
  };
}
