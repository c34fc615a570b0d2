import { describe, expect, it } from 'vitest';
import type { Secret } from '../../../src/base/secret.js';
import { FAULT_CATALOGUE, type Fault, faults } from '../../../src/testing/index.js';
import {
  ALL_SCOPES,
  CANARY,
  clientIdOf,
  createTestTenant,
  manage,
  managementToken,
  manageRaw,
  OTHER_CANARY,
  probe,
  secretOf,
} from './helpers.js';

async function open() {
  const { tenant, clock } = createTestTenant({ managementClient: { scopes: ALL_SCOPES } });
  const token = await managementToken(tenant);
  const clientId = clientIdOf(tenant, 'Web Shop');
  const before = secretOf(tenant, clientId);
  const path = `/clients/${clientId}`;
  const patch = (secret: Secret, signal?: AbortSignal) =>
    manageRaw(tenant, token, 'PATCH', path, { client_secret: secret.reveal() }, signal);
  const holds = (secret: Secret) => secretOf(tenant, clientId).equals(secret);
  return { tenant, clock, token, clientId, before, path, patch, holds };
}

const FAILED = { name: 'TypeError', message: 'fetch failed' };

describe('faults', () => {
  it('reset the connection before the effect', async () => {
    const { tenant, patch, holds, before } = await open();
    tenant.inject(faults.resetBeforeEffect(), { operation: 'update-client' });
    await expect(patch(CANARY)).rejects.toMatchObject(FAILED);
    expect(holds(before)).toBe(true);
    expect((await patch(CANARY)).status).toBe(200);
  });

  it('reset the connection after the effect', async () => {
    const { tenant, patch, holds } = await open();
    tenant.inject(faults.resetAfterEffect(), { operation: 'update-client' });
    await expect(patch(CANARY)).rejects.toMatchObject(FAILED);
    expect(holds(CANARY)).toBe(true);
  });

  it('stall for as long as the caller waits, before or after the effect', async () => {
    for (const effect of ['none', 'once'] as const) {
      const { tenant, clock, patch, holds } = await open();
      tenant.inject(faults.stall(effect), { operation: 'update-client' });
      const controller = new AbortController();
      let settled = false;
      const hanging = patch(CANARY, controller.signal).finally(() => {
        settled = true;
      });
      hanging.catch(() => {});
      await clock.advance(3_600_000);
      expect(settled).toBe(false);
      controller.abort(new Error('deadline'));
      await expect(hanging).rejects.toThrow('deadline');
      expect(holds(CANARY)).toBe(effect === 'once');
    }
  });

  it('stall in the middle of the body, which only the signal ends', async () => {
    const { tenant, clock, patch, holds } = await open();
    tenant.inject(faults.stallBody(), { operation: 'update-client' });
    const controller = new AbortController();
    const response = await patch(CANARY, controller.signal);
    expect(response.status).toBe(200);
    let settled = false;
    const body = response.text().finally(() => {
      settled = true;
    });
    body.catch(() => {});
    await clock.advance(3_600_000);
    expect(settled).toBe(false);
    controller.abort(new Error('deadline'));
    await expect(body).rejects.toThrow('deadline');
    expect(holds(CANARY)).toBe(true);
  });

  it('cut the body off', async () => {
    const { tenant, patch, holds } = await open();
    tenant.inject(faults.cutBody(), { operation: 'update-client' });
    const response = await patch(CANARY);
    await expect(response.text()).rejects.toMatchObject({ name: 'TypeError', message: 'terminated' });
    expect(holds(CANARY)).toBe(true);
  });

  it('answer with another status, before or after the effect', async () => {
    for (const effect of ['none', 'once'] as const) {
      const { tenant, token, clientId, path, patch, holds } = await open();
      const headers = { 'retry-after': '7' };
      tenant.inject(faults.status(503, { effect, headers }), { operation: 'update-client' });
      const response = await patch(CANARY);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
      expect(await response.json()).toMatchObject({ statusCode: 503, error: 'Service Unavailable' });
      expect(holds(CANARY)).toBe(effect === 'once');
      tenant.inject(faults.status(429), { operation: 'get-client' });
      expect((await manage(tenant, token, 'GET', path)).json.errorCode).toBe('too_many_requests');
      tenant.inject(faults.status(429), { operation: 'revoke' });
      expect(await probe(tenant, clientId, CANARY)).toBe(429);
      tenant.inject(faults.status(200, { body: 'fine, thanks' }));
      expect((await manage(tenant, token, 'GET', path)).text).toBe('fine, thanks');
    }
  });

  it('redirect to another origin, where a careless caller takes its secret along', async () => {
    const { tenant, token, path, holds, before } = await open();
    tenant.inject(faults.redirect(), { times: 3 });
    const init = { method: 'PATCH', headers: { authorization: `Bearer ${token}` }, body: '{"client_secret":"x"}' };
    const url = `${tenant.origin}/api/v2${path}`;
    await expect(tenant.fetch(url, { ...init, redirect: 'error' })).rejects.toMatchObject(FAILED);
    expect((await tenant.fetch(url, { ...init, redirect: 'manual' })).status).toBe(307);
    expect(tenant.strayRequests).toEqual([]);
    await expect(tenant.fetch(url, init)).rejects.toMatchObject(FAILED);
    expect(tenant.strayRequests).toEqual([
      { origin: 'https://elsewhere.invalid', method: 'PATCH', cause: 'followed-redirect', carriedBody: true },
    ]);
    tenant.inject(faults.redirect('https://elsewhere.invalid/', 303));
    await expect(tenant.fetch(url, init)).rejects.toMatchObject(FAILED);
    expect(tenant.strayRequests[1]).toMatchObject({ method: 'GET', carriedBody: false });
    expect(holds(before)).toBe(true);
  });

  it('break the body', async () => {
    const { tenant, token, clientId, path, before } = await open();
    const read = async (fault: Fault) => {
      tenant.inject(fault, { operation: 'get-client' });
      return manage(tenant, token, 'GET', path).catch((error: unknown) => error);
    };
    expect(await read(faults.brokenBody('not-json'))).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^<!/),
    });
    expect(await read(faults.brokenBody('empty'))).toMatchObject({ status: 200, text: '' });
    expect(await read(faults.brokenBody('empty-object'))).toMatchObject({ status: 200, json: {} });
    expect(await read(faults.brokenBody('truncated'))).toBeInstanceOf(SyntaxError);
    const foreign = (await read(faults.brokenBody('another-client'))) as { json: Record<string, string> };
    const other = foreign.json['client_id'] ?? '';
    expect(other).not.toBe(clientId);
    expect(foreign.json['client_secret']).toBe(secretOf(tenant, other).reveal());
    expect(foreign.json['client_secret']).not.toBe(before.reveal());
  });

  it('delay the answer, not the effect', async () => {
    const { tenant, clock, patch, holds } = await open();
    tenant.inject(faults.delay(5_000), { operation: 'update-client' });
    const answer = patch(CANARY);
    await clock.advance(4_999);
    expect(holds(CANARY)).toBe(true);
    expect(tenant.log.at(-1)).toMatchObject({ delivery: 'pending', status: undefined });
    expect((await clock.run(answer)).status).toBe(200);
    expect(clock.monotonic()).toBe(5_000);
  });

  it('let the effect come late, over whatever happened in between', async () => {
    const { tenant, clock, patch, holds, before } = await open();
    tenant.inject(faults.lateEffect(20_000), { operation: 'update-client' });
    await expect(patch(CANARY)).rejects.toMatchObject(FAILED);
    expect(holds(before)).toBe(true);
    expect(tenant.pendingEffects).toBe(1);
    await patch(OTHER_CANARY);
    await clock.advance(19_999);
    expect(holds(OTHER_CANARY)).toBe(true);
    await clock.advance(1);
    expect(holds(CANARY)).toBe(true);
    expect(tenant.pendingEffects).toBe(0);
    expect(tenant.counters['update-client'].effects).toBe(2);
  });

  it('let the effect come late whatever the answer looked like', async () => {
    const { tenant, clock, patch, holds } = await open();
    tenant.inject(faults.lateEffect(20_000, { kind: 'status', status: 503 }), { operation: 'update-client' });
    expect((await patch(CANARY)).status).toBe(503);
    tenant.inject(faults.lateEffect(10_000, { kind: 'stall' }), { operation: 'update-client' });
    await expect(patch(OTHER_CANARY, AbortSignal.timeout(5))).rejects.toMatchObject({ name: 'TimeoutError' });
    await clock.advance(10_000);
    expect(holds(OTHER_CANARY)).toBe(true);
    await clock.advance(10_000);
    expect(holds(CANARY)).toBe(true);
  });

  it('let no late effect happen after the tenant was closed, nor one that was refused', async () => {
    const { tenant, clock, token, patch, holds, before, path } = await open();
    tenant.inject(faults.lateEffect(1_000), { operation: 'update-client', times: 2 });
    await expect(manage(tenant, token, 'PATCH', path, { client_secret: '' })).rejects.toMatchObject(FAILED);
    expect(tenant.pendingEffects).toBe(0);
    await expect(patch(CANARY)).rejects.toMatchObject(FAILED);
    tenant.close();
    await clock.advance(10_000);
    expect(holds(before)).toBe(true);
    expect(clock.waiting).toBe(0);
  });

  it('carry a request out twice: harmless for PATCH, not for rotate-secret', async () => {
    const { tenant, token, clientId, path, patch, holds } = await open();
    tenant.inject(faults.duplicate(), { times: 2 });
    await patch(CANARY);
    expect(holds(CANARY)).toBe(true);
    const told = (await manage(tenant, token, 'POST', `${path}/rotate-secret`)).json.client_secret;
    expect(secretOf(tenant, clientId).reveal()).not.toBe(told);
    expect(tenant.changesOf(clientId).map(({ cause }) => cause)).toEqual([
      'update-client',
      'rotate-secret',
      'rotate-secret',
    ]);
  });

  it('acknowledge what never happens', async () => {
    const { tenant, patch, holds, before } = await open();
    tenant.inject(faults.ignoredEffect(), { operation: 'update-client' });
    expect(await (await patch(CANARY)).json()).toMatchObject({ client_secret: CANARY.reveal() });
    expect(holds(before)).toBe(true);
  });

  it('repeat what was sent', async () => {
    const { tenant, token, patch } = await open();
    tenant.inject(faults.echo());
    const text = await (await patch(CANARY)).text();
    expect(text).toContain(CANARY.reveal());
    expect(text).toContain(token);
  });
});

describe('aiming a fault', () => {
  it('hits by operation, method, path, application, predicate, after some and as often as told', async () => {
    const { tenant, token, clientId, path, patch } = await open();
    const other = clientIdOf(tenant, 'Order Worker');
    const get = async (id: string) => (await manage(tenant, token, 'GET', `/clients/${id}`)).status;
    const hit = faults.status(502);

    const byClient = tenant.inject(hit, { operation: ['get-client', 'update-client'], clientId, skip: 1, times: 2 });
    expect([await get(clientId), await get(other), await get(clientId)]).toEqual([200, 200, 502]);
    expect([await get(other), await get(clientId), await get(clientId)]).toEqual([200, 502, 200]);
    expect(byClient.hits).toBe(2);

    tenant.inject(hit, { method: 'PATCH', path: /rotate/, times: Number.POSITIVE_INFINITY });
    expect((await patch(CANARY)).status).toBe(200);
    const carrying = tenant.inject(hit, { matches: (request) => request.carries(CANARY), times: 5 });
    expect([(await patch(OTHER_CANARY)).status, (await patch(CANARY)).status]).toEqual([200, 502]);
    carrying.remove();
    expect((await patch(CANARY)).status).toBe(200);

    tenant.inject(hit, { path: /\/rotate-secret$/, times: Number.POSITIVE_INFINITY });
    expect((await manage(tenant, token, 'POST', `${path}/rotate-secret`)).status).toBe(502);
    tenant.clearFaults();
    expect((await manage(tenant, token, 'POST', `${path}/rotate-secret`)).status).toBe(200);
  });

  it('uses the fault that was injected first', async () => {
    const { tenant, token, path } = await open();
    tenant.inject(faults.status(500));
    tenant.inject(faults.status(502));
    expect((await manage(tenant, token, 'GET', path)).status).toBe(500);
    expect((await manage(tenant, token, 'GET', path)).status).toBe(502);
    expect(tenant.counters['get-client']).toEqual({ requests: 2, effects: 0, faults: 2 });
  });
});

describe('the fault catalogue', () => {
  it('has a name of its own for each fault', () => {
    const names = FAULT_CATALOGUE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(FAULT_CATALOGUE.map((fault) => [fault.name, fault] as const))(
    'never leaves the tenant holding anything but the old or the new value: %s',
    async (_, fault) => {
      const { tenant, clock, patch, holds, before } = await open();
      tenant.inject(fault, { operation: 'update-client' });
      const controller = new AbortController();
      const outcome = patch(CANARY, controller.signal)
        .then((response) => response.text())
        .catch(() => undefined);
      await clock.advance(60_000);
      controller.abort();
      await outcome;
      const applied = fault.effect.kind !== 'none';
      expect([holds(CANARY), holds(before)]).toEqual([applied, !applied]);
      expect(tenant.log.at(-1)).toMatchObject({ operation: 'update-client', fault: fault.name });
    },
  );
});

describe('the in-process fetch', () => {
  it('sends nothing when the signal has aborted', async () => {
    const { tenant, patch } = await open();
    const seen = tenant.counters['update-client'].requests;
    await expect(patch(CANARY, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(tenant.counters['update-client'].requests).toBe(seen);
  });

  it('lets an effect happen that its caller no longer waits for', async () => {
    const { tenant, patch, holds } = await open();
    const controller = new AbortController();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    tenant.beforeEffect(() => gate);
    const abandoned = patch(CANARY, controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('gone'));
    await expect(abandoned).rejects.toThrow('gone');
    expect(holds(CANARY)).toBe(false);
    release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(holds(CANARY)).toBe(true);
  });

  it('takes a Request, and bodies that are streams or bytes', async () => {
    const { tenant, token, path, holds } = await open();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = new TextEncoder().encode(JSON.stringify({ client_secret: CANARY.reveal() }));
    const url = `${tenant.origin}/api/v2${path}`;
    const response = await tenant.fetch(new Request(url, { method: 'PATCH', headers, body }));
    expect([response.status, response.ok]).toEqual([200, true]);
    expect(holds(CANARY)).toBe(true);
    expect((await tenant.fetch(new URL(url), { headers })).status).toBe(200);
  });

  it('notices requests that were meant for another host', async () => {
    const { tenant } = await open();
    const stray = tenant.fetch('https://evil.example/oauth/token', { method: 'POST', body: 'client_secret=x' });
    await expect(stray).rejects.toMatchObject(FAILED);
    expect(tenant.strayRequests).toEqual([
      { origin: 'https://evil.example', method: 'POST', cause: 'other-origin', carriedBody: true },
    ]);
  });
});
