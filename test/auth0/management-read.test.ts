import { describe, expect, it } from 'vitest';
import type { Auth0ApplicationSummary } from '../../src/auth0/access.js';
import { json, type Received, text } from './support/server.js';
import { ACCESS_TOKEN, APPLICATION, freeCall, issueToken, rejection, startTenant } from './support/tenant.js';

const WHOLE = {
  client_id: APPLICATION,
  name: 'Shop\u001b[2J\u202e',
  app_type: 'regular_web',
  token_endpoint_auth_method: 'client_secret_post',
  client_secret: 'canary-live-Yb6Nc1Wq9Td4Rg7Kx2',
  signing_keys: [{ cert: 'canary-cert' }],
  global: false,
  jwt_configuration: { alg: 'RS256', secret_encoded: false, lifetime_in_seconds: 36_000 },
  grant_types: ['authorization_code'],
};

function queryOf(request: Received | undefined): URLSearchParams {
  return new URL(request?.path ?? '', 'http://127.0.0.1').searchParams;
}

async function listed(applications: AsyncIterable<Auth0ApplicationSummary>): Promise<Auth0ApplicationSummary[]> {
  const all: Auth0ApplicationSummary[] = [];
  for await (const application of applications) all.push(application);
  return all;
}

describe('reading an application', () => {
  it('asks for the facts it needs with the management token, and keeps nothing else', async () => {
    const auth0 = await startTenant({ api: (_, response) => json(response, 200, WHOLE) });
    const application = await auth0.access.application(APPLICATION, freeCall());
    expect(application).toEqual({
      clientId: APPLICATION,
      name: 'Shop[2J',
      applicationType: 'regular_web',
      tokenEndpointAuthenticationMethod: 'client_secret_post',
      keyAuthenticationMethods: undefined,
      isGlobal: false,
      externalMetadataType: undefined,
      signingAlgorithm: 'RS256',
      secretEncoded: false,
      grantTypes: ['authorization_code'],
    });
    const [request] = auth0.matching(`GET /api/v2/clients/${APPLICATION}?`);
    expect(request?.headers.authorization).toBe(`Bearer ${ACCESS_TOKEN}`);
    const fields = queryOf(request).get('fields')?.split(',') ?? [];
    expect(fields).toContain('token_endpoint_auth_method');
    expect(fields).not.toContain('client_secret');
    expect(fields).not.toContain('client_authentication_methods');
    expect(queryOf(request).get('include_fields')).toBe('true');
  });

  it.each(['read:client_keys', 'read:client_credentials'])('sees key-based methods with %s', async (scope) => {
    const methods = { private_key_jwt: { credentials: [] }, tls_client_auth: null };
    const auth0 = await startTenant({
      scope: `read:clients ${scope}`,
      api: (_, response) => json(response, 200, { ...WHOLE, client_authentication_methods: methods }),
    });
    const application = await auth0.access.application(APPLICATION, freeCall());
    expect(application.keyAuthenticationMethods).toEqual(['private_key_jwt']);
    expect(queryOf(auth0.matching('GET')[0]).get('fields')).toContain('client_authentication_methods');
  });

  it('reads absent facts as Auth0 means them: HS256, no key, not global', async () => {
    const auth0 = await startTenant({
      scope: 'read:clients read:client_keys',
      api: (_, response) => json(response, 200, { client_id: APPLICATION, signing_keys: [] }),
    });
    expect(await auth0.access.application(APPLICATION, freeCall())).toMatchObject({
      name: undefined,
      tokenEndpointAuthenticationMethod: undefined,
      keyAuthenticationMethods: [],
      isGlobal: false,
      signingAlgorithm: 'HS256',
      secretEncoded: false,
      grantTypes: [],
    });
  });

  it.each(['..', '../../x', 'a/b', ''])('sends nothing for the client id %j', async (clientId) => {
    const auth0 = await startTenant();
    const error = await rejection(auth0.access.application(clientId, freeCall()));
    expect(error).toMatchObject({ code: 'APPLICATION_ID_INVALID', kind: 'refused' });
    expect(auth0.received).toEqual([]);
  });

  it('says when there is no such application', async () => {
    const auth0 = await startTenant({
      api: (_, response) =>
        json(response, 404, {
          statusCode: 404,
          error: 'Not Found',
          message: 'The client does not exist',
          errorCode: 'inexistent_client',
        }),
    });
    const error = await rejection(auth0.access.application(APPLICATION, freeCall()));
    expect(error).toMatchObject({ code: 'APPLICATION_UNKNOWN', kind: 'configuration', status: 404 });
  });

  it('names the missing scope', async () => {
    const auth0 = await startTenant({
      api: (_, response) =>
        json(response, 403, {
          statusCode: 403,
          error: 'Forbidden',
          message: 'Insufficient scope, expected any of: read:clients,read:client_keys',
          errorCode: 'insufficient_scope',
        }),
    });
    const error = await rejection(auth0.access.application(APPLICATION, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_SCOPE_MISSING', kind: 'configuration' });
    expect(error.message).toContain('read:clients');
    expect(error.action).toContain('Machine to Machine');
  });

  it.each([
    ['HTML', (_: Received, response: Parameters<typeof text>[0]) => text(response, 200, '<html>Log in</html>')],
    ['nothing', (_: Received, response: Parameters<typeof text>[0]) => text(response, 200, '')],
    ['null', (_: Received, response: Parameters<typeof text>[0]) => text(response, 200, 'null')],
    [
      'another application',
      (_: Received, response: Parameters<typeof text>[0]) => json(response, 200, { client_id: 'x' }),
    ],
    [
      'wrong types',
      (_: Received, response: Parameters<typeof text>[0]) => json(response, 200, { ...WHOLE, global: 'no' }),
    ],
  ])('does not take a 200 with %s for an application', async (_, api) => {
    const auth0 = await startTenant({ api });
    const error = await rejection(auth0.access.application(APPLICATION, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_ANSWER_UNUSABLE', kind: 'not-applied' });
  });

  it.each([
    [500, 'AUTH0_UNAVAILABLE', 'not-applied'],
    [503, 'AUTH0_UNAVAILABLE', 'not-applied'],
    [429, 'AUTH0_RATE_LIMITED', 'rate-limited'],
  ])('asks once when the answer is %i', async (status, code, kind) => {
    const auth0 = await startTenant({
      api: (_, response) => json(response, status, { statusCode: status }, { 'retry-after': '7' }),
    });
    const error = await rejection(auth0.access.application(APPLICATION, freeCall()));
    expect(error).toMatchObject({ code, kind, status, retryAfterMilliseconds: 7_000 });
    expect(auth0.matching('GET')).toHaveLength(1);
  });

  it('keeps the status of an error whose body is broken', async () => {
    const auth0 = await startTenant({
      api: (_, response) => {
        response.writeHead(429, { 'content-type': 'application/json' });
        response.end('{"statusCode":');
      },
    });
    const error = await rejection(auth0.access.application(APPLICATION, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_RATE_LIMITED', status: 429 });
  });

  it('asks once more with a new token when the token is refused', async () => {
    let tokens = 0;
    const auth0 = await startTenant({
      token: (_, response) => {
        tokens += 1;
        const body = { access_token: `token-${tokens}`, expires_in: 86_400, scope: 'read:clients' };
        json(response, 200, body);
      },
      api: (request, response) =>
        request.headers.authorization === 'Bearer token-2'
          ? json(response, 200, WHOLE)
          : json(response, 401, { statusCode: 401, error: 'Unauthorized', message: 'Invalid token' }),
    });
    await auth0.access.application(APPLICATION, freeCall());
    expect(auth0.matching('GET')).toHaveLength(2);
    expect(tokens).toBe(2);
  });

  it('gives up when the new token is refused too', async () => {
    const auth0 = await startTenant({
      api: (_, response) => json(response, 401, { statusCode: 401, message: 'Bad audience' }),
    });
    const error = await rejection(auth0.access.application(APPLICATION, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_CREDENTIALS_REJECTED', kind: 'configuration' });
    expect(auth0.matching('GET')).toHaveLength(2);
    expect(auth0.matching('POST /oauth/token')).toHaveLength(2);
  });
});

describe('listing applications', () => {
  function pages(count: number, of: (index: number) => string = (index) => `app${index}`) {
    return (request: Received, response: Parameters<typeof json>[0]) => {
      const page = Number(queryOf(request).get('page'));
      const size = Number(queryOf(request).get('per_page'));
      const clients = [];
      for (let index = page * size; index < Math.min((page + 1) * size, count); index += 1) {
        clients.push({ client_id: of(index), name: `App ${index}`, app_type: 'spa', client_secret: 'canary-list' });
      }
      json(response, 200, { start: page * size, limit: size, total: count, clients });
    };
  }

  it('goes through all pages and asks for no secret', async () => {
    const auth0 = await startTenant({ api: pages(250) });
    const all = await listed(auth0.access.applications(freeCall()));
    expect(all).toHaveLength(250);
    expect(all[249]).toEqual({ clientId: 'app249', name: 'App 249', applicationType: 'spa' });
    const requests = auth0.matching('GET /api/v2/clients?');
    expect(requests).toHaveLength(3);
    expect(Object.fromEntries(queryOf(requests[1]))).toEqual({
      fields: 'client_id,name,app_type',
      include_fields: 'true',
      is_global: 'false',
      include_totals: 'true',
      page: '1',
      per_page: '100',
    });
  });

  it('ends on an exact multiple of the page size', async () => {
    const auth0 = await startTenant({ api: pages(200) });
    expect(await listed(auth0.access.applications(freeCall()))).toHaveLength(200);
  });

  it('ends when the total promises more than there is', async () => {
    const auth0 = await startTenant({
      api: (_, response) => json(response, 200, { total: 1e9, clients: [{ client_id: 'only', name: 'Only' }] }),
    });
    expect(await listed(auth0.access.applications(freeCall()))).toHaveLength(1);
    expect(auth0.matching('GET').length).toBeLessThanOrEqual(2);
  });

  it('ends when every page is the same full page', async () => {
    const clients = Array.from({ length: 100 }, (_, index) => ({ client_id: `app${index}`, name: 'Again' }));
    const auth0 = await startTenant({ api: (_, response) => json(response, 200, { total: 1e9, clients }) });
    expect(await listed(auth0.access.applications(freeCall()))).toHaveLength(100);
    expect(auth0.matching('GET')).toHaveLength(2);
  });

  it('reads only as far as the caller goes', async () => {
    const auth0 = await startTenant({ api: pages(1_000) });
    for await (const application of auth0.access.applications(freeCall())) {
      if (application.clientId === 'app5') break;
    }
    expect(auth0.matching('GET')).toHaveLength(1);
  });

  it.each([{ clients: 'none' }, [{ client_id: 'x' }], { error: 'x' }])('does not take %j for a list', async (body) => {
    const auth0 = await startTenant({ api: (_, response) => json(response, 200, body) });
    await expect(listed(auth0.access.applications(freeCall()))).rejects.toMatchObject({
      code: 'AUTH0_ANSWER_UNUSABLE',
      kind: 'not-applied',
    });
  });
});

describe('the scopes', () => {
  it('are those of the token', async () => {
    const auth0 = await startTenant({ token: issueToken('read:clients update:client_keys') });
    expect([...(await auth0.access.scopes(freeCall()))]).toEqual(['read:clients', 'update:client_keys']);
    expect(auth0.received).toHaveLength(1);
  });
});
