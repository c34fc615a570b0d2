/** Logging in: once, again when the token is no longer taken, and never by renewal. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AT_LEISURE, canary, failureOf, NAME, standInForTest, storeFor } from '../support/infisical.js';

describe('the session', () => {
  it('logs in once for many requests', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    await store.create({ name: NAME, value: canary() }, AT_LEISURE);
    await store.update({ name: NAME, value: canary() }, AT_LEISURE);
    await store.read([NAME], AT_LEISURE);
    expect(standIn.requests('login')).toHaveLength(1);
  });

  it.each(['expireTokens', 'revokeTokens'] as const)(
    'logs in again after %s, and never renews: a renewal would revoke the token',
    async (end) => {
      const standIn = await standInForTest();
      const store = storeFor(standIn);
      await store.create({ name: NAME, value: canary() }, AT_LEISURE);
      standIn[end]();
      const value = canary();
      await store.update({ name: NAME, value }, AT_LEISURE);
      expect(standIn.secretsIn()[0]?.history).toHaveLength(2);
      expect(standIn.secretsIn()[0]?.value).toBe(value.reveal());
      expect(standIn.requests('login')).toHaveLength(2);
      expect(standIn.requests('renew')).toEqual([]);
    },
  );

  it('logs in again when a token is used up', async () => {
    const project = { id: 'project-1', environments: ['dev'] };
    const identity = {
      clientId: 'thrifty',
      clientSecret: 'thrifty-secret',
      accessTokenUses: 2,
      projects: { 'project-1': ['list', 'read-value', 'create', 'edit'] as const },
    };
    const standIn = await standInForTest({ projects: [project], identities: [identity] });
    const store = storeFor(standIn);
    for (const name of ['A', 'B', 'C']) await store.create({ name, value: canary() }, AT_LEISURE);
    expect(standIn.secretsIn()).toHaveLength(3);
  });

  it('tries once more and then gives up', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    await store.create({ name: NAME, value: canary() }, AT_LEISURE);
    const fault = { kind: 'status', status: 401, when: 'before-effect', message: 'Not you' } as const;
    standIn.inject({ operation: 'secret.update', fault, times: 9 });
    const error = await failureOf(store.update({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_CREDENTIALS_REJECTED', kind: 'configuration', status: 401 });
    expect(standIn.requests('secret.update')).toHaveLength(2);
    expect(standIn.requests('login')).toHaveLength(2);
  });

  it('does not log in again for a request that may have been carried out', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    await store.create({ name: NAME, value: canary() }, AT_LEISURE);
    standIn.inject({ operation: 'secret.update', fault: { kind: 'status', status: 502, when: 'after-effect' } });
    expect(await failureOf(store.update({ name: NAME, value: canary() }, AT_LEISURE))).toMatchObject({
      kind: 'unknown',
    });
    expect(standIn.requests('secret.update')).toHaveLength(1);
    expect(standIn.requests('login')).toHaveLength(1);
  });

  it('of a write that cannot log in leaves no doubt: nothing was written', async () => {
    const standIn = await standInForTest();
    standIn.inject({ operation: 'login', fault: { kind: 'reset', when: 'after-effect' } });
    const error = await failureOf(storeFor(standIn).create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'not-applied' });
    expect(standIn.requests('secret.create')).toEqual([]);
  });

  it('takes no token that would end its header, and shows nothing of it', async () => {
    const standIn = await standInForTest();
    const token = canary();
    const spoilt: typeof fetch = async (url, init) =>
      String(url).endsWith('/login')
        ? Response.json({ accessToken: `${token.reveal()}\r\nx-more: 1`, expiresIn: 1, tokenType: 'Bearer' })
        : fetch(url, init);
    const error = await failureOf(storeFor(standIn, { fetch: spoilt }).read([NAME], AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_ANSWER_UNUSABLE', kind: 'not-applied' });
    expect(inspect(error, { depth: 9 })).not.toContain(token.reveal());
    expect(standIn.requests('secret.list')).toEqual([]);
  });
});
