import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.js';
import { faults, type RequestFacts } from '../../../src/testing/index.js';
import {
  ALL_SCOPES,
  CANARY,
  clientIdOf,
  createTestTenant,
  manage,
  managementToken,
  OTHER_CANARY,
  postForm,
  probe,
  secretOf,
} from './helpers.js';

describe('the request log', () => {
  it('says what was asked, by whom, and what became of it', async () => {
    const { tenant, clock } = createTestTenant({ nodes: 2 });
    const clientId = clientIdOf(tenant, 'Web Shop');
    const token = await managementToken(tenant);
    tenant.inject(faults.resetAfterEffect(), { operation: 'update-client' });
    const body = { client_secret: CANARY.reveal() };
    await manage(tenant, token, 'PATCH', `/clients/${clientId}`, body).catch(() => undefined);
    await clock.advance(1_000);
    await probe(tenant, clientId, CANARY);
    const at = clock.now();
    expect(tenant.log).toEqual([
      {
        number: 1,
        at: at - 1_000,
        method: 'POST',
        path: '/oauth/token',
        operation: 'token',
        clientId: tenant.managementClientId,
        node: 0,
        status: 200,
        delivery: 'answer',
        fault: undefined,
      },
      {
        number: 2,
        at: at - 1_000,
        method: 'PATCH',
        path: `/api/v2/clients/${clientId}`,
        operation: 'update-client',
        clientId,
        node: undefined,
        status: undefined,
        delivery: 'reset',
        fault: 'reset-after-effect',
      },
      {
        number: 3,
        at,
        method: 'POST',
        path: '/oauth/revoke',
        operation: 'revoke',
        clientId,
        node: 1,
        status: 200,
        delivery: 'answer',
        fault: undefined,
      },
    ]);
    tenant.clearLog();
    expect(tenant.log).toEqual([]);
    expect(tenant.counters.token.requests).toBe(0);
  });

  it('holds no secret, wherever one was put', async () => {
    const { tenant } = createTestTenant({ managementClient: { scopes: ALL_SCOPES } });
    const clientId = clientIdOf(tenant, 'Web Shop');
    const short = new Secret('Short-7fQ2mV9t');
    tenant.addApplication({ name: 'Short', clientSecret: short });
    const before = secretOf(tenant, clientId);
    const token = await managementToken(tenant);
    const set = { client_secret: CANARY.reveal() };
    await manage(tenant, token, 'PATCH', `/clients/${clientId}?client_secret=${CANARY.reveal()}`, set);
    await manage(tenant, token, 'GET', `/clients/${CANARY.reveal()}`);
    await manage(tenant, token, 'GET', `/clients/${OTHER_CANARY.reveal()}`);
    await manage(tenant, token, 'GET', `/somewhere/${short.reveal()}/else`);
    await postForm(tenant, '/oauth/token', { grant_type: 'client_credentials', client_id: CANARY.reveal() });
    await postForm(tenant, '/oauth/revoke', { client_id: clientId, client_secret: before.reveal(), token });
    const shown = `${JSON.stringify(tenant.log)}${inspect(tenant, { depth: 9, showHidden: true })}`;
    for (const secret of [before, CANARY, OTHER_CANARY, short, new Secret(token)]) {
      expect(shown).not.toContain(secret.reveal());
    }
  });

  it('keeps the latest requests only, and counts all', async () => {
    const { tenant } = createTestTenant({ logLimit: 3 });
    const clientId = clientIdOf(tenant, 'Web Shop');
    for (let count = 0; count < 5; count += 1) await probe(tenant, clientId, CANARY);
    expect(tenant.log.map(({ number }) => number)).toEqual([3, 4, 5]);
    expect(tenant.counters.revoke).toEqual({ requests: 5, effects: 0, faults: 0 });
  });
});

describe('listeners', () => {
  it('are called on arrival, before and after the effect, and hold the request up', async () => {
    const { tenant } = createTestTenant();
    const clientId = clientIdOf(tenant, 'Web Shop');
    const token = await managementToken(tenant);
    const seen: string[] = [];
    const note = (point: string) => async (request: RequestFacts) => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${point} ${request.operation} ${secretOf(tenant, clientId).equals(CANARY)}`);
    };
    const stops = [
      tenant.onRequest(note('arrival')),
      tenant.beforeEffect(note('before')),
      tenant.afterEffect(note('after')),
    ];
    const patch = () => manage(tenant, token, 'PATCH', `/clients/${clientId}`, { client_secret: CANARY.reveal() });
    await patch();
    expect(seen).toEqual(['arrival update-client false', 'before update-client false', 'after update-client true']);
    for (const stop of stops) stop();
    await patch();
    expect(seen).toHaveLength(3);
  });

  it('can aim a fault at the very request that has arrived', async () => {
    const { tenant } = createTestTenant();
    const clientId = clientIdOf(tenant, 'Web Shop');
    tenant.onRequest(({ number }) => {
      if (number === 2) tenant.inject(faults.status(503));
    });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push(await probe(tenant, clientId, secretOf(tenant, clientId)));
    expect(statuses).toEqual([200, 503, 200]);
  });
});
