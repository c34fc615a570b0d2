/** From a request to a decision: rate limits, the route, and for the Management API the bearer token. */
import { managementError, oauthError, withHeaders } from './answer.js';
import { decideDiscovery } from './discovery.js';
import { decideGetClient } from './get-client.js';
import { decideListClients } from './list-clients.js';
import { checkBearer } from './management-access.js';
import { answerOnly, type Decision, type TenantView } from './operation.js';
import { createRateLimiter, type RateLimit } from './rate-limit.js';
import { decideRevoke } from './revoke.js';
import { decideRotateSecret } from './rotate-secret.js';
import { isManagementOperation, type Route } from './route.js';
import type { TenantRequest } from './tenant-request.js';
import { decideToken } from './token.js';
import { decideUpdateClient } from './update-client.js';

const NOT_FOUND = managementError(404, 'Not Found');
const MALFORMED_PATH = managementError(400, 'Path validation error', 'invalid_uri');
const TOO_LARGE = managementError(413, 'Payload content length greater than maximum allowed');
const MANAGEMENT_LIMITED = managementError(429, 'Global limit has been reached', 'too_many_requests');
const OAUTH_LIMITED = oauthError(429, 'too_many_requests', 'Global limit has been reached');

/** The limits of a tenant; each API has its own, and what is left out is not limited. */
export interface RateLimits {
  readonly management?: RateLimit;
  readonly authentication?: RateLimit;
}

/** @returns decides about a request, as the node that answers it sees the tenant. Nothing changes by deciding. */
export type Decider = (request: TenantRequest, route: Route, node: number) => Promise<Decision>;

/**
 * Makes the decider of a tenant.
 *
 * @param view what it may look at.
 * @param limits checked before anything else, as Auth0 does.
 */
export function createDecider(view: TenantView, limits: RateLimits): Decider {
  const management = limits.management && createRateLimiter(limits.management, view.clock);
  const authentication = limits.authentication && createRateLimiter(limits.authentication, view.clock);
  return async (request, route, node) => {
    const ofManagement = isManagementOperation(route.operation);
    const limited = (ofManagement ? management : authentication)?.();
    if (limited === undefined) return decideUnlimited(view, request, route, node);
    if (!limited.allowed) {
      return answerOnly(withHeaders(ofManagement ? MANAGEMENT_LIMITED : OAUTH_LIMITED, limited.headers));
    }
    const decision = await decideUnlimited(view, request, route, node);
    return () => {
      const outcome = decision();
      return { ...outcome, answer: withHeaders(outcome.answer, limited.headers) };
    };
  };
}

async function decideUnlimited(
  view: TenantView,
  request: TenantRequest,
  route: Route,
  node: number,
): Promise<Decision> {
  if (request.body === undefined) return answerOnly(TOO_LARGE);
  if (route.operation === 'unknown') return answerOnly(route.malformed ? MALFORMED_PATH : NOT_FOUND);
  const acceptedSecret = (clientId: string) => view.state.acceptedBy(clientId, node);
  if (route.operation === 'token') return decideToken(view, { request, acceptedSecret });
  if (route.operation === 'revoke') return decideRevoke(view, { request, acceptedSecret });
  if (route.operation === 'discovery') return decideDiscovery(view);
  const access = checkBearer(view, request);
  if (access.kind === 'refused') return answerOnly(access.answer);
  const asked = { request, scopes: access.scopes };
  switch (route.operation) {
    case 'get-client':
      return decideGetClient(view, asked, route.clientId);
    case 'list-clients':
      return decideListClients(view, asked);
    case 'update-client':
      return decideUpdateClient(view, asked, route.clientId);
    case 'rotate-secret':
      return decideRotateSecret(view, asked, route.clientId);
  }
}
