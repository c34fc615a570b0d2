import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.js';
import {
  CANARY,
  clientIdOf,
  createTestTenant,
  managementToken,
  postForm,
  postJson,
  reply,
  secretOf,
} from './helpers.js';

const AUDIENCE = 'https://api.acme.example/';

function worker(options: Parameters<typeof createTestTenant>[0] = {}) {
  const { tenant, clock } = createTestTenant(options);
  const clientId = clientIdOf(tenant, 'Order Worker');
  const secret = secretOf(tenant, clientId).reveal();
  const grant = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret, audience: AUDIENCE };
  return { tenant, clock, clientId, secret, grant };
}

describe('POST /oauth/token', () => {
  it('issues a token for a form and for JSON', async () => {
    const { tenant, clientId, grant } = worker();
    for (const answer of [
      await postForm(tenant, '/oauth/token', grant),
      await postJson(tenant, '/oauth/token', grant),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        scope: 'read:orders write:orders',
        expires_in: 86_400,
        token_type: 'Bearer',
      });
    }
    expect(tenant.quotaTokens(clientId)).toBe(2);
  });

  it('takes the secret by HTTP Basic, form-encoded as the standard says', async () => {
    const { tenant } = worker();
    const clientSecret = 'a b+c:d%&ü-canary-Jx7fQ2mV9tLr';
    const { clientId } = tenant.addApplication({
      name: 'Basic',
      clientSecret,
      grant_types: ['client_credentials'],
      grants: [{ audience: AUDIENCE, scopes: [] }],
    });
    const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
    const authorization = `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`;
    const parameters = { grant_type: 'client_credentials', audience: AUDIENCE };
    expect((await postForm(tenant, '/oauth/token', parameters, { authorization })).status).toBe(200);
    const wrong = `Basic ${Buffer.from(`${clientId}:wrong`).toString('base64')}`;
    expect((await postForm(tenant, '/oauth/token', parameters, { authorization: wrong })).status).toBe(401);
  });

  it('answers a wrong secret, and an unknown application, as Auth0 does', async () => {
    const { tenant, grant } = worker();
    const refusal = { error: 'access_denied', error_description: 'Unauthorized' };
    for (const wrong of [{ client_secret: 'wrong' }, { client_secret: '' }, { client_id: 'nobody' }]) {
      const answer = await postForm(tenant, '/oauth/token', { ...grant, ...wrong });
      expect([answer.status, answer.json]).toEqual([401, refusal]);
    }
    const { client_secret: _, ...without } = grant;
    expect((await postForm(tenant, '/oauth/token', without)).status).toBe(401);
  });

  it('tells a refused grant or audience from a wrong secret', async () => {
    const { tenant, grant } = worker({ defaultAudience: null });
    const { audience: _, ...withoutAudience } = grant;
    const { grant_type: __, ...withoutGrant } = grant;
    const cases = [
      [{ ...grant, grant_type: 'authorization_code', code: 'x' }, 403, 'unauthorized_client'],
      [{ ...grant, grant_type: 'magic' }, 400, 'unsupported_grant_type'],
      [{ ...grant, audience: 'https://nobody.example/' }, 403, 'access_denied'],
      [{ ...grant, audience: tenant.managementAudience }, 403, 'access_denied'],
      [{ ...grant, scope: 'read:orders delete:everything' }, 403, 'access_denied'],
      [withoutAudience, 403, 'access_denied'],
      [withoutGrant, 400, 'invalid_request'],
    ] as const;
    for (const [parameters, status, error] of cases) {
      const answer = await postForm(tenant, '/oauth/token', parameters);
      expect([answer.status, answer.json.error]).toEqual([status, error]);
    }
    const shop = clientIdOf(tenant, 'Web Shop');
    const code = { grant_type: 'authorization_code', client_id: shop, code: 'garbage' };
    const right = await postForm(tenant, '/oauth/token', { ...code, client_secret: secretOf(tenant, shop).reveal() });
    expect([right.status, right.json.error]).toEqual([403, 'invalid_grant']);
    expect((await postForm(tenant, '/oauth/token', { ...code, client_secret: 'wrong' })).status).toBe(401);
  });

  it('narrows the scopes and falls back to the default audience', async () => {
    const { tenant, grant } = worker();
    const { audience: _, ...withoutAudience } = grant;
    const answer = await postForm(tenant, '/oauth/token', { ...withoutAudience, scope: 'read:orders' });
    expect(answer.json.scope).toBe('read:orders');
  });

  it('charges management tokens to no quota', async () => {
    const { tenant } = createTestTenant();
    await managementToken(tenant);
    expect(tenant.quotaTokens()).toBe(0);
  });

  it('refuses a body it cannot read', async () => {
    const { tenant } = worker();
    for (const body of ['{', '[]', 'null', '"text"']) {
      const headers = { 'content-type': 'application/json' };
      const answer = await reply(await tenant.fetch(`${tenant.origin}/oauth/token`, { method: 'POST', headers, body }));
      expect([answer.status, answer.json.error]).toEqual([400, 'invalid_request']);
    }
  });

  it('refuses the other way of sending the secret only when told to', async () => {
    const { tenant, clientId, secret } = worker({ openQuestions: { enforceAuthenticationMethod: true } });
    const parameters = { token: 'x' };
    const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
    expect((await postForm(tenant, '/oauth/revoke', parameters, { authorization })).status).toBe(401);
    const inBody = { ...parameters, client_id: clientId, client_secret: secret };
    expect((await postForm(tenant, '/oauth/revoke', inBody)).status).toBe(200);
  });
});

describe('private_key_jwt', () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const others = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

  it('lets the management client in by a signed assertion, and by nothing else', async () => {
    const { tenant, clock } = createTestTenant({ managementClient: { publicKeys: [publicKey] } });
    const id = tenant.managementClientId;
    expect(tenant.secretOf(id)).toBeUndefined();
    const sign = (changes: Readonly<Record<string, unknown>> = {}, key = keys.privateKey) => {
      const seconds = Math.floor(clock.now() / 1000);
      const claims = {
        iss: id,
        sub: id,
        aud: 'https://acme.eu.auth0.com/',
        iat: seconds,
        exp: seconds + 60,
        jti: 'one',
      };
      return new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'RS256' }).sign(key);
    };
    const ask = async (assertion: string) =>
      (
        await postForm(tenant, '/oauth/token', {
          grant_type: 'client_credentials',
          audience: tenant.managementAudience,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
        })
      ).status;
    expect(await ask(await sign())).toBe(200);
    expect(await ask(await sign({}, others.privateKey))).toBe(401);
    expect(await ask(await sign({ aud: 'https://elsewhere.example/' }))).toBe(401);
    expect(await ask(await sign({ exp: Math.floor(clock.now() / 1000) - 1 }))).toBe(401);
    for (const lacking of [{ sub: 'somebody' }, { jti: undefined }, { exp: undefined }]) {
      expect(await ask(await sign(lacking))).toBe(401);
    }
    expect(await ask('no.jwt.atall')).toBe(400);
    expect(await ask(`${(await sign()).slice(0, -8)}AAAAAAAA`)).toBe(401);
    const bySecret = { grant_type: 'client_credentials', client_id: id, client_secret: 'x' };
    expect((await postForm(tenant, '/oauth/token', bySecret)).status).toBe(401);
  });

  it('refuses every secret of an application that uses a key', async () => {
    const { tenant } = createTestTenant();
    const clientId = clientIdOf(tenant, 'Payment Worker');
    const answer = await postForm(tenant, '/oauth/revoke', { client_id: clientId, client_secret: '', token: 'x' });
    expect(answer.status).toBe(401);
  });
});

describe('POST /oauth/revoke', () => {
  it('checks the credentials first, then answers nothing', async () => {
    const { tenant, clientId, secret } = worker();
    const right = { client_id: clientId, client_secret: secret };
    const wrong = { client_id: clientId, client_secret: 'wrong' };
    const accepted = await postForm(tenant, '/oauth/revoke', { ...right, token: 'x' });
    expect([accepted.status, accepted.text]).toEqual([200, '']);
    const refused = await postForm(tenant, '/oauth/revoke', wrong);
    expect([refused.status, refused.json.error]).toEqual([401, 'invalid_client']);
    expect((await postForm(tenant, '/oauth/revoke', { ...wrong, token: 'x' })).status).toBe(401);
    expect((await postForm(tenant, '/oauth/revoke', right)).status).toBe(400);
    expect((await postForm(tenant, '/oauth/revoke', { token: 'x' })).status).toBe(400);
    expect((await postJson(tenant, '/oauth/revoke', { ...right, token: 'x' })).status).toBe(200);
    expect(tenant.quotaTokens()).toBe(0);
  });

  it('accepts anything from a public application, so that a probe of it proves nothing', async () => {
    const { tenant } = createTestTenant();
    const clientId = clientIdOf(tenant, 'Storefront');
    const parameters = { client_id: clientId, client_secret: CANARY.reveal(), token: 'x' };
    expect((await postForm(tenant, '/oauth/revoke', parameters)).status).toBe(200);
    expect(tenant.secretOf(clientId)).toBeInstanceOf(Secret);
  });
});

describe('discovery', () => {
  it('names the endpoints', async () => {
    const { tenant } = createTestTenant();
    const answer = await reply(await tenant.fetch(`${tenant.origin}/.well-known/openid-configuration`));
    expect(answer.json).toMatchObject({
      issuer: 'https://acme.eu.auth0.com/',
      token_endpoint: 'https://acme.eu.auth0.com/oauth/token',
      revocation_endpoint: 'https://acme.eu.auth0.com/oauth/revoke',
    });
  });
});
