/** A provider over a fake tenant and a virtual clock. */
import { Secret } from '../../src/base/secret.js';
import { createAuth0ClientSecretProvider } from '../../src/provider/auth0-client-secret/index.js';
import type { Auth0ClientCredentials } from '../../src/provider/auth0-client-secret/schemas.js';
import { APPLICATION_ID, CONNECTION, createFakeTenant, type FakeTenantOptions } from './fake-tenant.js';
import { createVirtualClock } from './virtual-clock.js';

export const PREVIOUS = 'previous-canary-5hJ8sQ2mW9eR4tY7uI1oP6aS3dF0gK';

export const TARGET = { connection: CONNECTION, parameters: { clientId: APPLICATION_ID } };

export function credentials(secret: string, clientId = APPLICATION_ID): Auth0ClientCredentials {
  return { clientId, clientSecret: new Secret(secret) };
}

export function setUp(options: Omit<FakeTenantOptions, 'clock' | 'live'> & { readonly live?: string } = {}) {
  const clock = createVirtualClock();
  const tenant = createFakeTenant({ live: PREVIOUS, ...options, clock });
  const provider = createAuth0ClientSecretProvider({ clock, access: () => tenant.access, probe: () => tenant.probe });
  const persisted: string[] = [];
  const published: string[] = [];
  /** A platform that keeps what it is handed. */
  const keeping = {
    persistCandidate: async ({ clientSecret }: Auth0ClientCredentials) => {
      persisted.push(clientSecret.reveal());
    },
    publish: async ({ clientSecret }: Auth0ClientCredentials) => {
      published.push(clientSecret.reveal());
      return 'stored';
    },
  };
  return { clock, tenant, provider, persisted, published, keeping };
}

/** What a call was rejected with. Fails when it was not. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('It was expected to reject.');
    },
    (error: unknown) => error,
  );
}
