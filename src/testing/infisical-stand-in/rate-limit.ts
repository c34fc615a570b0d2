/** Infisical's rate limit: so many requests a minute for each route class. */
import { Refusal, refusal } from './answer.js';
import type { StandInOperation, StandInSettings } from './options.js';

export interface RateLimit {
  /** Counts a request. Throws the refusal when there were too many: 429, or 500 in 2024, with `Retry-After`. */
  count(operation: StandInOperation): void;
}

const WINDOW_MILLISECONDS = 60_000;

export function createRateLimit(
  settings: Pick<StandInSettings, 'requestsPerMinute' | 'behaviour' | 'clock'>,
): RateLimit {
  const windows = new Map<string, { readonly startedAt: number; readonly count: number }>();
  return {
    count(operation) {
      const { requestsPerMinute, behaviour, clock } = settings;
      if (requestsPerMinute === undefined || operation === 'status') return;
      const route = operation.split('.')[0] ?? operation;
      const now = clock.now();
      const open = windows.get(route);
      const window =
        open !== undefined && now - open.startedAt < WINDOW_MILLISECONDS ? open : { startedAt: now, count: 0 };
      windows.set(route, { ...window, count: window.count + 1 });
      if (window.count < requestsPerMinute) return;
      const seconds = Math.ceil((window.startedAt + WINDOW_MILLISECONDS - now) / 1_000);
      const message = `Rate limit exceeded. Please try again in ${seconds} seconds`;
      const { answer } = refusal(behaviour === '2024' ? 500 : 429, message, 'RateLimitExceeded');
      throw new Refusal({ ...answer, headers: { 'retry-after': String(seconds) } });
    },
  };
}
