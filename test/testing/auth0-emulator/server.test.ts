import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RotationError } from '../../../src/base/errors.js';
import {
  type Auth0Emulator,
  type Auth0EmulatorOptions,
  createVirtualClock,
  faults,
  startAuth0Emulator,
} from '../../../src/testing/index.js';
import { CANARY, clientIdOf, secretOf } from './helpers.js';

const running: Auth0Emulator[] = [];

async function start(options: Auth0EmulatorOptions = {}) {
  const emulator = await startAuth0Emulator(options);
  running.push(emulator);
  const { origin, tenant } = emulator;
  const clientId = clientIdOf(tenant, 'Web Shop');
  const before = secretOf(tenant, clientId);
  const signIn = async () => {
    const { managementClientId, managementClientSecret } = emulator.describe();
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: managementClientId,
      client_secret: managementClientSecret,
      audience: `${origin}/api/v2/`,
    });
    const response = await fetch(`${origin}/oauth/token`, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const token = await signIn();
  const url = `${origin}/api/v2/clients/${clientId}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const patch = (init: RequestInit = {}) =>
    fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ client_secret: CANARY.reveal() }), ...init });
  const holds = () => secretOf(tenant, clientId).equals(CANARY);
  return { emulator, origin, tenant, clientId, before, token, headers, url, patch, holds };
}

/** Sends bytes as they stand, as no HTTP client would. */
async function sendRaw(origin: string, text: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('utf8');
}

afterEach(async () => {
  for (const emulator of running.splice(0)) await emulator.close();
});

describe('the emulator on a socket', () => {
  it('answers as the tenant does in process', async () => {
    const { origin, tenant, url, headers, patch, holds } = await start();
    expect((await fetch(url, { headers })).status).toBe(200);
    const answer = await patch();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(holds()).toBe(true);
    const missing = await fetch(`${origin}/nowhere`);
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { statusCode: 404, error: 'Not Found', message: 'Not Found' },
    ]);
    expect(tenant.origin).toBe(origin);
  });

  it('speaks to the official client', async () => {
    const { origin, token, tenant, clientId } = await start({
      managementClient: { scopes: ['read:clients', 'update:client_keys'] },
    });
    const { ClientsClient } = await import('auth0/clients');
    const clients = new ClientsClient({ baseUrl: `${origin}/api/v2`, token: async () => token, maxRetries: 0 });
    expect((await clients.get(clientId)).name).toBe('Web Shop');
    await clients.update(clientId, { client_secret: CANARY.reveal() });
    expect(secretOf(tenant, clientId).equals(CANARY)).toBe(true);
    expect((await clients.rotateSecret(clientId)).client_secret).toBe(secretOf(tenant, clientId).reveal());
    const names: (string | undefined)[] = [];
    for await (const client of await clients.list({ per_page: 3, fields: 'client_id,name' })) names.push(client.name);
    expect(names).toEqual(tenant.applications().map(({ fields }) => fields.name));
    await expect(clients.get('nobody')).rejects.toMatchObject({ statusCode: 404 });
    await expect(clients.rotateSecret('..')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('describes itself', async () => {
    const { emulator, origin, clientId } = await start();
    emulator.tenant.setSecretByHand(clientId, CANARY);
    const description = JSON.parse(JSON.stringify(emulator.describe()));
    expect(Object.keys(description)).toEqual([
      'origin',
      'domain',
      'managementClientId',
      'managementClientSecret',
      'applications',
    ]);
    expect(description).toMatchObject({ origin, domain: new URL(origin).host });
    expect(description.applications).toContainEqual({
      clientId,
      clientSecret: CANARY.reveal(),
      name: 'Web Shop',
    });
    expect(description.applications.map(({ name }: { name: string }) => name)).not.toContain('Payment Worker');
  });

  it('survives targets that no client sends', async () => {
    const { origin, token } = await start();
    const authority = new URL(origin).host;
    const ask = async (method: string, target: string) => {
      const head = `${method} ${target} HTTP/1.1\r\nHost: ${authority}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
      return (await sendRaw(origin, head)).slice(9, 12);
    };
    expect(await ask('POST', '/api/v2/clients/../rotate-secret')).toBe('404');
    expect(await ask('GET', '/api/v2/clients/%2e%2e')).toBe('404');
    expect(await ask('GET', '//evil.example/api/v2/clients')).toBe('404');
    expect(await ask('GET', 'http://evil.example/api/v2/clients')).toBe('400');
    expect(await ask('OPTIONS', '*')).toBe('400');
    expect(await ask('GET', '/api/v2/clients/%E0%A4%A')).toBe('400');
    expect(await ask('GET', '/api/v2/clients?per_page=%')).toBe('400');
    expect(await ask('GET', '/api/v2/clients')).toBe('200');
  });

  it('refuses a large body', async () => {
    const { url, headers, holds } = await start({ maximumBodyBytes: 10_000 });
    const body = JSON.stringify({ client_secret: CANARY.reveal(), padding: 'x'.repeat(100_000) });
    expect((await fetch(url, { method: 'PATCH', headers, body })).status).toBe(413);
    expect(holds()).toBe(false);
  });
});

describe('where it listens', () => {
  it('refuses everything but loopback', async () => {
    for (const host of [
      '0.0.0.0',
      '::',
      '192.168.1.1',
      '10.0.0.1',
      'example.com',
      '',
      '127.evil.example',
      '127.0.0.1.nip.io',
    ]) {
      const refusal = await startAuth0Emulator({ host }).catch((error: unknown) => error);
      expect(RotationError.isInstance(refusal) && [refusal.code, refusal.field]).toEqual(['SETTING_INVALID', 'host']);
    }
  });

  it('takes the loopback addresses, and a free port', async () => {
    for (const host of ['127.0.0.1', 'localhost', '127.0.0.2', '::1']) {
      const emulator = await startAuth0Emulator({ host });
      running.push(emulator);
      expect((await fetch(`${emulator.origin}/nowhere`)).status).toBe(404);
    }
  });

  it('says when the port is taken', async () => {
    const { origin } = await start();
    const refusal = await startAuth0Emulator({ port: Number(new URL(origin).port) }).catch((error: unknown) => error);
    expect(RotationError.isInstance(refusal) && [refusal.code, refusal.field]).toEqual(['SETTING_INVALID', 'port']);
  });

  it('leaves nothing listening when the tenant cannot be made', async () => {
    const { emulator, origin } = await start();
    await emulator.close();
    const port = Number(new URL(origin).port);
    await expect(startAuth0Emulator({ port, nodes: 0 })).rejects.toMatchObject({ code: 'SETTING_INVALID' });
    // The port is free: another emulator can take it.
    expect((await start({ port })).origin).toBe(origin);
  });

  it('stops, with requests still hanging, and twice', async () => {
    const { emulator, tenant, origin, patch } = await start();
    tenant.inject(faults.stall());
    const hanging = patch().catch((error: unknown) => error);
    while (tenant.log.at(-1)?.delivery !== 'stall') await new Promise((resolve) => setTimeout(resolve, 1));
    await emulator.close();
    expect(await hanging).toBeInstanceOf(TypeError);
    await emulator.close();
    await expect(fetch(origin)).rejects.toThrow('fetch failed');
  });
});

describe('faults on a socket', () => {
  const codeOf = (error: unknown) => ((error as Error).cause as { code?: string } | undefined)?.code;

  it('reset the connection, before or after the effect', async () => {
    const { tenant, patch, holds } = await start();
    for (const fault of [faults.resetBeforeEffect(), faults.resetAfterEffect()]) {
      tenant.inject(fault, { operation: 'update-client' });
      const error = await patch().catch((caught: unknown) => caught);
      expect(['ECONNRESET', 'UND_ERR_SOCKET']).toContain(codeOf(error));
      expect(holds()).toBe(fault.effect.kind === 'once');
    }
  });

  it('stall without an answer, and in the middle of one', async () => {
    const { tenant, patch, holds } = await start();
    tenant.inject(faults.stall());
    await expect(patch({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(holds()).toBe(false);
    tenant.inject(faults.stallBody());
    const response = await patch({ signal: AbortSignal.timeout(50) });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(holds()).toBe(true);
  });

  it('stall and cut even an answer without a body', async () => {
    const { tenant, origin, clientId, before } = await start();
    const body = new URLSearchParams({ client_id: clientId, client_secret: before.reveal(), token: 'x' });
    const probe = () => fetch(`${origin}/oauth/revoke`, { method: 'POST', body, signal: AbortSignal.timeout(50) });
    tenant.inject(faults.stallBody());
    await expect((await probe()).text()).rejects.toMatchObject({ name: 'TimeoutError' });
    tenant.inject(faults.cutBody());
    await expect(probe().then((response) => response.text())).rejects.toBeInstanceOf(TypeError);
  });

  it('cut the body off', async () => {
    const { tenant, patch, holds } = await start();
    tenant.inject(faults.cutBody());
    await expect(patch().then((response) => response.text())).rejects.toBeInstanceOf(TypeError);
    expect(holds()).toBe(true);
  });

  it('answer with another status, headers and broken bodies', async () => {
    const { tenant, patch } = await start();
    tenant.inject(faults.status(503, { effect: 'once', headers: { 'retry-after': '3' } }));
    const unavailable = await patch();
    expect([unavailable.status, unavailable.headers.get('retry-after')]).toEqual([503, '3']);
    for (const body of ['not-json', 'truncated', 'empty'] as const) {
      tenant.inject(faults.brokenBody(body));
      const broken = await patch();
      expect(broken.status).toBe(200);
      await expect(broken.json()).rejects.toBeInstanceOf(SyntaxError);
    }
  });

  it('redirect to another origin', async () => {
    const elsewhere = await start();
    const { tenant, patch, url } = await start();
    const location = url.replace(tenant.origin, elsewhere.origin);
    tenant.inject(faults.redirect(location), { times: 2 });
    await expect(patch({ redirect: 'error' })).rejects.toBeInstanceOf(TypeError);
    const seen = elsewhere.tenant.counters['update-client'].requests;
    await patch();
    expect(elsewhere.tenant.counters['update-client'].requests).toBe(seen + 1);
  });

  it('let the effect come late, and the answer too, on the clock that was given', async () => {
    const clock = createVirtualClock();
    const { tenant, patch, holds } = await start({ clock });
    tenant.inject(faults.lateEffect(60_000));
    await patch().catch(() => undefined);
    expect(holds()).toBe(false);
    await clock.advance(59_999);
    expect(holds()).toBe(false);
    await clock.advance(1);
    expect(holds()).toBe(true);
    tenant.inject(faults.delay(5_000));
    const delayed = patch();
    while (clock.waiting === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await clock.advance(5_000);
    expect((await delayed).status).toBe(200);
  });

  it('let a test hold a request at a point of its choice', async () => {
    const { tenant, patch, holds } = await start();
    let held = false;
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    tenant.afterEffect(async () => {
      held = true;
      await gate;
    });
    const answer = patch();
    while (!held) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(holds()).toBe(true);
    expect(tenant.log.at(-1)?.delivery).toBe('pending');
    release();
    expect((await answer).status).toBe(200);
  });

  it('drop the connection when a listener throws', async () => {
    const { tenant, patch } = await start();
    tenant.onRequest(() => {
      throw new Error('the test is wrong');
    });
    await expect(patch()).rejects.toBeInstanceOf(TypeError);
  });
});
