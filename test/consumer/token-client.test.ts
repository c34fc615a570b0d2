import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createSecretPair,
  createTokenClient,
  isClientSecretRefusal,
  type TokenClientOptions,
  TokenError,
  type TokenGrant,
} from '../../src/consumer/index.js';
import { answer, type FakeTokenEndpoint, startTokenEndpoint } from './fake-token-endpoint.js';
import { everythingShown, inventSecret, withResolvers } from './secrets.js';
import { createVirtualClock } from './virtual-clock.js';

const audience = 'https://api.acme.example';
const clientCredentials: TokenGrant = { grant: 'client_credentials', audience };

let endpoint: FakeTokenEndpoint;
let a: string;
let b: string;
let live: Set<string>;

beforeEach(async () => {
  [a, b] = [inventSecret(), inventSecret()];
  live = new Set([a]);
  endpoint = await startTokenEndpoint((secret) => live.has(secret));
});
afterEach(() => endpoint.close());

const makePair = () => createSecretPair({ read: () => ({ current: a, fallback: b }) });
const makeClient = (options: Partial<TokenClientOptions> = {}) =>
  createTokenClient({
    tokenEndpoint: endpoint.tokenEndpoint,
    clientId: 'acme',
    pair: makePair(),
    ...options,
  } as TokenClientOptions);
const secretsReceived = () => endpoint.received.map((received) => received.clientSecret);
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('It should have failed.'),
    (error) => error,
  );

describe('a token request', () => {
  it('asks with the current secret, and with the fallback once that is refused', async () => {
    const client = makeClient();
    expect(await client.request(clientCredentials)).toMatchObject({ access_token: 'token-1', expires_in: 86_400 });
    live = new Set([b]);
    expect(await client.request(clientCredentials)).toMatchObject({ access_token: 'token-2' });
    expect(await client.request(clientCredentials)).toMatchObject({ access_token: 'token-3' });
    expect(secretsReceived()).toEqual([a, a, b, b]);
  });

  it.each<[TokenGrant, Record<string, string>]>([
    [
      { grant: 'client_credentials', audience, scope: 'read:all', organization: 'org_1' },
      { grant_type: 'client_credentials', audience, scope: 'read:all', organization: 'org_1' },
    ],
    [
      { grant: 'authorization_code', code: 'c&o=d e', redirectUri: 'https://acme.example/cb', codeVerifier: 'v' },
      {
        grant_type: 'authorization_code',
        code: 'c&o=d e',
        redirect_uri: 'https://acme.example/cb',
        code_verifier: 'v',
      },
    ],
    [
      { grant: 'refresh_token', refreshToken: 'r', parameters: { device: 'one' } },
      { grant_type: 'refresh_token', refresh_token: 'r', device: 'one' },
    ],
  ])('takes the form of its grant: %o', async (grant, form) => {
    await makeClient().request(grant);
    const sent = Object.fromEntries(endpoint.received[0]?.form ?? []);
    expect(sent).toEqual({ ...form, client_id: 'acme', client_secret: a });
  });

  it.each(['client_secret', 'client_id', 'grant_type', 'audience'])('cannot have its %s replaced', async (name) => {
    const outcome = makeClient().request({ grant: 'client_credentials', audience, parameters: { [name]: 'x' } });
    await expect(outcome).rejects.toThrow(name);
    expect(endpoint.received).toHaveLength(0);
  });
});

describe('HTTP Basic', () => {
  it.each([
    'plain',
    'with:colon',
    'with space + plus % percent & ampersand = equals',
    'ümläut – 日本語 🔑',
    `quote " slash / back \\ tilde ~ star * paren ( ) '`,
  ])('carries %s as it is', async (odd) => {
    live = new Set([odd]);
    const pair = createSecretPair({ read: () => ({ current: odd }) });
    await makeClient({ pair, clientId: 'ac:me id', authentication: 'basic' }).request(clientCredentials);
    expect(endpoint.received[0]).toMatchObject({ method: 'basic', clientId: 'ac:me id', clientSecret: odd });
    expect(endpoint.received[0]?.form.has('client_secret')).toBe(false);
  });

  it('falls back too', async () => {
    live = new Set([b]);
    await makeClient({ authentication: 'basic' }).request(clientCredentials);
    expect(secretsReceived()).toEqual([a, b]);
  });
});

describe('a failure that does not refuse the secret', () => {
  it.each([
    [403, 'access_denied'],
    [403, 'unauthorized_client'],
    [403, 'invalid_grant'],
    [400, 'invalid_grant'],
    [401, 'mfa_required'],
    [429, 'too_many_requests'],
    [500, 'server_error'],
    [503, undefined],
  ])('is thrown after one request, and a code is not sent again: %s %s', async (status, error) => {
    endpoint.behaviour = (_received, response) => answer(response, status, { error, error_description: 'No.' });
    const thrown = await failureOf(makeClient().request({ grant: 'authorization_code', code: 'once' }));
    expect(thrown).toBeInstanceOf(TokenError);
    expect(thrown).toMatchObject({ reason: 'refused', status, error, error_description: 'No.' });
    expect(endpoint.received).toHaveLength(1);
  });

  it('ends the exchange of a code though the first secret was refused', async () => {
    endpoint.behaviour = (received, response, next) =>
      received.clientSecret === a
        ? answer(response, 401, { error: 'access_denied' })
        : received.clientSecret === b
          ? answer(response, 403, { error: 'invalid_grant' })
          : next();
    const thrown = await failureOf(makeClient().request({ grant: 'authorization_code', code: 'once' }));
    expect(thrown).toMatchObject({ status: 403, error: 'invalid_grant' });
    expect(secretsReceived()).toEqual([a, b]);
  });

  it('a broken connection is one', async () => {
    endpoint.behaviour = (_received, response) => response.socket?.destroy();
    const thrown = await failureOf(makeClient().request({ grant: 'refresh_token', refreshToken: 'once' }));
    expect(thrown).toMatchObject({ reason: 'network', status: undefined });
    expect(endpoint.received).toHaveLength(1);
  });

  it('an endpoint that is not there is one, and its code is named', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => unused.once('listening', resolve));
    const { port } = unused.address() as { port: number };
    await new Promise((resolve) => unused.close(resolve));
    const client = makeClient({ tokenEndpoint: `http://127.0.0.1:${port}/oauth/token` } as Partial<TokenClientOptions>);
    const thrown = await failureOf(client.request(clientCredentials));
    expect(thrown).toMatchObject({ reason: 'network', message: expect.stringContaining('(ECONNREFUSED)') });
  });
});

describe('an answer that is none', () => {
  it('a redirect is not followed, so that the secret stays here', async () => {
    const elsewhere = await startTokenEndpoint(() => true);
    try {
      endpoint.behaviour = (_received, response) =>
        response.writeHead(307, { location: elsewhere.tokenEndpoint }).end();
      const thrown = await failureOf(makeClient().request(clientCredentials));
      expect(thrown).toMatchObject({ reason: 'unusable-answer', status: 307 });
      expect(elsewhere.received).toHaveLength(0);
      expect(endpoint.received).toHaveLength(1);
    } finally {
      await elsewhere.close();
    }
  });

  it.each([
    ['no JSON', '<html></html>'],
    ['nothing', ''],
    ['a list', '[]'],
    ['no token', '{"token_type":"Bearer"}'],
    ['an empty token', '{"access_token":""}'],
  ])('a 200 with %s is an error', async (_name, body) => {
    endpoint.behaviour = (_received, response) => response.writeHead(200).end(body);
    expect(await failureOf(makeClient().request(clientCredentials))).toMatchObject({
      reason: 'unusable-answer',
      status: 200,
    });
  });

  it('a body beyond the limit is not read to its end', async () => {
    let written = 0;
    endpoint.behaviour = (_received, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(65_536, 32);
      const pour = () => {
        while (!response.destroyed && written < 100 * 1024 * 1024) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', pour);
        }
      };
      pour();
    };
    const thrown = await failureOf(makeClient({ maximumAnswerBytes: 1_000 }).request(clientCredentials));
    expect(thrown).toMatchObject({ reason: 'unusable-answer' });
    expect(written).toBeLessThan(50 * 1024 * 1024);
  });

  it('a body that stalls ends at the timeout', async () => {
    endpoint.behaviour = (_received, response) => response.writeHead(200).write('{"access_');
    const thrown = await failureOf(makeClient({ timeoutMilliseconds: 100 }).request(clientCredentials));
    expect(thrown).toMatchObject({ reason: 'timeout' });
  });

  it('a fetch that ignores its signal ends at the timeout too', async () => {
    const client = makeClient({ timeoutMilliseconds: 50, fetch: () => new Promise(() => {}) });
    expect(await failureOf(client.request(clientCredentials))).toMatchObject({ reason: 'timeout' });
  });
});

describe('callers at the same time', () => {
  it('share one request when they ask for the same, and only then', async () => {
    const client = makeClient();
    const same = Array.from({ length: 50 }, () => client.request(clientCredentials));
    const other = client.request({ grant: 'client_credentials', audience: 'https://other.acme.example' });
    const answers = await Promise.all([...same, other]);
    expect(new Set(answers.map((each) => each.access_token)).size).toBe(2);
    expect(endpoint.received).toHaveLength(2);
    await client.request(clientCredentials);
    expect(endpoint.received).toHaveLength(3);
  });

  it('share one exchange of a code', async () => {
    const client = makeClient();
    const exchange = () => client.request({ grant: 'authorization_code', code: 'once' });
    await Promise.all([exchange(), exchange()]);
    expect(endpoint.received).toHaveLength(1);
  });

  it('lose nothing when one of them goes', async () => {
    const arrived = withResolvers<() => void>();
    endpoint.behaviour = (_received, _response, next) => arrived.resolve(next);
    const client = makeClient();
    const controller = new AbortController();
    const impatient = failureOf(client.request(clientCredentials, { signal: controller.signal }));
    const patient = client.request(clientCredentials);
    const release = await arrived.promise;
    controller.abort(new Error('No time.'));
    expect(await impatient).toMatchObject({ message: 'No time.' });
    release();
    expect(await patient).toMatchObject({ access_token: 'token-1' });
    expect(endpoint.received).toHaveLength(1);
  });

  it('end the request when all of them go', async () => {
    const closed = withResolvers<void>();
    const arrived = withResolvers<void>();
    endpoint.behaviour = (_received, response) => {
      response.once('close', () => closed.resolve());
      arrived.resolve();
    };
    const client = makeClient();
    const controller = new AbortController();
    const gone = failureOf(client.request(clientCredentials, { signal: controller.signal }));
    await arrived.promise;
    controller.abort(new Error('No time.'));
    expect(await gone).toMatchObject({ message: 'No time.' });
    await closed.promise;
    endpoint.behaviour = (_received, _response, next) => next();
    expect(await client.request(clientCredentials)).toMatchObject({ access_token: 'token-1' });
  });
});

describe('the cache', () => {
  it('is off unless asked for', async () => {
    const client = makeClient();
    await client.request(clientCredentials);
    await client.request(clientCredentials);
    expect(endpoint.received).toHaveLength(2);
  });

  it('keeps a token until a minute before it expires', async () => {
    const clock = createVirtualClock();
    const pair = createSecretPair({ read: () => ({ current: a }), clock });
    const client = makeClient({ pair, cache: true });
    const first = await client.request(clientCredentials);
    await clock.run(clock.sleep(86_400_000 - 60_001));
    expect(await client.request(clientCredentials)).toBe(first);
    await clock.run(clock.sleep(1));
    expect(await client.request(clientCredentials)).not.toBe(first);
    expect(endpoint.received).toHaveLength(2);
  });

  it('is passed by when a fresh token is asked for, which it then keeps', async () => {
    const client = makeClient({ cache: true });
    await client.request(clientCredentials);
    const fresh = await client.request(clientCredentials, { fresh: true });
    expect(fresh.access_token).toBe('token-2');
    expect(await client.request(clientCredentials)).toBe(fresh);
  });

  it('keeps no failure, no token of another grant, and none without a lifetime', async () => {
    const client = makeClient({ cache: true });
    const refresh: TokenGrant = { grant: 'refresh_token', refreshToken: 'r' };
    await client.request(refresh);
    await client.request(refresh);
    expect(endpoint.received).toHaveLength(2);
    endpoint.behaviour = (_received, response) => answer(response, 200, { access_token: 'x' });
    await client.request(clientCredentials);
    endpoint.behaviour = (_received, response) => answer(response, 500, {});
    await failureOf(client.request(clientCredentials));
    endpoint.behaviour = (_received, _response, next) => next();
    await client.request(clientCredentials);
    expect(endpoint.received).toHaveLength(5);
  });
});

describe('where the secret may be sent', () => {
  const pair = createSecretPair({ read: () => ({ current: 'x' }) });
  it.each([
    ['https://acme.eu.auth0.com'],
    ['acme.eu.auth0.com/'],
    ['evil.example\\@acme.eu.auth0.com'],
    ['a@acme.eu.auth0.com'],
    ['acme.eu.auth0.com:8443'],
    ['acme.eu.auth0.com#'],
    ['127.0.0.1'],
    ['localhost'],
    [''],
  ])('not to the domain %s', (domain) => {
    expect(() => createTokenClient({ domain, clientId: 'acme', pair })).toThrow(TypeError);
  });

  it.each([
    ['http://acme.eu.auth0.com/oauth/token'],
    ['http://127.0.0.1.evil.example/oauth/token'],
    ['ftp://acme.eu.auth0.com/oauth/token'],
    ['/oauth/token'],
    ['https://user:hidden-word@acme.eu.auth0.com/oauth/token'],
  ])('not to the address %s', (tokenEndpoint) => {
    const make = () => createTokenClient({ tokenEndpoint, clientId: 'acme', pair });
    expect(make).toThrow(TypeError);
    expect(make).not.toThrow('hidden-word');
  });

  it('to the token endpoint of the domain, over https', async () => {
    const addresses: unknown[] = [];
    const fetch = vi.fn(async (address: unknown) => {
      addresses.push(address);
      return Response.json({ access_token: 'x' });
    });
    const client = createTokenClient({ domain: 'ACME.eu.auth0.com', clientId: 'acme', pair, fetch });
    await client.request(clientCredentials);
    expect(addresses).toEqual(['https://acme.eu.auth0.com/oauth/token']);
  });
});

describe('what is shown', () => {
  it('holds no secret, though the server echoes everything it was sent', async () => {
    const secret = `${inventSecret()} "ö&+\\`;
    const code = inventSecret();
    const pair = createSecretPair({ read: () => ({ current: secret }) });
    for (const authentication of ['post', 'basic'] as const) {
      endpoint.behaviour = (received, response) => {
        const basic = Buffer.from(`acme:${new URLSearchParams({ v: secret }).toString().slice(2)}`).toString('base64');
        const echo = `${secret}|${encodeURIComponent(secret)}|${received.form}|${JSON.stringify(secret)}|${basic}|${code}`;
        answer(response, 400, {
          error: `invalid_request ${secret}`,
          error_description: `\r\nforged ${echo} ${'long '.repeat(100)}`,
        });
      };
      const client = makeClient({ pair, authentication });
      const thrown = await failureOf(client.request({ grant: 'authorization_code', code }));
      const shown = everythingShown(thrown) + everythingShown(client);
      const [head = ''] = secret.split(' ');
      expect(shown).not.toContain(head);
      expect(shown).not.toContain(code);
      expect(shown).not.toContain(Buffer.from(`acme:${head}`).toString('base64').slice(0, 60));
      expect(shown).toContain('[secret]');
      expect((thrown as TokenError).error_description).not.toMatch(/[\r\n]/);
      expect((thrown as TokenError).error_description?.length).toBeLessThanOrEqual(300);
    }
  });

  it('holds no parameter of the caller either: it may be a password or a token', async () => {
    const password = inventSecret();
    endpoint.behaviour = (received, response) =>
      answer(response, 400, { error: 'invalid_request', error_description: `no ${received.form} for read:orders` });
    const parameters = { subject_token: password };
    const scope = 'read:orders';
    const thrown = await failureOf(makeClient().request({ grant: 'client_credentials', scope, parameters }));
    expect(everythingShown(thrown)).not.toContain(password);
    expect(thrown).toMatchObject({ error_description: expect.stringContaining('for read:orders') });
  });

  it('holds nothing of an error that a fetch throws with the request inside', async () => {
    const client = makeClient({
      fetch: async (_address, init) => {
        throw Object.assign(new TypeError(`could not send ${init?.body}`), {
          init,
          cause: { code: `E ${init?.body}` },
        });
      },
    });
    const thrown = await failureOf(client.request(clientCredentials));
    expect(thrown).toMatchObject({ reason: 'network' });
    expect(everythingShown(thrown)).not.toContain(a);
  });

  it('is recognised as a refusal by the predicate', async () => {
    const error = new TokenError({ reason: 'refused', message: 'x', status: 401, error: 'access_denied' });
    expect(await isClientSecretRefusal(error)).toBe(true);
  });
});
