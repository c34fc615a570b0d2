/** The access tokens of a tenant: shaped like Auth0's, but what they allow is kept here and not read from them. */
import type { Clock } from '../../base/clock.js';
import type { Randomness } from '../randomness.js';

/** A token as the tenant issued it. */
export interface AccessToken {
  readonly value: string;
  readonly clientId: string;
  readonly audience: string;
  readonly scopes: readonly string[];
  /** Wall-clock time in milliseconds. */
  readonly expiresAt: number;
}

/** The tokens for the Management API that are still good for something. */
export interface AccessTokens {
  keep(token: AccessToken): void;
  /** @returns the token, also when it has expired; undefined when it was never issued or is long gone. */
  find(value: string): AccessToken | undefined;
}

/** Enough for any test; beyond it the oldest are forgotten, so that traffic for hours cannot fill the memory. */
const TOKENS_KEPT = 10_000;

/** Makes the memory for management tokens. */
export function createAccessTokens(): AccessTokens {
  const tokens = new Map<string, AccessToken>();
  return {
    keep(token) {
      tokens.set(token.value, token);
      if (tokens.size <= TOKENS_KEPT) return;
      for (const oldest of tokens.keys()) {
        tokens.delete(oldest);
        break;
      }
    },
    find: (value) => tokens.get(value),
  };
}

const HEADER = encode({ alg: 'RS256', typ: 'at+jwt', kid: 'emulator' });

/**
 * Makes an access token. It reads like a JWT, with a signature that nobody can verify.
 *
 * @param lifetimeSeconds how long it is good for.
 */
export function makeAccessToken(
  facts: {
    readonly clientId: string;
    readonly audience: string;
    readonly scopes: readonly string[];
    readonly issuer: string;
    readonly lifetimeSeconds: number;
  },
  clock: Clock,
  randomness: Randomness,
): AccessToken {
  const { clientId, audience, scopes, issuer, lifetimeSeconds } = facts;
  const issuedAt = Math.floor(clock.now() / 1000);
  const payload = encode({
    iss: issuer,
    sub: `${clientId}@clients`,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
    scope: scopes.join(' '),
    gty: 'client-credentials',
    azp: clientId,
  });
  const signature = Buffer.from(randomness.bytes(32)).toString('base64url');
  return {
    value: `${HEADER}.${payload}.${signature}`,
    clientId,
    audience,
    scopes,
    expiresAt: clock.now() + lifetimeSeconds * 1000,
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
