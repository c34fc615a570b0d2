import { describe, expect, test } from 'vitest';
import { credentials, PREVIOUS, rejection, setUp, TARGET } from './harness.js';

const STALE = 'stale-canary-6Vw2Hq9Lm4Xt8Rk1';
const adopt = (secret: string) => ({ mode: 'adopt', current: credentials(secret) }) as const;

describe('issueCredentials, adopting the secret in use', () => {
  test('proves it across the window, publishes it, and changes nothing', async () => {
    const { provider, tenant, clock, persisted, published, keeping } = setUp();
    const answer = await provider.issueCredentials({ ...TARGET, issue: adopt(PREVIOUS), ...keeping });
    expect(answer.credentials.clientSecret.reveal()).toBe(PREVIOUS);
    expect(answer.evidence.spanMilliseconds).toBeGreaterThanOrEqual(30_000);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(30_000);
    expect(published).toEqual([PREVIOUS]);
    expect(persisted).toEqual([]);
    expect(tenant.requests).not.toContain('set');
  });

  test('is not taken in by a secret on its way out', async () => {
    const { provider, tenant, published, keeping } = setUp({ live: STALE, propagationMilliseconds: 20_000 });
    tenant.change(PREVIOUS);
    const error = await rejection(provider.issueCredentials({ ...TARGET, issue: adopt(STALE), ...keeping }));
    expect(error).toMatchObject({ code: 'SUPPLIED_SECRET_NOT_LIVE', kind: 'refused' });
    expect((error as Error).message).not.toContain(STALE);
    expect(published).toEqual([]);
  });

  test('does not call a secret wrong when Auth0 does not say', async () => {
    const { provider, keeping } = setUp({ probe: () => 'unknown' });
    const error = await rejection(provider.issueCredentials({ ...TARGET, issue: adopt(PREVIOUS), ...keeping }));
    expect(error).toMatchObject({ code: 'NOT_PROVEN', kind: 'not-applied' });
  });

  test('refuses a public application, which is accepted with any secret', async () => {
    const application = { tokenEndpointAuthenticationMethod: 'none' };
    const { provider, tenant, keeping } = setUp({ application, probe: () => 'accepted' });
    const error = await rejection(provider.issueCredentials({ ...TARGET, issue: adopt(STALE), ...keeping }));
    expect(error).toMatchObject({ code: 'APPLICATION_PUBLIC' });
    expect(tenant.probes()).toBe(0);
  });

  test('refuses the secret of another application', async () => {
    const { provider, tenant, keeping } = setUp();
    const issue = { mode: 'adopt', current: credentials(PREVIOUS, 'AnotherApplication') } as const;
    const error = await rejection(provider.issueCredentials({ ...TARGET, issue, ...keeping }));
    expect(error).toMatchObject({ code: 'SUPPLIED_SECRET_NOT_LIVE' });
    expect(tenant.requests).toEqual([]);
  });

  test('passes on what the publisher threw; there is nothing to put back', async () => {
    const { provider, tenant } = setUp();
    const conflict = new Error('name taken');
    const publish = () => Promise.reject(conflict);
    expect(await rejection(provider.issueCredentials({ ...TARGET, issue: adopt(PREVIOUS), publish }))).toBe(conflict);
    expect(tenant.requests).not.toContain('set');
    expect(tenant.live()).toBe(PREVIOUS);
  });
});

describe('issueCredentials, setting a new secret', () => {
  test('looks first, keeps it, sets it, proves it, publishes it', async () => {
    const { provider, tenant, persisted, published, keeping } = setUp();
    await provider.issueCredentials({ ...TARGET, issue: { mode: 'set' }, ...keeping });
    expect(tenant.requests).toEqual(['scopes', 'application', 'set']);
    expect(persisted).toEqual([tenant.live()]);
    expect(published).toEqual([tenant.live()]);
    expect(tenant.live()).not.toBe(PREVIOUS);
  });

  test('puts the previous secret back when publishing fails, if it was given', async () => {
    const { provider, tenant } = setUp();
    const conflict = new Error('name taken');
    const issue = { mode: 'set', previous: credentials(PREVIOUS) } as const;
    const publish = () => Promise.reject(conflict);
    expect(await rejection(provider.issueCredentials({ ...TARGET, issue, publish }))).toBe(conflict);
    expect(tenant.live()).toBe(PREVIOUS);
  });

  test('refuses what cannot be rotated, with nothing changed', async () => {
    const { provider, tenant, keeping } = setUp({ application: { signingAlgorithm: 'HS256' } });
    const error = await rejection(provider.issueCredentials({ ...TARGET, issue: { mode: 'set' }, ...keeping }));
    expect(error).toMatchObject({ code: 'HS256_NOT_ACCEPTED' });
    expect(tenant.sentValues).toEqual([]);
  });

  test('refuses an unclear authentication method: no accepted secret shows that one is used', async () => {
    const { provider, tenant, keeping } = setUp({ application: { tokenEndpointAuthenticationMethod: undefined } });
    const error = await rejection(provider.issueCredentials({ ...TARGET, issue: { mode: 'set' }, ...keeping }));
    expect(error).toMatchObject({ code: 'APPLICATION_AUTHENTICATION_UNCLEAR' });
    expect(tenant.sentValues).toEqual([]);
  });
});
