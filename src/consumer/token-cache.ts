/** Keeps tokens until shortly before they expire. */
import type { Clock } from './clock.js';
import type { TokenAnswer } from './send-token-request.js';

/** A token is not handed out in its last minute, or in the last tenth of a short life. */
const SKEW_MILLISECONDS = 60_000;

export interface TokenCache {
  get(key: string): TokenAnswer | undefined;
  /** Keeps the answer, unless it does not say how long it lives. */
  set(key: string, answer: TokenAnswer): void;
}

/**
 * Makes an empty cache.
 *
 * @param clock its wall clock counts: the monotonic one may stand still while a machine is suspended.
 */
export function createTokenCache(clock: Clock): TokenCache {
  const entries = new Map<string, { readonly answer: TokenAnswer; readonly until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      return entry && clock.now() < entry.until ? entry.answer : undefined;
    },
    set(key, answer) {
      const now = clock.now();
      for (const [other, entry] of entries) if (now >= entry.until) entries.delete(other);
      const seconds = answer.expires_in;
      if (typeof seconds !== 'number' || !(seconds > 0)) return;
      const life = seconds * 1_000;
      entries.set(key, { answer, until: now + life - Math.min(SKEW_MILLISECONDS, life / 10) });
    },
  };
}
