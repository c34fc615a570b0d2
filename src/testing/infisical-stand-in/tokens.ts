/** Universal auth: logging in, renewing, and what becomes of a token. */
import { randomBytes } from 'node:crypto';
import { refusal } from './answer.js';
import type { StandInIdentity } from './options.js';

interface Token {
  readonly identity: StandInIdentity;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revoked: boolean;
  readonly uses: number;
}

export interface TokenAnswer {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly accessTokenMaxTTL: number;
  readonly tokenType: 'Bearer';
}

export interface Tokens {
  /** 404 for an unknown client id, 401 for a wrong secret. */
  login(clientId: string, clientSecret: string): TokenAnswer;
  /** With a TTL that equals the longest one: 401, and the token is revoked. */
  renew(accessToken: string): TokenAnswer;
  /** 401 without a token, for one nobody issued, revoked or used up; 403 for an expired one. Counts a use. */
  authenticate(authorization: string | undefined): StandInIdentity;
  /** A token without a login. */
  issue(identity: StandInIdentity): TokenAnswer;
  expireAll(): void;
  revokeAll(): void;
}

/** @param now milliseconds since the epoch. */
export function createTokens(identities: readonly StandInIdentity[], now: () => number): Tokens {
  const tokens = new Map<string, Token>();

  function issue(identity: StandInIdentity): TokenAnswer {
    const accessToken = `stand-in.${randomBytes(32).toString('base64url')}`;
    const expiresIn = identity.accessTokenTtlSeconds ?? 7_200;
    const issuedAt = now();
    tokens.set(accessToken, { identity, issuedAt, expiresAt: issuedAt + expiresIn * 1_000, revoked: false, uses: 0 });
    return { accessToken, expiresIn, accessTokenMaxTTL: maximum(identity), tokenType: 'Bearer' };
  }

  function valid(accessToken: string): Token {
    const token = tokens.get(accessToken);
    if (token === undefined || token.revoked) throw refusal(401, 'You are not allowed to access this resource');
    if (token.expiresAt <= now()) {
      throw refusal(403, 'Your token has expired. Please re-authenticate.', 'TokenError');
    }
    if (token.uses >= (token.identity.accessTokenUses ?? Number.POSITIVE_INFINITY)) {
      throw refusal(401, 'Access token has reached its maximum number of uses');
    }
    return token;
  }

  return {
    login(clientId, clientSecret) {
      const identity = identities.find((candidate) => candidate.clientId === clientId);
      if (identity === undefined) throw refusal(404, 'No identity with specified client ID was found');
      if (identity.clientSecret !== clientSecret) throw refusal(401, 'Invalid credentials');
      return issue(identity);
    },
    renew(accessToken) {
      const token = valid(accessToken);
      const { identity } = token;
      const longestUntil = token.issuedAt + maximum(identity) * 1_000;
      const expiresIn = identity.accessTokenTtlSeconds ?? 7_200;
      if (now() + expiresIn * 1_000 > longestUntil || expiresIn >= maximum(identity)) {
        tokens.set(accessToken, { ...token, revoked: true });
        throw refusal(401, 'Failed to renew the token: it has reached its maximum time to live');
      }
      tokens.set(accessToken, { ...token, expiresAt: now() + expiresIn * 1_000 });
      return { accessToken, expiresIn, accessTokenMaxTTL: maximum(identity), tokenType: 'Bearer' };
    },
    authenticate(authorization = '') {
      const accessToken = /^Bearer (\S+)$/.exec(authorization)?.[1];
      if (accessToken === undefined) throw refusal(401, 'Token missing');
      const token = valid(accessToken);
      tokens.set(accessToken, { ...token, uses: token.uses + 1 });
      return token.identity;
    },
    issue,
    expireAll() {
      for (const [accessToken, token] of tokens) tokens.set(accessToken, { ...token, expiresAt: now() - 1 });
    },
    revokeAll() {
      for (const [accessToken, token] of tokens) tokens.set(accessToken, { ...token, revoked: true });
    },
  };
}

function maximum(identity: StandInIdentity): number {
  return identity.accessTokenMaxTtlSeconds ?? 7_200;
}
