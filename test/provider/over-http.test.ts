import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuth0ClientSecretProvider } from '../../src/provider/auth0-client-secret/index.js';
import { connectionSchema } from '../../src/provider/auth0-client-secret/schemas.js';
import { APPLICATION_ID, MANAGEMENT_ID } from './fake-tenant.js';
import { credentials, PREVIOUS } from './harness.js';

const MANAGEMENT_SECRET = 'management-canary-8Zq1vT6nB3xK0wR5';

/** The least of a tenant that a rotation needs, over real HTTP. */
let live = PREVIOUS;
const seen: string[] = [];
const server = createServer(async (request, response) => {
  const body = await textOf(request);
  const form = new URLSearchParams(body);
  seen.push(`${request.method} ${request.url?.split('?')[0]}`);
  const answer = (status: number, content: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  };
  if (request.url === '/oauth/token') {
    if (!body.includes(MANAGEMENT_SECRET)) return answer(401, { error: 'access_denied' });
    const scope = 'read:clients update:client_keys';
    return answer(200, { access_token: 'token-canary-3Xk9', token_type: 'Bearer', expires_in: 86_400, scope });
  }
  if (request.url === '/oauth/revoke') {
    if (form.get('client_secret') === live) return response.writeHead(200).end();
    return answer(401, { error: 'invalid_client' });
  }
  if (request.method === 'PATCH') live = JSON.parse(body).client_secret;
  answer(200, {
    client_id: APPLICATION_ID,
    name: 'Acme web shop',
    app_type: 'regular_web',
    token_endpoint_auth_method: 'client_secret_post',
    jwt_configuration: { alg: 'RS256' },
  });
});
let origin = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

test('a rotation over real HTTP takes one token, one look, one change and a row of probes', async () => {
  const provider = createAuth0ClientSecretProvider({ allowedOrigins: [origin] });
  const connection = connectionSchema.parse({
    domain: origin,
    clientId: MANAGEMENT_ID,
    clientSecret: MANAGEMENT_SECRET,
  });
  const answer = await provider.rotate({
    connection,
    parameters: { clientId: APPLICATION_ID },
    active: credentials(PREVIOUS),
    publish: async ({ clientSecret }) => clientSecret.reveal() === live,
  });
  expect(answer.published).toBe(true);
  expect(live).not.toBe(PREVIOUS);
  const count = (what: string) => seen.filter((line) => line === what).length;
  expect(count('POST /oauth/token')).toBe(1);
  expect(count(`GET /api/v2/clients/${APPLICATION_ID}`)).toBe(1);
  expect(count(`PATCH /api/v2/clients/${APPLICATION_ID}`)).toBe(1);
  // One beforehand that must be refused, then a row of three; the clock may ask for one more.
  expect(count('POST /oauth/revoke')).toBeGreaterThanOrEqual(4);
  expect(count('POST /oauth/revoke')).toBeLessThanOrEqual(5);
  expect(seen).toHaveLength(3 + count('POST /oauth/revoke'));
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
