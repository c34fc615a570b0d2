/** Proxies: a real process, a real proxy and a real origin, all on loopback. */
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followProxySettings } from '../../src/cli/network.js';

let origin: Server;
let proxy: Server;
/** The local ports of the connections the proxy made: whoever comes from one of them came through it. */
const portsOfProxy = new Set<number | undefined>();
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

beforeAll(async () => {
  origin = createServer((message, response) => {
    response.end(portsOfProxy.has(message.socket.remotePort) ? 'through the proxy' : 'straight');
  });
  proxy = createServer((_message, response) => response.writeHead(501).end());
  proxy.on('connect', (message, socket) => {
    const [host, port] = (message.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      portsOfProxy.add(upstream.localPort);
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

/**
 * Fetches the origin once under each of the given settings, one after another, in a process of its own: the settings
 * change the whole process.
 */
async function fetchUnder(settings: readonly Record<string, string>[]): Promise<string[]> {
  const script = `
    import { followProxySettings } from './src/cli/network.js';
    for (const settings of ${JSON.stringify(settings)}) {
      await followProxySettings(settings);
      console.log(await (await fetch(${JSON.stringify(urlOf(origin))})).text());
    }
    process.exit(0);`;
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    env: { PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  await new Promise((resolve) => child.on('close', resolve));
  return text.trim().split('\n');
}

test('requests go through the proxy of the environment, past it for NO_PROXY, and straight without one', async () => {
  const answers = await fetchUnder([
    { NO_PROXY: 'example.com' },
    { HTTPS_PROXY: urlOf(proxy) },
    { HTTP_PROXY: urlOf(proxy) },
    { http_proxy: urlOf(proxy), HTTP_PROXY: 'http://127.0.0.1:1' },
    { HTTP_PROXY: urlOf(proxy), NO_PROXY: 'example.com,127.0.0.1' },
    { HTTP_PROXY: urlOf(proxy), no_proxy: '*', NO_PROXY: 'example.com' },
    { HTTP_PROXY: urlOf(proxy), no_proxy: '', NO_PROXY: '127.0.0.1' },
  ]);
  expect(answers).toEqual([
    'straight',
    'straight',
    'through the proxy',
    'through the proxy',
    'straight',
    'straight',
    'straight',
  ]);
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
