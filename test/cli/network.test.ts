/** Proxies: a real process, a real proxy and a real origin, all on loopback. */
import { spawn } from 'node:child_process';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { followProxySettings } from '../../src/cli/network.js';

let origin: Server;
let proxy: Server;
let seenByProxy: string[] = [];
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

beforeAll(async () => {
  origin = createServer((_message, response) => response.end('from the origin'));
  proxy = createServer((message, response) => {
    seenByProxy.push(`${message.method} ${message.url}`);
    request(message.url ?? '', { method: message.method, headers: message.headers }, (answer) =>
      answer.pipe(response),
    ).end();
  });
  proxy.on('connect', (message, socket) => {
    seenByProxy.push(`CONNECT ${message.url}`);
    const [host, port] = (message.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await Promise.all([listen(origin), listen(proxy)]);
});
afterAll(() => {
  for (const server of [origin, proxy]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(() => {
  seenByProxy = [];
});

/** Fetches the origin in a process of its own, because the settings change the whole process. */
async function fetchIn(environment: Record<string, string>): Promise<string> {
  const script = `
    import { followProxySettings } from './src/cli/network.js';
    await followProxySettings(process.env);
    console.log(await (await fetch(${JSON.stringify(urlOf(origin))})).text());
    process.exit(0);`;
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  await new Promise((resolve) => child.on('close', resolve));
  return text.trim();
}

describe('requests', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('go through the proxy of %s', async (name) => {
    expect(await fetchIn({ [name]: urlOf(proxy) })).toBe('from the origin');
    expect(seenByProxy).toHaveLength(1);
    expect(seenByProxy[0]).toContain(urlOf(origin).slice('http://'.length));
  });

  test('go past it for the hosts of NO_PROXY', async () => {
    expect(await fetchIn({ HTTP_PROXY: urlOf(proxy), NO_PROXY: 'example.com,127.0.0.1' })).toBe('from the origin');
    expect(seenByProxy).toEqual([]);
  });

  test('go straight when there is no proxy', async () => {
    expect(await fetchIn({ NO_PROXY: 'example.com' })).toBe('from the origin');
    expect(seenByProxy).toEqual([]);
  });

  test('of https do not use the proxy of http origins by accident', async () => {
    expect(await fetchIn({ HTTPS_PROXY: urlOf(proxy) })).toBe('from the origin');
    expect(seenByProxy).toEqual([]);
  });
});

test('a proxy URL that is none is refused by the name of its variable; it may hold a password', async () => {
  const password = 'Tq8Zr3mVx1KcW5nL';
  for (const value of [`proxy:${password}@host`, `socks5://user:${password}@host:1080`, '::']) {
    const refused = followProxySettings({ https_proxy: value });
    await expect(refused).rejects.toMatchObject({ code: 'SETTING_INVALID', field: 'https_proxy' });
    await expect(refused).rejects.not.toThrow(password);
  }
});

test('no proxy setting leaves fetch alone', async () => {
  const before = globalThis.fetch;
  await followProxySettings({ NO_PROXY: '*', HTTPS_PROXY: '' });
  expect(globalThis.fetch).toBe(before);
});
