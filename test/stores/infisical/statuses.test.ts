/** What each answer of Infisical means, as far as a stand-in can give it. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.js';
import { ALL_PERMISSIONS } from '../../../src/testing/infisical-stand-in/index.js';
import { AT_LEISURE, canary, failureOf, NAME, standInForTest, storeFor } from '../support/infisical.js';

const wrongSecret = 'wrong-client-secret-4f1c9e';

describe('the identity', () => {
  it.each([
    ['a wrong client secret', 401, (clientId: string) => ({ clientId, clientSecret: new Secret(wrongSecret) })],
    ['an unknown client id', 404, () => ({ clientId: 'nobody', clientSecret: new Secret(wrongSecret) })],
  ] as const)('is rejected: %s', async (_, status, credentials) => {
    const standIn = await standInForTest();
    const identity = { method: 'universal-auth', ...credentials(standIn.describe().clientId) } as const;
    const error = await failureOf(storeFor(standIn, { identity }).create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_CREDENTIALS_REJECTED', kind: 'configuration', status });
    expect(standIn.requests('login')).toHaveLength(1);
    expect(standIn.requests('secret.create')).toEqual([]);
    expect(inspect(error, { depth: 9 })).not.toContain(wrongSecret);
  });

  it.each([
    ['garbage', 401, 'STORE_CREDENTIALS_REJECTED'],
    ['expired', 403, 'STORE_CREDENTIALS_REJECTED'],
    ['revoked', 401, 'STORE_CREDENTIALS_REJECTED'],
  ] as const)('by a ready token that is %s is rejected without a second try', async (state, status, code) => {
    const standIn = await standInForTest();
    const token = state === 'garbage' ? canary() : new Secret(standIn.issueToken());
    if (state === 'expired') standIn.expireTokens();
    if (state === 'revoked') standIn.revokeTokens();
    const store = storeFor(standIn, { identity: { method: 'token', token } });
    const error = await failureOf(store.update({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code, kind: 'configuration', status });
    expect(standIn.requests()).toHaveLength(1);
    expect(inspect(error, { depth: 9 })).not.toContain(token.reveal());
  });

  it('that is no member of the project is told so', async () => {
    const project = { id: 'project-1', environments: ['dev'] };
    const stranger = { clientId: 'stranger', clientSecret: 'stranger-secret', projects: {} };
    const standIn = await standInForTest({ projects: [project], identities: [stranger] });
    const error = await failureOf(storeFor(standIn).read([NAME], AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_PROJECT_MISSING', kind: 'configuration', status: 403 });
  });

  it.each([
    ['list', 'read'],
    ['create', 'create'],
    ['edit', 'update'],
  ] as const)('without the permission to %s is told so, and nothing changed', async (missing, verb) => {
    const standIn = await standInForTest(withoutPermission(missing));
    standIn.set({ name: NAME, value: 'before' });
    const store = storeFor(standIn);
    const write = { name: verb === 'create' ? `${NAME}_FALLBACK` : NAME, value: canary() };
    const work = verb === 'read' ? store.read([NAME], AT_LEISURE) : store[verb](write, AT_LEISURE);
    expect(await failureOf(work)).toMatchObject({ code: 'STORE_FORBIDDEN', kind: 'configuration', status: 403 });
    expect(standIn.secretsIn().map(({ value }) => value)).toEqual(['before']);
  });

  it('that may not see values gets an error and never the mask for a value', async () => {
    const standIn = await standInForTest(withoutPermission('read-value'));
    standIn.set({ name: NAME, value: 'before' });
    const error = await failureOf(storeFor(standIn).read([NAME], AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_FORBIDDEN', kind: 'configuration' });
    await storeFor(standIn).read(['ANOTHER'], AT_LEISURE);
  });
});

describe('the server', () => {
  it.each([500, 502, 503, 504, 408])('may have written before it answered %i', async (status) => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    standIn.inject({ operation: 'secret.create', fault: { kind: 'status', status, when: 'after-effect' } });
    standIn.inject({ operation: 'secret.list', fault: { kind: 'status', status, when: 'before-effect' } });
    expect(await failureOf(store.create({ name: NAME, value: canary() }, AT_LEISURE))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      kind: 'unknown',
      status,
    });
    expect(await failureOf(store.read([NAME], AT_LEISURE))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      kind: 'not-applied',
    });
    expect(standIn.requests('secret.create')).toHaveLength(1);
  });

  it.each(['2024', 'current'] as const)(
    'refuses what it calls invalid (%s): no login is wasted on it',
    async (behaviour) => {
      const standIn = await standInForTest({ behaviour });
      const store = storeFor(standIn);
      await store.read([NAME], AT_LEISURE);
      const status = behaviour === '2024' ? 401 : 422;
      const message = [{ path: ['secretValue'], message: 'Too strange' }];
      standIn.inject({ operation: 'secret.create', fault: { kind: 'status', status, when: 'before-effect', message } });
      const error = await failureOf(store.create({ name: NAME, value: canary() }, AT_LEISURE));
      expect(error).toMatchObject({ code: 'STORE_REFUSED', kind: 'configuration', status });
      expect(error.message).toContain('secretValue: Too strange');
      expect(standIn.requests('login')).toHaveLength(1);
    },
  );

  it.each(['2024', 'current'] as const)('limits the rate (%s): certainly nothing was written', async (behaviour) => {
    const standIn = await standInForTest({ behaviour, requestsPerMinute: 2 });
    const store = storeFor(standIn);
    await store.create({ name: NAME, value: canary() }, AT_LEISURE);
    const error = await failureOf(store.update({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_RATE_LIMITED', kind: 'rate-limited' });
    expect(error.status).toBe(behaviour === '2024' ? 500 : 429);
    expect(error.retryAfterMilliseconds).toBeGreaterThan(0);
    expect(standIn.secretsIn()[0]?.version).toBe(1);
  });

  it('holds a write back for approval: that is no success', async () => {
    const projects = [{ id: 'project-1', environments: ['dev'], environmentsUnderApproval: ['dev'] }];
    const standIn = await standInForTest({ projects });
    const store = storeFor(standIn);
    const created = await failureOf(store.create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(created).toMatchObject({ code: 'STORE_FORBIDDEN', kind: 'configuration' });
    expect(created.message).toContain('approves');
    standIn.set({ name: NAME, value: 'before' });
    const updated = await failureOf(store.update({ name: NAME, value: canary() }, AT_LEISURE));
    expect(updated).toMatchObject({ code: 'STORE_FORBIDDEN', kind: 'configuration' });
    expect(standIn.secretsIn()[0]?.value).toBe('before');
  });

  it('is quoted without secrets, without control characters, and briefly', async () => {
    const standIn = await standInForTest();
    const value = canary();
    const { clientSecret } = standIn.describe();
    const base64 = Buffer.from(value.reveal()).toString('base64');
    const message = `\u001b[31mno: ${value.reveal()} ${clientSecret} ${base64}\u202e ${'x'.repeat(500)}`;
    standIn.inject({
      operation: 'secret.create',
      fault: { kind: 'status', status: 418, when: 'before-effect', message },
    });
    const error = await failureOf(storeFor(standIn).create({ name: NAME, value }, AT_LEISURE));
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + error.stack;
    for (const secret of [value.reveal(), clientSecret, base64]) expect(shown).not.toContain(secret);
    expect(error.message).toContain('no: [secret]');
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(error.message.length).toBeLessThan(400);
  });
});

function withoutPermission(missing: string) {
  const permissions = ALL_PERMISSIONS.filter((permission) => permission !== missing);
  return {
    projects: [{ id: 'project-1', environments: ['dev'] }],
    identities: [{ clientId: 'limited', clientSecret: 'limited-secret', projects: { 'project-1': permissions } }],
  };
}
