/** A plain client for a token endpoint that rides through a rotation. */
import type { ClientAuthenticationMethod } from './client-authentication.js';
import { internalsOf, type SecretPair } from './secret-pair.js';
import { sendTokenRequest, type TokenAnswer } from './send-token-request.js';
import { createSingleFlight } from './single-flight.js';
import { createTokenCache } from './token-cache.js';
import { resolveTokenEndpoint, type TokenEndpoint } from './token-endpoint.js';
import { formOf, type TokenGrant } from './token-grant.js';
import { withSecretFallback } from './with-secret-fallback.js';

/** Where tokens are requested, as whom, and within which bounds. */
export type TokenClientOptions = TokenEndpoint & {
  readonly clientId: string;
  readonly pair: SecretPair;
  /** @default 'post' */
  readonly authentication?: ClientAuthenticationMethod;
  /** @default globalThis.fetch, looked up at each request */
  readonly fetch?: typeof globalThis.fetch;
  /** How long one request may take, its answer's body included, in milliseconds. @default 10000 */
  readonly timeoutMilliseconds?: number;
  /** How long an answer may be, in bytes. @default 262144 */
  readonly maximumAnswerBytes?: number;
  /** See `SecretFallbackOptions`. @default 35000 */
  readonly budgetMilliseconds?: number;
  /** Keeps client_credentials tokens in memory until a minute before they expire. @default false */
  readonly cache?: boolean;
};

/** How one token request differs from the others. */
export interface TokenRequestOptions {
  /** Takes this caller out. A request that others wait for as well goes on for them. */
  readonly signal?: AbortSignal;
  /** Asks for a new token though one is cached. @default false */
  readonly fresh?: boolean;
}

/** Requests tokens, with whichever secret is accepted. */
export interface TokenClient {
  /**
   * Requests a token. Callers who ask for the same at the same time share one request and one answer.
   *
   * An authorization code or a refresh token is sent again only after a 401 that refused the client secret itself. After
   * any other answer, and after none, it may be spent: it is not sent again, and the error says what happened.
   *
   * @returns the answer with the names of the wire, frozen, because callers share it.
   * @throws `TokenError`; `SecretSourceError` when no secret is known at all; the signal's reason; `TypeError` for
   *   `parameters` that cannot be sent.
   */
  request(grant: TokenGrant, options?: TokenRequestOptions): Promise<TokenAnswer>;
}

/**
 * Makes a token client.
 *
 * @param options where to ask, as whom, and with which pair. The pair's clock counts.
 * @returns a client to share in the process: requests are shared, and tokens cached, per client.
 * @throws `TypeError` for an address the secret must not be sent to.
 * @see https://auth0.com/docs/api/authentication
 */
export function createTokenClient(options: TokenClientOptions): TokenClient {
  const endpoint = resolveTokenEndpoint(options);
  const { clientId, pair, authentication = 'post', budgetMilliseconds } = options;
  const { timeoutMilliseconds = 10_000, maximumAnswerBytes = 262_144 } = options;
  const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const { clock } = internalsOf(pair);
  const share = createSingleFlight<TokenAnswer>();
  const cache = options.cache ? createTokenCache(clock) : undefined;

  return Object.freeze({
    async request(grant: TokenGrant, { signal, fresh = false }: TokenRequestOptions = {}) {
      const form = formOf(grant);
      const key = JSON.stringify(form);
      const cached = fresh ? undefined : cache?.get(key);
      if (cached) return cached;
      return share(key, signal, async (shared) => {
        const answer = await withSecretFallback(
          pair,
          (clientSecret) =>
            sendTokenRequest({
              endpoint,
              clientId,
              clientSecret,
              authentication,
              form,
              fetch,
              timeoutMilliseconds,
              maximumAnswerBytes,
              clock,
              signal: shared,
            }),
          { signal: shared, budgetMilliseconds },
        );
        if (grant.grant === 'client_credentials') cache?.set(key, answer);
        return answer;
      });
    },
  });
}
