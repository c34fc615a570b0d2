import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { AUTH0_LIST_OPTION, createAuth0ClientSecretProvider } from '../../src/provider/auth0-client-secret/index.js';
import { APPLICATION_ID, CONNECTION, createFakeTenant } from './fake-tenant.js';
import { credentials, PREVIOUS, rejection, setUp, TARGET } from './harness.js';
import { createVirtualClock } from './virtual-clock.js';

describe('create', () => {
  test('answers with a plan and changes nothing', async () => {
    const { provider, tenant } = setUp();
    const secretsMapping = { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' };
    expect(await provider.create({ ...TARGET, secretsMapping })).toEqual({
      applicationId: APPLICATION_ID,
      applicationName: 'Acme web shop',
      tenant: 'acme.eu.auth0.com',
      warnings: [],
      facts: {
        applicationType: 'regular_web',
        authenticationMethod: 'client_secret_post',
        signingAlgorithm: 'RS256',
      },
    });
    expect(tenant.requests).toEqual(['scopes', 'application']);
    expect(tenant.probes()).toBe(0);
  });

  test('warns of what a person should know', async () => {
    const application = {
      signingAlgorithm: 'HS256',
      secretEncoded: true,
      tokenEndpointAuthenticationMethod: undefined,
    };
    const scopes = ['read:clients', 'update:client_keys', 'delete:users'];
    const { provider } = setUp({ application, scopes });
    const plan = await provider.create({ ...TARGET, consent: { acceptHs256: true } });
    expect(plan.warnings.map(({ code }) => code)).toEqual([
      'HS256',
      'SECRET_ENCODED',
      'AUTHENTICATION_UNCLEAR',
      'SCOPES_WIDER_THAN_NEEDED',
    ]);
    expect(plan.facts).toMatchObject({ authenticationMethod: 'unclear' });
  });

  test('is sure of the method when keys would show', async () => {
    const application = { tokenEndpointAuthenticationMethod: undefined, keyAuthenticationMethods: [] };
    const { provider } = setUp({ application, scopes: ['read:clients', 'update:client_keys', 'read:client_keys'] });
    expect((await provider.create(TARGET)).facts).toMatchObject({ authenticationMethod: 'client secret' });
  });

  test('names every missing scope', async () => {
    const { provider, tenant } = setUp({ scopes: [] });
    const error = await rejection(provider.create(TARGET));
    expect(error).toMatchObject({ code: 'AUTH0_SCOPE_MISSING', kind: 'configuration' });
    expect((error as Error).message).toMatch(/read:clients and update:client_keys/);
    expect(tenant.requests).toEqual(['scopes']);
  });

  test('refuses a mapping that uses a name twice, before anything is sent', async () => {
    const { provider, tenant } = setUp();
    const secretsMapping = { clientId: 'ONE', clientSecret: 'TWO', fallbackClientSecret: 'TWO' };
    const error = await rejection(provider.create({ ...TARGET, secretsMapping }));
    expect(error).toMatchObject({ code: 'SECRET_NAME_DUPLICATE', kind: 'refused', field: 'secretsMapping' });
    expect((error as Error).message).toContain('TWO');
    expect(tenant.requests).toEqual([]);
  });

  test.each([
    ['DOMAIN_INVALID', 'evil.com\\@acme.eu.auth0.com'],
    ['ORIGIN_NOT_ALLOWED', 'http://127.0.0.1:4455'],
    ['AUDIENCE_REQUIRED', 'login.acme.com'],
  ])('refuses a domain with %s', async (code, domain) => {
    const connection = { ...CONNECTION, domain };
    const error = await rejection(createAuth0ClientSecretProvider().create({ ...TARGET, connection }));
    expect(error).toMatchObject({ code });
  });
});

describe('checkCredentials', () => {
  test('answers with the proof and changes nothing', async () => {
    const { provider, tenant } = setUp();
    const evidence = await provider.checkCredentials({ ...TARGET, credentials: credentials(PREVIOUS) });
    expect(evidence).toMatchObject({ accepted: 3, fingerprint: new Secret(PREVIOUS).fingerprint() });
    expect(tenant.requests).toEqual([]);
  });

  test('accepts a secret that is new, once all nodes know it', async () => {
    const { provider, tenant } = setUp({ live: 'older-canary-9Kd3Vb6Tn', propagationMilliseconds: 28_000 });
    tenant.change(PREVIOUS);
    await provider.checkCredentials({ ...TARGET, credentials: credentials(PREVIOUS) });
  });

  test('says that a secret is not live only when Auth0 refused it for as long as its nodes may disagree', async () => {
    const { provider, clock } = setUp();
    const stale = credentials('stale-canary-1Qz5Xw8Mv');
    const error = await rejection(provider.checkCredentials({ ...TARGET, credentials: stale }));
    expect(error).toMatchObject({ code: 'STORED_SECRET_NOT_LIVE', kind: 'refused' });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(30_000);
  });

  test('does not call a secret dead when Auth0 does not say', async () => {
    const { provider } = setUp({ probe: () => 'hang' });
    const error = await rejection(provider.checkCredentials({ ...TARGET, credentials: credentials(PREVIOUS) }));
    expect(error).toMatchObject({ code: 'NOT_PROVEN', kind: 'unknown' });
  });
});

describe('getSecretsPayload', () => {
  const { provider } = setUp();

  test('lays out client id, then client secret', () => {
    const mapping = { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' };
    expect(provider.getSecretsPayload(credentials(PREVIOUS), mapping)).toEqual([
      { key: 'AUTH0_CLIENT_ID', value: APPLICATION_ID },
      { key: 'AUTH0_CLIENT_SECRET', value: PREVIOUS },
    ]);
  });

  test('lays the live secret out under the fallback name too', () => {
    const mapping = { clientId: 'A', clientSecret: 'B', fallbackClientSecret: 'C' };
    expect(provider.getSecretsPayload(credentials(PREVIOUS), mapping).at(-1)).toEqual({ key: 'C', value: PREVIOUS });
  });
});

describe('the provider', () => {
  test('is offered as on the wire', () => {
    expect(AUTH0_LIST_OPTION).toEqual({
      name: 'Auth0 Client Secret',
      type: 'auth0-client-secret',
      connection: 'auth0',
      template: { secretsMapping: { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' } },
    });
  });

  test('binds its steps to tenant and application, and sends nothing for it', () => {
    const { provider, tenant } = setUp();
    const steps = provider.open(TARGET);
    expect(steps.applicationKey).toBe(`acme.eu.auth0.com/${APPLICATION_ID}`);
    expect(steps.recognisesCandidate(steps.prepareCandidate())).toBe(true);
    expect(steps.recognisesCandidate(new Secret(PREVIOUS))).toBe(false);
    expect(tenant.requests).toEqual([]);
  });

  test('sends exactly one request for each changing step', async () => {
    const { provider, tenant } = setUp();
    const steps = provider.open(TARGET);
    const call = { signal: new AbortController().signal };
    await steps.activate(steps.prepareCandidate(), call);
    expect(tenant.requests).toEqual(['set']);
    await steps.destroy(call);
    expect(tenant.requests).toEqual(['set', 'replace']);
  });

  test('opens a connection once and shares it, until its credentials change', () => {
    const clock = createVirtualClock();
    const tenant = createFakeTenant({ clock, live: PREVIOUS });
    let opened = 0;
    const provider = createAuth0ClientSecretProvider({
      access: () => {
        opened += 1;
        return tenant.access;
      },
      probe: () => tenant.probe,
    });
    const withSecret = (secret: string) => ({
      ...TARGET,
      connection: { ...CONNECTION, credentials: { ...CONNECTION.credentials, clientSecret: new Secret(secret) } },
    });
    provider.open(withSecret('one-canary-7Tg2Wq'));
    provider.open(withSecret('one-canary-7Tg2Wq'));
    expect(opened).toBe(1);
    provider.open(withSecret('two-canary-3Bv8Xk'));
    expect(opened).toBe(2);
    // What is remembered is bounded, and it is the connections used last.
    for (let index = 0; index < 300; index += 1) {
      provider.open(withSecret(`other-canary-${index}`));
      provider.open(withSecret('one-canary-7Tg2Wq'));
    }
    expect(opened).toBe(302);
    provider.open(withSecret('two-canary-3Bv8Xk'));
    expect(opened).toBe(303);
  });
});
