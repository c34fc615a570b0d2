import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.js';
import type { Auth0TenantOptions } from '../../../src/testing/index.js';
import {
  ALL_SCOPES,
  CANARY,
  clientIdOf,
  createTestTenant,
  manage,
  managementToken,
  postForm,
  probe,
  secretOf,
} from './helpers.js';

async function open(scopes: readonly string[], options: Auth0TenantOptions = {}) {
  const { tenant, clock } = createTestTenant({ managementClient: { scopes }, ...options });
  const token = await managementToken(tenant);
  const clientId = clientIdOf(tenant, 'Web Shop');
  const call = (method: string, path: string, value?: unknown) => manage(tenant, token, method, path, value);
  return { tenant, clock, token, clientId, call };
}

const CLIENT_MISSING = {
  statusCode: 404,
  error: 'Not Found',
  message: 'The client does not exist',
  errorCode: 'inexistent_client',
};

describe('access to the Management API', () => {
  it('refuses a missing, unknown, foreign or expired token', async () => {
    const { tenant, clock, token } = await open(ALL_SCOPES, { tokenLifetimeSeconds: 60 });
    const other = await open(ALL_SCOPES, { domain: 'other.eu.auth0.com' });
    expect((await manage(tenant, 'nonsense', 'GET', '/clients')).json).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'Invalid token',
    });
    expect((await manage(tenant, '', 'GET', '/clients')).status).toBe(401);
    expect((await manage(tenant, other.token, 'GET', '/clients')).status).toBe(401);
    expect((await manage(tenant, token, 'GET', '/clients')).status).toBe(200);
    await clock.advance(60_000);
    expect((await manage(tenant, token, 'GET', '/clients')).status).toBe(401);
  });

  it('refuses a token for another API', async () => {
    const { tenant } = createTestTenant();
    const clientId = clientIdOf(tenant, 'Order Worker');
    const answer = await postForm(tenant, '/oauth/token', {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secretOf(tenant, clientId).reveal(),
    });
    expect((await manage(tenant, answer.json.access_token, 'GET', '/clients')).status).toBe(401);
  });

  it('names the scopes that would do', async () => {
    const { call, clientId } = await open(['read:roles']);
    const needed = [
      ['GET', `/clients/${clientId}`, 'read:clients,read:client_keys,read:client_credentials,read:client_summary'],
      ['GET', '/clients', 'read:clients,read:client_keys,read:client_credentials,read:client_summary'],
      [
        'PATCH',
        `/clients/${clientId}`,
        'update:clients,update:client_keys,update:client_credentials,update:client_token_vault_privileged_access',
      ],
      ['POST', `/clients/${clientId}/rotate-secret`, 'update:client_keys'],
    ] as const;
    for (const [method, path, scopes] of needed) {
      expect((await call(method, path, method === 'PATCH' ? {} : undefined)).json).toEqual({
        statusCode: 403,
        error: 'Forbidden',
        message: `Insufficient scope, expected any of: ${scopes}`,
        errorCode: 'insufficient_scope',
      });
    }
  });

  it('answers unknown routes with 404, also those that an id of dots makes', async () => {
    const { tenant, token, call } = await open(ALL_SCOPES);
    for (const [method, path] of [
      ['GET', '/users'],
      ['DELETE', '/clients/x'],
      ['POST', '/clients/../rotate-secret'],
      ['GET', '/clients/..'],
      ['POST', '/clients/x/y/rotate-secret'],
      ['GET', '/clients/'],
    ] as const) {
      const answer = await call(method, path);
      expect([path, answer.status, answer.json]).toEqual([
        path,
        404,
        { statusCode: 404, error: 'Not Found', message: 'Not Found' },
      ]);
    }
    expect(tenant.log.map(({ path }) => path)).toContain('/api/v2/rotate-secret');
    expect((await call('GET', '/clients/..%2F..%2Fx')).json).toEqual(CLIENT_MISSING);
    expect((await call('GET', '/clients/%ZZ')).json.errorCode).toBe('invalid_uri');
    expect((await call('POST', `/clients/${'x'.repeat(5_000)}/rotate-secret`)).json).toEqual(CLIENT_MISSING);
    expect((await manage(tenant, token, 'GET', '/clients/__proto__')).json).toEqual(CLIENT_MISSING);
  });

  it('refuses a body larger than the limit', async () => {
    const { call, tenant, clientId } = await open(ALL_SCOPES, { maximumBodyBytes: 1_000 });
    const before = secretOf(tenant, clientId);
    const answer = await call('PATCH', `/clients/${clientId}`, { client_secret: 'x'.repeat(1_000) });
    expect(answer.status).toBe(413);
    expect(secretOf(tenant, clientId).equals(before)).toBe(true);
  });
});

describe('GET /api/v2/clients/{id}', () => {
  it('shows each scope its own properties', async () => {
    const keys = async (scopes: readonly string[], name: string) => {
      const { tenant, call } = await open(scopes);
      return Object.keys((await call('GET', `/clients/${clientIdOf(tenant, name)}`)).json);
    };
    const summary = ['app_type', 'client_id', 'description', 'name'];
    expect((await keys(['read:client_summary'], 'Web Shop')).sort()).toEqual(summary);
    expect((await keys(['read:client_credentials'], 'Web Shop')).sort()).toEqual([...summary, 'client_secret'].sort());
    const settings = await keys(['read:clients'], 'Web Shop');
    expect(settings).toEqual(expect.arrayContaining([...summary, 'jwt_configuration', 'grant_types', 'global']));
    expect(settings).not.toContain('client_secret');
    expect(await keys(['read:client_keys'], 'Web Shop')).toEqual(
      expect.arrayContaining([...settings, 'client_secret']),
    );
    expect(await keys(['read:clients'], 'Payment Worker')).not.toContain('client_authentication_methods');
    const withKeys = await keys(['read:client_keys'], 'Payment Worker');
    expect(withKeys).toContain('client_authentication_methods');
    expect(withKeys).not.toContain('client_secret');
  });

  it('selects and leaves out properties', async () => {
    const { call, clientId, tenant } = await open(ALL_SCOPES);
    expect((await call('GET', `/clients/${clientId}?fields=client_id,name`)).json).toEqual({
      client_id: clientId,
      name: 'Web Shop',
    });
    const without = (await call('GET', `/clients/${clientId}?fields=client_secret&include_fields=false`)).json;
    expect(without).not.toHaveProperty('client_secret');
    expect(without).toHaveProperty('jwt_configuration');
    const secret = (await call('GET', `/clients/${clientId}?fields=client_secret&include_fields=true`)).json;
    expect(secret).toEqual({ client_secret: secretOf(tenant, clientId).reveal() });
    expect((await call('GET', `/clients/${clientId}?include_fields=perhaps`)).json.errorCode).toBe(
      'invalid_query_string',
    );
  });

  it('refuses a hidden property that is asked for by name, or leaves it out', async () => {
    const refusing = await open(['read:clients']);
    const path = `/clients/${refusing.clientId}?fields=client_secret,name`;
    expect((await refusing.call('GET', path)).status).toBe(403);
    const omitting = await open(['read:clients'], { openQuestions: { hiddenField: 'omit' } });
    expect((await omitting.call('GET', path)).json).toEqual({ name: 'Web Shop' });
  });

  it('says when there is no such application', async () => {
    const { call } = await open(ALL_SCOPES);
    expect((await call('GET', '/clients/nobody')).json).toEqual(CLIENT_MISSING);
  });
});

describe('GET /api/v2/clients', () => {
  it('pages by number, with and without totals', async () => {
    const { call, tenant } = await open(['read:clients']);
    const ids = tenant.applications().map(({ clientId }) => clientId);
    expect((await call('GET', '/clients')).list.map((each) => each.client_id)).toEqual(ids);
    const page = (await call('GET', '/clients?page=1&per_page=4&include_totals=true&fields=client_id')).json;
    expect(page).toEqual({
      start: 4,
      limit: 4,
      total: ids.length,
      clients: ids.slice(4, 8).map((client_id) => ({ client_id })),
    });
    expect((await call('GET', '/clients?page=99')).json).toEqual([]);
    for (const query of ['per_page=101', 'per_page=-1', 'page=x', 'take=0', 'take=101', 'q=name:x']) {
      expect([query, (await call('GET', `/clients?${query}`)).json.errorCode]).toEqual([query, 'invalid_query_string']);
    }
  });

  it('shows fifty when nothing is said, of any number', async () => {
    const applications = ['Web Shop', ...Array.from({ length: 119 }, (_, number) => `Application ${number}`)].map(
      (name) => ({ name }),
    );
    const { call } = await open(['read:clients'], { applications });
    expect((await call('GET', '/clients')).list).toHaveLength(50);
    const sizes = [];
    for (const page of [0, 1, 2]) sizes.push((await call('GET', `/clients?per_page=100&page=${page}`)).list.length);
    expect(sizes).toEqual([100, 21, 0]);
  });

  it('pages by checkpoint', async () => {
    const { call, tenant } = await open(['read:clients']);
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const page = (await call('GET', `/clients?take=4${next === undefined ? '' : `&from=${next}`}`)).json;
      seen.push(...page.clients.map((each) => each.client_id));
      next = page.next;
    } while (next !== undefined);
    expect(seen).toEqual(tenant.applications().map(({ clientId }) => clientId));
  });

  it('filters', async () => {
    const { call } = await open(['read:clients']);
    const names = async (query: string) => (await call('GET', `/clients?${query}`)).list.map((each) => each.name);
    expect(await names('is_global=true')).toEqual(['All Applications']);
    expect(await names('is_global=false')).not.toContain('All Applications');
    expect(await names('is_first_party=false')).toEqual(['Partner Assistant']);
    expect(await names('app_type=spa,non_interactive&is_global=false')).toEqual([
      'Secret Rotation',
      'Order Worker',
      'Storefront',
      'Payment Worker',
    ]);
    expect(await names('external_client_id=https%3A%2F%2Fpartner.example%2Fclient.json')).toEqual([
      'Partner Assistant',
    ]);
  });

  it('shows secrets to the scopes that may see them, and to no other', async () => {
    const hasSecret = (each: object) => 'client_secret' in each;
    const withKeys = await open(['read:client_keys']);
    expect((await withKeys.call('GET', '/clients')).list.some(hasSecret)).toBe(true);
    const without = await open(['read:clients']);
    expect((await without.call('GET', '/clients')).list.some(hasSecret)).toBe(false);
    expect((await without.call('GET', '/clients?fields=client_secret')).status).toBe(403);
  });
});

describe('PATCH /api/v2/clients/{id}', () => {
  it('sets the secret with update:client_keys alone, again and again', async () => {
    const { call, tenant, clientId } = await open(['update:client_keys']);
    const before = secretOf(tenant, clientId);
    for (const _ of [1, 2, 3]) {
      const answer = await call('PATCH', `/clients/${clientId}`, { client_secret: CANARY.reveal() });
      expect([answer.status, answer.json.client_id]).toEqual([200, clientId]);
      expect(secretOf(tenant, clientId).equals(CANARY)).toBe(true);
    }
    expect(await probe(tenant, clientId, CANARY)).toBe(200);
    expect(await probe(tenant, clientId, before)).toBe(401);
    expect(tenant.changesOf(clientId)).toEqual([{ at: expect.any(Number), cause: 'update-client', secret: CANARY }]);
    expect(tenant.counters['update-client'].effects).toBe(3);
  });

  it('keeps the secret from other scopes, and other properties from this one', async () => {
    const settings = await open(['update:clients']);
    const before = secretOf(settings.tenant, settings.clientId);
    const refused = await settings.call('PATCH', `/clients/${settings.clientId}`, { client_secret: CANARY.reveal() });
    expect([refused.status, refused.json.errorCode]).toEqual([403, 'insufficient_scope']);
    expect(secretOf(settings.tenant, settings.clientId).equals(before)).toBe(true);
    expect((await settings.call('PATCH', `/clients/${settings.clientId}`, { name: 'Renamed' })).json.name).toBe(
      'Renamed',
    );
    const keys = await open(['update:client_keys']);
    expect((await keys.call('PATCH', `/clients/${keys.clientId}`, { name: 'Renamed' })).status).toBe(403);
  });

  it('refuses what Auth0 refuses, and changes nothing', async () => {
    const { call, tenant, clientId } = await open(ALL_SCOPES);
    const before = tenant.application(clientId);
    for (const body of [
      { client_secret: '' },
      { client_secret: null },
      { client_secret: 7 },
      { client_secret: CANARY.reveal(), surprise: true },
      { name: '<script>' },
      { description: 'x'.repeat(141) },
      { app_type: 'toaster' },
      { token_endpoint_auth_method: 'guess' },
      { jwt_configuration: { alg: 'none' } },
      {},
      { grant_types: [''] },
      [],
      null,
      'text',
    ]) {
      const answer = await call('PATCH', `/clients/${clientId}`, body);
      expect([body, answer.status, answer.json.errorCode]).toEqual([body, 400, 'invalid_body']);
      expect(answer.json.message).toMatch(/^Payload validation error: '/);
    }
    expect(tenant.application(clientId)).toBe(before);
    expect((await call('PATCH', '/clients/nobody', { description: '' })).json).toEqual(CLIENT_MISSING);
  });

  it('merges what it changes into what there is', async () => {
    const { call, tenant, clientId } = await open(ALL_SCOPES);
    await call('PATCH', `/clients/${clientId}`, { jwt_configuration: { alg: 'HS256' }, grant_types: [] });
    expect(tenant.application(clientId)?.fields).toMatchObject({
      name: 'Web Shop',
      grant_types: [],
      jwt_configuration: { alg: 'HS256', lifetime_in_seconds: 36_000 },
    });
  });

  it('gives no secret to an application that may not have one', async () => {
    const { call, tenant } = await open(ALL_SCOPES);
    for (const name of ['Payment Worker', 'Partner Assistant']) {
      const clientId = clientIdOf(tenant, name);
      expect((await call('PATCH', `/clients/${clientId}`, { client_secret: CANARY.reveal() })).status).toBe(400);
      expect((await call('POST', `/clients/${clientId}/rotate-secret`)).status).toBe(400);
      expect(tenant.secretOf(clientId)).toBeUndefined();
    }
  });

  it('shows the secret in its answer, or keeps it to the scopes that may read it', async () => {
    const showing = await open(['update:client_keys']);
    const path = `/clients/${showing.clientId}`;
    const body = { client_secret: CANARY.reveal() };
    expect((await showing.call('PATCH', path, body)).json.client_secret).toBe(CANARY.reveal());
    const hiding = await open(['update:client_keys'], { openQuestions: { updateShowsSecret: false } });
    expect((await hiding.call('PATCH', path, body)).text).not.toContain(CANARY.reveal());
  });
});

describe('POST /api/v2/clients/{id}/rotate-secret', () => {
  it('makes another secret each time, in the shape of Auth0’s own', async () => {
    const { call, tenant, clientId } = await open(['update:client_keys']);
    const seen = new Set([secretOf(tenant, clientId).reveal()]);
    for (const _ of [1, 2]) {
      const answer = await call('POST', `/clients/${clientId}/rotate-secret`);
      expect(answer.json.client_secret).toMatch(/^[A-Za-z0-9_-]{64}$/);
      expect(secretOf(tenant, clientId).equals(new Secret(answer.json.client_secret))).toBe(true);
      seen.add(answer.json.client_secret);
    }
    expect(seen.size).toBe(3);
  });

  it('needs update:client_keys and an application', async () => {
    const without = await open(['update:clients', 'read:client_keys']);
    expect((await without.call('POST', `/clients/${without.clientId}/rotate-secret`)).status).toBe(403);
    const { call } = await open(['update:client_keys']);
    expect((await call('POST', '/clients/nobody/rotate-secret')).json).toEqual(CLIENT_MISSING);
  });
});

describe('rate limits', () => {
  it('are told in headers, end in 429, and pass with time', async () => {
    const rateLimits = {
      management: { perSecond: 2, burst: 2, sendsRetryAfter: true },
      authentication: { perSecond: 1, burst: 1 },
    };
    const { call, clock, tenant, clientId } = await open(ALL_SCOPES, { rateLimits });
    const first = await call('GET', `/clients/${clientId}`);
    expect([first.status, first.headers.get('x-ratelimit-limit')]).toEqual([200, '2']);
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
    expect((await call('GET', `/clients/${clientId}`)).status).toBe(200);
    const refused = await call('PATCH', `/clients/${clientId}`, { client_secret: CANARY.reveal() });
    expect(refused.json).toEqual({
      statusCode: 429,
      error: 'Too Many Requests',
      message: 'Global limit has been reached',
      errorCode: 'too_many_requests',
    });
    expect(tenant.changesOf(clientId)).toEqual([]);
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(refused.headers.get('x-ratelimit-reset')).toBe(String(clock.now() / 1000 + 1));
    expect(refused.headers.get('retry-after')).toBe('1');
    const probed = await postForm(tenant, '/oauth/revoke', {});
    expect([probed.status, probed.json.error]).toEqual([429, 'too_many_requests']);
    expect(probed.headers.get('retry-after')).toBeNull();
    await clock.advance(500);
    expect((await call('GET', `/clients/${clientId}`)).status).toBe(200);
    expect((await call('GET', `/clients/${clientId}`)).status).toBe(429);
  });

  it('are off, without headers, unless asked for', async () => {
    const { call } = await open(ALL_SCOPES);
    expect((await call('GET', '/clients')).headers.get('x-ratelimit-limit')).toBeNull();
  });
});
