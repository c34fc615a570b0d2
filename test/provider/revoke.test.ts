import { describe, expect, test } from 'vitest';
import { MANAGEMENT_ID } from './fake-tenant.js';
import { credentials, PREVIOUS, rejection, setUp, TARGET } from './harness.js';

const RETIRED = 'retired-canary-4Nc7Wq1Zk8Ry3Xv6';

function publisher() {
  const calls: number[] = [];
  return {
    calls,
    publish: async () => {
      calls.push(1);
      return 'deleted';
    },
  };
}

describe('revoke', () => {
  test('replaces a live secret by one nobody keeps, with one request, and publishes when it is refused', async () => {
    const { provider, tenant } = setUp({ propagationMilliseconds: 25_000 });
    const answer = await provider.revoke({
      ...TARGET,
      credentials: [credentials(PREVIOUS), credentials(RETIRED)],
      publish: async () => tenant.live(),
    });
    expect(answer.revoked).toBe(true);
    expect(answer.published).not.toBe(PREVIOUS);
    expect(tenant.requests.filter((request) => request === 'replace')).toHaveLength(1);
    expect(tenant.requests).not.toContain('set');
  });

  test('leaves retired credentials alone, after refusals across the window', async () => {
    const { provider, tenant, clock } = setUp();
    const { publish, calls } = publisher();
    const answer = await provider.revoke({ ...TARGET, credentials: [credentials(RETIRED)], publish });
    expect(answer).toEqual({ revoked: false, published: 'deleted' });
    expect(tenant.requests).toEqual([]);
    expect(tenant.live()).toBe(PREVIOUS);
    expect(calls).toHaveLength(1);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(30_000);
  });

  test('does not destroy the secret that replaces one on its way out', async () => {
    const { provider, tenant } = setUp({ live: RETIRED, propagationMilliseconds: 20_000 });
    tenant.change(PREVIOUS);
    const answer = await provider.revoke({
      ...TARGET,
      credentials: [credentials(RETIRED)],
      publish: publisher().publish,
    });
    expect(answer.revoked).toBe(false);
    expect(tenant.live()).toBe(PREVIOUS);
  });

  test('does not send the request again when its answer was lost and it took effect', async () => {
    const { provider, tenant } = setUp({ faults: ['lost-answer'] });
    const { publish, calls } = publisher();
    await provider.revoke({ ...TARGET, credentials: [credentials(PREVIOUS)], publish });
    expect(tenant.requests.filter((request) => request === 'replace')).toHaveLength(1);
    expect(calls).toHaveLength(1);
  });

  test('does not send the request again while the first may still take effect', async () => {
    const { provider, tenant } = setUp({ faults: [{ late: 100_000 }] });
    await provider.revoke({ ...TARGET, credentials: [credentials(PREVIOUS)], publish: publisher().publish });
    expect(tenant.requests.filter((request) => request === 'replace')).toHaveLength(1);
  });

  test.each(['lost-request', 'hang', 'surprise'] as const)(
    'decides again once %s can no longer matter',
    async (fault) => {
      const { provider, tenant, clock } = setUp({ faults: [fault] });
      const answer = await provider.revoke({
        ...TARGET,
        credentials: [credentials(PREVIOUS)],
        publish: publisher().publish,
      });
      expect(answer.revoked).toBe(true);
      expect(tenant.live()).not.toBe(PREVIOUS);
      expect(tenant.requests.filter((request) => request === 'replace')).toHaveLength(2);
      expect(clock.elapsed()).toBeGreaterThanOrEqual(120_000);
    },
  );

  test('publishes nothing when the request is refused', async () => {
    const { provider, tenant } = setUp({ faults: ['forbidden'] });
    const { publish, calls } = publisher();
    const error = await rejection(provider.revoke({ ...TARGET, credentials: [credentials(PREVIOUS)], publish }));
    expect(error).toMatchObject({ code: 'AUTH0_SCOPE_MISSING' });
    expect(tenant.live()).toBe(PREVIOUS);
    expect(calls).toEqual([]);
  });

  test('publishes nothing when an acknowledgement is a lie', async () => {
    const { provider } = setUp({ faults: ['acknowledged-only'] });
    const { publish, calls } = publisher();
    const error = await rejection(provider.revoke({ ...TARGET, credentials: [credentials(PREVIOUS)], publish }));
    expect(error).toMatchObject({ code: 'UNDECIDED' });
    expect(calls).toEqual([]);
  });

  test('changes and publishes nothing when Auth0 does not say what is live', async () => {
    const { provider, tenant } = setUp({ probe: () => 'unknown' });
    const { publish, calls } = publisher();
    const error = await rejection(provider.revoke({ ...TARGET, credentials: [credentials(PREVIOUS)], publish }));
    expect(error).toMatchObject({ code: 'UNDECIDED', kind: 'unknown' });
    expect(tenant.requests).toEqual([]);
    expect(calls).toEqual([]);
  });

  test("does not lock the connection out by destroying its own client's secret", async () => {
    const { provider, tenant } = setUp();
    const error = await rejection(
      provider.revoke({ ...TARGET, credentials: [credentials(PREVIOUS, MANAGEMENT_ID)], publish: publisher().publish }),
    );
    expect(error).toMatchObject({ code: 'APPLICATION_IS_MANAGEMENT_CLIENT' });
    expect(tenant.requests).not.toContain('replace');
  });

  test('passes on what the publisher threw', async () => {
    const { provider } = setUp();
    const locked = new Error('row locked');
    const publish = () => Promise.reject(locked);
    expect(await rejection(provider.revoke({ ...TARGET, credentials: [credentials(RETIRED)], publish }))).toBe(locked);
  });
});
