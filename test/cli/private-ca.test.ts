/**
 * Corporate networks: an Auth0 and an Infisical whose certificates a private CA signed, behind a proxy. The real
 * process, over TLS, on loopback.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, request, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Auth0Emulator, startAuth0Emulator } from '../../src/testing/auth0-emulator/index.js';
import { type InfisicalStandIn, startInfisicalStandIn } from '../../src/testing/infisical-stand-in/index.js';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const servers: Server[] = [];
let auth0: Auth0Emulator;
let infisical: InfisicalStandIn;
let environment: Record<string, string>;
let proxy: string;
let tunnels = 0;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Puts TLS in front of a plain server. */
async function behindTls(origin: string): Promise<string> {
  const keys = { key: readFileSync(fixture('localhost.key.pem')), cert: readFileSync(fixture('localhost.pem')) };
  const server = createHttpsServer(keys, (incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const forwarded = request(new URL(url, origin), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  return `https://localhost:${await listen(server)}`;
}

beforeAll(async () => {
  auth0 = await startAuth0Emulator({ nodes: 1, propagationMilliseconds: 0 });
  infisical = await startInfisicalStandIn();
  const tenant = auth0.describe();
  const store = infisical.describe();
  const domain = await behindTls(tenant.origin);
  environment = {
    PATH: process.env['PATH'] ?? '',
    AUTH0_DOMAIN: domain,
    AUTH0_AUDIENCE: `${tenant.origin}/api/v2/`,
    AUTH0_ROTATION_ALLOWED_ORIGINS: `${domain},${tenant.origin}`,
    AUTH0_MANAGEMENT_CLIENT_ID: tenant.managementClientId,
    AUTH0_MANAGEMENT_CLIENT_SECRET: tenant.managementClientSecret,
    INFISICAL_SITE_URL: await behindTls(store.siteUrl),
    INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: store.clientId,
    INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: store.clientSecret,
    INFISICAL_PROJECT_ID: store.projectId,
    INFISICAL_ENVIRONMENT: store.environment,
  };
  const tunnel = createHttpServer();
  tunnel.on('connect', (asked, socket) => {
    tunnels += 1;
    const upstream = connect(Number((asked.url ?? '').split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  proxy = `http://127.0.0.1:${await listen(tunnel)}`;
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await Promise.all([auth0.close(), infisical.close()]);
});

async function plan(variables: Record<string, string>) {
  const application = auth0.describe().applications[0]?.clientId ?? '';
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', 'rotate', '--dry-run', '--json', '--application', application],
    { env: { ...environment, ...variables }, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code, answer: JSON.parse(stdout) };
}

test('without the private CA nothing is reached, and the answer says so', async () => {
  const { code, answer } = await plan({});
  expect(answer).toMatchObject({ status: 'refused', error: { code: 'AUTH0_UNREACHABLE' } });
  expect(code).toBe(2);
});

test('NODE_EXTRA_CA_CERTS makes the private CA known', async () => {
  const { code, answer } = await plan({ NODE_EXTRA_CA_CERTS: fixture('private-ca.pem') });
  expect(answer).toMatchObject({ status: 'planned', error: null });
  expect(code).toBe(0);
  expect(tunnels).toBe(0);
});

test('HTTPS_PROXY leads both through the proxy, with the private CA', async () => {
  const { code, answer } = await plan({ NODE_EXTRA_CA_CERTS: fixture('private-ca.pem'), HTTPS_PROXY: proxy });
  expect(answer).toMatchObject({ status: 'planned', error: null });
  expect(code).toBe(0);
  expect(tunnels).toBeGreaterThanOrEqual(2);
});
