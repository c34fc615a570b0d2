/**
 * The command line with its real parts, against the Auth0 emulator and the Infisical stand-in: bad input is refused
 * with the name of what the person gave, and nothing is changed anywhere.
 */
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { createAssemble } from '../../src/cli/assemble.js';
import { type Auth0Emulator, startAuth0Emulator } from '../../src/testing/auth0-emulator/index.js';
import { type InfisicalStandIn, startInfisicalStandIn } from '../../src/testing/infisical-stand-in/index.js';
import { CANARIES, errorOf, leaks, run } from './fakes.js';

let auth0: Auth0Emulator;
let infisical: InfisicalStandIn;
let environment: Record<string, string>;
/** A port that was free a moment ago. */
let closedPort: string;

beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closedPort = String((server.address() as AddressInfo).port);
  await new Promise((resolve) => server.close(resolve));
  auth0 = await startAuth0Emulator({ nodes: 1, propagationMilliseconds: 0 });
  infisical = await startInfisicalStandIn();
  const tenant = auth0.describe();
  const store = infisical.describe();
  environment = {
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

const rotate = (flags: readonly string[], variables: Record<string, string> = {}) => {
  const application = auth0.describe().applications[0]?.clientId ?? '';
  return run(['rotate', '--application', application, '--yes', '--json', ...flags], {
    environment: { ...environment, ...variables },
    assemble: createAssemble(),
    clock: { ...systemClock, advance: () => {} },
  });
};

test.each<[string, string[], Record<string, string>, string, string]>([
  [
    'a domain that hides another host',
    [],
    { AUTH0_DOMAIN: 'evil.example\\@acme.eu.auth0.com' },
    'DOMAIN_INVALID',
    'AUTH0_DOMAIN',
  ],
  ['a domain that is no domain, by flag', ['--auth0-domain', 'acme'], {}, 'DOMAIN_INVALID', '--auth0-domain'],
  [
    'http without permission',
    ['--auth0-domain', 'http://127.0.0.1:CLOSED'],
    {},
    'ORIGIN_NOT_ALLOWED',
    '--auth0-domain',
  ],
  [
    'a custom domain without audience',
    ['--auth0-domain', 'login.acme.example'],
    {},
    'AUDIENCE_REQUIRED',
    '--auth0-audience',
  ],
  [
    'an audience without its slash',
    ['--auth0-audience', 'https://acme.eu.auth0.com/api/v2'],
    {},
    'AUDIENCE_INVALID',
    '--auth0-audience',
  ],
  ['an unknown application', ['--application', 'nobody'], {}, 'APPLICATION_UNKNOWN', '--application'],
  [
    'a wrong management secret',
    [],
    { AUTH0_MANAGEMENT_CLIENT_SECRET: CANARIES.management },
    'AUTH0_CREDENTIALS_REJECTED',
    'AUTH0_MANAGEMENT_CLIENT_SECRET',
  ],
  [
    'a wrong machine identity',
    [],
    { INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: CANARIES.infisical },
    'STORE_CREDENTIALS_REJECTED',
    'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
  ],
  ['a missing folder', ['--secret-path', '/nowhere'], {}, 'STORE_FOLDER_MISSING', '--secret-path'],
  [
    'an unreachable Auth0',
    ['--allow-auth0-origin', 'http://127.0.0.1:CLOSED', '--auth0-domain', 'http://127.0.0.1:CLOSED'],
    {},
    'AUTH0_UNREACHABLE',
    '--auth0-domain',
  ],
  [
    'an unreachable Infisical',
    ['--infisical-site-url', 'http://127.0.0.1:CLOSED'],
    {},
    'STORE_UNREACHABLE',
    '--infisical-site-url',
  ],
])('%s is refused by name, and nothing is changed', async (_what, flags, variables, code, field) => {
  const before = auth0.describe().applications;
  const outcome = await rotate(
    flags.map((flag) => flag.replace('CLOSED', closedPort)),
    variables,
  );
  expect(errorOf(outcome)).toMatchObject({ code, field });
  expect(errorOf(outcome).message).toContain(field);
  expect(outcome.json()).toMatchObject({ status: 'refused', phase: null });
  expect(outcome.code).toBe(2);
  expect(auth0.describe().applications).toEqual(before);
  expect(infisical.secretsIn()).toEqual([]);
  expect(leaks(outcome)).toEqual([]);
});

test('the management client itself is refused', async () => {
  const outcome = await rotate(['--application', environment['AUTH0_MANAGEMENT_CLIENT_ID'] ?? '']);
  expect(outcome.code).toBe(2);
  expect(errorOf(outcome)).toMatchObject({ code: 'APPLICATION_IS_MANAGEMENT_CLIENT', field: '--application' });
});

test('a stored secret that is not live is refused with a way out', async () => {
  infisical.addFolder({ path: '/stale' });
  infisical.set({ path: '/stale', name: 'AUTH0_CLIENT_SECRET', value: CANARIES.current });
  const outcome = await rotate(['--secret-path', '/stale', '--settle', '0s']);
  expect(outcome.code).toBe(2);
  expect(errorOf(outcome).code).toBe('STORED_SECRET_NOT_LIVE');
  expect(errorOf(outcome).action).toContain('--current-client-secret-file');
  expect(errorOf(outcome).action).toContain('--overwrite');
  expect(leaks(outcome)).toEqual([]);
});
