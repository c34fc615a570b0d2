/** Who may use the Management API: the bearer token and its scopes. */
import { type Answer, managementError } from './answer.js';
import type { TenantView } from './operation.js';
import type { TenantRequest } from './tenant-request.js';

/** Whether a bearer token lets a request in, and with which scopes. */
export type Access =
  | { readonly kind: 'granted'; readonly scopes: readonly string[] }
  | { readonly kind: 'refused'; readonly answer: Answer };

/**
 * Looks the bearer token up. A token of another tenant is unknown here, as it is at Auth0.
 *
 * @see https://auth0.com/docs/secure/tokens/access-tokens/management-api-access-tokens
 */
export function checkBearer(view: TenantView, request: TenantRequest): Access {
  const value = /^Bearer +(\S+)$/i.exec(request.header('authorization') ?? '')?.[1];
  if (value === undefined) return refused('Missing authentication');
  const token = view.tokens.find(value);
  if (token === undefined) return refused('Invalid token');
  if (token.expiresAt <= view.clock.now()) return refused('Expired token received for JSON Web Token validation');
  return { kind: 'granted', scopes: token.scopes };
}

/** The refusal for a client that holds none of the scopes an operation takes; undefined when it holds one. */
export function refuseScopes(scopes: readonly string[], expected: readonly string[]): Answer | undefined {
  if (expected.some((scope) => scopes.includes(scope))) return undefined;
  return managementError(403, `Insufficient scope, expected any of: ${expected.join(',')}`, 'insufficient_scope');
}

/** The answer about an application that does not exist. */
export const CLIENT_MISSING = managementError(404, 'The client does not exist', 'inexistent_client');

function refused(message: string): Access {
  return { kind: 'refused', answer: managementError(401, message) };
}
