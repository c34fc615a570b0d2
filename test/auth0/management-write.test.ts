import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { ManagementAccess } from '../../src/auth0/access.js';
import type { Call } from '../../src/base/clock.js';
import { Secret } from '../../src/base/secret.js';
import { createManualClock } from './support/manual-clock.js';
import { json, type Received, startServer, text } from './support/server.js';
import {
  ACCESS_TOKEN,
  APPLICATION,
  applicationAnswer,
  CANDIDATE,
  freeCall,
  MANAGEMENT_SECRET,
  rejection,
  startTenant,
} from './support/tenant.js';

type Answer = (request: Received, response: ServerResponse) => void;

const candidate = new Secret(CANDIDATE);

/** The two requests that change a secret. What holds for one holds for the other unless a test says so. */
const CHANGES: readonly [string, string, (access: ManagementAccess, call: Call) => Promise<void>][] = [
  [
    'PATCH',
    `PATCH /api/v2/clients/${APPLICATION}`,
    (access, call) => access.setClientSecret(APPLICATION, candidate, call),
  ],
  [
    'rotate-secret',
    `POST /api/v2/clients/${APPLICATION}/rotate-secret`,
    (access, call) => access.replaceClientSecret(APPLICATION, call),
  ],
];

function expectNoSecret(error: unknown) {
  const shown = `${JSON.stringify(error)} ${String(error)} ${(error as Error).stack} ${(error as Error).cause}`;
  for (const secret of [CANDIDATE, MANAGEMENT_SECRET, ACCESS_TOKEN]) expect(shown).not.toContain(secret);
}

describe.each(CHANGES)('%s', (_, line, change) => {
  it('sends one request and resolves on its acknowledgement', async () => {
    const auth0 = await startTenant({ api: applicationAnswer });
    await change(auth0.access, freeCall());
    expect(auth0.matching(line)).toHaveLength(1);
    expect(auth0.received).toHaveLength(2);
  });

  it('is not repeated after a 500, although the next one would succeed', async () => {
    let answers = 0;
    const auth0 = await startTenant({
      api: (request, response) => {
        answers += 1;
        if (answers === 1) json(response, 500, { statusCode: 500, error: 'Internal Server Error' });
        else applicationAnswer(request, response);
      },
    });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_UNAVAILABLE', kind: 'unknown', status: 500 });
    expect(auth0.matching(line)).toHaveLength(1);
  });

  it('is not repeated after a 429, and hands on how long to wait', async () => {
    const auth0 = await startTenant({
      api: (_, response) =>
        json(response, 429, { statusCode: 429, errorCode: 'too_many_requests' }, { 'retry-after': '3' }),
    });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_RATE_LIMITED', kind: 'rate-limited', retryAfterMilliseconds: 3_000 });
    expect(auth0.matching(line)).toHaveLength(1);
  });

  it('is not repeated after a 421, which fetch would do on its own', async () => {
    const auth0 = await startTenant({ api: (_, response) => text(response, 421, '') });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error.kind).toBe('unknown');
    expect(auth0.matching(line)).toHaveLength(1);
  });

  it('was not applied when the token was refused; the next request brings a new one', async () => {
    const auth0 = await startTenant({
      api: (_, response) => json(response, 401, { statusCode: 401, error: 'Unauthorized', message: 'Invalid token' }),
    });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_CREDENTIALS_REJECTED', kind: 'not-applied', status: 401 });
    expect(auth0.matching(line)).toHaveLength(1);
    await rejection(change(auth0.access, freeCall()));
    expect(auth0.matching('POST /oauth/token')).toHaveLength(2);
  });

  it('names the scope it lacks', async () => {
    const auth0 = await startTenant({
      api: (_, response) =>
        json(response, 403, {
          statusCode: 403,
          error: 'Forbidden',
          message: 'Insufficient scope, expected any of: update:clients,update:client_keys',
          errorCode: 'insufficient_scope',
        }),
    });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_SCOPE_MISSING', kind: 'configuration' });
    expect(error.message).toContain('update:client_keys');
    expect(error.message).not.toContain('update:clients');
    expect(auth0.matching(line)).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['empty', (_request, response) => text(response, 200, '')],
    ['HTML', (_request, response) => text(response, 200, '<html>OK</html>', 'text/html')],
    ['broken JSON', (_request, response) => text(response, 200, `{"client_id":"${APPLICATION}"`, 'application/json')],
    ['a JSON string', (_request, response) => json(response, 200, 'OK')],
    ['null', (_request, response) => json(response, 200, null)],
    ['a list', (_request, response) => json(response, 200, [{ client_id: APPLICATION }])],
    ['an error object', (_request, response) => json(response, 200, { statusCode: 500, error: 'x' })],
    ['another application', (_request, response) => json(response, 200, { client_id: `${APPLICATION}x` })],
    ['too long', (_request, response) => text(response, 200, `{"client_id":"${'x'.repeat(5_000_000)}"}`)],
  ])('leaves the outcome unknown when a 200 is %s', async (_name, api) => {
    const auth0 = await startTenant({ api });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_ANSWER_UNUSABLE', kind: 'unknown' });
    expect(auth0.matching(line)).toHaveLength(1);
  });

  it.each([201, 202, 204])('leaves the outcome unknown after status %i', async (status) => {
    const auth0 = await startTenant({
      api: (_request, response) => {
        response.writeHead(status);
        response.end(status === 204 ? undefined : JSON.stringify({ client_id: APPLICATION }));
      },
    });
    expect((await rejection(change(auth0.access, freeCall()))).kind).toBe('unknown');
  });

  it.each([400, 401, 403, 404, 422])(
    'leaves the outcome unknown after a %i that Auth0 did not write',
    async (status) => {
      const auth0 = await startTenant({ api: (_request, response) => text(response, status, '<html>Proxy</html>') });
      const error = await rejection(change(auth0.access, freeCall()));
      expect(error).toMatchObject({ code: 'AUTH0_ANSWER_UNUSABLE', kind: 'unknown' });
    },
  );

  it('leaves the outcome unknown when the connection is reset', async () => {
    const auth0 = await startTenant({ api: (_request, response) => response.socket?.resetAndDestroy() });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_UNREACHABLE', kind: 'unknown' });
    expect(error.message).toContain('ECONNRESET');
  });

  it('leaves the outcome unknown when the body breaks off', async () => {
    const auth0 = await startTenant({
      api: (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{', () => response.destroy());
      },
    });
    expect((await rejection(change(auth0.access, freeCall()))).kind).toBe('unknown');
  });

  it('leaves the outcome unknown when no answer comes in time', async () => {
    const clock = createManualClock();
    const auth0 = await startTenant({ api: () => void clock.advance(15_000) }, { clock });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_UNAVAILABLE', kind: 'unknown' });
    expect(auth0.matching(line)).toHaveLength(1);
  });

  it('does not hang on a body that stalls after its headers', async () => {
    const clock = createManualClock();
    const stall: Answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(`{"client_id":"${APPLICATION}",`, () => setTimeout(() => clock.advance(15_000), 30));
    };
    const auth0 = await startTenant({ api: stall }, { clock });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_UNAVAILABLE', kind: 'unknown' });
  });

  it("ends a stalled body by the call's signal too", async () => {
    const controller = new AbortController();
    const auth0 = await startTenant({
      api: (_request, response) => {
        response.writeHead(200);
        response.write('{', () => controller.abort());
      },
    });
    const error = await rejection(change(auth0.access, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'INTERRUPTED', kind: 'unknown' });
  });

  it('sends nothing once its signal has aborted', async () => {
    const auth0 = await startTenant({ api: applicationAnswer });
    await auth0.access.scopes(freeCall());
    const error = await rejection(change(auth0.access, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'INTERRUPTED', kind: 'not-applied' });
    expect(auth0.matching(line)).toHaveLength(0);
  });

  it('was not applied when no connection could be made', async () => {
    const auth0 = await startTenant({ api: applicationAnswer });
    let connected = true;
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', syscall: 'connect' });
    const access = auth0.open({
      fetch: (...request) =>
        connected ? fetch(...request) : Promise.reject(new TypeError('fetch failed', { cause: refused })),
    });
    await access.scopes(freeCall());
    connected = false;
    const error = await rejection(change(access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_UNREACHABLE', kind: 'not-applied' });
  });

  it.each([301, 302, 303, 307, 308])('follows no %i, and the other server gets nothing', async (status) => {
    const other = await startServer((_request, response) => applicationAnswer(_request, response));
    const auth0 = await startTenant({
      api: (_request, response) => {
        response.writeHead(status, { location: `${other.origin}/api/v2/clients/${APPLICATION}` });
        response.end();
      },
    });
    const error = await rejection(change(auth0.access, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_REDIRECTED', kind: 'unknown' });
    expect(other.received).toEqual([]);
  });

  it.each(['..', '.', '../../x', 'a/../..', '', 'a?b'])('sends nothing for the client id %j', async (clientId) => {
    const auth0 = await startTenant({ api: applicationAnswer });
    for (const attempt of [
      auth0.access.setClientSecret(clientId, candidate, freeCall()),
      auth0.access.replaceClientSecret(clientId, freeCall()),
    ]) {
      expect(await rejection(attempt)).toMatchObject({ code: 'APPLICATION_ID_INVALID', kind: 'refused' });
    }
    expect(auth0.received).toEqual([]);
  });

  it.each([400, 401, 403, 404, 409, 429, 500])('repeats nothing of a body of status %i', async (status) => {
    const echo = `${CANDIDATE} ${MANAGEMENT_SECRET} ${ACCESS_TOKEN}`;
    const body = { statusCode: status, error: echo, message: echo, errorCode: CANDIDATE };
    const auth0 = await startTenant({ api: (_request, response) => json(response, status, body) });
    expectNoSecret(await rejection(change(auth0.access, freeCall())));
  });
});

describe('PATCH', () => {
  it('carries the candidate and nothing else, in one ordinary body', async () => {
    const auth0 = await startTenant({ api: applicationAnswer });
    await auth0.access.setClientSecret(APPLICATION, candidate, freeCall());
    const [request] = auth0.matching('PATCH');
    expect(JSON.parse(request?.body ?? '')).toEqual({ client_secret: CANDIDATE });
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${ACCESS_TOKEN}`,
      'content-type': 'application/json',
      'content-length': String(request?.body.length),
    });
    expect(request?.headers['transfer-encoding']).toBeUndefined();
    expect(request?.headers.cookie).toBeUndefined();
  });

  it.each([undefined, null, '', CANDIDATE])('takes an answer that shows %j for its acknowledgement', async (shown) => {
    const auth0 = await startTenant({
      api: (_, response) => json(response, 200, { client_id: APPLICATION, client_secret: shown }),
    });
    await auth0.access.setClientSecret(APPLICATION, candidate, freeCall());
  });

  it('leaves the outcome unknown when the answer shows another secret', async () => {
    const auth0 = await startTenant({
      api: (_, response) => json(response, 200, { client_id: APPLICATION, client_secret: 'canary-foreign-3Xk8' }),
    });
    const error = await rejection(auth0.access.setClientSecret(APPLICATION, candidate, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_ANSWER_UNUSABLE', kind: 'unknown' });
    expect(JSON.stringify(error)).not.toContain('canary-foreign');
  });

  it('asks for another candidate when Auth0 rejects this one', async () => {
    const auth0 = await startTenant({
      api: (_, response) =>
        json(response, 400, {
          statusCode: 400,
          error: 'Bad Request',
          message: `Payload validation error: '${CANDIDATE}' on property client_secret`,
          errorCode: 'invalid_body',
        }),
    });
    const error = await rejection(auth0.access.setClientSecret(APPLICATION, candidate, freeCall()));
    expect(error).toMatchObject({ code: 'CANDIDATE_REJECTED', kind: 'rejected-value', status: 400 });
    expect(error.message).toContain('invalid_body');
    expectNoSecret(error);
  });

  it.each([
    [400, 'invalid_uri', 'AUTH0_FORBIDDEN'],
    [403, 'operation_not_supported', 'AUTH0_FORBIDDEN'],
    [404, 'inexistent_client', 'APPLICATION_UNKNOWN'],
    [409, undefined, 'AUTH0_FORBIDDEN'],
  ])('was not applied after %i %s', async (status, errorCode, code) => {
    const body = { statusCode: status, error: 'x', message: 'x', errorCode };
    const auth0 = await startTenant({ api: (_, response) => json(response, status, body) });
    const error = await rejection(auth0.access.setClientSecret(APPLICATION, candidate, freeCall()));
    expect(error).toMatchObject({ code, kind: 'configuration', status });
    expect(error.message).toContain('The secret was not changed.');
  });
});

describe('rotate-secret', () => {
  it('is sent without a body, and its answer is dropped', async () => {
    const auth0 = await startTenant({
      api: (_, response) => json(response, 200, { client_id: APPLICATION, client_secret: 'canary-new-5Tz' }),
    });
    expect(await auth0.access.replaceClientSecret(APPLICATION, freeCall())).toBeUndefined();
    const [request] = auth0.matching('POST /api/v2/');
    expect(request?.body).toBe('');
    expect(request?.headers['content-length']).toBe('0');
  });

  it('has no candidate to reject', async () => {
    const auth0 = await startTenant({
      api: (_, response) => json(response, 400, { statusCode: 400, error: 'Bad Request', message: 'private_key_jwt' }),
    });
    const error = await rejection(auth0.access.replaceClientSecret(APPLICATION, freeCall()));
    expect(error).toMatchObject({ code: 'AUTH0_FORBIDDEN', kind: 'configuration' });
  });
});
