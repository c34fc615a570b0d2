/**
 * Asks Auth0 whether it accepts a client secret, at no cost: `POST /oauth/revoke` with a random token. Auth0 validates
 * the credentials first and then finds nothing to revoke, so no token is spent and nothing changes.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Call, type Clock, systemClock } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import type { ProbeOutcome } from '../provider/contract.js';
import type { Auth0Tenant } from './access.js';
import { parseApplicationId } from './application-id.js';
import { parseJson } from './errors.js';
import type { Fetch, GuardedAnswer } from './guarded-fetch.js';
import { type Pacer, sharedPacer } from './pacer.js';
import { createSender, REQUEST_TIMEOUT_MILLISECONDS } from './sender.js';

export interface ProbeOptions {
  readonly tenant: Auth0Tenant;
  /** What requests are sent with. @default `globalThis.fetch` */
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  /** For one request. @default 15000 */
  readonly requestTimeoutMilliseconds?: number | undefined;
  /** Keeps the calls within the tenant's rate limit. @default the one shared by the process */
  readonly pacer?: Pacer | undefined;
}

/**
 * Sends one probe.
 *
 * @param clientId of the application, a confidential one: a public one is accepted with any secret.
 * @param secret to try.
 * @param call ends it early.
 * @returns `accepted` for 200 with the empty or `OK` body Auth0 gives; `rejected` for 401 with `invalid_client` or
 *   `access_denied`; `unknown` for everything else: 429, 5xx, redirects, timeouts, pages of a captive portal.
 * @throws the abort reason of the call when its caller ended it, and `APPLICATION_ID_INVALID`. Nothing else.
 */
export type Probe = (clientId: string, secret: Secret, call: Call) => Promise<ProbeOutcome>;

/**
 * Makes a probe for one tenant. Sends nothing until it is called.
 *
 * @param options where to.
 * @see https://auth0.com/docs/secure/tokens/refresh-tokens/revoke-refresh-tokens
 * @see RFC 7009 2.1
 */
export function createProbe(options: ProbeOptions): Probe {
  const { tenant, clock = systemClock } = options;
  const send = createSender({
    tenant,
    fetch: options.fetch,
    clock,
    pacer: options.pacer ?? sharedPacer(clock),
    timeoutMilliseconds: options.requestTimeoutMilliseconds ?? REQUEST_TIMEOUT_MILLISECONDS,
  });
  return async (clientId, secret, call) => {
    const body = new URLSearchParams({
      client_id: parseApplicationId(clientId),
      client_secret: secret.reveal(),
      token: randomBytes(32).toString('base64url'),
    });
    try {
      const request = {
        method: 'POST',
        url: `${tenant.origin}/oauth/revoke`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json, text/plain' },
        body: body.toString(),
        atMostOnce: false,
      } as const;
      return read(await send('authentication', request, call));
    } catch (thrown) {
      if (RotationError.isInstance(thrown)) throw thrown;
      call.signal.throwIfAborted();
      return 'unknown';
    }
  };
}

const oauthError = z.object({ error: z.enum(['invalid_client', 'access_denied']) });

function read(answer: GuardedAnswer): ProbeOutcome {
  if (answer.status === 200 && ['', 'OK'].includes(answer.text.trim())) return 'accepted';
  // 401 alone is not enough: `mfa_required` comes with it too, and so does a proxy that wants to be logged in to.
  if (answer.status === 401 && oauthError.safeParse(parseJson(answer.text)).success) return 'rejected';
  return 'unknown';
}
