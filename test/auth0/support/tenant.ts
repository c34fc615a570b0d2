/** A stand-in for a tenant: issues tokens, and leaves the rest to the test. */
import type { ServerResponse } from 'node:http';
import type { Auth0Tenant, ManagementAccess } from '../../../src/auth0/access.js';
import { createManagementAccess, type ManagementAccessOptions } from '../../../src/auth0/management.js';
import { parseTenant } from '../../../src/auth0/tenant.js';
import type { Call } from '../../../src/base/clock.js';
import type { RotationError } from '../../../src/base/errors.js';
import { Secret } from '../../../src/base/secret.js';
import { json, type Received, startServer, type TestServer } from './server.js';

export const APPLICATION = 'aBcDeFgHiJkLmNoPqRsTuVwXyZ012345';
export const MANAGEMENT_CLIENT = 'managementClient0123456789abcdef';
export const MANAGEMENT_SECRET = 'canary-management-7Jq0vYc2Xn5RtB8sLw3KpZ6mHd9GfA4e';
export const CANDIDATE = 'canary-candidate-Qe9Zr4Tn8Vb1Xc6Ys3Wd7Mf2Lk5Jh0Gp';
export const ACCESS_TOKEN = 'canary-token.Hs5Kd8Lz2Pq7.Wv3Bn6Mx9Rt4';

export interface TenantAnswers {
  readonly token?: (request: Received, response: ServerResponse) => void;
  readonly api?: (request: Received, response: ServerResponse) => void;
  readonly revoke?: (request: Received, response: ServerResponse) => void;
  readonly scope?: string;
}

export interface TestTenant extends TestServer {
  readonly tenant: Auth0Tenant;
  readonly access: ManagementAccess;
  /** Another access to the same tenant. */
  open(options?: Partial<ManagementAccessOptions>): ManagementAccess;
}

export async function startTenant(
  answers: TenantAnswers = {},
  options: Partial<ManagementAccessOptions> = {},
): Promise<TestTenant> {
  const server = await startServer((request, response) => {
    if (request.path === '/oauth/token') return (answers.token ?? issueToken(answers.scope))(request, response);
    if (request.path === '/oauth/revoke' && answers.revoke) return answers.revoke(request, response);
    if (request.path.startsWith('/api/v2/') && answers.api) return answers.api(request, response);
    json(response, 404, { statusCode: 404, error: 'Not Found', message: 'Not Found' });
  });
  const tenant = parseTenant({ domain: server.origin, allowedOrigins: [server.origin] });
  const open = (more: Partial<ManagementAccessOptions> = {}) =>
    createManagementAccess({
      tenant,
      credentials: {
        method: 'client-secret',
        clientId: MANAGEMENT_CLIENT,
        clientSecret: new Secret(MANAGEMENT_SECRET),
      },
      ...options,
      ...more,
    });
  return { ...server, tenant, open, access: open() };
}

export function issueToken(scope = 'read:clients update:client_keys', expiresIn = 86_400) {
  return (_: Received, response: ServerResponse) =>
    json(response, 200, { access_token: ACCESS_TOKEN, token_type: 'Bearer', expires_in: expiresIn, scope });
}

/** The answer to a PATCH or a GET of the application, with an echo of whatever the PATCH set. */
export function applicationAnswer(request: Received, response: ServerResponse) {
  const sent = request.body === '' ? {} : (JSON.parse(request.body) as Record<string, unknown>);
  json(response, 200, { client_id: APPLICATION, name: 'Shop', ...sent });
}

/** A call that nobody ends. */
export function freeCall(): Call {
  return { signal: new AbortController().signal };
}

/** What a promise was rejected with. Fails the test when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<RotationError> {
  return promise.then(
    () => {
      throw new Error('It was expected to fail.');
    },
    (thrown) => thrown as RotationError,
  );
}
