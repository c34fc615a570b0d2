/** What the SDK's own transport does wrong, each with a test that fails without our guard. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InfisicalSDK } from '@infisical/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withDeadline } from '../../../src/base/clock.js';
import { Secret } from '../../../src/base/secret.js';
import { createInfisicalStore } from '../../../src/stores/infisical/index.js';
import { LARGEST_BODY_BYTES } from '../../../src/stores/infisical/transport.js';
import type { StandInOperation } from '../../../src/testing/infisical-stand-in/index.js';
import { AT_LEISURE, canary, failureOf, gate, NAME, standInForTest, storeFor } from '../support/infisical.js';
import { createManualClock } from '../support/manual-clock.js';

describe('redirects', () => {
  it.each([
    ['login', 'reading', 'configuration'],
    // Who answers a write with a redirect may have carried it out before.
    ['secret.create', 'creating', 'unknown'],
  ] as const)('are not followed when they answer %s: the other origin gets nothing', async (operation, verb, kind) => {
    const [standIn, elsewhere] = [await standInForTest(), await recordingServer()];
    standIn.inject({ operation, fault: { kind: 'redirect', location: `${elsewhere.origin}/take?it=1` } });
    const store = storeFor(standIn);
    const error = await failureOf(
      verb === 'reading' ? store.read([NAME], AT_LEISURE) : store.create({ name: NAME, value: canary() }, AT_LEISURE),
    );
    expect(error).toMatchObject({ code: 'STORE_REDIRECTED', kind });
    expect(error.message).toContain(elsewhere.origin);
    expect(error.message).not.toContain('take');
    expect(elsewhere.received()).toEqual([]);
    expect(standIn.secretsIn()).toEqual([]);
  });

  it('are followed by the SDK alone, secret and all: the guard is needed', async () => {
    const [standIn, elsewhere] = [await standInForTest(), await recordingServer()];
    standIn.inject({ operation: 'login', fault: { kind: 'redirect', location: elsewhere.origin } });
    const { siteUrl, clientId, clientSecret } = standIn.describe();
    await new InfisicalSDK({ siteUrl }).auth().universalAuth.login({ clientId, clientSecret });
    expect(elsewhere.received().join()).toContain(clientSecret);
  });
});

describe('hidden retries', () => {
  it.each([
    ['secret.create', 'before-effect'],
    ['secret.create', 'after-effect'],
    ['secret.update', 'before-effect'],
    ['secret.update', 'after-effect'],
  ] as const)(
    'do not happen: %s that is reset %s is sent once, and its outcome is unknown',
    async (operation, when) => {
      const standIn = await standInForTest();
      const store = storeFor(standIn);
      const value = canary();
      if (operation === 'secret.update') standIn.set({ name: NAME, value: 'before' });
      standIn.inject({ operation, fault: { kind: 'reset', when }, times: 9 });
      const write = { name: NAME, value };
      const work = operation === 'secret.create' ? store.create(write, AT_LEISURE) : store.update(write, AT_LEISURE);
      expect(await failureOf(work)).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'unknown' });
      expect(standIn.requests(operation)).toHaveLength(1);
      expect(standIn.secretsIn().some((secret) => secret.value === value.reveal())).toBe(when === 'after-effect');
    },
  );

  it('do not happen for 429: the write is sent once and the wait is told', async () => {
    const standIn = await standInForTest();
    const headers = { 'retry-after': '7' };
    standIn.inject({
      operation: 'secret.create',
      fault: { kind: 'status', status: 429, when: 'before-effect', headers },
    });
    const error = await failureOf(storeFor(standIn).create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({
      code: 'STORE_RATE_LIMITED',
      kind: 'rate-limited',
      status: 429,
      retryAfterMilliseconds: 7_000,
    });
    expect(standIn.requests('secret.create')).toHaveLength(1);
  });

  it('do not happen for reads either, and a read that failed changed nothing', async () => {
    const standIn = await standInForTest();
    standIn.inject({ operation: 'secret.list', fault: { kind: 'reset', when: 'before-effect' }, times: 9 });
    const error = await failureOf(storeFor(standIn).read([NAME], AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'not-applied' });
    expect(standIn.requests('secret.list')).toHaveLength(1);
  });
});

describe('the deadline', () => {
  it.each([
    ['stall', { kind: 'stall', when: 'before-effect' }, false],
    ['stall', { kind: 'stall', when: 'after-effect' }, true],
    ['stall-body', { kind: 'stall-body' }, true],
  ] as const)('ends a request that meets a %s, its body included', async (_, fault, applied) => {
    const clock = createManualClock();
    const reached = gate();
    const standIn = await standInForTest({
      afterEffect: ({ operation }) => void (operation === 'login' || reached.open()),
    });
    const store = storeFor(standIn, { clock, requestTimeoutMilliseconds: 4_000 });
    standIn.inject({ operation: 'secret.create', fault });
    const work = failureOf(store.create({ name: NAME, value: canary() }, AT_LEISURE));
    if (applied) await reached.opened;
    else await until(() => standIn.requests('secret.create').length === 1);
    clock.advance(3_999);
    clock.advance(1);
    expect(await work).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'unknown' });
    expect(standIn.requests('secret.create')).toHaveLength(1);
    expect(standIn.secretsIn()).toHaveLength(applied ? 1 : 0);
  });

  it('of the caller ends the request as well', async () => {
    const clock = createManualClock();
    const standIn = await standInForTest();
    standIn.set({ name: NAME, value: 'before' });
    const store = storeFor(standIn, { clock });
    standIn.inject({ operation: 'secret.update', fault: { kind: 'stall', when: 'before-effect' } });
    const work = failureOf(
      withDeadline(clock, 900, undefined, (call) => store.update({ name: NAME, value: canary() }, call)),
    );
    await until(() => standIn.requests('secret.update').length === 1);
    clock.advance(900);
    // Whichever of the two deadlines speaks first, the outcome is not called a success.
    await expect(work).rejects.toMatchObject({ name: 'DeadlineExceeded' });
    await until(() => clock.sleeping().length === 0);
    expect(standIn.requests('secret.update')).toHaveLength(1);
  });

  it('that passed before a call begins lets nothing be sent', async () => {
    const standIn = await standInForTest();
    const over = { signal: AbortSignal.abort(new DOMException('over', 'TimeoutError')) };
    const error = await failureOf(storeFor(standIn).create({ name: NAME, value: canary() }, over));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'not-applied' });
    expect(standIn.requests()).toEqual([]);
  });

  it('lets nothing be sent for a call that waited in line too long', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    const held = gate();
    standIn.inject({
      operation: 'secret.create',
      fault: { kind: 'delay', when: 'before-effect', until: held.opened },
    });
    const first = store.create({ name: NAME, value: canary() }, AT_LEISURE);
    await until(() => standIn.requests('secret.create').length === 1);
    const controller = new AbortController();
    const second = failureOf(store.create({ name: `${NAME}_FALLBACK`, value: canary() }, controller));
    controller.abort();
    expect(await second).toMatchObject({ code: 'INTERRUPTED', kind: 'not-applied' });
    held.open();
    await first;
    expect(standIn.secretsIn().map(({ name }) => name)).toEqual([NAME]);
  });

  it('is kept even when fetch takes no notice of its signal', async () => {
    const clock = createManualClock();
    const deaf: typeof fetch = () => new Promise<never>(() => {});
    const standIn = await standInForTest();
    const store = storeFor(standIn, { clock, fetch: deaf, requestTimeoutMilliseconds: 4_000 });
    const work = failureOf(store.read([NAME], AT_LEISURE));
    await clock.untilSleeping(4_000);
    await new Promise((resolve) => setTimeout(resolve, 20)); // Lets the SDK get to its request.
    clock.advance(4_000);
    expect(await work).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'not-applied' });
  });

  it('of a run that is ended leaves the write unknown', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    standIn.inject({ operation: 'secret.create', fault: { kind: 'stall', when: 'after-effect' } });
    const controller = new AbortController();
    const work = failureOf(store.create({ name: NAME, value: canary() }, controller));
    await until(() => standIn.secretsIn().length === 1);
    controller.abort();
    expect(await work).toMatchObject({ code: 'INTERRUPTED', kind: 'unknown' });
  });
});

describe('a success that cannot be read', () => {
  it.each<[string, string]>([
    ['a page of HTML', '<html>Welcome</html>'],
    ['nothing', ''],
    ['a text', '"ok"'],
    ['a list', '[]'],
    ['an object of another kind', '{"ok":true}'],
  ])('is unknown for a write: %s', async (_, body) => {
    const standIn = await standInForTest();
    standIn.inject({ operation: 'secret.create', fault: { kind: 'broken-body', body } });
    const error = await failureOf(storeFor(standIn).create({ name: NAME, value: canary() }, AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_ANSWER_UNUSABLE', kind: 'unknown' });
    expect(standIn.requests('secret.create')).toHaveLength(1);
  });

  it.each<[StandInOperation, string]>([
    ['login', '<html>Sign in</html>'],
    ['login', '{"accessToken":7}'],
    ['login', '{}'],
    ['secret.list', '<html>Welcome</html>'],
    ['secret.list', '{"secrets":"none"}'],
    ['secret.list', '{"secrets":[{"secretKey":"AUTH0_CLIENT_SECRET"}]}'],
    ['folder.list', '{}'],
  ])('is not applied for %s: %s', async (operation, body) => {
    const standIn = await standInForTest();
    standIn.inject({ operation, fault: { kind: 'broken-body', body } });
    const error = await failureOf(storeFor(standIn).read([NAME], AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_ANSWER_UNUSABLE', kind: 'not-applied' });
  });

  it('is unknown when the body breaks off', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn);
    const reached = gate();
    standIn.inject({ operation: 'secret.create', fault: { kind: 'stall-body' } });
    const work = failureOf(store.create({ name: NAME, value: canary() }, AT_LEISURE));
    await until(() => standIn.secretsIn().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    reached.open();
    await standIn.close();
    expect(await work).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'unknown' });
  });

  it('is not read for ever: a body beyond the limit is given up', async () => {
    const standIn = await standInForTest();
    let sent = 0;
    const endless: typeof fetch = async () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 1_048_576;
            controller.enqueue(new Uint8Array(1_048_576));
          },
        }),
      );
    const token = { method: 'token', token: canary() } as const;
    const error = await failureOf(storeFor(standIn, { fetch: endless, identity: token }).read([NAME], AT_LEISURE));
    expect(error).toMatchObject({ code: 'STORE_ANSWER_UNUSABLE', kind: 'not-applied' });
    expect(sent).toBeLessThan(2 * LARGEST_BODY_BYTES);
  });
});

describe('no connection', () => {
  it('surfaces at once, and a write certainly did not happen', async () => {
    const standIn = await standInForTest();
    const store = storeFor(standIn, { identity: { method: 'token', token: canary() } });
    await standIn.close();
    const clock = createManualClock(); // Stands still: any pause before a retry would hang the test.
    const same = storeFor(standIn, { clock, identity: { method: 'token', token: canary() } });
    for (const subject of [store, same]) {
      const error = await failureOf(subject.create({ name: NAME, value: canary() }, AT_LEISURE));
      expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', kind: 'not-applied' });
      expect(error.message).toContain('ECONNREFUSED');
    }
  });

  const failing = (cause: object): typeof fetch => {
    return () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause }));
  };
  const createThrough = (fetch: typeof globalThis.fetch) =>
    failureOf(
      createInfisicalStore({
        projectId: 'project-1',
        environment: 'dev',
        identity: { method: 'token', token: canary() },
        fetch,
      }).create({ name: NAME, value: canary() }, AT_LEISURE),
    );

  it.each([
    { code: 'ENOTFOUND', syscall: 'getaddrinfo' },
    { code: 'EHOSTUNREACH', syscall: 'connect' },
    { code: 'UND_ERR_CONNECT_TIMEOUT' },
    { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    { code: 'CERT_HAS_EXPIRED' },
  ])('is told by $code $syscall: nothing was sent', async (cause) => {
    expect(await createThrough(failing(cause))).toMatchObject({ code: 'STORE_UNREACHABLE', kind: 'not-applied' });
  });

  // The same codes end connections that have carried the whole request.
  it.each([
    { code: 'ECONNRESET', syscall: 'read' },
    { code: 'EHOSTUNREACH', syscall: 'read' },
    { code: 'ENETUNREACH', syscall: 'write' },
    { code: 'ECONNABORTED', syscall: 'write' },
  ])('is not what $code on $syscall says: the write may have happened', async (cause) => {
    expect(await createThrough(failing(cause))).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'unknown' });
  });
});

it.each([
  ['a login', /login$/, 'not-applied'],
  ['a write', /raw\//, 'unknown'],
] as const)('a portal that refuses %s says nothing about Infisical', async (_, path, kind) => {
  const standIn = await standInForTest();
  const portal: typeof fetch = async (url, init) =>
    path.test(new URL(String(url)).pathname) ? new Response('<html>Log in</html>', { status: 403 }) : fetch(url, init);
  const error = await failureOf(
    storeFor(standIn, { fetch: portal }).create({ name: NAME, value: canary() }, AT_LEISURE),
  );
  expect(error).toMatchObject({ code: 'STORE_ANSWER_UNUSABLE', kind, status: 403 });
});

it('keeps the SDK’s own addresses, parameters and headers', async () => {
  const seen: { url: string; init: RequestInit }[] = [];
  const watching: typeof fetch = (url, init = {}) => {
    seen.push({ url: String(url), init });
    return fetch(url, init);
  };
  const standIn = await standInForTest();
  const token = standIn.issueToken();
  const store = storeFor(standIn, { fetch: watching, identity: { method: 'token', token: new Secret(token) } });
  await store.create({ name: 'NAME WITH SPACE', value: canary() }, AT_LEISURE);
  const [create, list] = seen;
  expect(create?.url).toBe(`${standIn.siteUrl}/api/v3/secrets/raw/NAME%20WITH%20SPACE`);
  expect(create?.init.headers).toMatchObject({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' });
  expect(list?.init.headers).toMatchObject({ Authorization: `Bearer ${token}` });
  const query = Object.fromEntries(new URL(list?.url ?? '').searchParams);
  expect(query).toMatchObject({
    expandSecretReferences: 'false',
    include_imports: 'false',
    recursive: 'false',
    secretPath: '/',
    environment: 'dev',
  });
  expect(seen.every(({ init }) => init.redirect === 'manual')).toBe(true);
});

async function recordingServer(): Promise<{ origin: string; received: () => readonly string[] }> {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
    response.setHeader('content-type', 'application/json').end('{"accessToken":"x"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received: () => received };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
