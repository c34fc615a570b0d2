import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createProbe } from '../../src/auth0/probe.js';
import { Secret } from '../../src/base/secret.js';
import { json, type Received, startServer, text } from './support/server.js';
import { APPLICATION, CANDIDATE, freeCall, startTenant } from './support/tenant.js';

const candidate = new Secret(CANDIDATE);

async function probing(revoke: (request: Received, response: ServerResponse) => void, patience?: number) {
  const auth0 = await startTenant({ revoke });
  const probe = createProbe({ tenant: auth0.tenant, requestTimeoutMilliseconds: patience });
  return { auth0, ask: () => probe(APPLICATION, candidate, freeCall()) };
}

describe('a probe', () => {
  it('sends the secret with a random token, and never the same token twice', async () => {
    const { auth0, ask } = await probing((_, response) => text(response, 200, ''));
    await ask();
    await ask();
    const sent = auth0.matching('POST /oauth/revoke').map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
    expect(sent).toHaveLength(2);
    expect(auth0.received).toHaveLength(2);
    expect(sent[0]).toEqual({ client_id: APPLICATION, client_secret: CANDIDATE, token: expect.any(String) });
    expect(sent[0]?.['token']).toHaveLength(43);
    expect(sent[0]?.['token']).not.toBe(sent[1]?.['token']);
  });

  it.each(['', 'OK', 'OK\n'])('takes 200 with %j for an acceptance', async (body) => {
    const { ask } = await probing((_, response) => text(response, 200, body));
    expect(await ask()).toBe('accepted');
  });

  it.each(['invalid_client', 'access_denied'])('takes 401 %s for a rejection', async (error) => {
    const { ask } = await probing((_, response) => json(response, 401, { error, error_description: 'Unauthorized' }));
    expect(await ask()).toBe('rejected');
  });

  it.each<[string, (request: Received, response: ServerResponse) => void]>([
    ['the page of a captive portal', (_, response) => text(response, 200, '<html>OK</html>', 'text/html')],
    ['an error with status 200', (_, response) => json(response, 200, { error: 'invalid_client' })],
    ['an empty object', (_, response) => json(response, 200, {})],
    ['201', (_, response) => text(response, 201, 'OK')],
    ['204', (_, response) => response.writeHead(204).end()],
    ['401 with another error', (_, response) => json(response, 401, { error: 'mfa_required' })],
    ['401 of a proxy', (_, response) => text(response, 401, 'Log in')],
    ['400', (_, response) => json(response, 400, { error: 'invalid_client' })],
    ['403', (_, response) => json(response, 403, { error: 'access_denied' })],
    ['429', (_, response) => json(response, 429, { error: 'too_many_requests' })],
    ['500', (_, response) => json(response, 500, { error: 'invalid_client' })],
    ['503', (_, response) => text(response, 503, '')],
    ['a reset', (_, response) => response.socket?.resetAndDestroy()],
  ])('learns nothing from %s', async (_, revoke) => {
    const { auth0, ask } = await probing(revoke);
    expect(await ask()).toBe('unknown');
    expect(auth0.matching('POST /oauth/revoke')).toHaveLength(1);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['silence', () => {}],
    [
      'a stalled body',
      (response) => {
        response.writeHead(200, { 'content-length': '2' });
        response.write('O');
      },
    ],
  ])('does not wait for ever on %s', async (_, revoke) => {
    const { ask } = await probing((_request, response) => revoke(response), 100);
    expect(await ask()).toBe('unknown');
  });

  it('learns nothing from a server that is not there', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', syscall: 'connect' });
    const probe = createProbe({
      tenant: { origin: 'https://acme.eu.auth0.com', audience: 'https://acme.eu.auth0.com/api/v2/', key: 'refused' },
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause: refused })),
    });
    expect(await probe(APPLICATION, candidate, freeCall())).toBe('unknown');
  });

  it('follows no redirect, and the other server gets nothing', async () => {
    const other = await startServer((_, response) => text(response, 200, ''));
    const { ask } = await probing((_, response) => {
      response.writeHead(307, { location: `${other.origin}/oauth/revoke` });
      response.end();
    });
    expect(await ask()).toBe('unknown');
    expect(other.received).toEqual([]);
  });

  it('throws only when its caller ends it', async () => {
    const controller = new AbortController();
    const auth0 = await startTenant({ revoke: () => controller.abort(new Error('enough')) });
    const probe = createProbe({ tenant: auth0.tenant });
    await expect(probe(APPLICATION, candidate, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('sends nothing once its signal has aborted, or for a malformed client id', async () => {
    const { auth0 } = await probing((_, response) => text(response, 200, ''));
    const probe = createProbe({ tenant: auth0.tenant });
    const aborted = { signal: AbortSignal.abort(new Error('enough')) };
    await expect(probe(APPLICATION, candidate, aborted)).rejects.toThrow('enough');
    await expect(probe('..', candidate, freeCall())).rejects.toMatchObject({ code: 'APPLICATION_ID_INVALID' });
    expect(auth0.received).toEqual([]);
  });
});
