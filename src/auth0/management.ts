/**
 * The Management API, through the official `auth0` client. The client builds the requests; they leave through our own
 * transport, because its own follows redirects with secrets in the body, repeats requests that change the secret, takes
 * any 200 for a success, hangs on a stalled body, and puts bodies into its error messages.
 */
import type { ClientsClient } from 'auth0/clients';
import { z } from 'zod';
import { type Call, type Clock, systemClock } from '../base/clock.js';
import { Secret } from '../base/secret.js';
import type {
  Auth0Application,
  Auth0ApplicationSummary,
  Auth0Tenant,
  ManagementAccess,
  ManagementCredentials,
} from './access.js';
import { canSeeKeys } from './application.js';
import { applicationFields, readApplication, readApplicationPage, SUMMARY_FIELDS } from './application-answer.js';
import { parseApplicationId } from './application-id.js';
import { transportThrough } from './clients-transport.js';
import { fromThrown, fromUnusableAnswer, type Operation } from './errors.js';
import type { Fetch } from './guarded-fetch.js';
import { type Pacer, sharedPacer } from './pacer.js';
import { createSender, REQUEST_TIMEOUT_MILLISECONDS } from './sender.js';
import { hostOf } from './tenant.js';
import { createTokenSource, type ManagementToken } from './token.js';

export interface ManagementAccessOptions {
  readonly tenant: Auth0Tenant;
  readonly credentials: ManagementCredentials;
  /** What requests are sent with. @default `globalThis.fetch` */
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  /** For one request, from sending to the last byte of the answer. @default 15000 */
  readonly requestTimeoutMilliseconds?: number | undefined;
  /** Keeps the calls within the tenant's rate limit. @default the one shared by the process */
  readonly pacer?: Pacer | undefined;
}

/** The most a page of the list may hold at Auth0. */
const PAGE_SIZE = 100;
/** More applications than any tenant has. A list longer than this never ends. */
const MOST_PAGES = 1_000;

const acknowledgement = z.object({ client_id: z.string(), client_secret: z.string().nullish() });

/**
 * Opens the Management API of a tenant. Sends nothing until a method is called.
 *
 * @param options the tenant, and who is asking.
 * @returns the access. Inspecting or serialising it shows no secret. Its methods throw `RotationError` only:
 *   - reads fail with kind `not-applied`, `configuration` or `rate-limited`; one answered 401 or 403 is repeated once,
 *     with a new token.
 *   - `setClientSecret` and `replaceClientSecret` send one request. They fail with kind `unknown` when it may have taken
 *     effect: after a timeout, a broken connection, a 5xx, a redirect or an answer that does not name the application.
 *   Codes: `APPLICATION_ID_INVALID`, `APPLICATION_UNKNOWN`, `CANDIDATE_REJECTED`, `DOMAIN_INVALID`, `INTERRUPTED`,
 *   `SETTING_INVALID` and those that begin with `AUTH0_`.
 * @see https://auth0.com/docs/api/management/v2/clients
 */
export function createManagementAccess(options: ManagementAccessOptions): ManagementAccess {
  const { tenant, credentials, clock = systemClock } = options;
  const send = createSender({
    tenant,
    fetch: options.fetch,
    clock,
    pacer: options.pacer ?? sharedPacer(clock),
    timeoutMilliseconds: options.requestTimeoutMilliseconds ?? REQUEST_TIMEOUT_MILLISECONDS,
  });
  const tokens = createTokenSource({ tenant, credentials, send, clock });
  const host = hostOf(tenant);

  function reading(activity: string): Operation {
    return { activity, host, effect: 'none', scope: 'read:clients', secrets: [] };
  }

  /** Asks once through the official client. */
  async function ask<T>(
    token: ManagementToken,
    operation: Operation,
    call: Call,
    request: (clients: ClientsClient) => Promise<T>,
  ): Promise<T> {
    const { ClientsClient } = await import('auth0/clients');
    const clients = new ClientsClient({
      baseUrl: `${tenant.origin}/api/v2`,
      token: () => token.value.reveal(),
      ...transportThrough(send, operation, call, clock),
    });
    return request(clients);
  }

  async function perform<T>(
    operation: Operation,
    call: Call,
    request: (clients: ClientsClient, token: ManagementToken) => Promise<T>,
  ): Promise<T> {
    for (let round = 1; ; round += 1) {
      const token = await currentToken(call);
      const full = { ...operation, secrets: [...operation.secrets, token.value] };
      try {
        return await ask(token, full, call, (clients) => request(clients, token));
      } catch (thrown) {
        const error = fromThrown(thrown, full, call);
        const tokenRefused = error.status === 401 || error.status === 403;
        // The token may have been revoked, or scopes granted since it was issued.
        if (tokenRefused) tokens.drop(token);
        if (!tokenRefused || operation.effect !== 'none' || round > 1) throw error;
      }
    }
  }

  async function currentToken(call: Call): Promise<ManagementToken> {
    const operation = reading('while requesting a management token');
    return tokens.get(call).catch((thrown) => {
      throw fromThrown(thrown, operation, call);
    });
  }

  return {
    tenant,
    managementClientId: credentials.clientId,

    async scopes(call) {
      return (await currentToken(call)).scopes;
    },

    async application(clientId, call): Promise<Auth0Application> {
      const id = parseApplicationId(clientId);
      const operation = reading(`while reading application ${id}`);
      return perform(operation, call, async (clients, token) => {
        const keysShown = canSeeKeys(token.scopes);
        const body = await clients.get(id, { fields: applicationFields(keysShown), include_fields: true });
        const application = readApplication(body, id, keysShown);
        if (application) return application;
        throw fromUnusableAnswer(operation, 'it is not the application asked for');
      });
    },

    async *applications(call): AsyncIterable<Auth0ApplicationSummary> {
      const operation = reading('while listing applications');
      const seen = new Set<string>();
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const answer = await perform(operation, call, async (clients) => {
          const { response } = await clients.list({
            fields: SUMMARY_FIELDS,
            include_fields: true,
            is_global: false,
            page,
            per_page: PAGE_SIZE,
            include_totals: true,
          });
          const read = readApplicationPage(response);
          if (read) return read;
          throw fromUnusableAnswer(operation, 'it is not a list of applications');
        });
        const fresh = answer.applications.filter(({ clientId }) => !seen.has(clientId));
        for (const application of fresh) seen.add(application.clientId);
        yield* fresh;
        // Totals can lie and pages can repeat: without anything new there is no next page.
        const more = answer.applications.length >= PAGE_SIZE || seen.size < (answer.total ?? 0);
        if (fresh.length === 0 || !more) return;
      }
      throw fromUnusableAnswer(operation, 'the list has no end');
    },

    async setClientSecret(clientId, secret, call) {
      const id = parseApplicationId(clientId);
      const operation: Operation = {
        activity: `while changing the client secret of application ${id}`,
        host,
        effect: 'sets-secret',
        scope: 'update:client_keys',
        secrets: [secret],
      };
      await perform(operation, call, async (clients) => {
        const answer = acknowledgement.safeParse(await clients.update(id, { client_secret: secret.reveal() }));
        const problem =
          !answer.success || answer.data.client_id !== id ? 'it does not name the application' : undefined;
        // Without a scope that shows secrets the answer has none, or an empty one.
        const echo = answer.data?.client_secret;
        const overwritten = echo && !secret.equals(new Secret(echo)) ? 'it shows another secret' : undefined;
        const failure = problem ?? overwritten;
        if (failure) throw fromUnusableAnswer(operation, failure);
      });
    },

    async replaceClientSecret(clientId, call) {
      const id = parseApplicationId(clientId);
      const operation: Operation = {
        activity: `while having Auth0 replace the client secret of application ${id}`,
        host,
        effect: 'replaces-secret',
        scope: 'update:client_keys',
        secrets: [],
      };
      await perform(operation, call, async (clients) => {
        const answer = acknowledgement.safeParse(await clients.rotateSecret(id));
        if (answer.data?.client_id === id) return;
        throw fromUnusableAnswer(operation, 'it does not name the application');
      });
    },
  };
}
