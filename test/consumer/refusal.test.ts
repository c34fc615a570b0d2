import { describe, expect, it } from 'vitest';
import { isClientSecretRefusal } from '../../src/consumer/index.js';

const refused = { error: 'invalid_client' };

describe('a refused client secret', () => {
  const shapes: readonly [string, () => unknown][] = [
    ['an error with status and error', () => Object.assign(new Error('x'), { status: 401, error: 'access_denied' })],
    ['an error with statusCode and error', () => ({ statusCode: 401, error: 'invalid_client' })],
    ['a Response', () => Response.json(refused, { status: 401 })],
    ['an error with an unread Response', () => ({ status: 401, response: Response.json(refused, { status: 401 }) })],
  ];
  it.each(shapes)('is recognised in %s', async (_name, make) => {
    expect(await isClientSecretRefusal(make())).toBe(true);
  });

  it('leaves a Response readable', async () => {
    const response = Response.json(refused, { status: 401 });
    await isClientSecretRefusal(response);
    expect(await response.json()).toEqual(refused);
  });
});

describe('anything else', () => {
  const readResponse = async () => {
    const response = Response.json(refused, { status: 401 });
    await response.text();
    return response;
  };
  const shapes: readonly [string, () => unknown][] = [
    ['undefined', () => undefined],
    ['null', () => null],
    ['a text', () => 'invalid_client'],
    ['a 403 access_denied', () => ({ status: 403, error: 'access_denied' })],
    ['a 403 Response', () => Response.json({ error: 'access_denied' }, { status: 403 })],
    ['a 401 mfa_required Response', () => Response.json({ error: 'mfa_required' }, { status: 401 })],
    ['a 401 page', () => new Response('<html>invalid_client</html>', { status: 401 })],
    ['a 401 list', () => Response.json(['invalid_client'], { status: 401 })],
    ['a 401 without a body', () => new Response(null, { status: 401 })],
    ['a 401 that was read already', readResponse],
    ['a token', () => ({ access_token: 'x' })],
  ];
  it.each(shapes)('is not taken for one: %s', async (_name, make) => {
    expect(await isClientSecretRefusal(await make())).toBe(false);
  });

  it('is not read for ever: a 401 with an endless body', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        if (pulled > 100) controller.error(new Error('Too much was read.'));
        else controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    expect(await isClientSecretRefusal(new Response(endless, { status: 401 }))).toBe(false);
    expect(pulled).toBeLessThan(10);
  });
});
