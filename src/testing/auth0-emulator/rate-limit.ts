/** A token bucket with the headers Auth0 tells its state by. */
import type { Clock } from '../../base/clock.js';

/** `{ perSecond: 2, burst: 2 }` is the Management API of a free tenant. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
  /** Also tell how many seconds to wait in `Retry-After`. @default false */
  readonly sendsRetryAfter?: boolean;
}

/** Whether a request may pass, and the headers that say how things stand. */
export interface RateLimitDecision {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Makes a limiter that starts with a full bucket.
 *
 * @returns asks for one request. `X-RateLimit-Reset` is the UTC epoch second in which the bucket is full again.
 * @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy
 */
export function createRateLimiter(limit: RateLimit, clock: Clock): () => RateLimitDecision {
  let available = limit.burst;
  let seenAt = clock.monotonic();
  return () => {
    const now = clock.monotonic();
    available = Math.min(limit.burst, available + ((now - seenAt) / 1000) * limit.perSecond);
    seenAt = now;
    const allowed = available >= 1;
    if (allowed) available -= 1;
    const secondsUntilFull = (limit.burst - available) / limit.perSecond;
    const headers: Record<string, string> = {
      'x-ratelimit-limit': String(limit.burst),
      'x-ratelimit-remaining': String(Math.floor(available)),
      'x-ratelimit-reset': String(Math.ceil(clock.now() / 1000 + secondsUntilFull)),
    };
    if (!allowed && limit.sendsRetryAfter === true) {
      headers['retry-after'] = String(Math.max(1, Math.ceil((1 - available) / limit.perSecond)));
    }
    return { allowed, headers };
  };
}
