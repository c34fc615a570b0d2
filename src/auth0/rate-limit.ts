/** What an answer says about the tenant's rate limit, as waits. Pure. */

/** Longer waits are taken for mistakes: a clock that is off, or a date misread. */
const LONGEST_RETRY_AFTER_MILLISECONDS = 3_600_000;
/** Auth0's limits refresh within a minute. */
const LONGEST_RESET_MILLISECONDS = 60_000;

export interface RateLimit {
  /** How long the answer asks to wait, from `Retry-After`, in milliseconds. */
  readonly retryAfterMilliseconds: number | undefined;
  /** How many more requests may be sent before the reset. */
  readonly remaining: number | undefined;
  /** How long until the reset, in milliseconds. */
  readonly resetInMilliseconds: number | undefined;
  /** The reset as the answer named it, to tell two resets apart. */
  readonly reset: number | undefined;
}

/**
 * Reads the rate-limit headers of an answer.
 *
 * @param headers of the answer. `X-RateLimit-Reset` is in seconds since the epoch on the server's clock, so the
 *   answer's own `Date` is subtracted where it has one, and our clock need not be right.
 * @param now our wall clock in milliseconds, for answers without a date.
 * @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy
 */
export function readRateLimit(headers: Headers, now: number): RateLimit {
  const serverNow = dateOf(headers.get('date')) ?? now;
  const reset = wholeNumber(headers.get('x-ratelimit-reset'));
  return {
    retryAfterMilliseconds: readRetryAfter(headers.get('retry-after'), serverNow),
    remaining: wholeNumber(headers.get('x-ratelimit-remaining')),
    resetInMilliseconds: reset === undefined ? undefined : clamp(reset * 1_000 - serverNow, LONGEST_RESET_MILLISECONDS),
    reset,
  };
}

/** RFC 9110 10.2.3: a number of seconds or a date. */
function readRetryAfter(text: string | null, serverNow: number): number | undefined {
  const seconds = wholeNumber(text);
  if (seconds !== undefined) return clamp(seconds * 1_000, LONGEST_RETRY_AFTER_MILLISECONDS);
  const date = dateOf(text);
  return date === undefined ? undefined : clamp(date - serverNow, LONGEST_RETRY_AFTER_MILLISECONDS);
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}

function dateOf(text: string | null): number | undefined {
  // Date.parse takes almost anything, `1.5` included; an HTTP date begins with the name of a day.
  const milliseconds = text !== null && /^[A-Z][a-z]+, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

function clamp(milliseconds: number, most: number): number {
  return Math.min(Math.max(milliseconds, 0), most);
}
