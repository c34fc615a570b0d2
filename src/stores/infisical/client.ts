/**
 * Requests to Infisical as the store makes them: paced, under a deadline, each sent once, with a login before the first
 * and one more when the token is no longer taken. A token is never renewed: when its time to live equals the longest
 * one, Infisical answers the renewal with 401 and revokes the token as well.
 */
import type { InfisicalSDK } from '@infisical/sdk';
import { type Call, type Clock, DeadlineExceeded, withDeadline } from '../../base/clock.js';
import { asRotationError, type RotationError } from '../../base/errors.js';
import { Secret } from '../../base/secret.js';
import { type Doing, errorOf, notSent, pacedOut, rateLimitHold, refusesToken } from './failures.js';
import { type InfisicalIdentity, isHeaderSafe } from './options.js';
import { type Pacer, PacingAborted, type RouteClass } from './pacing.js';
import { openSdk } from './sdk.js';
import type { ServerTime } from './server-time.js';
import { sendOnce, WireError, type WireFailure } from './transport.js';

export interface InfisicalClientOptions {
  readonly siteUrl: string;
  readonly identity: InfisicalIdentity;
  readonly clock: Clock;
  readonly requestTimeoutMilliseconds: number;
  readonly requestsPerMinute: number;
  readonly fetch: typeof fetch;
  readonly pacer: Pacer;
  readonly serverTime: ServerTime;
}

export interface InfisicalClient {
  /**
   * Makes one request through the SDK, logged in.
   *
   * @param route what Infisical counts it as.
   * @param doing what it is for.
   * @param call its signal ends it.
   * @param use calls one method of the SDK, which sends one request. It is called a second time, with a new token, only
   *   when Infisical refused the token it had: nothing happened then.
   * @throws a `RotationError`, whatever the SDK made of it.
   */
  request<T>(route: RouteClass, doing: Doing, call: Call, use: (sdk: InfisicalSDK) => Promise<T>): Promise<T>;
  /** Asks for the server's status, without logging in, so that its clock is told. Failures are `RotationError`s. */
  status(call: Call): Promise<void>;
}

/** @param options the site and the identity. Nothing is sent before the first request. */
export function createInfisicalClient(options: InfisicalClientOptions): InfisicalClient {
  const { identity, clock, serverTime } = options;
  let held: Secret | undefined = identity.method === 'token' ? identity.token : undefined;
  let latestToken = held;
  const ownSecrets = identity.method === 'token' ? [identity.token] : [identity.clientSecret];

  /** One request on the wire. The SDK wraps what our transport throws, so the failure is kept beside it. */
  async function exchange<T>(
    route: RouteClass,
    call: Call,
    token: Secret | undefined,
    use: (sdk: InfisicalSDK) => Promise<T>,
  ): Promise<T> {
    await options.pacer.takePlace(route, options.requestsPerMinute, call.signal);
    let failure: WireFailure | undefined;
    let requests = 0;
    try {
      return await withDeadline(clock, options.requestTimeoutMilliseconds, call, async ({ signal }) => {
        const sdk = await openSdk(options.siteUrl, token, async (request) => {
          const sentAt = clock.monotonic();
          requests += 1;
          try {
            return await sendOnce(request, options.fetch, signal, (headers) => serverTime.observe(headers, sentAt));
          } catch (thrown) {
            if (thrown instanceof WireError) failure = thrown.failure;
            throw thrown;
          }
        });
        return await use(sdk);
      });
    } catch (thrown) {
      if (failure !== undefined) throw new WireError(failure);
      if (thrown instanceof DeadlineExceeded) {
        const reason = 'deadline';
        throw new WireError(requests === 0 ? { kind: 'not-sent', reason } : { kind: 'unanswered', reason });
      }
      throw thrown;
    }
  }

  async function login(call: Call): Promise<Secret> {
    if (identity.method === 'token') return identity.token;
    const doing: Doing = { what: 'logging in', effect: 'login', secrets: ownSecrets };
    const { clientId, clientSecret } = identity;
    const token = await explained('login', doing, () =>
      exchange('login', call, undefined, async (sdk) => {
        const loggedIn = await sdk.auth().universalAuth.login({ clientId, clientSecret: clientSecret.reveal() });
        return loggedIn.auth().getAccessToken();
      }),
    );
    if (typeof token !== 'string' || !isHeaderSafe(token)) {
      throw errorOf({ kind: 'unusable', status: 200, reason: 'wrong-shape' }, doing);
    }
    latestToken = new Secret(token);
    return latestToken;
  }

  /** Turns what is thrown into a `RotationError`, and remembers a rate limit. */
  async function explained<T>(route: RouteClass, doing: Doing, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      const secrets = [...doing.secrets, ...ownSecrets, ...(latestToken === undefined ? [] : [latestToken])];
      const full = { ...doing, secrets };
      if (thrown instanceof PacingAborted) throw pacedOut(full, thrown.milliseconds);
      if (!(thrown instanceof WireError)) throw asRotationError(thrown);
      const hold = rateLimitHold(thrown.failure);
      if (hold !== undefined) options.pacer.holdBack(route, hold);
      throw errorOf(thrown.failure, full);
    }
  }

  return {
    async request(route, doing, call, use) {
      if (call.signal.aborted) throw notSent(call.signal, doing);
      const before = held;
      const token = before ?? (await login(call));
      held = token;
      return await explained(route, doing, async () => {
        try {
          return await exchange(route, call, token, use);
        } catch (thrown) {
          const mayBeOld = before !== undefined && identity.method === 'universal-auth';
          if (!mayBeOld || !(thrown instanceof WireError) || !refusesToken(thrown.failure)) throw thrown;
          held = undefined;
          held = await login(call);
          return await exchange(route, call, held, use);
        }
      });
    },
    async status(call) {
      const doing: Doing = { what: 'asking for the time', effect: 'read', secrets: [] };
      const sentAt = clock.monotonic();
      const url = new URL(`${options.siteUrl}/api/status`);
      const request = { method: 'GET', url, headers: { 'cache-control': 'no-cache' }, body: undefined };
      try {
        await withDeadline(clock, options.requestTimeoutMilliseconds, call, ({ signal }) =>
          sendOnce(request, options.fetch, signal, (headers) => serverTime.observe(headers, sentAt)),
        );
      } catch (thrown) {
        throw statusError(thrown, doing);
      }
    },
  };
}

function statusError(thrown: unknown, doing: Doing): RotationError {
  if (thrown instanceof WireError) return errorOf(thrown.failure, doing);
  if (thrown instanceof DeadlineExceeded) return errorOf({ kind: 'unanswered', reason: 'deadline' }, doing);
  return asRotationError(thrown);
}
