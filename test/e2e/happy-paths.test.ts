/** What the command is for, in a process of its own, judged by what Auth0 and the store hold afterwards. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InfisicalSDK } from '@infisical/sdk';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { faults } from '../../src/testing/auth0-emulator/index.js';
import { type Answer, type Ended, QUICK, run, start } from './support/command.js';
import { problemsOfRest } from './support/expectations.js';
import { CLIENT_ID, CURRENT, createWorld, FALLBACK, PENDING, type World, type WorldOptions } from './support/world.js';

const A_DAY = 86_400_000;
/** No overlap and no window: for what is not about time. */
const AT_ONCE = ['--overlap', '0s', '--settle', '0s'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth0-rotation-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
/** A file that only its owner may read. */
async function fileWith(text: string): Promise<string> {
  files += 1;
  const path = join(folder, `file-${files}`);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

async function worldFor({ onTestFinished }: TestContext, options?: WorldOptions): Promise<World> {
  const world = await createWorld(options);
  onTestFinished(() => world.close());
  return world;
}

/** The run came to its end and says so, with evidence. */
function expectSuccess(end: Ended, applicationId: string): Answer {
  expect(end.code, end.stderr).toBe(0);
  const answer = end.json();
  expect(answer).toMatchObject({ status: 'success', applicationId, error: null });
  expect(answer.evidence.accepted).toBeGreaterThanOrEqual(3);
  return answer;
}

/** The names of the requests that change something. */
function watchChanges(world: World): string[] {
  const changes: string[] = [];
  world.watch(({ moment, name }) => {
    if (moment === 'before' && /update-client|rotate-secret|create|secret\.(?:update|delete)/.test(name)) {
      changes.push(name);
    }
  });
  return changes;
}

const ALL_AT_A_TIME = { concurrent: true, timeout: 180_000 };

describe('rotate', ALL_AT_A_TIME, () => {
  test('sets a first secret, rotates it, rotates it again, and check finds it healthy', async (context) => {
    const world = await worldFor(context, { stored: false });
    const first = expectSuccess(await run(world, 'rotate', QUICK), world.clientId);
    expect(first.warnings.map(({ code }) => code)).toContain('PREVIOUS_SECRET_UNKNOWN');
    const lives = [world.initial, world.live()];
    expect(problemsOfRest(world)).toEqual([]);
    for (const flags of [QUICK, AT_ONCE]) {
      const changes = watchChanges(world);
      const rotated = expectSuccess(await run(world, 'rotate', flags), world.clientId);
      expect(rotated.phase).toBe('settled');
      expect(problemsOfRest(world)).toEqual([]);
      expect(lives).not.toContain(world.live());
      lives.push(world.live());
      expect(changes).toEqual([
        `infisical secret.update ${FALLBACK}`,
        'auth0 update-client',
        `infisical secret.update ${CURRENT}`,
      ]);
    }
    const checked = await run(world, 'check', []);
    expect({ code: checked.code, status: checked.json().status }).toEqual({ code: 0, status: 'healthy' });
    expect(world.changes()).toBe(3);
  });

  test('--no-fallback: no fallback name, published as soon as it is proven', async (context) => {
    const world = await worldFor(context);
    const answer = expectSuccess(await run(world, 'rotate', ['--no-fallback', '--settle', '1s']), world.clientId);
    expect(answer.phase).toBe('published');
    expect(answer.warnings.map(({ code }) => code)).toContain('SINGLE_PHASE');
    expect(problemsOfRest(world, PENDING)).toEqual([]);
    expect(world.stored(FALLBACK)).toBeUndefined();
    expect(world.changes()).toBe(1);
  });

  test('--current-client-secret-file adopts the secret in use: proven, stored, unchanged at Auth0', async (context) => {
    const world = await worldFor(context, { stored: false });
    const flags = [...QUICK, '--current-client-secret-file', await fileWith(`${world.initial}\n`)];
    expectSuccess(await run(world, 'rotate', flags), world.clientId);
    expect(problemsOfRest(world)).toEqual([]);
    expect(world.live()).toBe(world.initial);
    expect(world.changes()).toBe(0);
    expect(world.auth0.tenant.counters['update-client'].requests).toBe(0);
  });

  test('--overwrite replaces a stored value that is not live, and a foreign fallback', async (context) => {
    const world = await worldFor(context);
    world.infisical.set({ name: CURRENT, value: 'stored-by-somebody-Zq8vLr3kTm5WxYp' });
    world.infisical.set({ name: FALLBACK, value: 'kept-by-somebody-Bn4cHs7dJf2GeAu' });
    const refused = await run(world, 'rotate', QUICK);
    expect(refused.code).toBe(2);
    const answer = expectSuccess(await run(world, 'rotate', [...QUICK, '--overwrite']), world.clientId);
    expect(answer.phase).toBe('settled');
    expect(problemsOfRest(world)).toEqual([]);
    expect(world.changes()).toBe(1);
  });

  test('--compromised waits for no overlap, and says what lives on', async (context) => {
    const world = await worldFor(context);
    const end = await run(world, 'rotate', ['--settle', '1s', '--compromised']); // The default overlap is two minutes.
    const answer = expectSuccess(end, world.clientId);
    expect(answer.warnings.map(({ code }) => code)).toContain('TOKENS_LIVE_ON');
    expect(end.stderr).not.toContain('for the overlap');
    expect(problemsOfRest(world)).toEqual([]);
  });

  test('--create-folder makes the folder and those above it', async (context) => {
    const world = await worldFor(context, { stored: false });
    const flags = [...AT_ONCE, '--secret-path', '/web/api'];
    expect((await run(world, 'rotate', flags)).code).toBe(2);
    expectSuccess(await run(world, 'rotate', [...flags, '--create-folder']), world.clientId);
    expect(world.infisical.foldersIn({ path: '/web' })).toEqual(['api']);
    expect(world.stored(CURRENT, '/web/api')).toBe(world.live());
    expect(world.stored(FALLBACK, '/web/api')).toBe(world.live());
    expect(world.stored(CURRENT)).toBeUndefined();
  });

  test('other names, and secrets from files', async (context) => {
    const world = await worldFor(context, { stored: false });
    const { AUTH0_MANAGEMENT_CLIENT_SECRET = '', INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET = '' } = world.environment;
    const flags = [
      ...AT_ONCE,
      ...['--map-client-id', 'WEB_ID', '--map-client-secret', 'WEB_SECRET', '--map-fallback-client-secret', 'WEB_NEXT'],
      ...['--auth0-client-secret-file', await fileWith(AUTH0_MANAGEMENT_CLIENT_SECRET)],
      ...['--infisical-client-secret-file', await fileWith(INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET)],
    ];
    const none = { AUTH0_MANAGEMENT_CLIENT_SECRET: '', INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: '' };
    expectSuccess(await run(world, 'rotate', flags, none), world.clientId);
    expect([world.stored('WEB_ID'), world.stored('WEB_SECRET'), world.stored('WEB_NEXT')]).toEqual([
      world.clientId,
      world.live(),
      world.live(),
    ]);
    expect(world.infisical.secretsIn()).toHaveLength(3);
  });

  test('a management client that signs, and a ready token for Infisical', async (context) => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const world = await worldFor(context, { auth0: { managementClient: { publicKeys: [publicKey] } } });
    const variables = {
      AUTH0_MANAGEMENT_CLIENT_SECRET: '',
      AUTH0_MANAGEMENT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: '',
      INFISICAL_TOKEN: world.infisical.issueToken(),
    };
    expectSuccess(await run(world, 'rotate', AT_ONCE, variables), world.clientId);
    expect(problemsOfRest(world)).toEqual([]);
    expect(world.infisical.requests('login')).toEqual([]);
  });

  test('--dry-run changes nothing', async (context) => {
    const world = await worldFor(context);
    const before = world.storeText();
    const changes = watchChanges(world);
    const { code, json } = await run(world, 'rotate', [...QUICK, '--dry-run', '--create-folder']);
    expect({ code, status: json().status }).toEqual({ code: 0, status: 'planned' });
    expect(changes).toEqual([]);
    expect([world.storeText(), world.live()]).toEqual([before, world.initial]);
  });

  test('a config file rotates two applications in one run', async (context) => {
    const world = await worldFor(context, { stored: false });
    const [web, shop] = world.auth0.describe().applications;
    world.infisical.addFolder({ path: '/web' });
    world.infisical.addFolder({ path: '/shop' });
    const config = await fileWith(`
defaults: { overlap: 0s, settle: 0s }
rotations:
  - { application: ${web?.clientId}, secretPath: /web }
  - { application: ${shop?.clientId}, secretPath: /shop, fallback: false }
`);
    const end = await run(world, 'rotate', ['--config', config]);
    expect(end.code, end.stderr).toBe(0);
    expect(end.json()).toMatchObject({ status: 'success', results: [{ phase: 'settled' }, { phase: 'published' }] });
    const now = world.auth0.describe().applications;
    expect(world.stored(CURRENT, '/web')).toBe(now[0]?.clientSecret);
    expect(world.stored(FALLBACK, '/web')).toBe(now[0]?.clientSecret);
    expect(world.stored(CLIENT_ID, '/shop')).toBe(shop?.clientId);
    expect(world.stored(CURRENT, '/shop')).toBe(now[1]?.clientSecret);
    expect(now[0]?.clientSecret).not.toBe(web?.clientSecret);
    expect(now[1]?.clientSecret).not.toBe(shop?.clientSecret);
  });

  test('what was rotated is read by an @infisical/sdk that nobody touched', async (context) => {
    const world = await worldFor(context);
    expectSuccess(await run(world, 'rotate', AT_ONCE), world.clientId);
    const { siteUrl, projectId, environment, clientId, clientSecret } = world.infisical.describe();
    const sdk = await new InfisicalSDK({ siteUrl }).auth().universalAuth.login({ clientId, clientSecret });
    const place = { projectId, environment, secretPath: '/' };
    const { secrets } = await sdk.secrets().listSecrets(place);
    expect(Object.fromEntries(secrets.map(({ secretKey, secretValue }) => [secretKey, secretValue]))).toEqual({
      [CLIENT_ID]: world.clientId,
      [CURRENT]: world.live(),
      [FALLBACK]: world.live(),
    });
    const one = await sdk.secrets().getSecret({ ...place, secretName: CURRENT });
    expect(one.secretValue).toBe(world.live());
  });
});

describe('an overlap of days', ALL_AT_A_TIME, () => {
  test('is left announced, keeps its time, and is finished once it is over', async (context) => {
    let later = 0;
    const world = await worldFor(context, { infisical: { clock: { now: () => Date.now() + later } } });
    const flags = ['--overlap', '3d', '--settle', '1s'];
    const first = await run(world, 'rotate', flags);
    expect(first.code, first.stderr).toBe(0);
    expect(first.json()).toMatchObject({ status: 'pending', phase: 'announced', error: null });
    const resumeAt = Date.parse(first.json().resumeAt ?? '');
    expect(resumeAt - Date.now()).toBeGreaterThan(3 * A_DAY - 60_000);
    expect(resumeAt - Date.now()).toBeLessThanOrEqual(3 * A_DAY + 2_000);
    const candidate = world.stored(FALLBACK);
    expect([world.stored(CURRENT), world.live(), candidate === world.initial]).toEqual([
      world.initial,
      world.initial,
      false,
    ]);

    // Coming back early, with a shorter overlap even, changes nothing about it.
    for (const [command, early] of [
      ['rotate', flags],
      ['rotate', QUICK],
      ['recover', QUICK],
    ] as const) {
      const again = await run(world, command, early);
      expect(again.code, again.stderr).toBe(0);
      expect(again.json()).toMatchObject({ status: 'pending', attemptId: first.json().attemptId });
      expect(Math.abs(Date.parse(again.json().resumeAt ?? '') - resumeAt)).toBeLessThan(3_000);
      expect(world.stored(FALLBACK)).toBe(candidate);
    }
    const checked = await run(world, 'check', flags);
    expect({ code: checked.code, status: checked.json().status }).toEqual({ code: 4, status: 'interrupted' });
    expect(world.changes()).toBe(0);

    later = 3 * A_DAY;
    const last = expectSuccess(await run(world, 'recover', flags), world.clientId);
    expect(last.attemptId).toBe(first.json().attemptId);
    expect(world.live()).toBe(candidate);
    expect(problemsOfRest(world)).toEqual([]);
  });
});

describe('recover', ALL_AT_A_TIME, () => {
  test('at rest there is nothing to do', async (context) => {
    const world = await worldFor(context);
    expectSuccess(await run(world, 'rotate', AT_ONCE), world.clientId);
    const before = world.storeText();
    const { code, json } = await run(world, 'recover', AT_ONCE);
    expect({ code, status: json().status, phase: json().phase }).toEqual({ code: 0, status: 'success', phase: null });
    expect([world.storeText(), world.changes()]).toEqual([before, 1]);
  });

  test('finishes what SIGTERM interrupted in its overlap, which ended with exit code 4', async (context) => {
    const world = await worldFor(context);
    const running = start(world, 'rotate', ['--overlap', '5m', '--settle', '1s']);
    await running.written('for the overlap');
    running.child.kill('SIGTERM');
    const interrupted = await running.ended;
    expect(interrupted.code).toBe(4);
    expect(interrupted.json()).toMatchObject({ status: 'undecided', error: { code: 'INTERRUPTED' } });
    expect(world.changes()).toBe(0);
    const candidate = world.stored(FALLBACK);
    // A leak ends the wait: the candidate goes first, and here only it.
    const answer = expectSuccess(await run(world, 'recover', ['--settle', '1s', '--compromised']), world.clientId);
    expect(answer.attemptId).toBe(interrupted.json().attemptId);
    expect(world.live()).toBe(candidate);
    expect(problemsOfRest(world)).toEqual([]);
  });
});

describe('exit codes', ALL_AT_A_TIME, () => {
  test('3: Auth0 refuses the change; the previous secret is live and stored, and the next run succeeds', async (context) => {
    const world = await worldFor(context);
    const fault = world.auth0.tenant.inject(faults.status(403), { operation: 'update-client', times: 99 });
    const { code, json } = await run(world, 'rotate', AT_ONCE);
    expect({ code, status: json().status, phase: json().phase }).toEqual({
      code: 3,
      status: 'failed',
      phase: 'activating',
    });
    expect([world.live(), world.stored(CURRENT)]).toEqual([world.initial, world.initial]);
    fault.remove();
    expectSuccess(await run(world, 'rotate', AT_ONCE), world.clientId);
    expect(problemsOfRest(world)).toEqual([]);
  });

  test('3: check finds a stored secret that is not live', async (context) => {
    const world = await worldFor(context);
    world.infisical.set({ name: CURRENT, value: 'stored-by-somebody-Zq8vLr3kTm5WxYp' });
    const { code, json } = await run(world, 'check', QUICK);
    expect({ code, status: json().status }).toEqual({ code: 3, status: 'not-live' });
    expect(world.changes()).toBe(0);
  });

  test('2: wrong usage', async (context) => {
    const world = await worldFor(context);
    const { code, json } = await run(world, 'rotate', ['--nonsense']);
    expect({ code, error: json().error?.code }).toEqual({ code: 2, error: 'USAGE' });
    expect(world.requests).toBe(0);
  });
});
