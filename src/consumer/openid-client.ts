/**
 * For applications built on `openid-client` v6. Its types are described by shape here, so that this entry point does not
 * depend on it.
 */
import { authenticateClient, type ClientAuthenticationMethod } from './client-authentication.js';
import type { SecretPair } from './secret-pair.js';
import { type SecretFallbackOptions, withSecretFallback } from './with-secret-fallback.js';

/** Fits `ClientAuth` of `openid-client` and `oauth4webapi`. */
export type OpenidClientAuthentication = (
  server: object,
  client: { readonly client_id: string },
  body: URLSearchParams,
  headers: Headers,
) => void;

/** What a runner for `openid-client` is made with. */
export interface OpenidClientFallbackOptions<Configuration> extends Omit<SecretFallbackOptions, 'signal'> {
  readonly pair: SecretPair;
  /**
   * Makes the configuration for one secret: `new Configuration(metadata, clientId, undefined, clientAuthentication)`, or
   * a `discovery` with it. It is called once for each secret value and its outcome kept, unless it fails.
   */
  readonly configure: (clientAuthentication: OpenidClientAuthentication) => Configuration | Promise<Configuration>;
  /** @default 'post' */
  readonly authentication?: ClientAuthenticationMethod;
}

/**
 * Runs one grant call (`clientCredentialsGrant`, `authorizationCodeGrant`, `refreshTokenGrant`, `tokenRevocation`, …)
 * with the secret that is accepted. The call runs again only after a 401 refused the secret, so let it hold nothing else:
 * build a `URL` of the callback address beforehand rather than passing a `Request`, which can be read once only.
 *
 * @throws what the call throws, unchanged; see `withSecretFallback`.
 */
export type OpenidClientRunner<Configuration> = <T>(
  call: (configuration: Configuration) => Promise<T>,
  options?: { readonly signal?: AbortSignal },
) => Promise<T>;

/** The two values of a pair, and the two before them that a call under way may still hold. */
const KEPT_CONFIGURATIONS = 4;

/**
 * Makes a runner for grant calls. Each secret has a configuration of its own, so that calls at the same time cannot
 * take each other's secret.
 *
 * @returns the runner.
 * @see https://github.com/panva/openid-client
 */
export function createOpenidClientFallback<Configuration>(
  options: OpenidClientFallbackOptions<Configuration>,
): OpenidClientRunner<Configuration> {
  const { pair, configure, authentication = 'post', ...fallbackOptions } = options;
  const configurations = new Map<string, Promise<Configuration>>();

  function configurationFor(secret: string): Promise<Configuration> {
    const known = configurations.get(secret);
    if (known) return known;
    const made = (async () =>
      configure((_server, client, body, headers) => {
        authenticateClient(authentication, client.client_id, secret, body, headers);
      }))();
    configurations.set(secret, made);
    made.catch(() => configurations.delete(secret));
    for (const oldest of configurations.keys()) {
      if (configurations.size <= KEPT_CONFIGURATIONS) break;
      configurations.delete(oldest);
    }
    return made;
  }

  return (call, { signal } = {}) =>
    withSecretFallback(pair, async (secret) => call(await configurationFor(secret)), { ...fallbackOptions, signal });
}
