/**
 * For libraries that hold one client secret for ever but let their `fetch` be chosen: they are given a placeholder, and
 * the value is put in its place when a request leaves.
 */
import { formEncode } from './client-authentication.js';
import type { SecretPair } from './secret-pair.js';
import { withSecretFallback } from './with-secret-fallback.js';

/** Give this to the library as its client secret. Letters only, so that no encoding changes it. */
export const CLIENT_SECRET_PLACEHOLDER = 'ClientSecretComesFromTheSecretPair';

export interface FollowingFetchOptions {
  readonly pair: SecretPair;
  /** @default globalThis.fetch, looked up at each request */
  readonly fetch?: typeof globalThis.fetch;
  /** See `SecretFallbackOptions`. The library's own timeout ends it earlier. @default 35000 */
  readonly budgetMilliseconds?: number;
}

type Fill = (secret: string) => RequestInit;

/**
 * Makes a `fetch` that sends each request which carries the placeholder (in a form or JSON body, or in HTTP Basic) with
 * the secret that is accepted, and passes every other request on untouched. No redirect of a request with a secret is
 * followed. It replaces the placeholder in `init`; a `Request` object is passed on as it is.
 *
 * A proof of possession (DPoP) is made once per request and so does not survive a second try; use
 * `createOpenidClientFallback` with it.
 *
 * @returns a `fetch` for the `customFetch` of `openid-client`, or for any library that calls `fetch(address, init)`. It
 *   returns what the last try returned and throws what it threw; see `withSecretFallback`.
 */
export function createFollowingFetch(options: FollowingFetchOptions): typeof globalThis.fetch {
  const { pair, budgetMilliseconds } = options;
  const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return async (input, init) => {
    const fill = init && (fillBody(init) ?? fillHeader(init));
    if (!fill) return fetch(input, init);
    return withSecretFallback(pair, (secret) => fetch(input, { ...fill(secret), redirect: 'manual' }), {
      signal: init.signal ?? undefined,
      budgetMilliseconds,
    });
  };
}

function fillBody(init: RequestInit): Fill | undefined {
  const { body } = init;
  if (typeof body !== 'string' && !(body instanceof URLSearchParams)) return undefined;
  const text = body.toString();
  if (!text.includes(CLIENT_SECRET_PLACEHOLDER)) return undefined;
  const headers = new Headers(init.headers);
  if (body instanceof URLSearchParams && !headers.has('content-type')) {
    headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  const encode = text.trimStart().startsWith('{') ? jsonEncode : formEncode;
  // A function as replacement: in a string, `$&` and its like would have a meaning.
  return (secret) => ({ ...init, headers, body: text.replaceAll(CLIENT_SECRET_PLACEHOLDER, () => encode(secret)) });
}

function fillHeader(init: RequestInit): Fill | undefined {
  const [scheme, credentials] = new Headers(init.headers).get('authorization')?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic' || !credentials) return undefined;
  const [clientId, password] = decoded(credentials).split(':');
  if (password !== CLIENT_SECRET_PLACEHOLDER) return undefined;
  return (secret) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Basic ${btoa(`${clientId}:${formEncode(secret)}`)}`);
    return { ...init, headers };
  };
}

function decoded(credentials: string): string {
  try {
    return atob(credentials);
  } catch {
    return '';
  }
}

function jsonEncode(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}
