/** An application that follows `[current, fallback]` with the consumer helper of this package. */
import { Secret } from '../base/secret.js';
import { createSecretPair } from '../consumer/secret-pair.js';
import { withSecretFallback } from '../consumer/with-secret-fallback.js';
import type { Application } from './application.js';
import type { ReadSecrets } from './secret-reader.js';
import type { RequestToken } from './token-request.js';

export interface FollowingApplicationOptions {
  readonly readSecrets: ReadSecrets;
  readonly requestToken: RequestToken;
  /** How old the pair may become before it is read again, in milliseconds. */
  readonly refreshMilliseconds: number;
  /** How long to go on when both values are refused, in milliseconds. */
  readonly budgetMilliseconds: number;
  /** Ends every request. */
  readonly signal: AbortSignal;
}

/**
 * Makes one instance. It uses `withSecretFallback` rather than the token client, so that requests at the same time share
 * nothing and each of them is counted for itself.
 */
export function createFollowingApplication(options: FollowingApplicationOptions): Application {
  const { readSecrets, requestToken, refreshMilliseconds, ...riding } = options;
  const pair = createSecretPair({
    read: async () => {
      const { current, fallback } = await readSecrets();
      return { current: current.reveal(), fallback: fallback?.reveal() };
    },
    refreshAfterMilliseconds: refreshMilliseconds,
  });
  return {
    request: () => withSecretFallback(pair, (secret) => requestToken(new Secret(secret)), riding),
  };
}
