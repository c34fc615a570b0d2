/**
 * What cannot work is refused: with the name of what the person gave, what is wrong with it and what to do, exit code 2,
 * no secret in any stream, and nothing changed on either side.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { run } from './support/command.js';
import { runInProcess } from './support/in-process.js';
import { CLIENT_ID, CURRENT, createWorld, FALLBACK, PENDING, type World, type WorldOptions } from './support/world.js';

/** Invented, of high entropy: finding one in an output is a leak. */
const WRONG = 'nT5kW8rXq2Zb7VmJ4cHs9LdPf3GyA6eUo1RiKx0BtQwE';

interface BadInput {
  readonly what: string;
  readonly options?: WorldOptions;
  /** Spoils the world, and says what is given beside what would work. */
  readonly given: (world: World) => {
    readonly flags?: readonly string[];
    readonly variables?: Readonly<Record<string, string | undefined>>;
  };
  readonly code: string;
  readonly field: string;
  /** What the person is told, in message or action. */
  readonly tells: readonly (string | RegExp)[];
  /** What `check` ends with; null where it does not come to the same refusal. @default 2 */
  readonly check?: 2 | 3 | null;
}

/** The application of a name, among those every emulator has. */
function application(world: World, name: string): string {
  const found = world.auth0.tenant.applications().find(({ fields }) => fields.name === name);
  if (found === undefined) throw new Error(`The emulator has no ${name}.`);
  return found.clientId;
}

const other = (name: string): Pick<BadInput, 'given' | 'options'> => ({
  options: { stored: false },
  given: (world) => ({ flags: ['--application', application(world, name)] }),
});
const flags = (...given: string[]): Pick<BadInput, 'given'> => ({ given: () => ({ flags: given }) });
const variables = (given: Readonly<Record<string, string>>): Pick<BadInput, 'given'> => ({
  given: () => ({ variables: given }),
});
const scopes = (...granted: string[]): WorldOptions => ({ auth0: { managementClient: { scopes: granted } } });
const spoilt = (spoil: (world: World) => void): Pick<BadInput, 'given'> => ({
  given: (world) => {
    spoil(world);
    return {};
  },
});

let closedPort: number;
let folder: string;

beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closedPort = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  folder = await mkdtemp(join(tmpdir(), 'auth0-rotation-'));
  await writeFile(join(folder, 'wrong'), WRONG, { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const APPLICATIONS: readonly BadInput[] = [
  {
    what: 'an unknown application',
    ...flags('--application', 'nobodyKnowsThisClientId0123456789'),
    code: 'APPLICATION_UNKNOWN',
    field: '--application',
    tells: [/belongs to this tenant/],
  },
  {
    what: 'a client id that is none',
    ...flags('--application', '../clients'),
    code: 'APPLICATION_ID_INVALID',
    field: '--application',
    tells: [/letters, digits/],
  },
  {
    what: 'a public application',
    ...other('Storefront'),
    code: 'APPLICATION_PUBLIC',
    field: '--application',
    tells: ['Storefront', /confidential/],
  },
  {
    what: 'an application with private_key_jwt, where the scope shows it',
    ...other('Payment Worker'),
    options: { stored: false, ...scopes('read:clients', 'update:client_keys', 'read:client_keys') },
    code: 'APPLICATION_USES_KEYS',
    field: '--application',
    tells: ['private_key_jwt', /rotate that key/],
  },
  {
    what: 'an application with private_key_jwt, where no scope shows it and no stored secret is accepted',
    ...other('Payment Worker'),
    code: 'APPLICATION_AUTHENTICATION_UNCLEAR',
    field: '--application',
    tells: ['private_key_jwt', 'read:client_keys', '--current-client-secret-file'],
  },
  {
    what: 'an application whose secret signs ID tokens, because no algorithm was ever set',
    ...other('Back Office'),
    code: 'HS256_NOT_ACCEPTED',
    field: '--application',
    tells: ['HS256', '--accept-hs256', 'RS256'],
  },
  {
    what: 'an application whose secret signs ID tokens, as it says',
    ...other('Legacy Reports'),
    code: 'HS256_NOT_ACCEPTED',
    field: '--application',
    tells: ['HS256', '--accept-hs256'],
  },
  {
    what: 'the application that belongs to the tenant itself',
    ...other('All Applications'),
    code: 'APPLICATION_GLOBAL',
    field: '--application',
    tells: [/ordinary application/],
  },
  {
    what: 'an application described by a metadata document',
    ...other('Partner Assistant'),
    code: 'APPLICATION_CIMD',
    field: '--application',
    tells: [/metadata document/],
  },
  {
    what: 'the management client itself',
    ...other('Secret Rotation'),
    code: 'APPLICATION_IS_MANAGEMENT_CLIENT',
    field: '--application',
    tells: [/another management client/],
  },
  {
    what: 'an application that the run may not touch',
    ...flags('--allow-application', 'anotherApplicationClientId234567'),
    code: 'APPLICATION_NOT_ALLOWED',
    field: '--application',
    tells: ['--allow-application'],
  },
];

const AUTH0: readonly BadInput[] = [
  {
    what: 'a management client that may not change secrets',
    options: scopes('read:clients'),
    ...flags(),
    code: 'AUTH0_SCOPE_MISSING',
    field: 'AUTH0_MANAGEMENT_CLIENT_ID',
    tells: ['update:client_keys', 'Applications > APIs > Auth0 Management API'],
  },
  {
    what: 'a management client that may not read applications',
    options: scopes('update:client_keys'),
    ...flags(),
    code: 'AUTH0_SCOPE_MISSING',
    field: 'AUTH0_MANAGEMENT_CLIENT_ID',
    tells: ['read:clients', 'Applications > APIs > Auth0 Management API'],
  },
  {
    what: 'a management client without any scope',
    options: scopes(),
    ...flags(),
    code: 'AUTH0_SCOPE_MISSING',
    field: 'AUTH0_MANAGEMENT_CLIENT_ID',
    tells: ['read:clients', 'update:client_keys'],
  },
  {
    what: 'a wrong management secret',
    ...variables({ AUTH0_MANAGEMENT_CLIENT_SECRET: WRONG }),
    code: 'AUTH0_CREDENTIALS_REJECTED',
    field: 'AUTH0_MANAGEMENT_CLIENT_SECRET',
    tells: [/client id and secret/],
  },
  {
    what: 'a management client that does not exist',
    ...flags('--auth0-client-id', 'noSuchManagementClient0123456789'),
    code: 'AUTH0_CREDENTIALS_REJECTED',
    field: 'AUTH0_MANAGEMENT_CLIENT_SECRET',
    tells: [/client id and secret/],
  },
  {
    what: 'a domain that is no domain',
    ...flags('--auth0-domain', 'acme'),
    code: 'DOMAIN_INVALID',
    field: '--auth0-domain',
    tells: ['acme.eu.auth0.com'],
  },
  {
    what: 'a domain that hides another host',
    ...variables({ AUTH0_DOMAIN: 'evil.example\\@acme.eu.auth0.com' }),
    code: 'DOMAIN_INVALID',
    field: 'AUTH0_DOMAIN',
    tells: [/more than a host/],
  },
  {
    what: 'a domain with a path',
    ...variables({ AUTH0_DOMAIN: 'acme.eu.auth0.com/oauth/token' }),
    code: 'DOMAIN_INVALID',
    field: 'AUTH0_DOMAIN',
    tells: [/domain alone/],
  },
  {
    what: 'an origin that was not allowed',
    ...variables({ AUTH0_ROTATION_ALLOWED_ORIGINS: '' }),
    code: 'ORIGIN_NOT_ALLOWED',
    field: 'AUTH0_DOMAIN',
    tells: ['--allow-auth0-origin'],
  },
  {
    what: 'an Auth0 that nobody answers for',
    given: () => ({
      variables: {
        AUTH0_DOMAIN: `http://127.0.0.1:${closedPort}`,
        AUTH0_ROTATION_ALLOWED_ORIGINS: `http://127.0.0.1:${closedPort}`,
      },
    }),
    code: 'AUTH0_UNREACHABLE',
    field: 'AUTH0_DOMAIN',
    tells: [/proxy/, 'ECONNREFUSED'],
  },
];

const INFISICAL: readonly BadInput[] = [
  {
    what: 'an unknown machine identity',
    ...flags('--infisical-client-id', '00000000-0000-4000-8000-000000000000'),
    code: 'STORE_CREDENTIALS_REJECTED',
    field: 'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
    tells: [/machine identity/],
  },
  {
    what: 'a wrong secret of the machine identity',
    ...variables({ INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: WRONG }),
    code: 'STORE_CREDENTIALS_REJECTED',
    field: 'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
    tells: [/machine identity/],
  },
  {
    what: 'a token that Infisical does not know',
    ...variables({ INFISICAL_TOKEN: `st.${WRONG}`, INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: '' }),
    code: 'STORE_CREDENTIALS_REJECTED',
    field: 'INFISICAL_TOKEN',
    tells: [/expired/],
  },
  {
    what: 'a missing folder',
    ...flags('--secret-path', '/nowhere'),
    code: 'STORE_FOLDER_MISSING',
    field: '--secret-path',
    tells: ['/nowhere', '--create-folder'],
  },
  {
    what: 'a missing environment',
    ...flags('--environment', 'nowhere'),
    code: 'STORE_FOLDER_MISSING',
    field: '--environment',
    tells: ['nowhere'],
  },
  {
    what: 'a missing project',
    ...flags('--project-id', '3c90c3cc-0d44-4b50-8888-8dd25736052a'),
    code: 'STORE_PROJECT_MISSING',
    field: '--project-id',
    tells: ['3c90c3cc-0d44-4b50-8888-8dd25736052a', /member/],
  },
  {
    what: 'an Infisical that nobody answers for',
    given: () => ({ variables: { INFISICAL_SITE_URL: `http://127.0.0.1:${closedPort}` } }),
    code: 'STORE_UNREACHABLE',
    field: 'INFISICAL_SITE_URL',
    tells: [/proxy/, 'ECONNREFUSED'],
  },
  {
    what: "a client id's name that holds another application's",
    ...spoilt((world) => world.infisical.set({ name: CLIENT_ID, value: 'anotherApplicationClientId234567' })),
    code: 'STORE_NAME_TAKEN',
    field: CLIENT_ID,
    tells: [/another/i, '--overwrite'],
  },
  {
    what: 'a fallback name that holds a value nobody here made',
    ...spoilt((world) => world.infisical.set({ name: FALLBACK, value: WRONG })),
    code: 'FALLBACK_FOREIGN',
    field: FALLBACK,
    tells: ['--overwrite'],
    check: 3,
  },
  {
    what: 'two copies of the mapped secret',
    ...spoilt((world) => world.infisical.set({ name: CURRENT, value: world.initial, copy: true })),
    code: 'STORE_DUPLICATE',
    field: CURRENT,
    tells: [/Delete all but one/],
  },
  {
    what: 'two copies of the fallback',
    ...spoilt((world) => {
      world.infisical.set({ name: FALLBACK, value: world.initial });
      world.infisical.set({ name: FALLBACK, value: world.initial, copy: true });
    }),
    code: 'STORE_DUPLICATE',
    field: FALLBACK,
    tells: [/Delete all but one/],
  },
  {
    what: 'a mapped secret that is not the live one',
    ...spoilt((world) => world.infisical.set({ name: CURRENT, value: WRONG })),
    code: 'STORED_SECRET_NOT_LIVE',
    field: CURRENT,
    tells: ['--current-client-secret-file', '--overwrite'],
    check: 3,
  },
  {
    what: 'a supplied secret that is not the live one',
    given: () => ({ flags: ['--current-client-secret-file', join(folder, 'wrong')] }),
    code: 'SUPPLIED_SECRET_NOT_LIVE',
    field: '--current-client-secret-file',
    tells: [/uses now/],
    check: null,
  },
];

const NAMES_AND_TIMES: readonly BadInput[] = [
  {
    what: 'one name for two values',
    ...flags('--map-client-id', CURRENT),
    code: 'SECRET_NAME_DUPLICATE',
    field: '--map-client-secret',
    tells: [/same secret name/],
  },
  {
    what: 'a fallback under the name of the secret',
    ...flags('--map-fallback-client-secret', CURRENT),
    code: 'SECRET_NAME_DUPLICATE',
    field: '--map-fallback-client-secret',
    tells: [/same secret name/],
  },
  {
    what: 'the pending name for another value',
    ...flags('--no-fallback', '--map-client-id', PENDING),
    code: 'SECRET_NAME_DUPLICATE',
    field: 'the pending name',
    tells: [/same secret name/],
  },
  ...['A:B', 'A/B'].flatMap((name): BadInput[] =>
    ['--map-client-id', '--map-client-secret', '--map-fallback-client-secret'].map((flag) => ({
      what: `a name with ":" or "/" (${flag} ${name})`,
      ...flags(flag, name),
      code: 'SECRET_NAME_INVALID',
      field: flag,
      tells: [/":" (?:or|and) "\/"/],
    })),
  ),
  ...(
    [
      ['--overlap=-5s', /negative/],
      ['--settle=-1ms', /negative/],
      ['--wait=-1d', /negative/],
      ['--overlap=5', /no unit/],
      ['--overlap=soon', /not a duration/],
      ['--overlap=1e3s', /not a duration/],
      ['--overlap=31d', /longer than 30 d/],
      ['--overlap=99999d', /longer than/],
      ['--settle=2h', /longer than 1 h/],
      ['--wait=8d', /longer than/],
    ] as const
  ).map(
    ([flag, tells]): BadInput => ({
      what: `an absurd duration (${flag})`,
      ...flags(flag),
      code: 'SETTING_INVALID',
      field: flag.slice(0, flag.indexOf('=')),
      tells: [tells],
    }),
  ),
];

/** A world that ends with the test. */
async function worldFor(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options?: WorldOptions,
): Promise<World> {
  const world = await createWorld(options);
  onTestFinished(() => world.close());
  return world;
}

/** Everything both sides hold, secrets included, as text to compare. */
function truthOf(world: World): string {
  const applications = world.auth0.tenant
    .applications()
    .map(({ clientSecret, publicKeys: _, ...rest }) => ({ ...rest, secret: clientSecret?.reveal() }));
  return JSON.stringify([applications, world.storeText(), world.infisical.foldersIn({ environment: 'nowhere' })]);
}

describe.each([
  ['the application', APPLICATIONS],
  ['Auth0', AUTH0],
  ['Infisical', INFISICAL],
  ['names and durations', NAMES_AND_TIMES],
] as const)('refused, with nothing changed: %s', (_group, cases) => {
  test.concurrent.for(cases)('$what', async ({ options, given, code, field, tells, check = 2 }, context) => {
    const world = await worldFor(context, options);
    const { flags = [], variables = {} } = given(world);
    const before = truthOf(world);

    const outcome = await runInProcess(world, 'rotate', ['--settle', '1s', ...flags], variables);

    const { status, phase, error } = outcome.json();
    expect(error?.code, error?.message).toBe(code);
    expect(error?.field).toContain(field);
    expect({ status, phase, exit: outcome.code }).toEqual({ status: 'refused', phase: null, exit: 2 });
    const told = `${error?.message} ${error?.action}`;
    for (const text of [...tells, field]) expect(told).toMatch(typeof text === 'string' ? literally(text) : text);
    expect(outcome.stdout + outcome.stderr).not.toContain(WRONG);
    expect(truthOf(world)).toBe(before);

    if (check !== null) {
      const checked = await runInProcess(world, 'check', ['--settle', '1s', ...flags], variables);
      expect(checked.json().error?.code).toBe(code);
      expect(checked.code).toBe(check);
    }
    expect(truthOf(world)).toBe(before);
    expect(world.changes()).toBe(0);
  });
});

describe('in a process of its own', () => {
  test('the exit code is 2, and without a terminal nothing is done unasked', async (context) => {
    const world = await worldFor(context);
    const before = truthOf(world);
    const refused = await run(world, 'rotate', ['--secret-path', '/nowhere'], {});
    expect(refused.code).toBe(2);
    expect(refused.json().error?.code).toBe('STORE_FOLDER_MISSING');
    expect(truthOf(world)).toBe(before);
  });

  test('an unreachable host is told without tries that go on and on, on either side', {
    timeout: 120_000,
  }, async (context) => {
    const world = await worldFor(context);
    const closed = `http://127.0.0.1:${closedPort}`;
    const started = performance.now();
    const [auth0, infisical] = await Promise.all([
      run(world, 'rotate', [], { AUTH0_DOMAIN: closed, AUTH0_ROTATION_ALLOWED_ORIGINS: closed }),
      run(world, 'rotate', [], { INFISICAL_SITE_URL: closed }),
    ]);
    expect([auth0.code, infisical.code]).toEqual([2, 2]);
    expect([auth0.json().error?.code, infisical.json().error?.code]).toEqual([
      'AUTH0_UNREACHABLE',
      'STORE_UNREACHABLE',
    ]);
    expect(performance.now() - started).toBeLessThan(60_000); // It takes a second; a busy machine takes longer.
  });
});

function literally(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
