/** Requests to one tenant: guarded, and paced by the API they go to. */
import type { Call, Clock } from '../base/clock.js';
import type { Auth0Tenant } from './access.js';
import { createGuardedFetch, type Fetch, type GuardedAnswer, type GuardedRequest } from './guarded-fetch.js';
import type { LaneName, Pacer } from './pacer.js';

/** Sends one request when the tenant's limit allows. @throws `TransportFailure` when no whole answer came. */
export type Send = (api: LaneName['api'], request: GuardedRequest, call: Call) => Promise<GuardedAnswer>;

export interface SenderOptions {
  readonly tenant: Auth0Tenant;
  readonly fetch: Fetch | undefined;
  readonly clock: Clock;
  readonly pacer: Pacer;
  /** For one request, not counting the wait for its turn. */
  readonly timeoutMilliseconds: number;
}

/** How long one request may take when nobody says otherwise. Auth0 answers within a second as a rule. */
export const REQUEST_TIMEOUT_MILLISECONDS = 15_000;

export function createSender(options: SenderOptions): Send {
  const { tenant, pacer } = options;
  const guardedFetch = createGuardedFetch({ ...options, origin: tenant.origin });
  return (api, request, call) => pacer.pace({ tenantKey: tenant.key, api }, call, () => guardedFetch(request, call));
}
