/** Where settings come from, which one wins, and what is refused: every refusal names the setting and changes nothing. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APPLICATION, CANARIES, COMPLETE_ENVIRONMENT, errorOf, leaks, only, run } from './fakes.js';

const BASE = ['rotate', '--application', APPLICATION, '--yes', '--json'];
const PRIVATE_KEY = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'settings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Buffer, mode = 0o600): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

describe('what a setting is when nothing was said', () => {
  test('the documented defaults', async () => {
    const settings = only(await run(BASE));
    expect(settings).toMatchObject({
      application: APPLICATION,
      names: {
        clientId: 'AUTH0_CLIENT_ID',
        clientSecret: 'AUTH0_CLIENT_SECRET',
        candidate: 'AUTH0_CLIENT_SECRET_FALLBACK',
        otherCandidates: ['AUTH0_CLIENT_SECRET_PENDING'],
      },
      announces: true,
      overlapMilliseconds: 120_000,
      settleMilliseconds: 30_000,
      waitMilliseconds: 600_000,
      overwrite: false,
      acceptHs256: false,
      compromised: false,
      adopt: undefined,
    });
    expect(settings.infisical).toMatchObject({
      siteUrl: 'https://app.infisical.com',
      secretPath: '/',
      createFolder: false,
    });
    expect(settings.auth0).toMatchObject({ domain: 'acme.eu.auth0.com', audience: undefined, allowedOrigins: [] });
  });

  test('the fallback name follows the client-secret name', async () => {
    const settings = only(await run([...BASE, '--map-client-secret', 'WEB_SECRET']));
    expect(settings.names.candidate).toBe('WEB_SECRET_FALLBACK');
  });

  test('without a fallback the candidate has a pending name and there is no overlap', async () => {
    const settings = only(await run([...BASE, '--no-fallback']));
    expect(settings).toMatchObject({
      announces: false,
      overlapMilliseconds: 0,
      names: { candidate: 'AUTH0_CLIENT_SECRET_PENDING', otherCandidates: ['AUTH0_CLIENT_SECRET_FALLBACK'] },
    });
  });

  test('a compromise waits for no overlap', async () => {
    const outcome = await run([...BASE, '--compromised']);
    expect(only(outcome)).toMatchObject({ compromised: true, overlapMilliseconds: 0 });
  });
});

describe('every flag of the table reaches its setting', () => {
  test.each<[string[], object]>([
    [['--auth0-domain', 'other.us.auth0.com'], { auth0: { domain: 'other.us.auth0.com' } }],
    [
      ['--auth0-audience', 'https://acme.eu.auth0.com/api/v2/'],
      { auth0: { audience: 'https://acme.eu.auth0.com/api/v2/' } },
    ],
    [['--auth0-client-id', 'another'], { auth0: { credentials: { clientId: 'another' } } }],
    [
      ['--allow-auth0-origin', 'http://127.0.0.1:1', '--allow-auth0-origin', 'http://127.0.0.1:2'],
      { auth0: { allowedOrigins: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] } },
    ],
    [
      ['--infisical-site-url', 'https://secrets.acme.example'],
      { infisical: { siteUrl: 'https://secrets.acme.example' } },
    ],
    [['--infisical-client-id', 'machine'], { infisical: { identity: { clientId: 'machine' } } }],
    [['--project-id', 'project-2'], { infisical: { projectId: 'project-2' } }],
    [['--environment', 'staging'], { infisical: { environment: 'staging' } }],
    [['--secret-path', '/web/api/'], { infisical: { secretPath: '/web/api' } }],
    [['--map-client-id', 'WEB_ID'], { names: { clientId: 'WEB_ID' } }],
    [['--map-fallback-client-secret', 'WEB_NEXT'], { names: { candidate: 'WEB_NEXT' } }],
    [['--overlap', '3d'], { overlapMilliseconds: 259_200_000 }],
    [['--overlap', '0s'], { overlapMilliseconds: 0 }],
    [['--settle', '0s'], { settleMilliseconds: 0 }],
    [['--wait', '1h30m'], { waitMilliseconds: 5_400_000 }],
    [['--create-folder'], { infisical: { createFolder: true } }],
    [['--overwrite'], { overwrite: true }],
    [['--accept-hs256'], { acceptHs256: true }],
    [['--allow-application', 'x', '--allow-application', APPLICATION], { application: APPLICATION }],
  ])('%j', async (flags, expected) => {
    expect(only(await run([...BASE, ...flags]))).toMatchObject(expected);
  });

  test.each<[string, string, object]>([
    [
      'AUTH0_AUDIENCE',
      'https://acme.eu.auth0.com/api/v2/',
      { auth0: { audience: 'https://acme.eu.auth0.com/api/v2/' } },
    ],
    [
      'AUTH0_ROTATION_ALLOWED_ORIGINS',
      'http://127.0.0.1:1, http://127.0.0.1:2,',
      { auth0: { allowedOrigins: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] } },
    ],
    ['INFISICAL_SITE_URL', 'https://eu.infisical.com', { infisical: { siteUrl: 'https://eu.infisical.com' } }],
    ['INFISICAL_SECRET_PATH', '/web', { infisical: { secretPath: '/web' } }],
  ])('%s', async (name, value, expected) => {
    expect(only(await run(BASE, { environment: { ...COMPLETE_ENVIRONMENT, [name]: value } }))).toMatchObject(expected);
  });

  test('flags win over the environment', async () => {
    const settings = only(await run([...BASE, '--environment', 'staging', '--auth0-domain', 'flag.eu.auth0.com']));
    expect(settings.infisical.environment).toBe('staging');
    expect(settings.auth0.domain).toBe('flag.eu.auth0.com');
  });

  test('an empty variable counts as not set', async () => {
    const outcome = await run(BASE, { environment: { ...COMPLETE_ENVIRONMENT, INFISICAL_PROJECT_ID: '' } });
    expect(errorOf(outcome)).toMatchObject({ code: 'SETTING_MISSING' });
    expect(errorOf(outcome).message).toContain('--project-id (or INFISICAL_PROJECT_ID) is missing');
  });
});

describe('what is missing', () => {
  test('everything that is missing is named at once', async () => {
    const outcome = await run(['rotate', '--json'], { environment: {} });
    expect(outcome.code).toBe(2);
    const { code, message } = errorOf(outcome);
    expect(code).toBe('SETTING_MISSING');
    for (const name of [
      '--application',
      'AUTH0_DOMAIN',
      'AUTH0_MANAGEMENT_CLIENT_ID',
      'AUTH0_MANAGEMENT_CLIENT_SECRET',
      '--auth0-client-secret-file',
      'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
      'INFISICAL_PROJECT_ID',
      'INFISICAL_ENVIRONMENT',
    ]) {
      expect(message).toContain(name);
    }
    expect(outcome.done).toEqual([]);
  });

  test('a machine identity needs its client id, a ready token does not', async () => {
    const environment = { ...COMPLETE_ENVIRONMENT, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: undefined };
    const without = await run(BASE, { environment });
    expect(errorOf(without).message).toContain(
      '--infisical-client-id (or INFISICAL_UNIVERSAL_AUTH_CLIENT_ID) is missing',
    );
    const withToken = await run(BASE, {
      environment: {
        ...environment,
        INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: undefined,
        INFISICAL_TOKEN: CANARIES.token,
      },
    });
    const { identity } = only(withToken).infisical;
    expect(identity.method === 'token' && identity.token.reveal()).toBe(CANARIES.token);
  });
});

describe('what is wrong is refused, with the name of the setting, before anything is sent', () => {
  test.each<[string[], string, string, RegExp]>([
    [['--overlap', '5'], '--overlap', 'SETTING_INVALID', /has no unit/],
    [['--overlap=-5m'], '--overlap', 'SETTING_INVALID', /is negative/],
    [['--overlap', '31d'], '--overlap', 'SETTING_INVALID', /longer than 30 d/],
    [['--overlap', 'soon'], '--overlap', 'SETTING_INVALID', /is not a duration/],
    [['--overlap', ''], '--overlap', 'SETTING_INVALID', /is not a duration/],
    [['--settle=-1s'], '--settle', 'SETTING_INVALID', /is negative/],
    [['--settle', '2h'], '--settle', 'SETTING_INVALID', /longer than 1 h/],
    [['--wait', '10'], '--wait', 'SETTING_INVALID', /has no unit/],
    [['--wait', '25h'], '--wait', 'SETTING_INVALID', /longer than 1 d/],
    [['--map-client-secret', 'A:B'], '--map-client-secret', 'SECRET_NAME_INVALID', /":" or "\/"/],
    [['--map-client-id', 'A/B'], '--map-client-id', 'SECRET_NAME_INVALID', /":" or "\/"/],
    [['--map-fallback-client-secret', ' '], '--map-fallback-client-secret', 'SECRET_NAME_INVALID', /blank/],
    [['--map-client-secret', '..'], '--map-client-secret', 'SECRET_NAME_INVALID', /address/],
    [['--map-client-id', ''], '--map-client-id', 'SECRET_NAME_INVALID', /is empty/],
    [
      ['--map-client-id', 'AUTH0_CLIENT_SECRET'],
      '--map-client-secret',
      'SECRET_NAME_DUPLICATE',
      /same secret name as --map-client-id/,
    ],
    [
      ['--map-fallback-client-secret', 'AUTH0_CLIENT_SECRET'],
      '--map-fallback-client-secret',
      'SECRET_NAME_DUPLICATE',
      /same secret name/,
    ],
    [
      ['--map-client-id', 'AUTH0_CLIENT_SECRET_FALLBACK'],
      '--map-fallback-client-secret',
      'SECRET_NAME_DUPLICATE',
      /same secret name/,
    ],
    [
      ['--no-fallback', '--map-client-id', 'AUTH0_CLIENT_SECRET_PENDING'],
      'the pending name (client-secret name plus _PENDING)',
      'SECRET_NAME_DUPLICATE',
      /same/,
    ],
    [
      ['--no-fallback', '--map-fallback-client-secret', 'X'],
      '--map-fallback-client-secret',
      'SETTING_INVALID',
      /--no-fallback/,
    ],
    [['--no-fallback', '--overlap', '5m'], '--overlap', 'SETTING_INVALID', /--no-fallback/],
    [['--compromised', '--overlap', '5m'], '--overlap', 'SETTING_INVALID', /--compromised/],
    [
      ['--compromised', '--current-client-secret-file', '/nowhere'],
      '--current-client-secret-file',
      'SETTING_INVALID',
      /--compromised/,
    ],
    [['--application', '..'], '--application', 'APPLICATION_ID_INVALID', /is not a client id/],
    [['--application', 'a/b'], '--application', 'APPLICATION_ID_INVALID', /is not a client id/],
    [['--allow-application', 'another'], '--application', 'APPLICATION_NOT_ALLOWED', /--allow-application/],
    [['--secret-path', 'web'], '--secret-path', 'SETTING_INVALID', /begin with "\/"/],
    [['--secret-path', '/web/../admin'], '--secret-path', 'SETTING_INVALID', /not a folder path/],
    [['--secret-path', '//'], '--secret-path', 'SETTING_INVALID', /not a folder path/],
    [['--environment', 'prod env'], '--environment', 'SETTING_INVALID', /slug/],
    [['--project-id', 'a b'], '--project-id', 'SETTING_INVALID', /an id cannot have/],
    [['--infisical-site-url', 'app.infisical.com'], '--infisical-site-url', 'SETTING_INVALID', /not a URL/],
    [['--infisical-site-url', 'ftp://app.infisical.com'], '--infisical-site-url', 'SETTING_INVALID', /not a URL/],
    [
      ['--infisical-site-url', 'https://user:word@app.infisical.com'],
      '--infisical-site-url',
      'SETTING_INVALID',
      /user name or password/,
    ],
    [['--infisical-site-url', 'https://app.infisical.com/?x=1'], '--infisical-site-url', 'SETTING_INVALID', /query/],
    [['--allow-auth0-origin', '127.0.0.1:4455'], '--allow-auth0-origin', 'SETTING_INVALID', /not an origin/],
    [
      ['--allow-auth0-origin', 'http://127.0.0.1:4455/path'],
      '--allow-auth0-origin',
      'SETTING_INVALID',
      /not an origin/,
    ],
    [['--auth0-domain', 'acme .eu.auth0.com'], '--auth0-domain', 'DOMAIN_INVALID', /blanks/],
    [['--auth0-audience', 'acme'], '--auth0-audience', 'AUDIENCE_INVALID', /not a URL/],
  ])('%j', async (flags, field, code, problem) => {
    const outcome = await run([...BASE, ...flags]);
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({ status: 'refused', phase: null, error: { code, field } });
    expect(errorOf(outcome).message).toMatch(problem);
    expect(errorOf(outcome).message).toContain(field);
    expect(errorOf(outcome).action).not.toBe('');
    expect(outcome.done).toEqual([]);
    expect(leaks(outcome)).toEqual([]);
  });

  test('a variable is named as the variable', async () => {
    const outcome = await run(BASE, { environment: { ...COMPLETE_ENVIRONMENT, INFISICAL_SECRET_PATH: 'web' } });
    expect(errorOf(outcome)).toMatchObject({ code: 'SETTING_INVALID', field: 'INFISICAL_SECRET_PATH' });
  });

  test('a value is never repeated: it may be a secret in the wrong place', async () => {
    const outcome = await run([
      ...BASE,
      '--auth0-client-id',
      `${CANARIES.current} `,
      '--project-id',
      `?${CANARIES.current}`,
    ]);
    expect(outcome.code).toBe(2);
    expect(leaks(outcome)).toEqual([]);
  });

  test.each(['rotate', 'check', 'recover'])('nor as the application of the answer: %s', async (command) => {
    for (const more of [['--json'], []]) {
      const outcome = await run([command, '--application', `${CANARIES.current}!`, ...more], {
        environment: COMPLETE_ENVIRONMENT,
      });
      expect(outcome.code).toBe(2);
      expect(leaks(outcome)).toEqual([]);
    }
  });

  test('several wrong settings are told together', async () => {
    const { message } = errorOf(await run([...BASE, '--overlap', '5', '--settle', '5', '--secret-path', 'web']));
    for (const flag of ['--overlap', '--settle', '--secret-path']) expect(message).toContain(flag);
  });
});

describe('secrets', () => {
  test('come from a file, without its last newline', async () => {
    const path = await file('management', `${CANARIES.current}\n`);
    const { credentials } = only(await run([...BASE, '--auth0-client-secret-file', path])).auth0;
    expect(credentials.method === 'client-secret' && credentials.clientSecret.reveal()).toBe(CANARIES.current);
  });

  test('only one newline is taken away, and more than one line is refused', async () => {
    const path = await file('two-lines', `${CANARIES.current}\n\n`);
    const outcome = await run([...BASE, '--auth0-client-secret-file', path]);
    expect(errorOf(outcome)).toMatchObject({ code: 'SETTING_INVALID', field: '--auth0-client-secret-file' });
    expect(errorOf(outcome).message).toContain('more than one line');
    expect(leaks(outcome)).toEqual([]);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['empty', '', /holds nothing/],
    ['blank', ' \n', /holds nothing/],
    ['not UTF-8', Buffer.from([0xff, 0xfe, 0x41]), /not UTF-8/],
    ['padded', ` ${CANARIES.current}`, /blank/],
    ['control characters', `${CANARIES.current}\u0000`, /control characters/],
    ['far too large', 'x'.repeat(70_000), /too large/],
  ])('a file that is %s is refused', async (name, content, problem) => {
    const outcome = await run([...BASE, '--infisical-client-secret-file', await file(name, content)]);
    expect(outcome.code).toBe(2);
    expect(errorOf(outcome).message).toMatch(problem);
    expect(leaks(outcome)).toEqual([]);
  });

  test('a file without an end is not read to the end', async () => {
    const outcome = await run([...BASE, '--auth0-client-secret-file', '/dev/zero']);
    expect(errorOf(outcome).message).toMatch(/too large/);
    expect(errorOf(await run(['rotate', '--config', '/dev/zero', '--json'])).message).toMatch(/larger than 1 MB/);
  });

  test('a file that is not there is refused with the reason, not its path', async () => {
    const outcome = await run([...BASE, '--current-client-secret-file', join(folder, 'missing')]);
    expect(errorOf(outcome).message).toContain('cannot be read (ENOENT)');
    expect(errorOf(outcome).field).toBe('--current-client-secret-file');
  });

  test('a file that every user may read is taken with a warning', async () => {
    const path = await file('open', CANARIES.current, 0o644);
    const outcome = await run([...BASE, '--current-client-secret-file', path]);
    expect(only(outcome).adopt?.reveal()).toBe(CANARIES.current);
    expect(outcome.json()['warnings']).toContainEqual(expect.objectContaining({ code: 'SECRET_FILE_READABLE' }));
    const quiet = await run([...BASE, '--current-client-secret-file', await file('closed', CANARIES.current, 0o600)]);
    expect(quiet.json()['warnings']).toEqual([]);
  });

  test('a private key may stand in for the management secret', async () => {
    const environment = { ...COMPLETE_ENVIRONMENT, AUTH0_MANAGEMENT_CLIENT_SECRET: undefined };
    const path = await file('key.pem', PRIVATE_KEY);
    const fromFile = only(await run([...BASE, '--auth0-private-key-file', path], { environment }));
    const inOneLine = PRIVATE_KEY.replaceAll('\n', '\\n');
    const fromVariable = only(
      await run(BASE, { environment: { ...environment, AUTH0_MANAGEMENT_PRIVATE_KEY: inOneLine } }),
    );
    for (const { auth0 } of [fromFile, fromVariable]) {
      expect(auth0.credentials.method === 'private-key-jwt' && auth0.credentials.privateKey.reveal()).toBe(
        `${PRIVATE_KEY}\n`,
      );
    }
  });

  test('what is no private key is refused without a byte of it', async () => {
    const environment = {
      ...COMPLETE_ENVIRONMENT,
      AUTH0_MANAGEMENT_CLIENT_SECRET: undefined,
      AUTH0_MANAGEMENT_PRIVATE_KEY: CANARIES.current,
    };
    const outcome = await run(BASE, { environment });
    expect(errorOf(outcome)).toMatchObject({ code: 'SETTING_INVALID', field: 'AUTH0_MANAGEMENT_PRIVATE_KEY' });
    expect(leaks(outcome)).toEqual([]);
  });

  test('two kinds of management credentials are refused, both named', async () => {
    const outcome = await run(BASE, {
      environment: { ...COMPLETE_ENVIRONMENT, AUTH0_MANAGEMENT_PRIVATE_KEY: PRIVATE_KEY },
    });
    expect(outcome.code).toBe(2);
    expect(errorOf(outcome).message).toContain('AUTH0_MANAGEMENT_PRIVATE_KEY');
    expect(errorOf(outcome).message).toContain('AUTH0_MANAGEMENT_CLIENT_SECRET');
    const byFlag = await run([...BASE, '--auth0-private-key-file', await file('key2.pem', PRIVATE_KEY)]);
    expect(byFlag.code).toBe(2);
  });

  test('a token beside a machine identity is refused', async () => {
    const outcome = await run(BASE, { environment: { ...COMPLETE_ENVIRONMENT, INFISICAL_TOKEN: CANARIES.token } });
    expect(outcome.code).toBe(2);
    expect(errorOf(outcome).message).toContain('INFISICAL_TOKEN');
  });

  test('a file wins over the variable', async () => {
    const path = await file('wins', CANARIES.current);
    const { credentials } = only(await run([...BASE, '--auth0-client-secret-file', path])).auth0;
    expect(credentials.method === 'client-secret' && credentials.clientSecret.reveal()).toBe(CANARIES.current);
  });

  test.each([
    '--auth0-client-secret',
    '--infisical-client-secret',
    '--infisical-token',
    '--auth0-private-key',
    '--current-client-secret',
  ])('%s does not exist; the answer says what to use and repeats nothing', async (flag) => {
    for (const given of [[flag, CANARIES.current], [`${flag}=${CANARIES.current}`]]) {
      const outcome = await run([...BASE, ...given]);
      expect(outcome.code).toBe(2);
      expect(errorOf(outcome).code).toBe('USAGE');
      expect(errorOf(outcome).message).toContain('never taken from flags');
      expect(leaks(outcome)).toEqual([]);
    }
  });
});

test('http to an Infisical beyond this machine is warned of', async () => {
  const codes = async (url: string) =>
    ((await run([...BASE, '--infisical-site-url', url])).json()['warnings'] as { code: string }[]).map(
      ({ code }) => code,
    );
  expect(await codes('http://infisical.acme.example')).toEqual(['STORE_NOT_ENCRYPTED']);
  expect(await codes('http://127.0.0.1:8080')).toEqual([]);
});
