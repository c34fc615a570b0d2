/**
 * For libraries that hold one client secret for ever but let their `fetch` be chosen: they are given a placeholder, and
 * the value is put in its place when a request leaves.
 */
import { formEncode } from './client-authentication.js';
import { parseObject } from './read-text.js';
import type { SecretPair } from './secret-pair.js';
import { withSecretFallback } from './with-secret-fallback.js';

/** Give this to the library as its client secret. Letters only, so that no encoding changes it. */
export const CLIENT_SECRET_PLACEHOLDER = 'ClientSecretComesFromTheSecretPair';

/** What a following `fetch` is made with. */
export interface FollowingFetchOptions {
  readonly pair: SecretPair;
  /** @default globalThis.fetch, looked up at each request */
  readonly fetch?: typeof globalThis.fetch;
  /** See `SecretFallbackOptions`. The library's own timeout ends it earlier. @default 35000 */
  readonly budgetMilliseconds?: number;
}

type Fill = (secret: string) => RequestInit;

/**
 * Makes a `fetch` that sends each request which carries the placeholder as its client secret (the field `client_secret`
 * of a form or JSON body, or the password of HTTP Basic) with the secret that is accepted, and passes every other request
 * on untouched. The placeholder is public: anywhere else in a request, where text from outside may stand, it stays what
 * it is. No redirect of a request with a secret is followed. A `Request` object is passed on as it is.
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
  const write = jsonWriter(text) ?? formWriter(text);
  if (!write) return undefined;
  const headers = new Headers(init.headers);
  if (body instanceof URLSearchParams && !headers.has('content-type')) {
    headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  return (secret) => ({ ...init, headers, body: write(secret) });
}

function jsonWriter(text: string): ((secret: string) => string) | undefined {
  const fields = parseObject(text);
  if (fields?.['client_secret'] !== CLIENT_SECRET_PLACEHOLDER) return undefined;
  return (secret) => JSON.stringify({ ...fields, client_secret: secret });
}

function formWriter(text: string): ((secret: string) => string) | undefined {
  const fields = new URLSearchParams(text);
  const values = fields.getAll('client_secret');
  if (values.length !== 1 || values[0] !== CLIENT_SECRET_PLACEHOLDER) return undefined;
  return (secret) => {
    fields.set('client_secret', secret);
    return fields.toString();
  };
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
