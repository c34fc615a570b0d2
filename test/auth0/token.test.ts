import { generateKeyPairSync } from 'node:crypto';
import { importSPKI, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { createManualClock } from './support/manual-clock.js';
import { json, startServer, text } from './support/server.js';
import {
  APPLICATION,
  applicationAnswer,
  CANDIDATE,
  freeCall,
  issueToken,
  MANAGEMENT_CLIENT,
  MANAGEMENT_SECRET,
  rejection,
  startTenant,
} from './support/tenant.js';

const candidate = new Secret(CANDIDATE);

describe('a management token', () => {
  it('is asked for with the client secret in the body', async () => {
    const auth0 = await startTenant();
    await auth0.access.scopes(freeCall());
    const [request] = auth0.received;
    expect(`${request?.method} ${request?.path}`).toBe('POST /oauth/token');
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(request?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: MANAGEMENT_CLIENT,
      client_secret: MANAGEMENT_SECRET,
      audience: `${auth0.origin}/api/v2/`,
    });
  });

  it('is asked for once by many at the same time, and kept', async () => {
    const auth0 = await startTenant({ api: applicationAnswer });
    await Promise.all(Array.from({ length: 20 }, () => auth0.access.scopes(freeCall())));
    await auth0.access.application(APPLICATION, freeCall());
    await auth0.access.scopes(freeCall());
    expect(auth0.matching('POST /oauth/token')).toHaveLength(1);
  });

  it('is replaced a minute before it ends', async () => {
    const clock = createManualClock();
    const auth0 = await startTenant({ token: issueToken('read:clients', 3_600) }, { clock });
    await auth0.access.scopes(freeCall());
    await clock.advance(3_539_000);
    await auth0.access.scopes(freeCall());
    expect(auth0.received).toHaveLength(1);
    await clock.advance(2_000);
    await auth0.access.scopes(freeCall());
    expect(auth0.received).toHaveLength(2);
  });

  it('that lives for a minute only is used for half of it', async () => {
    const clock = createManualClock();
    const auth0 = await startTenant({ token: issueToken('read:clients', 60) }, { clock });
    await auth0.access.scopes(freeCall());
    await clock.advance(29_000);
    await auth0.access.scopes(freeCall());
    expect(auth0.received).toHaveLength(1);
    await clock.advance(2_000);
    await auth0.access.scopes(freeCall());
    expect(auth0.received).toHaveLength(2);
  });

  it('is still delivered to the others when the one who asked first gives up', async () => {
    const first = new AbortController();
    const auth0 = await startTenant({
      token: (request, response) => {
        first.abort();
        setTimeout(() => issueToken()(request, response), 20);
      },
    });
    const givenUp = rejection(auth0.access.scopes({ signal: first.signal }));
    const other = auth0.access.scopes(freeCall());
    expect(await givenUp).toMatchObject({ code: 'INTERRUPTED', kind: 'not-applied' });
    expect((await other).has('read:clients')).toBe(true);
    expect(auth0.received).toHaveLength(1);
  });

  it('is no longer waited for when everyone has given up', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const everyone = new AbortController();
    const auth0 = await startTenant({
      token: (_, response) => {
        closed = new Promise((resolve) => response.on('close', resolve));
        everyone.abort();
      },
    });
    const call = { signal: everyone.signal };
    await Promise.all([rejection(auth0.access.scopes(call)), rejection(auth0.access.scopes(call))]);
    await closed;
  });

  it('that could not be had leaves the secret unchanged for certain', async () => {
    const auth0 = await startTenant({ token: () => {} }, { requestTimeoutMilliseconds: 50 });
    const error = await rejection(auth0.access.setClientSecret(APPLICATION, candidate, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_UNAVAILABLE', kind: 'not-applied' });
    expect(auth0.matching('PATCH')).toEqual([]);
  });

  it('with a stalled body does not hang', async () => {
    const auth0 = await startTenant(
      {
        token: (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.write('{"access_token":');
        },
      },
      { requestTimeoutMilliseconds: 50 },
    );
    expect(await rejection(auth0.access.scopes(freeCall()))).toMatchObject({ code: 'AUTH0_UNAVAILABLE' });
  });

  it.each([301, 302, 303, 307, 308])(
    'is not fetched through a %i, and the other server gets nothing',
    async (status) => {
      const other = await startServer((request, response) => issueToken()(request, response));
      const auth0 = await startTenant({
        token: (_, response) => {
          response.writeHead(status, { location: `${other.origin}/oauth/token` });
          response.end();
        },
      });
      const error = await rejection(auth0.access.setClientSecret(APPLICATION, candidate, freeCall()));
      expect(error).toMatchObject({ code: 'AUTH0_REDIRECTED', kind: 'configuration' });
      expect(other.received).toEqual([]);
      expect(auth0.received).toHaveLength(1);
    },
  );

  it.each([
    [401, { error: 'access_denied', error_description: 'Unauthorized' }, 'AUTH0_CREDENTIALS_REJECTED', 'configuration'],
    [401, { error: 'invalid_client' }, 'AUTH0_CREDENTIALS_REJECTED', 'configuration'],
    [403, { error: 'unauthorized_client' }, 'AUTH0_CREDENTIALS_REJECTED', 'configuration'],
    [403, { error: 'access_denied', error_description: 'x' }, 'AUTH0_SCOPE_MISSING', 'configuration'],
    [404, { error: 'Not Found' }, 'DOMAIN_INVALID', 'configuration'],
    [400, { error: 'invalid_request' }, 'AUTH0_FORBIDDEN', 'configuration'],
    [429, { error: 'too_many_requests' }, 'AUTH0_RATE_LIMITED', 'rate-limited'],
    [500, {}, 'AUTH0_UNAVAILABLE', 'not-applied'],
    [200, {}, 'AUTH0_ANSWER_UNUSABLE', 'not-applied'],
    [200, { access_token: 'two\r\nlines' }, 'AUTH0_ANSWER_UNUSABLE', 'not-applied'],
    [200, { access_token: 'x', token_type: 'mac' }, 'AUTH0_ANSWER_UNUSABLE', 'not-applied'],
  ])('refused with %i %j is %s', async (status, body, code, kind) => {
    const auth0 = await startTenant({
      token: (_, response) => json(response, status, { ...body, echo: MANAGEMENT_SECRET }),
    });
    const error = await rejection(auth0.access.setClientSecret(APPLICATION, candidate, freeCall()));
    expect(error).toMatchObject({ code, kind });
    expect(`${JSON.stringify(error)} ${error.stack}`).not.toContain(MANAGEMENT_SECRET);
    expect(auth0.received).toHaveLength(1);
  });

  it.each([200, 401, 403])('is neither made out of an HTML page nor refused by one: %i', async (status) => {
    const auth0 = await startTenant({ token: (_, response) => text(response, status, '<html></html>', 'text/html') });
    expect(await rejection(auth0.access.scopes(freeCall()))).toMatchObject({ code: 'AUTH0_ANSWER_UNUSABLE' });
  });

  it('goes to the custom domain and names the audience of the tenant', async () => {
    const auth0 = await startTenant();
    const access = auth0.open({
      tenant: { origin: auth0.origin, audience: 'https://acme.eu.auth0.com/api/v2/', key: 'acme.eu.auth0.com' },
    });
    await access.scopes(freeCall());
    expect(new URLSearchParams(auth0.received[0]?.body).get('audience')).toBe('https://acme.eu.auth0.com/api/v2/');
  });
});

describe('private_key_jwt', () => {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

  function withKey(pem: string) {
    return { method: 'private-key-jwt', clientId: MANAGEMENT_CLIENT, privateKey: new Secret(pem) } as const;
  }

  it('signs an assertion that the tenant can verify, and sends no secret', async () => {
    const auth0 = await startTenant({}, { credentials: withKey(keys.privateKey) });
    await auth0.access.scopes(freeCall());
    const body = new URLSearchParams(auth0.received[0]?.body);
    expect(body.has('client_secret')).toBe(false);
    expect(body.get('client_id')).toBe(MANAGEMENT_CLIENT);
    expect(body.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const { payload, protectedHeader } = await jwtVerify(
      body.get('client_assertion') ?? '',
      await importSPKI(keys.publicKey, 'RS256'),
      { audience: `${auth0.origin}/`, issuer: MANAGEMENT_CLIENT, subject: MANAGEMENT_CLIENT },
    );
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(120);
  });

  it('never sends one assertion twice', async () => {
    const auth0 = await startTenant({}, { credentials: withKey(keys.privateKey) });
    await auth0.open().scopes(freeCall());
    await auth0.open().scopes(freeCall());
    const sent = auth0.received.map(({ body }) => new URLSearchParams(body).get('client_assertion'));
    expect(new Set(sent).size).toBe(2);
  });

  const elliptic = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

  it.each([
    ['no key at all', 'canary-not-a-key'],
    ['an elliptic key', elliptic.privateKey],
    ['a public key', keys.publicKey],
  ])('refuses %s and sends nothing', async (_, pem) => {
    const auth0 = await startTenant({}, { credentials: withKey(pem) });
    const error = await rejection(auth0.access.scopes(freeCall()));
    expect(error).toMatchObject({ code: 'SETTING_INVALID', kind: 'refused', field: 'privateKey' });
    expect(error.message).not.toContain('canary');
    expect(auth0.received).toEqual([]);
  });
});
