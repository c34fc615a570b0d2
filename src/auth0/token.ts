/**
 * Management tokens by client credentials. Written here because the official client's own token request follows
 * redirects with the secret in the body and keeps a token that the API refuses.
 */
import { z } from 'zod';
import type { Call, Clock } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import type { Auth0Tenant, ManagementCredentials } from './access.js';
import { signClientAssertion } from './client-assertion.js';
import { fromRefusal, fromThrown, fromUnusableAnswer, type Operation, parseJson } from './errors.js';
import type { GuardedAnswer } from './guarded-fetch.js';
import type { Send } from './sender.js';
import { shareCalls } from './shared-call.js';
import { hostOf } from './tenant.js';

/** A management token and what it allows. */
export interface ManagementToken {
  readonly value: Secret;
  readonly scopes: ReadonlySet<string>;
  /** On the monotonic clock. */
  readonly usableUntil: number;
}

export interface TokenSource {
  /**
   * Gives the token in hand, or fetches one; concurrent callers share one request.
   * @throws a `RotationError` whose kind never is `unknown`: fetching a token changes no secret.
   */
  get(call: Call): Promise<ManagementToken>;
  /** Forgets a token that the API refused. A newer one is kept. */
  drop(token: ManagementToken): void;
}

export interface TokenSourceOptions {
  readonly tenant: Auth0Tenant;
  readonly credentials: ManagementCredentials;
  readonly send: Send;
  readonly clock: Clock;
}

/** A token is not used in the last minute of its life, or in the second half of a very short one. */
const MARGIN_SECONDS = 60;
/** For an answer that names no lifetime. */
const ASSUMED_LIFETIME_SECONDS = 120;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const tokenBody = z.object({
  // Goes into a header: nothing that could end it.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
});

/**
 * Makes the source of management tokens for one tenant and client.
 *
 * @param options whose tokens, and how to ask.
 * @see RFC 6749 4.4; https://auth0.com/docs/secure/tokens/access-tokens/management-api-access-tokens
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { tenant, credentials, send, clock } = options;
  let inHand: ManagementToken | undefined;

  const fetchToken = shareCalls(async (call) => {
    const asked = clock.monotonic();
    const parameters = await tokenRequest(tenant, credentials, clock.now());
    const operation: Operation = {
      activity: 'while requesting a management token',
      host: hostOf(tenant),
      effect: 'none',
      scope: 'read:clients',
      secrets: [credentials.method === 'client-secret' ? credentials.clientSecret : credentials.privateKey],
    };
    const answer = await send('authentication', parameters, call).catch((thrown) => {
      throw fromThrown(thrown, operation, call);
    });
    if (answer.status !== 200) throw fromTokenRefusal(answer, tenant, operation, clock.now());
    const parsed = tokenBody.safeParse(parseJson(answer.text));
    if (!parsed.success) throw fromUnusableAnswer(operation, 'it holds no bearer token', answer.status);
    inHand = readToken(parsed.data, asked);
    return inHand;
  });

  return {
    async get(call) {
      if (inHand !== undefined && clock.monotonic() < inHand.usableUntil) return inHand;
      return fetchToken(call);
    },
    drop(token) {
      if (inHand === token) inHand = undefined;
    },
  };
}

async function tokenRequest(tenant: Auth0Tenant, credentials: ManagementCredentials, now: number) {
  const parameters = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: credentials.clientId,
    audience: tenant.audience,
  });
  if (credentials.method === 'client-secret') {
    parameters.set('client_secret', credentials.clientSecret.reveal());
  } else {
    const { clientId, privateKey } = credentials;
    const assertion = await signClientAssertion({ clientId, privateKey, audience: `${tenant.origin}/`, now });
    parameters.set('client_assertion_type', ASSERTION_TYPE);
    parameters.set('client_assertion', assertion.reveal());
  }
  return {
    method: 'POST',
    url: `${tenant.origin}/oauth/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: parameters.toString(),
    atMostOnce: false,
  } as const;
}

function readToken(body: z.infer<typeof tokenBody>, asked: number): ManagementToken {
  const lifetime = body.expires_in ?? ASSUMED_LIFETIME_SECONDS;
  const usable = Math.max(lifetime - MARGIN_SECONDS, lifetime / 2);
  return {
    value: new Secret(body.access_token),
    scopes: new Set((body.scope ?? '').split(' ').filter((scope) => scope !== '')),
    usableUntil: asked + usable * 1_000,
  };
}

const oauthError = z.object({ error: z.string() });

/**
 * Auth0 documents `invalid_client` for a wrong secret and answers `access_denied`; both come with status 401. With 403
 * the secret was right and the client may not have a token.
 */
function fromTokenRefusal(
  answer: GuardedAnswer,
  tenant: Auth0Tenant,
  operation: Operation,
  now: number,
): RotationError {
  const host = hostOf(tenant);
  const error = oauthError.safeParse(parseJson(answer.text)).data?.error;
  const refused = { kind: 'configuration', status: answer.status } as const;
  // Proxies and portals that want to be logged in to answer 401 as well.
  if (answer.status === 401 && error === undefined) {
    return fromUnusableAnswer(operation, "status 401 without Auth0's error object", answer.status);
  }
  if (answer.status === 401) {
    return new RotationError({
      ...refused,
      code: 'AUTH0_CREDENTIALS_REJECTED',
      message: `${host} does not accept the credentials of the management client. Nothing was changed.`,
    });
  }
  if (answer.status === 403 && error === 'access_denied') {
    return new RotationError({
      ...refused,
      code: 'AUTH0_SCOPE_MISSING',
      message:
        `${host} gives the management client no token for ${tenant.audience}: it needs a grant for that API with the ` +
        'scopes read:clients and update:client_keys. Nothing was changed.',
    });
  }
  if (answer.status === 403 && error === 'unauthorized_client') {
    return new RotationError({
      ...refused,
      code: 'AUTH0_CREDENTIALS_REJECTED',
      message: `${host} does not let the management client use the client_credentials grant. Nothing was changed.`,
    });
  }
  if (answer.status === 404) {
    return new RotationError({
      ...refused,
      code: 'DOMAIN_INVALID',
      field: 'domain',
      message: `${host} issues no tokens: there is no Auth0 tenant of that name. Nothing was changed.`,
    });
  }
  return fromRefusal(answer, operation, now);
}
