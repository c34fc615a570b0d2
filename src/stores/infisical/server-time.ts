/**
 * The server's clock, told from the `Date` header of its answers: remembered as an offset from our monotonic clock, at
 * the middle of the round trip. Good to a second, which is what the header gives.
 */
import type { Clock } from '../../base/clock.js';

export interface ServerTime {
  /**
   * Takes an answer's headers into account.
   * @param sentAt when the request was sent, on the monotonic clock.
   */
  observe(headers: Headers, sentAt: number): void;
  /** @returns milliseconds since the epoch by the server; undefined when no answer of late told it. */
  now(): number | undefined;
}

/** An offset older than this is asked for anew: a monotonic clock may stand still while the machine sleeps. */
const LONGEST_TRUST_MILLISECONDS = 10_000;

export function createServerTime(clock: Clock): ServerTime {
  let latest: { readonly offset: number; readonly at: number } | undefined;
  return {
    observe(headers, sentAt) {
      const receivedAt = clock.monotonic();
      const date = Date.parse(headers.get('date') ?? '');
      const fromCache = Number(headers.get('age') ?? 0) > 0;
      latest =
        Number.isNaN(date) || fromCache ? undefined : { offset: date - (sentAt + receivedAt) / 2, at: receivedAt };
    },
    now() {
      const monotonic = clock.monotonic();
      if (latest === undefined || monotonic - latest.at > LONGEST_TRUST_MILLISECONDS) return undefined;
      return Math.round(latest.offset + monotonic);
    },
  };
}
