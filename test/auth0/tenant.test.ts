import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTenant, type TenantInput } from '../../src/auth0/tenant.js';
import { RotationError } from '../../src/base/errors.js';

const AUDIENCE = 'https://acme.eu.auth0.com/api/v2/';

function refusal(input: TenantInput): { code: string; field: string | undefined; message: string } {
  try {
    parseTenant(input);
  } catch (thrown) {
    if (RotationError.isInstance(thrown)) {
      expect(thrown.kind).toBe('refused');
      return { code: thrown.code, field: thrown.field, message: thrown.message };
    }
    throw thrown;
  }
  throw new Error(`Accepted: ${JSON.stringify(input)}`);
}

describe('a tenant domain', () => {
  it.each(['acme.auth0.com', 'acme.eu.auth0.com', 'acme-2.us.auth0.com', 'acme.private.auth0app.com'])(
    '%s is taken as it is',
    (domain) => {
      expect(parseTenant({ domain })).toEqual({
        origin: `https://${domain}`,
        audience: `https://${domain}/api/v2/`,
        key: domain,
      });
    },
  );

  it.each(['https://acme.eu.auth0.com', 'acme.eu.auth0.com/', 'https://acme.eu.auth0.com/'])(
    'may have been pasted as %s',
    (domain) => {
      expect(parseTenant({ domain }).origin).toBe('https://acme.eu.auth0.com');
    },
  );

  it.each([
    ['', 'nothing'],
    ['evil.com\\@x.auth0.com', 'a backslash, which URLs read as a slash'],
    ['evil.com\\@x', 'a backslash'],
    ['user@acme.eu.auth0.com', 'user information'],
    ['user:word@acme.eu.auth0.com', 'user information'],
    ['acme.eu.auth0.com/path', 'a path'],
    ['acme.eu.auth0.com//', 'a path'],
    ['evil.com/.auth0.com', 'a path'],
    ['evil.com?.auth0.com', 'a query'],
    ['evil.com#.auth0.com', 'a fragment'],
    ['evil.com%2f.auth0.com', 'an escape'],
    [' acme.eu.auth0.com', 'white space'],
    ['acme.eu.auth0.com\n', 'a line end'],
    ['acme.eu\t.auth0.com', 'a tab, which URLs drop'],
    ['acme\u0000.auth0.com', 'a control character'],
    ['acmé.eu.auth0.com', 'a letter outside ASCII'],
    ['acme。auth0.com', 'a full stop that URLs read as a dot'],
    ['Acme.eu.auth0.com', 'upper case'],
    ['HTTPS://acme.eu.auth0.com', 'an upper-case scheme'],
    ['ftp://acme.eu.auth0.com', 'another scheme'],
    ['https://https://acme.eu.auth0.com', 'two schemes'],
    ['acme', 'a single label'],
    ['auth0.com', 'no tenant'],
    ['.auth0.com', 'an empty label'],
    ['acme..auth0.com', 'an empty label'],
    ['acme.eu.auth0.com.', 'an empty label at the end'],
    ['-acme.auth0.com', 'a hyphen at the start of a label'],
    ['ac_me.auth0.com', 'an underscore'],
    [`${'a'.repeat(64)}.auth0.com`, 'a label that is too long'],
    [`${'a.'.repeat(130)}auth0.com`, 'a name that is too long'],
    ['xn--a.auth0.com', 'broken punycode'],
    ['login.acme.4om', 'a last label that begins with a digit'],
  ])('%j is refused: %s', (domain) => {
    const audiences = [undefined, AUDIENCE];
    for (const audience of audiences) {
      expect(refusal({ domain, audience })).toMatchObject({ code: 'DOMAIN_INVALID', field: 'domain' });
    }
  });

  it.each([
    'http://acme.eu.auth0.com',
    'acme.eu.auth0.com:8443',
    'https://acme.eu.auth0.com:443',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    'acme.1',
    '169.254.169.254',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'localhost',
    'auth0.localhost',
    'vault.local',
    'metadata.google.internal',
    'http://127.0.0.1:4455',
    '127.0.0.1:4455',
  ])('%s needs to be on the list of allowed origins', (domain) => {
    for (const audience of [undefined, AUDIENCE]) {
      expect(refusal({ domain, audience })).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED', field: 'domain' });
    }
  });

  it('is not repeated in an error: what stands in a wrong field may be a secret', () => {
    const pasted = 'user:canary-9Kd2Lm5Xq8@acme.eu.auth0.com';
    expect(refusal({ domain: pasted }).message).not.toContain('canary');
  });
});

describe('a custom domain', () => {
  it('is taken with an explicit audience, and shares the key of its tenant', () => {
    expect(parseTenant({ domain: 'login.acme.com', audience: AUDIENCE })).toEqual({
      origin: 'https://login.acme.com',
      audience: AUDIENCE,
      key: 'acme.eu.auth0.com',
    });
  });

  it.each(['login.acme.com', 'evil-auth0.com', 'auth0.com.evil.com', 'acme.auth0.com.evil.com', 'xauth0app.com'])(
    '%s is refused without an audience',
    (domain) => {
      expect(refusal({ domain })).toMatchObject({ code: 'AUDIENCE_REQUIRED', field: 'audience' });
    },
  );
});

describe('an audience', () => {
  it.each([
    '',
    'https://acme.eu.auth0.com/api/v2',
    'https://acme.eu.auth0.com/',
    'https://acme.eu.auth0.com/api/v2/clients/',
    'https://acme.eu.auth0.com/api/v2/?x=/api/v2/',
    'http://acme.eu.auth0.com/api/v2/',
    'https://acme.eu.auth0.com:8443/api/v2/',
    'https://login.acme.com/api/v2/',
    'https://evil-auth0.com/api/v2/',
    'https://user@acme.eu.auth0.com/api/v2/',
    'https://evil.com\\.auth0.com/api/v2/',
    'urn:acme',
  ])('%j is refused', (audience) => {
    for (const domain of ['login.acme.com', 'acme.eu.auth0.com']) {
      expect(refusal({ domain, audience })).toMatchObject({ code: 'AUDIENCE_INVALID', field: 'audience' });
    }
  });
});

describe('an allowed origin', () => {
  const allowedOrigins = ['http://127.0.0.1:4455', 'http://[::1]:4456', 'https://auth.corp.internal'];

  it.each([
    ['http://127.0.0.1:4455', 'http://127.0.0.1:4455'],
    ['http://127.0.0.1:4455/', 'http://127.0.0.1:4455'],
    ['127.0.0.1:4455', 'http://127.0.0.1:4455'],
    ['[::1]:4456', 'http://[::1]:4456'],
    ['auth.corp.internal', 'https://auth.corp.internal'],
  ])('may be given as %s', (domain, origin) => {
    expect(parseTenant({ domain, allowedOrigins })).toEqual({
      origin,
      audience: `${origin}/api/v2/`,
      key: new URL(origin).host,
    });
  });

  it('may have the audience of a tenant', () => {
    const tenant = parseTenant({ domain: 'http://127.0.0.1:4455', audience: AUDIENCE, allowedOrigins });
    expect(tenant).toMatchObject({ origin: 'http://127.0.0.1:4455', audience: AUDIENCE, key: 'acme.eu.auth0.com' });
  });

  it.each(['http://127.0.0.1:4456', 'https://127.0.0.1:4455', 'http://127.0.0.2:4455', 'http://auth.corp.internal'])(
    'does not cover %s',
    (domain) => {
      expect(refusal({ domain, allowedOrigins }).code).toBe('ORIGIN_NOT_ALLOWED');
    },
  );

  it('never turns a tenant domain into plain http', () => {
    const domain = 'acme.eu.auth0.com';
    expect(parseTenant({ domain, allowedOrigins: [`http://${domain}`] }).origin).toBe(`https://${domain}`);
  });

  it('without scheme is refused when two origins have that host', () => {
    const both = ['http://auth.corp.internal', 'https://auth.corp.internal'];
    expect(refusal({ domain: 'auth.corp.internal', allowedOrigins: both }).code).toBe('ORIGIN_NOT_ALLOWED');
  });

  it.each(['127.0.0.1:4455', 'http://127.0.0.1:4455/path', 'http://u@127.0.0.1:4455', 'http://LOCALHOST:1', 'x:y', ''])(
    '%j is malformed',
    (origin) => {
      expect(refusal({ domain: 'acme.eu.auth0.com', allowedOrigins: [origin] })).toMatchObject({
        code: 'SETTING_INVALID',
        field: 'allowedOrigins',
      });
    },
  );
});

describe('whatever is accepted', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'acme',
      'auth0.com',
      '.auth0.com',
      '.auth0app.com',
      'evil.com',
      'login.acme.com',
      'xn--',
      '127.0.0.1',
    ),
    fc.constantFrom(
      '@',
      '\\',
      '/',
      '#',
      '?',
      ':',
      '%',
      '.',
      '-',
      '[',
      ']',
      'https://',
      'http://',
      ':443',
      '\t',
      '0x7f',
      '。',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.stringMatching(/^[a-z0-9-]{1,8}$/),
  );
  const anyDomain = fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));

  function accepted(input: TenantInput) {
    try {
      return parseTenant(input);
    } catch (thrown) {
      expect(RotationError.isInstance(thrown)).toBe(true);
      return undefined;
    }
  }

  it('is the host that was typed, as fetch will read it', () => {
    let count = 0;
    fc.assert(
      fc.property(anyDomain, fc.boolean(), (domain, custom) => {
        const tenant = accepted({ domain, ...(custom ? { audience: AUDIENCE } : {}) });
        if (!tenant) return;
        count += 1;
        const typed = domain.replace(/^https:\/\//, '').replace(/\/$/, '');
        expect(tenant.origin).toBe(`https://${typed}`);
        const url = new URL(`${tenant.origin}/oauth/token`);
        expect([url.protocol, url.host, url.port, url.username, url.password, url.pathname]).toEqual([
          'https:',
          typed,
          '',
          '',
          '',
          '/oauth/token',
        ]);
        expect(typed).toMatch(/\.[a-z][a-z0-9-]*$/);
        if (!custom) expect(typed).toMatch(/[a-z0-9]\.(auth0|auth0app)\.com$/);
      }),
      { numRuns: 2_000 },
    );
    expect(count).toBeGreaterThan(20);
  });
});
