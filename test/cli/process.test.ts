/** The real process, against the Auth0 emulator and the Infisical stand-in: what it writes, how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Auth0Emulator, startAuth0Emulator } from '../../src/testing/auth0-emulator/index.js';
import { type InfisicalStandIn, startInfisicalStandIn } from '../../src/testing/infisical-stand-in/index.js';
import { leaks } from './fakes.js';

let auth0: Auth0Emulator;
let infisical: InfisicalStandIn;
let environment: Record<string, string>;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  auth0 = await startAuth0Emulator({ nodes: 1, propagationMilliseconds: 0 });
  infisical = await startInfisicalStandIn();
  const tenant = auth0.describe();
  const store = infisical.describe();
  environment = {
    PATH: process.env['PATH'] ?? '',
    AUTH0_DOMAIN: tenant.origin,
    AUTH0_ROTATION_ALLOWED_ORIGINS: tenant.origin,
    AUTH0_MANAGEMENT_CLIENT_ID: tenant.managementClientId,
    AUTH0_MANAGEMENT_CLIENT_SECRET: tenant.managementClientSecret,
    INFISICAL_SITE_URL: store.siteUrl,
    INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: store.clientId,
    INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: store.clientSecret,
    INFISICAL_PROJECT_ID: store.projectId,
    INFISICAL_ENVIRONMENT: store.environment,
  };
});
afterAll(async () => {
  await Promise.all([auth0.close(), infisical.close()]);
});
afterEach(() => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  children.clear();
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Waits until a text has been written to stderr or stdout. */
  written(text: string): Promise<void>;
}

function start(argumentList: readonly string[], variables: Record<string, string> = environment): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...argumentList], {
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const told = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
    told();
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    told();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  const written = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => (stdout + stderr).includes(text) && resolve();
      listeners.add(look);
      look();
      void ended.then((end) => reject(new Error(`It ended without "${text}": ${JSON.stringify(end)}`)));
    });
  return { child, ended, written };
}

const application = (index: number) => {
  const found = auth0.describe().applications[index];
  if (found === undefined) throw new Error('The emulator has too few applications.');
  return found;
};
const stored = (name: string, path = '/') =>
  infisical.secretsIn({ path }).find((secret) => secret.name === name)?.value;
const secrets = () => [
  ...auth0.describe().applications.map(({ clientSecret }) => clientSecret),
  environment['AUTH0_MANAGEMENT_CLIENT_SECRET'] ?? '',
  environment['INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET'] ?? '',
];

describe('a rotation', () => {
  test('from a stored secret to a healthy one, with one JSON object on stdout and no secret in either stream', async () => {
    const { clientId, clientSecret } = application(0);
    infisical.set({ name: 'AUTH0_CLIENT_ID', value: clientId });
    infisical.set({ name: 'AUTH0_CLIENT_SECRET', value: clientSecret });
    const rotated = await start([
      'rotate',
      '--application',
      clientId,
      '--overlap',
      '0s',
      '--settle',
      '0s',
      '--yes',
      '--json',
    ]).ended;
    expect(rotated.stderr).toContain('Plan');
    expect(rotated.code).toBe(0);
    expect(rotated.stdout.endsWith('}\n')).toBe(true);
    expect(JSON.parse(rotated.stdout)).toMatchObject({
      status: 'success',
      phase: 'settled',
      applicationId: clientId,
      error: null,
    });

    const now = application(0).clientSecret;
    expect(now).not.toBe(clientSecret);
    expect(stored('AUTH0_CLIENT_SECRET')).toBe(now);
    expect(stored('AUTH0_CLIENT_SECRET_FALLBACK')).toBe(now);
    expect(leaks(rotated, [...secrets(), clientSecret])).toEqual([]);

    const checked = await start(['check', '--application', clientId, '--json']).ended;
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ status: 'healthy' });
    expect(leaks(checked, secrets())).toEqual([]);
  });

  test('is refused without a terminal and without --yes, and nothing is changed', async () => {
    const { clientId, clientSecret } = application(1);
    const flags = ['--application', clientId, '--create-folder', '--secret-path', '/unconfirmed', '--json'];
    const refused = await start(['rotate', ...flags]).ended;
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({ status: 'refused', error: { code: 'CONFIRMATION_REQUIRED' } });
    expect(application(1).clientSecret).toBe(clientSecret);
    expect(infisical.foldersIn()).not.toContain('unconfirmed');
  });

  test('ended by SIGTERM in its overlap: exit code 4, one whole JSON object, both secrets kept', async () => {
    const { clientId, clientSecret } = application(1);
    infisical.addFolder({ path: '/interrupted' });
    infisical.set({ path: '/interrupted', name: 'AUTH0_CLIENT_SECRET', value: clientSecret });
    const running = start(['rotate', '--application', clientId, '--secret-path', '/interrupted', '--yes', '--json']);
    await running.written('Waiting 2 min for the overlap');
    running.child.kill('SIGTERM');
    const end = await running.ended;
    expect(end.code).toBe(4);
    expect(JSON.parse(end.stdout)).toMatchObject({
      status: 'undecided',
      phase: 'announced',
      error: { code: 'INTERRUPTED' },
    });
    expect(end.stderr).toContain('run the same command again');
    expect(application(1).clientSecret).toBe(clientSecret);
    expect(stored('AUTH0_CLIENT_SECRET', '/interrupted')).toBe(clientSecret);
    const candidate = stored('AUTH0_CLIENT_SECRET_FALLBACK', '/interrupted');
    expect(candidate).not.toBe(clientSecret);
    expect(leaks(end, [...secrets(), candidate ?? ''])).toEqual([]);
  });

  test('goes on when nobody reads its output any more', async () => {
    const { clientId, clientSecret } = application(0);
    const flags = ['--application', clientId, '--overlap', '0s', '--settle', '0s', '--yes', '--json'];
    const running = start(['rotate', ...flags]);
    running.child.stdout?.destroy();
    running.child.stderr?.destroy();
    const [code] = await once(running.child, 'exit');
    expect(code).toBe(0);
    expect(application(0).clientSecret).not.toBe(clientSecret);
    expect(stored('AUTH0_CLIENT_SECRET')).toBe(application(0).clientSecret);
  });
});

test('emulate-auth0 says where it is in one line and ends with 0 on SIGINT', async () => {
  const running = start(['emulate-auth0', '--propagation', '0s', '--nodes', '1'], { PATH: environment['PATH'] ?? '' });
  await running.written('}\n');
  running.child.kill('SIGINT');
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  const ready = JSON.parse(stdout);
  expect(Object.keys(ready).sort()).toEqual([
    'applications',
    'domain',
    'managementClientId',
    'managementClientSecret',
    'origin',
  ]);
  expect(ready.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(Object.keys(ready.applications[0]).sort()).toEqual(['clientId', 'clientSecret', 'name']);
});
