/** One request on the wire, looked at without the SDK around it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { DeadlineExceeded } from '../../../src/base/clock.js';
import { sendOnce, type WireFailure } from '../../../src/stores/infisical/transport.js';
import { gate } from '../support/infisical.js';

const url = new URL('http://127.0.0.1:9/');
const request = { method: 'GET', url, headers: {}, body: undefined };
const never = new AbortController().signal;

it.each<[string, Response, WireFailure]>([
  ['no JSON', new Response('<html>'), { kind: 'unusable', status: 200, reason: 'not-json' }],
  ['no body', new Response(null, { status: 204 }), { kind: 'unusable', status: 204, reason: 'not-json' }],
  ...[400, 401, 403, 404, 407].flatMap((status): [string, Response, WireFailure][] => [
    [`${status} of a portal`, new Response('<html>', { status }), { kind: 'unusable', status, reason: 'not-json' }],
    [`${status} of nobody`, new Response('', { status }), { kind: 'unusable', status, reason: 'not-json' }],
  ]),
  ['no object', new Response('[]'), { kind: 'unusable', status: 200, reason: 'wrong-shape' }],
  [
    'a redirect without a place',
    new Response(null, { status: 302 }),
    { kind: 'redirected', status: 302, origin: undefined },
  ],
])('names the failure of an answer with %s', async (_, response, failure) => {
  await expect(sendOnce(request, async () => response, never)).rejects.toMatchObject({ failure });
});

it.each([
  ['three seconds', '3', 3_000],
  ['years', '99999999', 3_600_000],
  ['more than a number can hold', `1${'0'.repeat(400)}`, 3_600_000],
  ['a far date', 'Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
])('takes no wait beyond an hour for true: %s', async (_, told, retryAfterMilliseconds) => {
  const headers = { 'retry-after': told, date: 'Fri, 21 Nov 2025 08:00:00 GMT' };
  const busy = async () => new Response('{}', { status: 429, headers });
  await expect(sendOnce(request, busy, never)).rejects.toMatchObject({ failure: { retryAfterMilliseconds } });
});

it('calls nothing when the signal has aborted already', async () => {
  let called = 0;
  const counting: typeof fetch = async () => {
    called += 1;
    return new Response('{}');
  };
  const reason = new DeadlineExceeded(5);
  await expect(sendOnce(request, counting, AbortSignal.abort(reason))).rejects.toMatchObject({
    failure: { kind: 'not-sent', reason: 'deadline' },
  });
  expect(called).toBe(0);
});

it('returns at the abort although fetch goes on', async () => {
  const controller = new AbortController();
  const deaf: typeof fetch = () => new Promise<never>(() => {});
  const work = sendOnce(request, deaf, controller.signal);
  controller.abort();
  await expect(work).rejects.toMatchObject({ failure: { kind: 'unanswered', reason: 'interrupted' } });
});

it('returns at the abort although the body goes on', async () => {
  const controller = new AbortController();
  const stalled: typeof fetch = async () => new Response(new ReadableStream({}));
  const work = sendOnce(request, stalled, controller.signal);
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new DeadlineExceeded(5));
  await expect(work).rejects.toMatchObject({ failure: { kind: 'unanswered', reason: 'deadline' } });
});

it('keeps the status of a refusal whose body never ends', async () => {
  const controller = new AbortController();
  const stalled: typeof fetch = async () => new Response(new ReadableStream({}), { status: 400 });
  const work = sendOnce(request, stalled, controller.signal);
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  await expect(work).rejects.toMatchObject({ failure: { kind: 'refused', status: 400, message: undefined } });
});

it('hangs up at the abort: the connection is closed', async () => {
  const [reached, closed] = [gate(), gate()];
  const server = createServer((incoming) => {
    incoming.socket.once('close', closed.open);
    reached.open();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const controller = new AbortController();
  const address = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const work = sendOnce({ ...request, url: address }, fetch, controller.signal);
  await reached.opened;
  controller.abort();
  await expect(work).rejects.toMatchObject({ failure: { kind: 'unanswered' } });
  await closed.opened;
});

it('is sent once although fetch itself repeats what was answered 421', async () => {
  const bodies: string[] = [];
  const server = createServer((incoming, outgoing) => {
    let text = '';
    incoming.on('data', (chunk) => {
      text += String(chunk);
    });
    incoming.on('end', () => {
      bodies.push(`${incoming.headers['content-length']} ${text}`);
      outgoing.writeHead(bodies.length === 1 ? 421 : 200).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const write = { method: 'PATCH', url: address, headers: {}, body: '{"secretValue":"ö"}' };
  await expect(sendOnce(write, fetch, never)).rejects.toMatchObject({ failure: { kind: 'refused', status: 421 } });
  expect(bodies).toEqual(['20 {"secretValue":"ö"}']);
});
