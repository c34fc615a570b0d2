/** Writes: serialised, read back, never altered on the way, and honest about what is not known. */
import { InfisicalSDK } from '@infisical/sdk';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.js';
import { AT_LEISURE, canary, failureOf, NAME, standInForTest, storeFor } from '../support/infisical.js';
import { createManualClock } from '../support/manual-clock.js';

describe('creating', () => {
  it('is done one after the other, even through two stores of one place: racing creates leave copies', async () => {
    const standIn = await standInForTest({ racyCreates: true });
    const results = await Promise.allSettled(
      [storeFor(standIn), storeFor(standIn)].map((store) => store.create({ name: NAME, value: canary() }, AT_LEISURE)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(standIn.secretsIn()).toHaveLength(1);
  });

  it('finds the copies that another machine’s create left beside ours', async () => {
    const standIn = await standInForTest({
      beforeEffect: ({ operation }) => {
        // The other create has passed its check already, and lands beside ours.
        if (operation === 'secret.list') standIn.set({ name: NAME, value: 'theirs', copy: true });
      },
    });
    const error = await failureOf(storeFor(standIn).create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_DUPLICATE', kind: 'configuration' });
  });

  it('leaves real copies when the SDK is used in parallel: the guard is needed', async () => {
    const standIn = await standInForTest({ racyCreates: true });
    const { siteUrl, projectId, environment } = standIn.describe();
    const sdk = new InfisicalSDK({ siteUrl }).auth().accessToken(standIn.issueToken());
    await Promise.all(
      ['a', 'b'].map((secretValue) => sdk.secrets().createSecret(NAME, { projectId, environment, secretValue })),
    );
    expect(standIn.secretsIn()).toHaveLength(2);
  });

  it('after a lost answer is settled by reading back: ours stands there', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    const write = { name: NAME, value: canary(), note: 'attempt 1' };
    standIn.inject({ operation: 'secret.create', fault: { kind: 'reset', when: 'after-effect' } });
    expect(await failureOf(store.create(write, AT_LEISURE))).toMatchObject({ kind: 'unknown' });
    await store.create(write, AT_LEISURE);
    expect(standIn.secretsIn()).toMatchObject([{ value: write.value.reveal(), version: 1 }]);
    expect(await failureOf(store.create({ ...write, value: canary() }, AT_LEISURE))).toMatchObject({
      code: 'STORE_NAME_TAKEN',
    });
  });

  it('of a name that is there but not shown to us is refused', async () => {
    const standIn = await standInForTest();
    const message = 'Secret already exist';
    standIn.inject({
      operation: 'secret.create',
      fault: { kind: 'status', status: 400, when: 'before-effect', message },
    });
    const error = await failureOf(storeFor(standIn).create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_FORBIDDEN', kind: 'configuration' });
  });

  it('that is refused for another reason says which', async () => {
    const standIn = await standInForTest();
    const message = 'Cannot create secret with reserved name';
    standIn.inject({
      operation: 'secret.create',
      fault: { kind: 'status', status: 400, when: 'before-effect', message },
    });
    const error = await failureOf(storeFor(standIn).create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_REFUSED', kind: 'configuration', status: 400 });
    expect(error.message).toContain(message);
  });
});

describe('updating', () => {
  it('leaves a person’s comment alone, and removes it only when told to', async () => {
    const standIn = await standInForTest();
    standIn.set({ name: NAME, value: 'before', comment: 'before' });
    const store = storeFor(standIn);
    await store.update({ name: NAME, value: canary(), note: ' kept ' }, AT_LEISURE);
    expect(standIn.secretsIn()[0]?.comment).toBe('kept');
    expect((await store.read([NAME], AT_LEISURE)).get(NAME)?.note).toBe('kept');
    await store.update({ name: NAME, value: canary() }, AT_LEISURE);
    expect(standIn.secretsIn()[0]?.comment).toBe('kept');
    await store.update({ name: NAME, value: canary(), note: '' }, AT_LEISURE);
    expect(standIn.secretsIn()[0]?.comment).toBe('');
  });

  it('of a secret whose effect comes late is unknown, and the late value is read when it is there', async () => {
    const standIn = await standInForTest();
    standIn.set({ name: NAME, value: 'before' });
    const store = storeFor(standIn);
    let land = () => {};
    const until = new Promise<void>((resolve) => {
      land = resolve;
    });
    standIn.inject({ operation: 'secret.update', fault: { kind: 'late-effect', until } });
    const value = canary();
    expect(await failureOf(store.update({ name: NAME, value }, AT_LEISURE))).toMatchObject({ kind: 'unknown' });
    expect((await store.read([NAME], AT_LEISURE)).get(NAME)?.value.reveal()).toBe('before');
    land();
    await standIn.lateEffects();
    expect((await store.read([NAME], AT_LEISURE)).get(NAME)?.value.equals(value)).toBe(true);
  });
});

describe('reading back', () => {
  it('waits for a server that still shows the state before', async () => {
    const clock = createManualClock();
    const value = canary();
    const standIn = await standInForTest();
    standIn.set({ name: NAME, value: 'before' });
    // The first list after the write comes from a replica that lags behind.
    const stale = JSON.stringify({
      secrets: [{ secretKey: NAME, secretValue: 'before', type: 'shared' }],
      imports: [],
    });
    standIn.inject({ operation: 'secret.list', fault: { kind: 'broken-body', body: stale } });
    const work = storeFor(standIn, { clock, requestTimeoutMilliseconds: 9_000 }).update(
      { name: NAME, value },
      AT_LEISURE,
    );
    while (!clock.sleeping().includes(300)) await new Promise((resolve) => setTimeout(resolve, 2));
    clock.advance(300);
    await work;
    expect(standIn.requests('secret.list')).toHaveLength(2);
    expect(standIn.requests('secret.update')).toHaveLength(1);
  });

  it('does not take somebody else’s value for ours', async () => {
    const standIn = await standInForTest({
      afterEffect: ({ operation }) => {
        if (operation === 'secret.update') standIn.set({ name: NAME, value: 'theirs' });
      },
    });
    standIn.set({ name: NAME, value: 'before' });
    const clock = {
      ...createManualClock(),
      sleep: async (ms: number) => (ms > 2_000 ? new Promise<void>(() => {}) : undefined),
    };
    const error = await failureOf(storeFor(standIn, { clock }).update({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_CHANGED_ELSEWHERE', kind: 'unknown' });
  });

  it('that fails leaves the write unknown: it was acknowledged', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    standIn.inject({ operation: 'secret.list', fault: { kind: 'reset', when: 'before-effect' } });
    const value = canary();
    const error = await failureOf(store.create({ name: NAME, value }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'unknown' });
    expect(standIn.secretsIn()[0]?.value).toBe(value.reveal());
  });
});

describe('values', () => {
  it.each([
    ['blanks before it', ' value'],
    ['newlines behind it', 'value\n\n'],
    ['nothing in it', ''],
    ['a reference in it', ['$', '{prod.OTHER}'].join('')],
    ['more than fits', 'x'.repeat(600_000)],
  ])('with %s are refused before anything is sent: Infisical would alter them', async (_, text) => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    for (const verb of ['create', 'update'] as const) {
      const error = await failureOf(store[verb]({ name: NAME, value: new Secret(text) }, AT_LEISURE));
      expect(error).toMatchObject({ code: 'STORE_REFUSED', kind: 'refused' });
    }
    expect(standIn.requests()).toEqual([]);
  });

  it('are read by the unmodified SDK as they were written', async () => {
    const standIn = await standInForTest();
    const { siteUrl, projectId, environment, clientId, clientSecret } = standIn.describe();
    const value = canary();
    await storeFor(standIn, { secretPath: '/apps/web', createFolder: true }).create({ name: NAME, value }, AT_LEISURE);
    const sdk = await new InfisicalSDK({ siteUrl }).auth().universalAuth.login({ clientId, clientSecret });
    const secretPath = '/apps/web';
    const one = await sdk.secrets().getSecret({ projectId, environment, secretPath, secretName: NAME });
    const { secrets } = await sdk.secrets().listSecrets({ projectId, environment, secretPath });
    expect([one.secretValue, ...secrets.map(({ secretValue }) => secretValue)]).toEqual([
      value.reveal(),
      value.reveal(),
    ]);
  });

  it('of personal overrides are not taken for the shared secret', async () => {
    const standIn = await standInForTest();
    standIn.set({ name: NAME, value: 'personal', type: 'personal' });
    standIn.set({ name: NAME, value: 'shared' });
    const stored = (await storeFor(standIn).read([NAME], AT_LEISURE)).get(NAME);
    expect(stored?.value.reveal()).toBe('shared');
    expect(stored?.copies).toBe(1);
  });
});
