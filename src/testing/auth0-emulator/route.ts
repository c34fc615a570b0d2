/** Which operation of the tenant a request asks for. */

/** The operations the emulator knows; `unknown` is every other method and path. */
export const OPERATIONS = [
  'token',
  'revoke',
  'discovery',
  'get-client',
  'update-client',
  'list-clients',
  'rotate-secret',
  'unknown',
] as const;

/** One of `OPERATIONS`. */
export type Operation = (typeof OPERATIONS)[number];

/** What a method and a path ask for. */
export type Route =
  | { readonly operation: 'token' | 'revoke' | 'discovery' | 'list-clients' }
  | { readonly operation: 'get-client' | 'update-client' | 'rotate-secret'; readonly clientId: string }
  /** The path holds an escape that decodes to nothing. */
  | { readonly operation: 'unknown'; readonly malformed: boolean };

const FIXED: Readonly<Record<string, Route>> = {
  'POST /oauth/token': { operation: 'token' },
  'POST /oauth/revoke': { operation: 'revoke' },
  'GET /.well-known/openid-configuration': { operation: 'discovery' },
  'GET /api/v2/clients': { operation: 'list-clients' },
};

const CLIENT_PATH = /^\/api\/v2\/clients\/([^/]+)(\/rotate-secret)?$/;

/**
 * Finds the operation.
 *
 * @param method in upper case.
 * @param pathname as `URL` gives it: dot segments are resolved already, so a client id of `..` has changed the path
 *   and matches no route, as it does at Auth0.
 */
export function findRoute(method: string, pathname: string): Route {
  const fixed = FIXED[`${method} ${pathname}`];
  if (fixed !== undefined) return fixed;
  const [, encoded, rotate] = CLIENT_PATH.exec(pathname) ?? [];
  if (encoded === undefined) return { operation: 'unknown', malformed: false };
  const clientId = decode(encoded);
  if (clientId === undefined) return { operation: 'unknown', malformed: true };
  if (rotate !== undefined) {
    return method === 'POST' ? { operation: 'rotate-secret', clientId } : { operation: 'unknown', malformed: false };
  }
  if (method === 'GET') return { operation: 'get-client', clientId };
  if (method === 'PATCH') return { operation: 'update-client', clientId };
  return { operation: 'unknown', malformed: false };
}

/** Whether an operation belongs to the Management API; the others speak OAuth. */
export function isManagementOperation(operation: Operation): boolean {
  return operation !== 'token' && operation !== 'revoke' && operation !== 'discovery';
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
