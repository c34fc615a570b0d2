/** Against the real library, over a real socket. */
import * as openid from 'openid-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CLIENT_SECRET_PLACEHOLDER,
  createFollowingFetch,
  createOpenidClientFallback,
  createSecretPair,
  type OpenidClientAuthentication,
} from '../../src/consumer/index.js';
import { answer, type FakeTokenEndpoint, startTokenEndpoint } from './fake-token-endpoint.js';
import { everythingShown, inventSecret } from './secrets.js';

let endpoint: FakeTokenEndpoint;
let a: string;
let b: string;
let live: Set<string>;

beforeEach(async () => {
  [a, b] = [inventSecret(), inventSecret()];
  live = new Set([b]);
  endpoint = await startTokenEndpoint((secret) => live.has(secret));
});
afterEach(() => endpoint.close());

const makePair = () => createSecretPair({ read: () => ({ current: a, fallback: b }) });
const secretsReceived = () => endpoint.received.map((received) => received.clientSecret);

function configure(clientAuthentication: openid.ClientAuth | undefined, secret?: string): openid.Configuration {
  const server = {
    issuer: endpoint.origin,
    token_endpoint: endpoint.tokenEndpoint,
    revocation_endpoint: `${endpoint.origin}/oauth/revoke`,
  };
  const configuration = new openid.Configuration(server, 'acme', secret, clientAuthentication);
  openid.allowInsecureRequests(configuration);
  return configuration;
}

describe('the runner for openid-client', () => {
  // The types are described by shape, so that the compiler has to say that they still fit.
  const authentication: OpenidClientAuthentication = () => {};
  authentication satisfies openid.ClientAuth;

  describe.each(['post', 'basic'] as const)('with %s', (method) => {
    const make = () => createOpenidClientFallback({ pair: makePair(), configure, authentication: method });

    it('runs a client credentials grant with the other secret after a refusal', async () => {
      const run = make();
      const tokens = await run((configuration) => openid.clientCredentialsGrant(configuration, { audience: 'x' }));
      expect(tokens.access_token).toBe('token-1');
      expect(secretsReceived()).toEqual([a, b]);
      await run((configuration) => openid.clientCredentialsGrant(configuration, { audience: 'x' }));
      expect(secretsReceived()).toEqual([a, b, b]);
      expect(endpoint.received.every((received) => received.method === method)).toBe(true);
    });

    it('runs a code exchange with the other secret, from a URL', async () => {
      const callback = new URL('https://acme.example/callback?code=once');
      const tokens = await make()((configuration) => openid.authorizationCodeGrant(configuration, callback));
      expect(tokens.access_token).toBe('token-1');
      expect(endpoint.received.map((received) => received.form.get('code'))).toEqual(['once', 'once']);
      expect(secretsReceived()).toEqual([a, b]);
    });

    it('runs a refresh with the other secret', async () => {
      await make()((configuration) => openid.refreshTokenGrant(configuration, 'r'));
      expect(secretsReceived()).toEqual([a, b]);
    });

    it.each([
      [401, 'mfa_required'],
      [403, 'access_denied'],
      [403, 'invalid_grant'],
      [500, 'server_error'],
    ])('hands on %s %s after one request', async (status, error) => {
      endpoint.behaviour = (received, response) => {
        if (received.method === 'basic' && status === 401)
          response.setHeader('www-authenticate', 'Basic realm="token"');
        answer(response, status, { error });
      };
      const outcome = make()((configuration) => openid.refreshTokenGrant(configuration, 'r'));
      await expect(outcome).rejects.toThrow();
      expect(endpoint.received).toHaveLength(1);
    });

    it('keeps calls at the same time apart', async () => {
      live = new Set([a, b]);
      const run = make();
      const grant = (configuration: openid.Configuration) => openid.clientCredentialsGrant(configuration);
      await run(grant);
      live = new Set([b]);
      await Promise.all(Array.from({ length: 20 }, () => run(grant)));
      const later = endpoint.received.slice(1);
      expect(later.filter((received) => received.clientSecret === b)).toHaveLength(20);
      expect(later.filter((received) => received.clientSecret === a).length).toBeLessThanOrEqual(20);
    });
  });

  it('makes one configuration for each secret, and makes it again after a failure', async () => {
    let made = 0;
    const run = createOpenidClientFallback({
      pair: makePair(),
      configure: async (clientAuthentication) => {
        made += 1;
        if (made === 1) throw new TypeError('discovery failed');
        return configure(clientAuthentication);
      },
    });
    const grant = (configuration: openid.Configuration) => openid.clientCredentialsGrant(configuration);
    await expect(run(grant)).rejects.toThrow('discovery failed');
    for (let index = 0; index < 3; index += 1) await run(grant);
    expect(made).toBe(3);
  });

  it('shows no secret, in the runner, the configurations or the errors', async () => {
    const configurations: unknown[] = [];
    const run = createOpenidClientFallback({ pair: makePair(), configure, budgetMilliseconds: 0 });
    live = new Set();
    const thrown = await run((configuration) => {
      configurations.push(configuration);
      return openid.clientCredentialsGrant(configuration);
    }).catch((error) => error);
    expect(configurations).toHaveLength(2);
    for (const secret of [a, b]) expect(everythingShown([run, thrown, ...configurations])).not.toContain(secret);
  });
});

describe('the following fetch, for a configuration that is made once', () => {
  it.each([
    ['post', openid.ClientSecretPost],
    ['basic', openid.ClientSecretBasic],
  ])('puts the accepted secret in the place of the placeholder: %s', async (method, clientAuthentication) => {
    const configuration = configure(clientAuthentication(CLIENT_SECRET_PLACEHOLDER));
    configuration[openid.customFetch] = createFollowingFetch({ pair: makePair() }) as openid.CustomFetch;
    await openid.clientCredentialsGrant(configuration, { audience: 'x' });
    await openid.tokenRevocation(configuration, 'r').catch(() => {});
    expect(secretsReceived()).toEqual([a, b, b]);
    expect(endpoint.received.map((received) => received.path)).toEqual([
      '/oauth/token',
      '/oauth/token',
      '/oauth/revoke',
    ]);
    expect(endpoint.received.every((received) => received.method === method && received.clientId === 'acme')).toBe(
      true,
    );
    expect(endpoint.received[1]?.form.get('audience')).toBe('x');
  });
});
