import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { RotationError } from '../../src/base/errors.js';
import { APPLICATION_ID, type Fault } from './fake-tenant.js';
import { credentials, PREVIOUS, rejection, setUp, TARGET } from './harness.js';

const OUTSIDER = 'outsider-canary-7Yb2Nf9Qk4Xw1Zs6';
const active = credentials(PREVIOUS);

describe('rotate', () => {
  test('keeps the candidate, activates it with one request, proves it, publishes it once', async () => {
    const { provider, tenant, persisted, published, keeping } = setUp();
    const order: string[] = [];
    const answer = await provider.rotate({
      ...TARGET,
      active,
      persistCandidate: async (made) => {
        order.push(`persisted ${tenant.requests.filter((request) => request === 'set').length}`);
        await keeping.persistCandidate(made);
      },
      publish: async (made) => {
        order.push(`published ${tenant.live() === made.clientSecret.reveal()}`);
        return keeping.publish(made);
      },
    });
    expect(order).toEqual(['persisted 0', 'published true']);
    expect(tenant.sentValues).toEqual([tenant.live()]);
    expect(persisted).toEqual([tenant.live()]);
    expect(published).toEqual([tenant.live()]);
    expect(answer).toMatchObject({ published: 'stored', evidence: { accepted: 3 } });
    expect(answer.credentials.clientId).toBe(APPLICATION_ID);
  });

  test('shows the secret nowhere but in the credentials', async () => {
    const { provider, tenant, keeping } = setUp();
    const answer = await provider.rotate({ ...TARGET, active, ...keeping });
    for (const text of [inspect(answer, { depth: 9, showHidden: true }), JSON.stringify(answer), inspect(provider)]) {
      expect(text).not.toContain(tenant.live());
      expect(text).not.toContain(PREVIOUS);
      expect(text).not.toContain(TARGET.connection.credentials.clientSecret.reveal());
    }
  });

  test('changes nothing when the candidate cannot be kept', async () => {
    const { provider, tenant, keeping } = setUp();
    const full = new Error('disk full');
    const persistCandidate = () => Promise.reject(full);
    expect(await rejection(provider.rotate({ ...TARGET, active, ...keeping, persistCandidate }))).toBe(full);
    expect(tenant.sentValues).toEqual([]);
    expect(tenant.live()).toBe(PREVIOUS);
  });

  test.each<[string, Fault[]]>([
    ['a lost answer', ['lost-answer']],
    ['a lost request', ['lost-request']],
    ['a request that hangs', ['hang']],
    ['something unexpected', ['surprise']],
    ['a refusal that certainly changed nothing', ['not-applied', 'not-applied']],
    ['a rate limit', [{ rateLimited: 17_000 }]],
    ['one fault after the other', ['not-applied', 'lost-request', 'lost-answer']],
  ])('goes through %s with the same candidate', async (_, faults) => {
    const { provider, tenant, persisted, published, keeping } = setUp({ faults });
    await provider.rotate({ ...TARGET, active, ...keeping });
    expect(new Set(tenant.sentValues).size).toBe(1);
    expect(persisted).toEqual([tenant.live()]);
    expect(published).toEqual([tenant.live()]);
  });

  test('sends nothing again when probes show that a request without an answer took effect', async () => {
    const { provider, tenant, clock, keeping } = setUp({ faults: ['lost-answer'], propagationMilliseconds: 20_000 });
    await provider.rotate({ ...TARGET, active, ...keeping });
    expect(tenant.sentValues).toHaveLength(1);
    // The one request is spent: nothing is left to be waited for.
    expect(clock.elapsed()).toBeLessThan(60_000);
  });

  test('waits as long as a rate limit asks', async () => {
    const { provider, clock, keeping } = setUp({ faults: [{ rateLimited: 45_000 }] });
    await provider.rotate({ ...TARGET, active, ...keeping });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(45_000);
  });

  test('leaves a rate limit that lasts to its caller, with nothing changed', async () => {
    const { provider, tenant, keeping } = setUp({ faults: [{ rateLimited: 3_600_000 }] });
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping }));
    expect(error).toMatchObject({ code: 'AUTH0_RATE_LIMITED', retryAfterMilliseconds: 3_600_000 });
    expect(tenant.sentValues).toHaveLength(1);
    expect(tenant.live()).toBe(PREVIOUS);
  });

  test('makes one other candidate when Auth0 rejects the first, and keeps that one too', async () => {
    const { provider, tenant, persisted, published, keeping } = setUp({ faults: ['rejected-value'] });
    await provider.rotate({ ...TARGET, active, ...keeping });
    expect(persisted).toEqual(tenant.sentValues);
    expect(new Set(persisted).size).toBe(2);
    expect(published).toEqual([tenant.live()]);
  });

  test('gives up when Auth0 rejects the second candidate as well', async () => {
    const { provider, tenant, published, keeping } = setUp({ faults: ['rejected-value', 'rejected-value'] });
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping }));
    expect(error).toMatchObject({ code: 'CANDIDATE_REJECTED', kind: 'rejected-value' });
    expect(tenant.sentValues).toHaveLength(2);
    expect(published).toEqual([]);
  });

  test('makes no other candidate while a request with the first may still take effect', async () => {
    const { provider, tenant, published, keeping } = setUp({ faults: [{ late: 100_000 }, 'rejected-value'] });
    await provider.rotate({ ...TARGET, active, ...keeping });
    expect(new Set(tenant.sentValues).size).toBe(1);
    expect(published).toEqual([tenant.live()]);
  });

  test('sends nothing more when Auth0 forbids it', async () => {
    const { provider, tenant, keeping } = setUp({ faults: ['forbidden'] });
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping }));
    expect(error).toMatchObject({ code: 'AUTH0_SCOPE_MISSING' });
    expect(tenant.sentValues).toHaveLength(1);
    expect(tenant.live()).toBe(PREVIOUS);
  });

  test('goes on forward when a late request makes an attempt that had been given up', async () => {
    const faults: Fault[] = [{ late: 110_000 }, 'forbidden'];
    const { provider, tenant, published, keeping } = setUp({ faults });
    await provider.rotate({ ...TARGET, active, ...keeping });
    expect(published).toEqual([tenant.live()]);
    expect(tenant.live()).not.toBe(PREVIOUS);
  });

  test('publishes no value that is accepted by some nodes only', async () => {
    const { provider, clock, keeping } = setUp({ propagationMilliseconds: 30_000 });
    await provider.rotate({ ...TARGET, active, ...keeping });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(30_000);
  });

  test('does not believe an acknowledgement that is a lie: the previous secret is put back and proven', async () => {
    const { provider, tenant, published, keeping } = setUp({ faults: ['acknowledged-only'] });
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping }));
    expect(error).toMatchObject({ code: 'NOT_PROVEN', kind: 'not-applied' });
    expect(tenant.sentValues.at(-1)).toBe(PREVIOUS);
    expect(tenant.live()).toBe(PREVIOUS);
    expect(published).toEqual([]);
  });

  test('replaces no secret that someone else set meanwhile', async () => {
    const { provider, tenant, keeping } = setUp({ faults: [{ overtakenBy: OUTSIDER }] });
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping }));
    expect(error).toMatchObject({ code: 'SECRET_CHANGED_ELSEWHERE' });
    expect(tenant.live()).toBe(OUTSIDER);
    expect(tenant.sentValues).toHaveLength(1);
  });

  test('says that nothing is decided when Auth0 falls silent, and where the candidate is', async () => {
    const silent = {
      probe: (_: string, truth: 'accepted' | 'rejected' | 'unknown', count: number) => (count > 1 ? 'unknown' : truth),
    } as const;
    const kept = setUp(silent);
    const error = await rejection(kept.provider.rotate({ ...TARGET, active, ...kept.keeping }));
    expect(error).toMatchObject({ code: 'UNDECIDED', kind: 'unknown' });
    expect((error as Error).message).toContain('is not lost');
    expect(kept.published).toEqual([]);

    const { provider } = setUp(silent);
    const unkept = await rejection(provider.rotate({ ...TARGET, active, publish: async () => 'stored' }));
    expect((unkept as Error).message).toContain('not kept anywhere');
  });
});

describe('rotate, when publishing fails', () => {
  const conflict = Object.assign(new Error('name taken'), { statusCode: 400 });
  const publish = () => Promise.reject(conflict);

  test('puts the previous secret back, proves it across the window, and passes the error on untouched', async () => {
    const { provider, tenant, clock } = setUp();
    expect(await rejection(provider.rotate({ ...TARGET, active, publish }))).toBe(conflict);
    expect(tenant.live()).toBe(PREVIOUS);
    expect(tenant.sentValues).toHaveLength(2);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(30_000);
  });

  test('goes through faults on the way back', async () => {
    const { provider, tenant } = setUp({ faults: ['none', 'lost-request', 'not-applied', 'lost-answer'] });
    expect(await rejection(provider.rotate({ ...TARGET, active, publish }))).toBe(conflict);
    expect(tenant.live()).toBe(PREVIOUS);
  });

  test('returns only when no request that put it back can take effect any more', async () => {
    const { provider, clock } = setUp({ faults: ['none', { late: 100_000 }] });
    expect(await rejection(provider.rotate({ ...TARGET, active, publish }))).toBe(conflict);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(120_000);
  });

  test('puts nothing back while a request with the candidate may still take effect', async () => {
    // The first request arrives after 100 s; by then the second has long made the candidate live.
    const { provider, tenant, clock } = setUp({ faults: [{ late: 100_000 }] });
    expect(await rejection(provider.rotate({ ...TARGET, active, publish }))).toBe(conflict);
    await clock.sleep(300_000);
    expect(tenant.live()).toBe(PREVIOUS);
  });

  test('says that the new secret is live when Auth0 refuses to take the previous one back', async () => {
    const { provider, tenant, keeping } = setUp({ faults: ['none', 'forbidden'] });
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping, publish }));
    expect(error).toMatchObject({ code: 'PUBLISH_FAILED', kind: 'unknown' });
    expect((error as Error).message).toMatch(/The new secret is live.*is not lost/);
    expect((error as Error).message).not.toContain(tenant.live());
  });

  test('says so when the previous secret is not known', async () => {
    const { provider, tenant } = setUp();
    const error = await rejection(provider.rotate({ ...TARGET, publish }));
    expect(error).toMatchObject({ code: 'PUBLISH_FAILED' });
    expect((error as Error).message).toMatch(/previous secret is not known.*not kept anywhere/);
    expect(tenant.sentValues).toHaveLength(1);
  });

  test('never puts the secret of another application back', async () => {
    const { provider, tenant } = setUp();
    const elsewhere = credentials(OUTSIDER, 'AnotherApplication');
    expect(await rejection(provider.rotate({ ...TARGET, active: elsewhere, publish }))).toMatchObject({
      code: 'PUBLISH_FAILED',
    });
    expect(tenant.sentValues).not.toContain(OUTSIDER);
  });
});

describe('rotate refuses what cannot work, with nothing changed', () => {
  test.each<[string, Parameters<typeof setUp>[0]]>([
    ['APPLICATION_UNKNOWN', { application: 'unknown' }],
    ['APPLICATION_PUBLIC', { application: { tokenEndpointAuthenticationMethod: 'none' } }],
    ['APPLICATION_USES_KEYS', { application: { keyAuthenticationMethods: ['private_key_jwt'] } }],
    ['APPLICATION_GLOBAL', { application: { isGlobal: true } }],
    ['HS256_NOT_ACCEPTED', { application: { signingAlgorithm: 'HS256' } }],
    ['AUTH0_SCOPE_MISSING', { scopes: ['read:clients'] }],
    ['APPLICATION_PUBLIC', { probe: () => 'accepted' }],
    ['AUTH0_UNAVAILABLE', { probe: () => 'unknown' }],
    ['AUTH0_UNAVAILABLE', { probe: () => 'hang' }],
  ])('%s', async (code, options) => {
    const { provider, tenant, persisted, published, keeping } = setUp(options);
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping }));
    expect(RotationError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code });
    expect(tenant.sentValues).toEqual([]);
    expect(persisted).toEqual([]);
    expect(published).toEqual([]);
  });

  test('goes on with HS256 when a person agreed', async () => {
    const { provider, tenant, keeping } = setUp({ application: { signingAlgorithm: 'HS256' } });
    await provider.rotate({ ...TARGET, active, consent: { acceptHs256: true }, ...keeping });
    expect(tenant.sentValues).toHaveLength(1);
  });

  test('an unclear authentication method, unless the secret in use is accepted', async () => {
    const unclear = { application: { tokenEndpointAuthenticationMethod: undefined } };
    const proven = setUp(unclear);
    await proven.provider.rotate({ ...TARGET, active, ...proven.keeping });
    expect(proven.tenant.sentValues).toHaveLength(1);

    for (const given of [{}, { active: credentials('stale-canary-2Lp8Vx5Rq1Tz') }]) {
      const { provider, tenant, keeping } = setUp(unclear);
      const error = await rejection(provider.rotate({ ...TARGET, ...given, ...keeping }));
      expect(error).toMatchObject({ code: 'APPLICATION_AUTHENTICATION_UNCLEAR', kind: 'refused' });
      expect(tenant.sentValues).toEqual([]);
    }
  });

  test('a client id that would name another resource', async () => {
    const { provider, tenant, keeping } = setUp();
    const error = await rejection(provider.rotate({ ...TARGET, parameters: { clientId: '..' }, ...keeping }));
    expect(error).toMatchObject({ code: 'APPLICATION_ID_INVALID' });
    expect(tenant.requests).toEqual([]);
  });
});

describe('rotate, ended by its caller', () => {
  test('sends nothing when it has ended before', async () => {
    const { provider, tenant, keeping } = setUp();
    const signal = AbortSignal.abort(new Error('shutting down'));
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping, signal }));
    expect(error).toMatchObject({ code: 'INTERRUPTED', kind: 'unknown' });
    expect(tenant.requests).toEqual([]);
  });

  test('publishes nothing that is not proven', async () => {
    const { provider, clock, published, keeping } = setUp({ propagationMilliseconds: 30_000 });
    const controller = new AbortController();
    void clock.sleep(10_000).then(() => controller.abort(new Error('shutting down')));
    const error = await rejection(provider.rotate({ ...TARGET, active, ...keeping, signal: controller.signal }));
    expect(error).toMatchObject({ code: 'INTERRUPTED' });
    expect(published).toEqual([]);
  });

  test('is still a success once it was published', async () => {
    const { provider, tenant, keeping } = setUp({ faults: [{ late: 100_000 }] });
    const controller = new AbortController();
    const publish: typeof keeping.publish = async (made) => {
      controller.abort(new Error('shutting down'));
      return keeping.publish(made);
    };
    const answer = await provider.rotate({ ...TARGET, active, publish, signal: controller.signal });
    expect(answer.credentials.clientSecret.reveal()).toBe(tenant.live());
  });

  test('returns only when no request of its own can take effect any more', async () => {
    const { provider, clock, keeping } = setUp({ faults: [{ late: 100_000 }] });
    await provider.rotate({ ...TARGET, active, ...keeping });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(120_000);
  });
});
