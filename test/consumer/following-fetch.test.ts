import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_SECRET_PLACEHOLDER, createFollowingFetch, createSecretPair } from '../../src/consumer/index.js';
import { type FakeTokenEndpoint, startTokenEndpoint } from './fake-token-endpoint.js';
import { everythingShown, inventSecret } from './secrets.js';

/** Odd on purpose: each way of writing it down must encode it. */
const odd = () => `${inventSecret()} $& "quoted" \\ ö +`;

let endpoint: FakeTokenEndpoint;
let a: string;
let b: string;

beforeEach(async () => {
  [a, b] = [odd(), odd()];
  endpoint = await startTokenEndpoint((secret) => secret === b);
});
afterEach(() => endpoint.close());

const follow = () => createFollowingFetch({ pair: createSecretPair({ read: () => ({ current: a, fallback: b }) }) });
const form = { grant_type: 'client_credentials', client_id: 'acme', client_secret: CLIENT_SECRET_PLACEHOLDER };
const secretsReceived = () => endpoint.received.map((received) => received.clientSecret);

describe('a request with the placeholder', () => {
  const requests: readonly [string, RequestInit][] = [
    ['a form', { body: new URLSearchParams(form) }],
    [
      'a form as text',
      {
        body: new URLSearchParams(form).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    ],
    ['JSON', { body: JSON.stringify(form), headers: { 'Content-Type': 'application/json' } }],
    [
      'HTTP Basic',
      {
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
        headers: { Authorization: `Basic ${btoa(`acme:${CLIENT_SECRET_PLACEHOLDER}`)}` },
      },
    ],
  ];
  it.each(requests)('is sent with the accepted secret: %s', async (_name, init) => {
    const response = await follow()(endpoint.tokenEndpoint, { method: 'POST', ...init });
    expect(await response.json()).toMatchObject({ access_token: 'token-1' });
    expect(secretsReceived()).toEqual([a, b]);
    expect(endpoint.received[1]?.clientId).toBe('acme');
    expect(endpoint.received[1]?.form.get('grant_type')).toBe('client_credentials');
  });

  it('keeps the placeholder where it stands for something else', async () => {
    const body = new URLSearchParams({ ...form, code: CLIENT_SECRET_PLACEHOLDER });
    await follow()(endpoint.tokenEndpoint, { method: 'POST', body });
    expect(secretsReceived()).toEqual([a, b]);
    expect(endpoint.received[1]?.form.get('code')).toBe(CLIENT_SECRET_PLACEHOLDER);
  });

  it('is not redirected with the secret inside', async () => {
    const elsewhere = await startTokenEndpoint(() => true);
    try {
      endpoint.behaviour = (_received, response) =>
        response.writeHead(307, { location: elsewhere.tokenEndpoint }).end();
      const response = await follow()(endpoint.tokenEndpoint, { method: 'POST', body: new URLSearchParams(form) });
      expect(response.status).toBe(307);
      expect(elsewhere.received).toHaveLength(0);
    } finally {
      await elsewhere.close();
    }
  });

  it('ends with the signal of the request', async () => {
    const init = { method: 'POST', body: new URLSearchParams(form), signal: AbortSignal.abort() };
    await expect(follow()(endpoint.tokenEndpoint, init)).rejects.toThrow('aborted');
    expect(endpoint.received).toHaveLength(0);
  });
});

describe('any other request', () => {
  const requests: readonly [string, RequestInit | undefined][] = [
    ['without anything', undefined],
    ['with a body', { method: 'POST', body: 'client_secret=mine' }],
    ['with bytes', { method: 'POST', body: new Uint8Array([1, 2]) }],
    ['with a token', { headers: { authorization: 'Bearer abc' } }],
    ['with other credentials', { headers: { authorization: `Basic ${btoa('acme:mine')}` } }],
    ['with broken credentials', { headers: { authorization: 'Basic %%%' } }],
    // The placeholder is public. Whoever may put text into a request must not get the secret sent there.
    ['with the placeholder in another field', { method: 'POST', body: `code=${CLIENT_SECRET_PLACEHOLDER}` }],
    ['with the placeholder in JSON', { method: 'POST', body: JSON.stringify({ note: CLIENT_SECRET_PLACEHOLDER }) }],
    ['with the placeholder inside text', { method: 'POST', body: `client_secret=x ${CLIENT_SECRET_PLACEHOLDER}` }],
    [
      'with the placeholder deeper down',
      { method: 'POST', body: JSON.stringify({ a: { client_secret: CLIENT_SECRET_PLACEHOLDER } }) },
    ],
    ['with the placeholder in other text', { method: 'POST', body: `{ ${CLIENT_SECRET_PLACEHOLDER}` }],
    ['with the placeholder as user', { headers: { authorization: `Basic ${btoa(`${CLIENT_SECRET_PLACEHOLDER}:x`)}` } }],
  ];
  it.each(requests)('is passed on untouched: %s', async (_name, init) => {
    const passed: unknown[] = [];
    const answer = new Response('ok');
    const fetch = createFollowingFetch({
      pair: createSecretPair({ read: () => expect.unreachable('No secret is needed.') }),
      fetch: async (...given) => {
        passed.push(given);
        return answer;
      },
    });
    expect(await fetch('https://acme.example/', init)).toBe(answer);
    expect(passed).toEqual([['https://acme.example/', init]]);
  });
});

it('shows no secret', () => {
  for (const secret of [a, b]) expect(everythingShown(follow())).not.toContain(secret);
});
