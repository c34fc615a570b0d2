/** Runs over a config file: what is refused, what wins, and many rotations in one run. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { RotationError } from '../../src/base/errors.js';
import { rotationsConfigSchema } from '../../src/cli/config-schema.js';
import { interruptedError } from '../../src/cli/failures.js';
import { APPLICATION, CANARIES, errorOf, leaks, OTHER_APPLICATION, planOf, resultOf, run } from './fakes.js';

const TWO = `
defaults:
  auth0Domain: acme.eu.auth0.com
  auth0ClientId: mNgmtExampleClientId5tYuIo8pLkJh
  projectId: 3c90c3cc-0d44-4b50-8888-8dd25736052a
  environment: prod
  overlap: 5m
rotations:
  - application: ${APPLICATION}
    secretPath: /web
  - application: ${OTHER_APPLICATION}
    secretPath: /api
    fallback: false
`;
const SECRETS = {
  AUTH0_MANAGEMENT_CLIENT_SECRET: CANARIES.management,
  INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: 'machine',
  INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: CANARIES.infisical,
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function config(text: string): Promise<string> {
  count += 1;
  const path = join(folder, `rotations-${count}.yaml`);
  await writeFile(path, text);
  return path;
}

const rotateAll = async (text: string, more: string[] = [], world: Parameters<typeof run>[1] = {}) =>
  run(['rotate', '--config', await config(text), '--yes', '--json', ...more], { environment: SECRETS, ...world });

describe('many rotations in one run', () => {
  test('run one after another and answer in one object', async () => {
    const outcome = await rotateAll(TWO);
    expect(outcome.code).toBe(0);
    expect(outcome.json()).toMatchObject({
      status: 'success',
      error: null,
      results: [{ applicationId: APPLICATION }, { applicationId: OTHER_APPLICATION }],
    });
    expect(outcome.done.filter((step) => step.startsWith('rotate'))).toEqual([
      `rotate ${APPLICATION}`,
      `rotate ${OTHER_APPLICATION}`,
    ]);
    expect(outcome.settings).toMatchObject([
      { infisical: { secretPath: '/web' }, overlapMilliseconds: 300_000, announces: true },
      { infisical: { secretPath: '/api' }, overlapMilliseconds: 0, announces: false },
    ]);
  });

  test('go on after a failure and end with the worst exit code', async () => {
    const outcome = await rotateAll(TWO, [], {
      rotate: (settings) =>
        resultOf(settings, { status: settings.application === APPLICATION ? 'undecided' : 'failed' }),
    });
    expect(outcome.code).toBe(4);
    expect(outcome.json()).toMatchObject({
      status: 'undecided',
      results: [{ status: 'undecided' }, { status: 'failed' }],
    });
  });

  test('a refused plan does not stop the others', async () => {
    const outcome = await rotateAll(TWO, [], {
      plan: (settings) => {
        if (settings.application !== APPLICATION) return planOf(settings);
        throw new RotationError({ code: 'APPLICATION_PUBLIC', kind: 'refused', message: 'Public.' });
      },
    });
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({
      status: 'refused',
      results: [{ status: 'refused' }, { status: 'success' }],
    });
  });

  test('a defect is the worst of all', async () => {
    const outcome = await rotateAll(TWO, [], {
      rotate: (settings) => {
        if (settings.application === APPLICATION) throw new TypeError('x');
        return resultOf(settings, { status: 'undecided' });
      },
    });
    expect(outcome.code).toBe(1);
  });

  test('are confirmed once, together', async () => {
    const questions: string[] = [];
    const outcome = await run(['rotate', '--config', await config(TWO)], {
      environment: SECRETS,
      terminal: true,
      confirm: async (question) => {
        questions.push(question);
        return true;
      },
    });
    expect(questions).toEqual(['Go ahead with these 2 rotations?']);
    expect(outcome.done.slice(0, 3)).toEqual(['network', `plan ${APPLICATION}`, `plan ${OTHER_APPLICATION}`]);
  });

  test('after an interruption none is begun', async () => {
    const controller = new AbortController();
    const outcome = await rotateAll(TWO, [], {
      interruption: { signal: controller.signal, forced: new Promise(() => {}) },
      rotate: (settings) => {
        controller.abort(interruptedError());
        return resultOf(settings);
      },
    });
    expect(outcome.code).toBe(4);
    expect(outcome.json()).toMatchObject({
      results: [{ status: 'success' }, { status: 'undecided', phase: null, error: { code: 'INTERRUPTED' } }],
    });
    expect(outcome.done).not.toContain(`rotate ${OTHER_APPLICATION}`);
  });

  test('--application chooses one of them', async () => {
    const outcome = await rotateAll(TWO, ['--application', OTHER_APPLICATION]);
    expect(outcome.settings.map(({ application }) => application)).toEqual([OTHER_APPLICATION]);
    expect(outcome.json()).toMatchObject({ results: [{ applicationId: OTHER_APPLICATION }] });
    const unknown = await rotateAll(TWO, ['--application', 'nobody']);
    expect(errorOf(unknown)).toMatchObject({ field: '--application' });
  });

  test('the secret of one application is not adopted for several', async () => {
    const outcome = await rotateAll(TWO, ['--current-client-secret-file', '/nowhere']);
    expect(errorOf(outcome).field).toBe('--current-client-secret-file');
  });

  test('check and recover take it too', async () => {
    const path = await config(TWO);
    for (const command of ['check', 'recover']) {
      const outcome = await run([command, '--config', path, '--json'], { environment: SECRETS });
      expect(outcome.code).toBe(0);
      expect((outcome.json()['results'] as unknown[]).length).toBe(2);
    }
  });
});

describe('what wins', () => {
  test('flags, then the environment, then a rotation, then the defaults', async () => {
    const text = TWO.replace('    secretPath: /web', '    secretPath: /web\n    environment: staging\n    settle: 10s');
    const plain = await rotateAll(text);
    expect(plain.settings.map(({ infisical }) => infisical.environment)).toEqual(['staging', 'prod']);
    const byEnvironment = await rotateAll(text, [], { environment: { ...SECRETS, INFISICAL_ENVIRONMENT: 'dev' } });
    expect(byEnvironment.settings.map(({ infisical }) => infisical.environment)).toEqual(['dev', 'dev']);
    const byFlag = await rotateAll(text, ['--settle', '5s'], {
      environment: { ...SECRETS, INFISICAL_ENVIRONMENT: 'dev' },
    });
    expect(byFlag.settings.map(({ settleMilliseconds }) => settleMilliseconds)).toEqual([5_000, 5_000]);
  });

  test('whatever wins over a rotation of the file is told', async () => {
    const text = TWO.replace('    secretPath: /web', '    secretPath: /web\n    environment: staging');
    const outcome = await rotateAll(text, [], { environment: { ...SECRETS, INFISICAL_ENVIRONMENT: 'dev' } });
    const [first, second] = outcome.json()['results'] as { warnings: { code: string; message: string }[] }[];
    expect(first?.warnings).toEqual([
      {
        code: 'SETTING_OVERRIDDEN',
        message: 'INFISICAL_ENVIRONMENT wins over rotations[0].environment of the config file.',
      },
    ]);
    expect(second?.warnings).toEqual([]);
  });

  test('a secret that wins over the one a rotation names is told as well: it may be of another tenant', async () => {
    const own = '    secretPath: /web\n    auth0Domain: acme.us.auth0.com\n    auth0ClientSecretVariable: ACME_US';
    const environment = { ...SECRETS, ACME_US: CANARIES.current };
    const outcome = await rotateAll(TWO.replace('    secretPath: /web', own), [], { environment });
    const [first, second] = outcome.json()['results'] as { warnings: { message: string }[] }[];
    expect(first?.warnings.map(({ message }) => message)).toEqual([
      'AUTH0_MANAGEMENT_CLIENT_SECRET wins over rotations[0].auth0ClientSecretVariable of the config file.',
    ]);
    expect(second?.warnings).toEqual([]);
  });

  test('secrets are named by files beside the config file, or by variables', async () => {
    await mkdir(join(folder, 'secrets'), { recursive: true });
    await writeFile(join(folder, 'secrets', 'auth0'), `${CANARIES.current}\n`, { mode: 0o600 });
    const text = TWO.replace(
      'defaults:',
      'defaults:\n  auth0ClientSecretFile: secrets/auth0\n  infisicalTokenVariable: ACME_TOKEN',
    );
    const outcome = await rotateAll(text, [], { environment: { ACME_TOKEN: CANARIES.token } });
    expect(outcome.code).toBe(0);
    const [first] = outcome.settings;
    expect(first?.auth0.credentials.method === 'client-secret' && first.auth0.credentials.clientSecret.reveal()).toBe(
      CANARIES.current,
    );
    expect(first?.infisical.identity.method === 'token' && first.infisical.identity.token.reveal()).toBe(
      CANARIES.token,
    );
    expect(leaks(outcome)).toEqual([]);
  });

  test('credentials in the environment win over another kind in the file', async () => {
    const text = TWO.replace('defaults:', 'defaults:\n  auth0PrivateKeyVariable: ACME_KEY');
    const outcome = await rotateAll(text);
    expect(outcome.settings[0]?.auth0.credentials.method).toBe('client-secret');
  });

  test('a variable that is named and not set is told by its name', async () => {
    const text = TWO.replace('defaults:', 'defaults:\n  infisicalTokenVariable: ACME_TOKEN');
    const outcome = await rotateAll(text, [], { environment: { AUTH0_MANAGEMENT_CLIENT_SECRET: CANARIES.management } });
    expect(errorOf(outcome)).toMatchObject({ code: 'SETTING_MISSING', field: 'defaults.infisicalTokenVariable' });
    expect(errorOf(outcome).message).toContain('ACME_TOKEN');
  });
});

describe('what is refused, with its place in the file, before any rotation runs', () => {
  const oneMore = (line: string) => TWO.replace('    secretPath: /api', `    secretPath: /api\n    ${line}`);
  test.each<[string, string, RegExp]>([
    ['an unknown key', oneMore('overlapp: 5m'), /rotations\[1\]\.overlapp is not a key/],
    [
      'an unknown key in the defaults',
      TWO.replace('defaults:', 'defaults:\n  colour: red'),
      /defaults\.colour is not a key/,
    ],
    ['an unknown key at the top', `${TWO}\nrotation: []`, /rotation is not a key/],
    [
      'an application in the defaults',
      TWO.replace('defaults:', 'defaults:\n  application: x'),
      /defaults\.application is not a key/,
    ],
    ['a decision of a person', oneMore('overwrite: true'), /rotations\[1\]\.overwrite is not a key/],
    ['a secret', oneMore(`auth0ClientSecret: ${CANARIES.current}`), /rotations\[1\]\.auth0ClientSecret is a secret/],
    [
      'a secret in the place of a key',
      oneMore(`? ${CANARIES.current}`),
      /rotations\[1\] holds a key this file may not have/,
    ],
    ['the same at the top', `${TWO}\n${CANARIES.current}: 1`, /--config holds a key/],
    [
      'a missing application',
      TWO.replace(`- application: ${APPLICATION}\n    secretPath`, '- secretPath'),
      /rotations\[0\]\.application is missing/,
    ],
    ['a number for a text', oneMore('environment: 7'), /rotations\[1\]\.environment must be a text; put it in quotes/],
    ['a duration that is none', oneMore('settle: soon'), /rotations\[1\]\.settle is not a duration/],
    ['a duration that is too long', oneMore('settle: 2h'), /rotations\[1\]\.settle is longer than/],
    ['no rotations', 'rotations: []', /rotations is empty/],
    ['nothing at all', '', /rotations is missing|--config must be/],
    ['a list', '- a\n- b', /--config must be/],
    [
      'broken YAML',
      `rotations:\n  - application: "${CANARIES.current}\n`,
      /--config is not valid YAML: [A-Z_]+ at line \d+, column \d+/,
    ],
    ['a key twice', TWO.replace('  environment: prod', '  environment: prod\n  environment: dev'), /DUPLICATE_KEY/],
    [
      'an application twice',
      TWO.replaceAll(OTHER_APPLICATION, APPLICATION),
      /rotations\[1\]\.application is the same application as rotations\[0\]/,
    ],
    [
      'one name twice in one folder',
      TWO.replace('/api', '/web'),
      /rotations\[1\] keeps the secret name "AUTH0_CLIENT_ID" in the same folder as rotations\[0\]/,
    ],
    ...[
      ['with scheme and slash', 'auth0Domain: https://acme.eu.auth0.com/'],
      ['by its custom domain', 'auth0Domain: login.acme.com\n    auth0Audience: https://acme.eu.auth0.com/api/v2/'],
    ].map(([how, lines]): [string, string, RegExp] => [
      `an application twice, its tenant written ${how}`,
      oneMore(String(lines)).replace(OTHER_APPLICATION, APPLICATION),
      /rotations\[1\]\.application is the same application as rotations\[0\]/,
    ]),
    [
      'one name twice in one folder, its site written another way',
      oneMore('infisicalSiteUrl: https://APP.infisical.com/api/').replace('/api\n', '/web\n'),
      /rotations\[1\] keeps the secret name "AUTH0_CLIENT_ID" in the same folder as rotations\[0\]/,
    ],
    [
      'both a file and a variable',
      TWO.replace('defaults:', 'defaults:\n  auth0ClientSecretFile: a\n  auth0ClientSecretVariable: B'),
      /defaults\.auth0ClientSecretFile and defaults\.auth0ClientSecretVariable are both set/,
    ],
  ])('%s', async (_what, text, problem) => {
    const outcome = await rotateAll(text, [], {
      environment: {
        ...SECRETS,
        AUTH0_MANAGEMENT_CLIENT_SECRET: text.includes('auth0ClientSecretFile') ? '' : CANARIES.management,
      },
    });
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({ status: 'refused', results: [] });
    expect(errorOf(outcome).message).toMatch(problem);
    expect(outcome.done).toEqual([]);
    expect(leaks(outcome)).toEqual([]);
  });

  test('a file that is not there', async () => {
    const outcome = await run(['rotate', '--config', join(folder, 'nowhere.yaml'), '--json'], { environment: SECRETS });
    expect(errorOf(outcome)).toMatchObject({ code: 'SETTING_INVALID', field: '--config' });
    expect(errorOf(outcome).message).toContain('ENOENT');
  });

  test('an override by the environment that makes two rotations meet in one folder', async () => {
    const outcome = await rotateAll(TWO, [], { environment: { ...SECRETS, INFISICAL_SECRET_PATH: '/shared' } });
    expect(outcome.code).toBe(2);
    expect(errorOf(outcome).code).toBe('SECRET_NAME_DUPLICATE');
    expect(outcome.done).toEqual([]);
  });

  test('a wrong part below refuses the whole run', async () => {
    const outcome = await rotateAll(TWO, [], {
      assemble: async () => {
        throw new RotationError({
          code: 'DOMAIN_INVALID',
          kind: 'refused',
          message: 'defaults.auth0Domain is no domain.',
        });
      },
    });
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({ status: 'refused', results: [], error: { code: 'DOMAIN_INVALID' } });
  });
});

describe('the JSON Schema made of it', () => {
  const schema = z.toJSONSchema(rotationsConfigSchema, { io: 'input' });
  const validate = new Ajv2020({ strict: false }).compile(schema);

  test('takes what the command takes and refuses unknown keys', () => {
    expect(validate(parse(TWO))).toBe(true);
    expect(validate({ ...(parse(TWO) as object), colour: 'red' })).toBe(false);
    expect(validate({ rotations: [{ application: 'x', auth0ClientSecret: 'y' }] })).toBe(false);
    expect(validate({ rotations: [{ application: 'x', overlap: '5' }] })).toBe(false);
  });

  test('describes every key', () => {
    const list = schema.properties?.['rotations'] as {
      items: { properties: Record<string, { description?: string }> };
    };
    const { properties } = list.items;
    for (const [key, property] of Object.entries(properties)) expect(property.description, key).toBeTruthy();
    expect(Object.keys(properties)).not.toContain('overwrite');
  });
});
