/** The stand-in against what was observed of a real Infisical, asked through the unmodified SDK. */
import { InfisicalSDK } from '@infisical/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ALL_PERMISSIONS,
  type InfisicalStandIn,
  type InfisicalStandInOptions,
  startInfisicalStandIn,
} from '../../../src/testing/infisical-stand-in/index.js';

const reference = (to: string) => ['$', `{${to}}`].join('');

describe('logging in', () => {
  it('answers a token, 401 for a wrong secret and 404 for an unknown client', async () => {
    const standIn = await start();
    const { siteUrl, clientId, clientSecret } = standIn.describe();
    const login = (id: string, secret: string) =>
      new InfisicalSDK({ siteUrl }).auth().universalAuth.login({ clientId: id, clientSecret: secret });
    expect((await login(clientId, clientSecret)).auth().getAccessToken()).toBeTypeOf('string');
    await expect(login(clientId, 'wrong')).rejects.toThrow('[StatusCode=401]');
    await expect(login('nobody', clientSecret)).rejects.toThrow('[StatusCode=404]');
  });

  it('answers 401 without a token or with garbage, 403 when expired, 401 when revoked or used up', async () => {
    const standIn = await start({ projects: [project], identities: [{ ...identity, accessTokenUses: 1 }] });
    const status = async (token: string | undefined) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const query = new URLSearchParams({ workspaceId: 'project-1', environment: 'dev' });
      return (await fetch(`${standIn.siteUrl}/api/v3/secrets/raw?${query}`, { headers })).status;
    };
    expect(await status(undefined)).toBe(401);
    expect(await status('garbage')).toBe(401);
    const once = standIn.issueToken();
    expect([await status(once), await status(once)]).toEqual([200, 401]);
    const expired = standIn.issueToken();
    standIn.expireTokens();
    expect(await status(expired)).toBe(403);
    const revoked = standIn.issueToken();
    standIn.revokeTokens();
    expect(await status(revoked)).toBe(401);
  });

  it('answers a renewal with 401 and revokes the token when the TTL is the longest one', async () => {
    const standIn = await start();
    const sdk = sdkFor(standIn);
    await expect(sdk.auth().universalAuth.renew()).rejects.toThrow();
    await expect(sdk.secrets().listSecrets(place(standIn))).rejects.toThrow('[StatusCode=401]');
  });

  it('renews a token that may live longer', async () => {
    const longer = { ...identity, accessTokenTtlSeconds: 60, accessTokenMaxTtlSeconds: 3_600 };
    let now = Date.now();
    const standIn = await start({ projects: [project], identities: [longer], clock: { now: () => now } });
    const sdk = sdkFor(standIn);
    now += 59_000;
    await sdk.auth().universalAuth.renew();
    now += 59_000;
    await sdk.secrets().listSecrets(place(standIn));
  });
});

describe('secrets', () => {
  it('are created, read, updated and deleted, with every version kept', async () => {
    const standIn = await start();
    const secrets = sdkFor(standIn).secrets();
    await secrets.createSecret('A', { ...place(standIn), secretValue: ' one ', secretComment: 'why' });
    const updated = await secrets.updateSecret('A', { ...place(standIn), secretValue: 'two\n\n' });
    await secrets.updateSecret('A', { ...place(standIn), secretValue: 'two\n\n' });
    // The answer shows no comment, the stored one is kept; the same value makes a version all the same.
    expect(updated.secret.secretComment).toBe('');
    expect(standIn.secretsIn()).toMatchObject([
      { name: 'A', value: 'two\n', comment: 'why', version: 3, history: ['one', 'two\n', 'two\n'] },
    ]);
    const [listed] = (await secrets.listSecrets(place(standIn))).secrets;
    expect(listed).toMatchObject({ secretKey: 'A', secretValue: 'two\n', secretComment: 'why', version: 3 });
    await secrets.deleteSecret('A', place(standIn));
    expect(standIn.secretsIn()).toEqual([]);
  });

  it('answer 404 when missing and 400 when they exist', async () => {
    const standIn = await start();
    const secrets = sdkFor(standIn).secrets();
    const where = place(standIn);
    await expect(secrets.getSecret({ ...where, secretName: 'A' })).rejects.toThrow('[StatusCode=404] Secret not found');
    await expect(secrets.updateSecret('A', { ...where, secretValue: 'x' })).rejects.toThrow('[StatusCode=404]');
    await expect(secrets.deleteSecret('A', where)).rejects.toThrow('[StatusCode=404]');
    await secrets.createSecret('A', { ...where, secretValue: 'x' });
    await expect(secrets.createSecret('A', { ...where, secretValue: 'x' })).rejects.toThrow('[StatusCode=400]');
  });

  it('expand references unless told not to', async () => {
    const standIn = await start();
    standIn.set({ name: 'HERE', value: 'here' });
    standIn.set({ environment: 'prod', path: '/apps', name: 'THERE', value: 'there' });
    standIn.set({ name: 'A', value: `${reference('HERE')}-${reference('prod.apps.THERE')}-${reference('NOWHERE')}` });
    const secrets = sdkFor(standIn).secrets();
    const get = (expandSecretReferences?: boolean) =>
      secrets.getSecret({
        ...place(standIn),
        secretName: 'A',
        ...(expandSecretReferences === undefined ? {} : { expandSecretReferences }),
      });
    expect((await get()).secretValue).toBe('here-there-');
    expect((await get(false)).secretValue).toContain(reference('HERE'));
  });

  it('answer 500 to a value over about 1 MB', async () => {
    const standIn = await start();
    const secretValue = 'x'.repeat(1_000_001);
    const create = sdkFor(standIn)
      .secrets()
      .createSecret('A', { ...place(standIn), secretValue });
    await expect(create).rejects.toThrow('[StatusCode=500]');
  });

  it.each(['2024', 'current'] as const)('answer %s’s status to what is invalid', async (behaviour) => {
    const standIn = await start({ behaviour });
    const response = await fetch(`${standIn.siteUrl}/api/v3/secrets/raw/A`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${standIn.issueToken()}` },
      body: JSON.stringify({ workspaceId: standIn.describe().projectId, environment: 'dev' }),
    });
    expect(response.status).toBe(behaviour === '2024' ? 401 : 422);
    expect(await response.json()).toMatchObject({ error: 'ValidationFailure', message: [{ path: ['secretValue'] }] });
  });

  it('leave copies behind racing creates, which reads and updates see differently', async () => {
    const standIn = await start({ racyCreates: true });
    const secrets = sdkFor(standIn).secrets();
    await Promise.all(
      ['one', 'two'].map((secretValue) => secrets.createSecret('A', { ...place(standIn), secretValue })),
    );
    expect((await secrets.listSecrets(place(standIn))).secrets).toHaveLength(2);
    await secrets.updateSecret('A', { ...place(standIn), secretValue: 'three' });
    expect((await secrets.getSecret({ ...place(standIn), secretName: 'A' })).secretValue).not.toBe('three');
  });

  it('do not race unless it is asked for', async () => {
    const standIn = await start();
    const secrets = sdkFor(standIn).secrets();
    const results = await Promise.allSettled(
      ['one', 'two'].map((secretValue) => secrets.createSecret('A', { ...place(standIn), secretValue })),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('places', () => {
  it('that are missing answer 404 to get and create, and an empty list to list', async () => {
    const standIn = await start();
    const sdk = sdkFor(standIn);
    const where = { ...place(standIn), secretPath: '/nowhere' };
    for (const missing of [where, { ...place(standIn), environment: 'nowhere' }]) {
      expect((await sdk.secrets().listSecrets(missing)).secrets).toEqual([]);
      await expect(sdk.secrets().getSecret({ ...missing, secretName: 'A' })).rejects.toThrow('[StatusCode=404]');
      await expect(sdk.secrets().createSecret('A', { ...missing, secretValue: 'x' })).rejects.toThrow(
        '[StatusCode=404]',
      );
    }
    const elsewhere = { ...place(standIn), projectId: 'nowhere' };
    await expect(sdk.secrets().listSecrets(elsewhere)).rejects.toThrow('[StatusCode=404]');
  });

  it('are made and listed as folders', async () => {
    const standIn = await start();
    const folders = sdkFor(standIn).folders();
    await folders.create({ ...place(standIn), path: '/', name: 'apps' });
    await folders.create({ ...place(standIn), path: '/apps', name: 'web' });
    await expect(folders.create({ ...place(standIn), path: '/', name: 'apps' })).rejects.toThrow('[StatusCode=400]');
    await expect(folders.create({ ...place(standIn), path: '/no', name: 'x' })).rejects.toThrow('[StatusCode=404]');
    expect((await folders.listFolders({ ...place(standIn), path: '/' })).map(({ name }) => name)).toEqual(['apps']);
    expect(standIn.foldersIn({ path: '/apps' })).toEqual(['web']);
  });

  it('are closed to strangers and to those without permission', async () => {
    const other = { id: 'project-2', environments: ['dev'] };
    const limited = { ...identity, projects: { 'project-1': ['list' as const] } };
    const standIn = await start({ projects: [project, other], identities: [limited] });
    const sdk = sdkFor(standIn);
    standIn.set({ name: 'A', value: 'canary-7d2e91' });
    const create = sdk.secrets().createSecret('B', { ...place(standIn), secretValue: 'x' });
    await expect(create).rejects.toThrow('[StatusCode=403]');
    const stranger = sdk.secrets().listSecrets({ projectId: 'project-2', environment: 'dev' });
    await expect(stranger).rejects.toThrow('[StatusCode=403]');
    const [listed] = (await sdk.secrets().listSecrets(place(standIn))).secrets;
    expect(listed).toMatchObject({ secretValueHidden: true });
    expect(listed?.secretValue).not.toContain('canary-7d2e91');
  });
});

describe('faults and hooks', () => {
  it('hold the n-th request of an operation before and after its effect', async () => {
    const seen: string[] = [];
    const standIn = await start({
      beforeEffect: ({ operation, ordinal, name }) => void seen.push(`before ${operation} ${ordinal} ${name}`),
      afterEffect: async ({ operation, ordinal }) => {
        await Promise.resolve();
        seen.push(`after ${operation} ${ordinal} ${standIn.secretsIn().length}`);
      },
    });
    const secrets = sdkFor(standIn).secrets();
    await secrets.createSecret('A', { ...place(standIn), secretValue: 'x' });
    await secrets.createSecret('B', { ...place(standIn), secretValue: 'x' });
    expect(seen).toEqual([
      'before secret.create 1 A',
      'after secret.create 1 1',
      'before secret.create 2 B',
      'after secret.create 2 2',
    ]);
  });

  it('strike where they were ordered, in order, and only as often', async () => {
    const standIn = await start();
    const status = (code: number) => ({ kind: 'status', status: code, when: 'before-effect' }) as const;
    standIn.inject({ operation: 'secret.list', fault: status(501), skip: 1 });
    standIn.inject({ operation: 'secret.list', fault: status(502), times: 2 });
    const seen: number[] = [];
    const query = new URLSearchParams({ workspaceId: standIn.describe().projectId, environment: 'dev' });
    for (let count = 0; count < 4; count += 1) {
      const headers = { authorization: `Bearer ${standIn.issueToken()}` };
      seen.push((await fetch(`${standIn.siteUrl}/api/v3/secrets/raw?${query}`, { headers })).status);
    }
    expect(seen).toEqual([502, 501, 502, 200]);
    standIn.inject({ operation: 'status', fault: status(500) });
    standIn.clearFaults();
    expect((await fetch(`${standIn.siteUrl}/api/status`)).status).toBe(200);
  });

  it('limit the rate with Retry-After when asked to', async () => {
    let now = Date.now();
    const standIn = await start({ requestsPerMinute: 1, clock: { now: () => now } });
    const login = () =>
      fetch(`${standIn.siteUrl}/api/v1/auth/universal-auth/login`, {
        method: 'POST',
        body: JSON.stringify(standIn.describe()),
      });
    expect((await login()).status).toBe(200);
    const limited = await login();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
    now += 60_000;
    expect((await login()).status).toBe(200);
  });
});

it('logs requests without secrets, and listens on the loopback interface only', async () => {
  const standIn = await start();
  const { siteUrl, clientId, clientSecret } = standIn.describe();
  const sdk = await new InfisicalSDK({ siteUrl }).auth().universalAuth.login({ clientId, clientSecret });
  await sdk.secrets().createSecret('A', { ...place(standIn), secretValue: 'canary-3f9a1c77' });
  const log = JSON.stringify(standIn.requests());
  expect(standIn.requests('secret.create')).toMatchObject([{ name: 'A', status: 200, ordinal: 1, number: 2 }]);
  for (const secret of ['canary-3f9a1c77', clientSecret, sdk.auth().getAccessToken()])
    expect(log).not.toContain(secret);
  expect(new URL(siteUrl).hostname).toBe('127.0.0.1');
});

it('answers 404 to routes it does not have, and can be closed twice', async () => {
  const standIn = await start();
  expect((await fetch(`${standIn.siteUrl}/api/v4/secrets`)).status).toBe(404);
  await standIn.close();
  await standIn.close();
});

const project = { id: 'project-1', environments: ['dev'] };
const identity = {
  clientId: 'client-1',
  clientSecret: 'client-secret-1',
  projects: { 'project-1': ALL_PERMISSIONS },
};

async function start(options: InfisicalStandInOptions = {}): Promise<InfisicalStandIn> {
  const standIn = await startInfisicalStandIn(options);
  onTestFinished(() => standIn.close());
  return standIn;
}

function sdkFor(standIn: InfisicalStandIn): InfisicalSDK {
  return new InfisicalSDK({ siteUrl: standIn.siteUrl }).auth().accessToken(standIn.issueToken());
}

function place(standIn: InfisicalStandIn) {
  const { projectId, environment } = standIn.describe();
  return { projectId, environment };
}
