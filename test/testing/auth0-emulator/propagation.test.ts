import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.js';
import {
  acceptedBy,
  initialVersions,
  type SecretVersions,
  withVersion,
} from '../../../src/testing/auth0-emulator/secret-versions.js';
import {
  CANARY,
  clientIdOf,
  createTestTenant,
  manage,
  managementToken,
  OTHER_CANARY,
  probe,
  secretOf,
} from './helpers.js';

const WINDOW = 30_000;

function threeNodes(switchesAfter: readonly number[], options: Parameters<typeof createTestTenant>[0] = {}) {
  const { tenant, clock } = createTestTenant({
    nodes: 3,
    propagationMilliseconds: WINDOW,
    switchAfter: ({ node }) => switchesAfter[node] ?? 0,
    ...options,
  });
  const clientId = clientIdOf(tenant, 'Web Shop');
  return { tenant, clock, clientId, before: secretOf(tenant, clientId) };
}

describe('the propagation window', () => {
  it('lets each node switch at its own moment, while the Management API shows the newest value at once', async () => {
    const { tenant, clock, clientId, before } = threeNodes([5_000, 20_000, 30_000], {
      managementClient: { scopes: ['update:client_keys', 'read:client_keys'] },
    });
    const token = await managementToken(tenant);
    await manage(tenant, token, 'PATCH', `/clients/${clientId}`, { client_secret: CANARY.reveal() });
    expect(secretOf(tenant, clientId).equals(CANARY)).toBe(true);
    expect((await manage(tenant, token, 'GET', `/clients/${clientId}`)).json.client_secret).toBe(CANARY.reveal());
    expect(tenant.acceptedBy(clientId)).toEqual([before, before, before]);
    expect(tenant.acceptance(clientId, CANARY)).toBe('none');
    await clock.advance(5_000);
    expect(tenant.acceptedBy(clientId)).toEqual([CANARY, before, before]);
    expect([tenant.acceptance(clientId, CANARY), tenant.acceptance(clientId, before)]).toEqual(['some', 'some']);
    await clock.advance(24_999);
    expect(tenant.acceptedBy(clientId)).toEqual([CANARY, CANARY, before]);
    await clock.advance(1);
    expect([tenant.acceptance(clientId, CANARY), tenant.acceptance(clientId, before)]).toEqual(['all', 'none']);
  });

  it('lets the winner flip from request to request, and one probe prove nothing', async () => {
    const { tenant, clock, clientId, before } = threeNodes([0, 30_000, 30_000]);
    tenant.setSecretByHand(clientId, CANARY);
    const statuses = [];
    for (let count = 0; count < 6; count += 1) statuses.push(await probe(tenant, clientId, CANARY));
    expect(statuses).toEqual([200, 401, 401, 200, 401, 401]);
    expect([await probe(tenant, clientId, before), await probe(tenant, clientId, before)]).toEqual([401, 200]);
    await clock.advance(WINDOW);
    for (let count = 0; count < 3; count += 1) expect(await probe(tenant, clientId, before)).toBe(401);
  });

  it('holds at the token endpoint too, the management client’s own secret included', async () => {
    const { tenant } = threeNodes([0, 30_000, 30_000]);
    tenant.setSecretByHand(tenant.managementClientId, CANARY);
    expect(await managementToken(tenant)).toMatch(/\./);
    expect(await managementToken(tenant)).toBeUndefined();
  });

  it('draws every moment inside the window, differently for each node, and the same for the same seed', async () => {
    const momentsOf = async (seed: number) => {
      const { tenant, clock } = createTestTenant({ nodes: 5, propagationMilliseconds: WINDOW, seed });
      const clientId = clientIdOf(tenant, 'Web Shop');
      tenant.setSecretByHand(clientId, CANARY);
      const moments = new Map<number, number>();
      for (let time = 0; time <= WINDOW; time += 100) {
        tenant.acceptedBy(clientId).forEach((accepted, node) => {
          if (accepted?.equals(CANARY) && !moments.has(node)) moments.set(node, time);
        });
        await clock.advance(100);
      }
      return moments;
    };
    const moments = await momentsOf(1);
    expect(moments.size).toBe(5);
    expect(new Set(moments.values()).size).toBeGreaterThan(1);
    expect(await momentsOf(1)).toEqual(moments);
    expect(await momentsOf(2)).not.toEqual(moments);
  });

  it('spreads requests as told', async () => {
    const { tenant, clientId } = threeNodes([0, 30_000, 30_000], { pickNode: () => 1 });
    tenant.setSecretByHand(clientId, CANARY);
    for (let count = 0; count < 3; count += 1) expect(await probe(tenant, clientId, CANARY)).toBe(401);
    expect(tenant.log.map(({ node }) => node)).toEqual([1, 1, 1]);
    const random = createTestTenant({ nodes: 3, pickNode: 'random' }).tenant;
    for (let count = 0; count < 30; count += 1) await probe(random, clientIdOf(random, 'Web Shop'), CANARY);
    expect(new Set(random.log.map(({ node }) => node))).toEqual(new Set([0, 1, 2]));
  });

  it('gives requests to the Management API no turn, so that their rhythm chooses no node', async () => {
    const { tenant, clientId } = threeNodes([0, 0, 0]);
    const token = await managementToken(tenant);
    for (let count = 0; count < 3; count += 1) {
      await probe(tenant, clientId, CANARY);
      await manage(tenant, token, 'GET', '/clients');
      await manage(tenant, token, 'GET', '/clients');
    }
    const nodes = tenant.log.filter(({ operation }) => operation === 'revoke').map(({ node }) => node);
    expect(nodes).toEqual([1, 2, 0]);
  });

  it('refuses numbers that make no sense', () => {
    for (const options of [{ nodes: 0 }, { nodes: 1.5 }, { propagationMilliseconds: -1 }]) {
      expect(() => createTestTenant(options)).toThrow(/Nothing was started/);
    }
  });

  it('handles a change back inside the window', async () => {
    const { tenant, clock, clientId, before } = threeNodes([10_000, 20_000, 30_000]);
    tenant.setSecretByHand(clientId, CANARY);
    await clock.advance(15_000);
    tenant.setSecretByHand(clientId, before);
    expect(tenant.acceptedBy(clientId)).toEqual([CANARY, before, before]);
    await clock.advance(10_000); // 25 s: node 0 has the restored value, node 1 passes through the canary
    expect(tenant.acceptedBy(clientId)).toEqual([before, CANARY, before]);
    await clock.advance(WINDOW);
    expect(tenant.acceptance(clientId, before)).toBe('all');
    expect(tenant.changesOf(clientId).map(({ secret }) => secret)).toEqual([CANARY, before]);
  });

  it('does not start again when the same value is set again', async () => {
    const { tenant, clock, clientId } = threeNodes([10_000, 10_000, 10_000]);
    tenant.setSecretByHand(clientId, CANARY);
    await clock.advance(9_000);
    tenant.setSecretByHand(clientId, CANARY);
    await clock.advance(1_000);
    expect(tenant.acceptance(clientId, CANARY)).toBe('all');
  });

  it('forgets removed applications and knows added ones at once', async () => {
    const { tenant } = threeNodes([0, 0, 0]);
    const { clientId } = tenant.addApplication({ name: 'Late', clientSecret: OTHER_CANARY });
    expect(tenant.acceptance(clientId, OTHER_CANARY)).toBe('all');
    expect(tenant.removeApplication(clientId)).toBe(true);
    expect(await probe(tenant, clientId, OTHER_CANARY)).toBe(401);
    expect(() => tenant.setSecretByHand(clientId, CANARY)).toThrow(/no application/);
  });
});

describe('secret versions', () => {
  it('show each node the newest version it has learnt of, whatever was forgotten on the way', () => {
    const change = fc.record({ wait: fc.nat(40), delays: fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30)) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(100), (changes, rest) => {
        let now = 0;
        let versions: SecretVersions = initialVersions(new Secret('0'), 3);
        const all = [{ name: '0', switchesAt: [0, 0, 0] }];
        changes.forEach(({ wait, delays }, index) => {
          now += wait;
          const switchesAt = delays.map((delay) => now + delay);
          versions = withVersion(versions, { secret: new Secret(String(index + 1)), switchesAt }, now);
          all.push({ name: String(index + 1), switchesAt });
        });
        const later = now + rest;
        for (const node of [0, 1, 2]) {
          const expected = all.filter(({ switchesAt }) => (switchesAt[node] ?? 0) <= later).at(-1);
          expect(acceptedBy(versions, node, later)?.reveal()).toBe(expected?.name);
        }
        expect(acceptedBy(versions, 0, now + 30)?.reveal()).toBe(String(changes.length));
      }),
      { seed: 20_260_101 },
    );
  });
});
