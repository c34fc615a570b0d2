/**
 * How the provider reaches tenants: one access and one probe for each connection, so that its token and its pacing are
 * shared by all its rotations.
 */
import { createHash } from 'node:crypto';
import type { ManagementAccess } from '../../auth0/access.js';
import type { Probe } from '../../auth0/probe.js';
import type { Auth0Connection } from './schemas.js';

/** What one connection opens. */
export interface TenantAccess {
  readonly access: ManagementAccess;
  readonly probe: Probe;
}

/** A token is at stake, no more: a connection that fell out asks for a new one. */
const MOST_CONNECTIONS = 256;

/**
 * Remembers what each connection opened, for the connections used last.
 *
 * @param openTenant opens a connection the first time.
 * @returns the same answer for a connection with the same domain, audience and credentials. The keys it remembers are
 *   digests; no secret is kept beyond what the access itself needs.
 */
export function rememberTenants(
  openTenant: (connection: Auth0Connection) => TenantAccess,
): (connection: Auth0Connection) => TenantAccess {
  const known = new Map<string, TenantAccess>();
  return (connection) => {
    const key = connectionDigest(connection);
    const tenant = known.get(key) ?? openTenant(connection);
    // Insertion order is order of use: the first key is the one used longest ago.
    known.delete(key);
    known.set(key, tenant);
    const [oldest] = known.keys();
    if (known.size > MOST_CONNECTIONS && oldest !== undefined) known.delete(oldest);
    return tenant;
  };
}

function connectionDigest({ domain, audience, credentials }: Auth0Connection): string {
  const secret = credentials.method === 'client-secret' ? credentials.clientSecret : credentials.privateKey;
  const parts = [domain, audience ?? null, credentials.method, credentials.clientId, secret.reveal()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
