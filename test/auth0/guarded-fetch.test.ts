import { describe, expect, it } from 'vitest';
import {
  createGuardedFetch,
  type Fetch,
  type GuardedRequest,
  TransportFailure,
} from '../../src/auth0/guarded-fetch.js';
import { systemClock } from '../../src/base/clock.js';
import { createManualClock, settle } from './support/manual-clock.js';
import { startServer, text } from './support/server.js';
import { freeCall, rejection } from './support/tenant.js';

const ORIGIN = 'https://acme.eu.auth0.com';
const REQUEST: GuardedRequest = {
  method: 'PATCH',
  url: `${ORIGIN}/api/v2/clients/x`,
  headers: {},
  body: '{}',
  atMostOnce: true,
};

function guard(fetch: Fetch, clock = systemClock) {
  return createGuardedFetch({ origin: ORIGIN, fetch, clock, timeoutMilliseconds: 1_000 });
}

function failing(cause: unknown): Fetch {
  return () => Promise.reject(new TypeError('fetch failed', { cause }));
}

function networkError(code: string, syscall?: string): Error {
  return Object.assign(new Error('x'), { code, ...(syscall ? { syscall } : {}) });
}

describe('the guard', () => {
  it.each([
    'https://evil.com/api/v2/',
    'https://acme.eu.auth0.com.evil.com/',
    'http://acme.eu.auth0.com/',
    'https://acme.eu.auth0.com:8443/',
    'https://acme.eu.auth0.com@evil.com/',
  ])('sends nothing to %s', async (url) => {
    let sent = false;
    const send = guard(async () => {
      sent = true;
      return new Response();
    });
    expect(await rejection(send({ ...REQUEST, url }, freeCall()))).toMatchObject({ code: 'DEFECT' });
    expect(sent).toBe(false);
  });

  it('sends nothing once the signal has aborted, even through a fetch that ignores it', async () => {
    let sent = false;
    const send = guard(async () => {
      sent = true;
      return new Response();
    });
    const error = await rejection(send(REQUEST, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ reason: 'interrupted', mayHaveArrived: false });
    expect(sent).toBe(false);
  });

  it('asks fetch to follow no redirect and to send no cookies', async () => {
    const seen: unknown[] = [];
    await guard(async (_, init) => {
      seen.push(init?.redirect, init?.credentials);
      return new Response('x');
    })(REQUEST, freeCall());
    expect(seen).toEqual(['error', 'omit']);
  });

  it.each([
    ['a followed redirect', Object.defineProperty(new Response('x'), 'redirected', { value: true })],
    ['an opaque redirect', Object.defineProperty(new Response('x'), 'type', { value: 'opaqueredirect' })],
    ['a bare 307', new Response(null, { status: 307 })],
  ])('refuses %s of a fetch that does not obey', async (_, response) => {
    const error = await rejection(guard(async () => response)(REQUEST, freeCall()));
    expect(error).toMatchObject({ reason: 'redirected', mayHaveArrived: true });
  });

  it.each([
    ['refused', networkError('ECONNREFUSED', 'connect')],
    ['unknown name', networkError('ENOTFOUND', 'getaddrinfo')],
    ['no route', networkError('EHOSTUNREACH', 'connect')],
    ['too slow to connect', networkError('UND_ERR_CONNECT_TIMEOUT')],
    ['unknown certificate', networkError('SELF_SIGNED_CERT_IN_CHAIN')],
    ['wrong certificate', networkError('ERR_TLS_CERT_ALTNAME_INVALID')],
    [
      'all addresses refused',
      new AggregateError([networkError('ECONNREFUSED', 'connect'), networkError('ENETUNREACH', 'connect')]),
    ],
  ])('knows that nothing arrived: %s', async (_, cause) => {
    const error = await rejection(guard(failing(cause))(REQUEST, freeCall()));
    expect(error).toMatchObject({ reason: 'unreachable', mayHaveArrived: false });
  });

  it.each([
    ['reset', networkError('ECONNRESET', 'read')],
    ['closed', networkError('UND_ERR_SOCKET')],
    ['timed out while reading', networkError('ETIMEDOUT', 'read')],
    ['no route while writing', networkError('EHOSTUNREACH', 'write')],
    [
      'one address reset',
      new AggregateError([networkError('ECONNREFUSED', 'connect'), networkError('ECONNRESET', 'read')]),
    ],
    ['nothing known', undefined],
    ['a text', 'timeout'],
  ])('does not know whether it arrived: %s', async (_, cause) => {
    const error = await rejection(guard(failing(cause))(REQUEST, freeCall()));
    expect(error).toMatchObject({ reason: 'broken', mayHaveArrived: true });
  });

  it('measures the timeout on the clock it is given, to the last byte', async () => {
    const clock = createManualClock();
    const stalled = new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }));
    const error = rejection(guard(async () => stalled, clock)(REQUEST, freeCall()));
    await settle();
    await clock.advance(999);
    expect(clock.sleepers).toBe(1);
    await clock.advance(1);
    expect(await error).toMatchObject({ reason: 'timeout', mayHaveArrived: true });
  });

  it('ends a fetch that ignores its signal', async () => {
    const clock = createManualClock();
    const error = rejection(guard(() => new Promise(() => {}), clock)(REQUEST, freeCall()));
    await clock.advance(1_000);
    expect(await error).toMatchObject({ reason: 'timeout' });
  });

  it('stops reading a body without end', async () => {
    let cancelled = false;
    let chunks = 0;
    const endless = new ReadableStream({
      pull(controller) {
        chunks += 1;
        controller.enqueue(new Uint8Array(1_000_000));
      },
      cancel() {
        cancelled = true;
      },
    });
    const error = await rejection(guard(async () => new Response(endless))(REQUEST, freeCall()));
    expect(error).toMatchObject({ reason: 'too-large', mayHaveArrived: true });
    expect(cancelled).toBe(true);
    expect(chunks).toBeLessThan(10);
  });

  it('leaves no timer behind that would hold the process', async () => {
    const clock = createManualClock();
    await rejection(guard(failing(networkError('ECONNREFUSED', 'connect')), clock)(REQUEST, freeCall()));
    await guard(async () => new Response('x'), clock)(REQUEST, freeCall());
    expect(clock.sleepers).toBe(0);
  });

  it('sends an ordinary request, with characters beyond ASCII whole', async () => {
    const server = await startServer((_, response) => text(response, 200, 'grüße'));
    const send = createGuardedFetch({
      origin: server.origin,
      fetch: undefined,
      clock: systemClock,
      timeoutMilliseconds: 1_000,
    });
    const answer = await send({ ...REQUEST, url: `${server.origin}/x`, body: '"grüße"' }, freeCall());
    expect(answer).toMatchObject({ status: 200, text: 'grüße' });
    expect(server.received[0]?.body).toBe('"grüße"');
  });

  it('keeps nothing of the request or the answer in a failure', () => {
    const failure = new TransportFailure('broken', true, 'ECONNRESET');
    expect(failure.cause).toBeUndefined();
    expect(Object.keys(failure).sort()).toEqual([
      'detail',
      'mayHaveArrived',
      'name',
      'reason',
      'retryAfterMilliseconds',
    ]);
  });
});
