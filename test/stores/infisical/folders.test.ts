/** Places: a list in a place that does not exist answers 200 and nothing, so what is missing has to be found out. */
import { describe, expect, it } from 'vitest';
import type { InfisicalStoreOptions } from '../../../src/stores/infisical/index.js';
import { AT_LEISURE, canary, failureOf, NAME, standInForTest, storeFor } from '../support/infisical.js';

const MISSING: readonly [string, Partial<InfisicalStoreOptions>, string, string][] = [
  ['folder', { secretPath: '/nowhere' }, 'STORE_FOLDER_MISSING', 'secretPath'],
  ['nested folder', { secretPath: '/apps/nowhere' }, 'STORE_FOLDER_MISSING', 'secretPath'],
  ['environment', { environment: 'nowhere' }, 'STORE_FOLDER_MISSING', 'environment'],
  ['environment for a folder', { environment: 'nowhere', secretPath: '/apps' }, 'STORE_FOLDER_MISSING', 'environment'],
  ['project', { projectId: 'nowhere' }, 'STORE_PROJECT_MISSING', 'projectId'],
];

describe('a missing place', () => {
  it.each(MISSING)('is told: %s', async (_, options, code, field) => {
    const standIn = await standInForTest();
    standIn.addFolder({ path: '/apps' });
    const store = storeFor(standIn, options);
    const write = { name: NAME, value: canary() };
    for (const work of [
      store.read([NAME], AT_LEISURE),
      store.create(write, AT_LEISURE),
      store.update(write, AT_LEISURE),
    ]) {
      expect(await failureOf(work)).toMatchObject({ code, kind: 'configuration', field });
    }
  });

  it('is told from an empty one, which is looked at once', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    expect((await store.read([NAME], AT_LEISURE)).size).toBe(0);
    expect((await store.read([NAME], AT_LEISURE)).size).toBe(0);
    expect(standIn.requests('folder.list')).toHaveLength(1);
    expect(standIn.requests('secret.list')).toHaveLength(2);
  });

  it('is told from a secret that is gone', async () => {
    const standIn = await standInForTest();
    const error = await failureOf(storeFor(standIn).update({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_CHANGED_ELSEWHERE', kind: 'not-applied' });
  });

  it('is found out when the list answers 404, as later servers may', async () => {
    const standIn = await standInForTest();
    const fault = { kind: 'status', status: 404, when: 'before-effect', message: 'Folder not found' } as const;
    standIn.inject({ operation: 'secret.list', fault, times: 9 });
    const error = await failureOf(storeFor(standIn, { secretPath: '/nowhere' }).read([NAME], AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_FOLDER_MISSING', field: 'secretPath' });
    const making = storeFor(standIn, { secretPath: '/nowhere', createFolder: true });
    expect((await making.read([NAME], AT_LEISURE)).size).toBe(0);
  });

  it('costs a read of a folder that holds something one request', async () => {
    const standIn = await standInForTest();
    standIn.set({ name: NAME, value: 'x' });
    await storeFor(standIn).read([NAME], AT_LEISURE);
    expect(standIn.requests().map(({ operation }) => operation)).toEqual(['login', 'secret.list']);
  });
});

describe('making the folder', () => {
  it('is done level by level when it is asked for, and only for a create', async () => {
    const standIn = await standInForTest();
    standIn.addFolder({ path: '/apps' });
    const store = storeFor(standIn, { secretPath: '/apps/web/auth0', createFolder: true });
    expect((await store.read([NAME], AT_LEISURE)).size).toBe(0);
    expect(await failureOf(store.update({ name: NAME, value: canary() }, AT_LEISURE))).toMatchObject({
      code: 'STORE_FOLDER_MISSING',
    });
    expect(standIn.foldersIn({ path: '/apps' })).toEqual([]);
    const value = canary();
    await store.create({ name: NAME, value }, AT_LEISURE);
    expect(standIn.requests('folder.create')).toHaveLength(2);
    expect(standIn.secretsIn({ path: '/apps/web/auth0' }).map((secret) => secret.value)).toEqual([value.reveal()]);
  });

  it('does not make an environment or a project', async () => {
    const standIn = await standInForTest();
    for (const place of [{ environment: 'nowhere' }, { projectId: 'nowhere' }]) {
      const store = storeFor(standIn, { ...place, secretPath: '/apps', createFolder: true });
      expect(await failureOf(store.create({ name: NAME, value: canary() }, AT_LEISURE))).toMatchObject({
        kind: 'configuration',
      });
    }
    expect(standIn.requests('folder.create')).toEqual([]);
  });

  it('minds nothing when somebody else makes it meanwhile', async () => {
    const standIn = await standInForTest({
      beforeEffect: ({ operation }) => {
        if (operation === 'folder.create') standIn.addFolder({ path: '/apps' });
      },
    });
    const store = storeFor(standIn, { secretPath: '/apps', createFolder: true });
    await store.create({ name: NAME, value: canary() }, AT_LEISURE);
    expect(standIn.secretsIn({ path: '/apps' })).toHaveLength(1);
  });

  it('that fails leaves no doubt about the secret', async () => {
    const standIn = await standInForTest();
    standIn.inject({ operation: 'folder.create', fault: { kind: 'reset', when: 'after-effect' } });
    const store = storeFor(standIn, { secretPath: '/apps', createFolder: true });
    const error = await failureOf(store.create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'not-applied' });
    await store.create({ name: NAME, value: canary() }, AT_LEISURE);
  });
});
