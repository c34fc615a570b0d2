/**
 * Keeps below Infisical's rate limit: a sliding window of 60 s for each route class, shared by all stores of one site,
 * because Infisical counts by address. A `Retry-After` holds back the whole class.
 */
import type { Clock } from '../../base/clock.js';

/** Infisical counts these apart. */
export type RouteClass = 'secrets' | 'folders' | 'login';

export interface Pacer {
  /**
   * Waits for a free place in the window and takes it.
   *
   * @param limit requests in 60 s.
   * @throws `PacingAborted` when the signal ends the wait: no place was taken then, and nothing may be sent.
   */
  takePlace(route: RouteClass, limit: number, signal: AbortSignal): Promise<void>;
  /** Sends nothing of this class for a while: the server asked for it. */
  holdBack(route: RouteClass, milliseconds: number): void;
}

const WINDOW_MILLISECONDS = 60_000;
/** A server that asks for longer is asked again after this. */
const LONGEST_HOLD_MILLISECONDS = 600_000;

/** The signal ended the wait for a place. */
export class PacingAborted extends Error {
  override readonly name = 'PacingAborted';
  /** @param milliseconds how long the wait would still have been. */
  constructor(readonly milliseconds: number) {
    super('The wait for the rate limit was ended.');
  }
}

/** @param clock whose monotonic time counts. */
export function createPacer(clock: Clock): Pacer {
  const sent = new Map<RouteClass, number[]>();
  const heldUntil = new Map<RouteClass, number>();

  const waitFor = (route: RouteClass, limit: number): number => {
    const now = clock.monotonic();
    const times = (sent.get(route) ?? []).filter((time) => time > now - WINDOW_MILLISECONDS);
    sent.set(route, times);
    const oldest = times.at(-limit);
    const windowFreeAt = oldest === undefined ? now : oldest + WINDOW_MILLISECONDS;
    return Math.max(windowFreeAt, heldUntil.get(route) ?? now) - now;
  };

  return {
    async takePlace(route, limit, signal) {
      for (let wait = waitFor(route, limit); wait > 0; wait = waitFor(route, limit)) {
        try {
          await clock.sleep(Math.ceil(wait), signal);
        } catch {
          throw new PacingAborted(Math.max(waitFor(route, limit), 0));
        }
      }
      sent.get(route)?.push(clock.monotonic());
    },
    holdBack(route, milliseconds) {
      const until = clock.monotonic() + Math.min(milliseconds, LONGEST_HOLD_MILLISECONDS);
      heldUntil.set(route, Math.max(until, heldUntil.get(route) ?? until));
    },
  };
}

const pacers = new WeakMap<Clock, Map<string, Pacer>>();

/**
 * The pacer of a site, the same one for every store that uses the same clock.
 *
 * @param siteUrl in its normal form.
 */
export function pacerOf(siteUrl: string, clock: Clock): Pacer {
  const ofClock = pacers.get(clock) ?? new Map<string, Pacer>();
  pacers.set(clock, ofClock);
  const pacer = ofClock.get(siteUrl) ?? createPacer(clock);
  ofClock.set(siteUrl, pacer);
  return pacer;
}
