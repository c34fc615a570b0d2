import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSecretPair, fromEnvironment, SecretSourceError, withSecretFallback } from '../../src/consumer/index.js';
import { everythingShown, inventSecret } from './secrets.js';
import { createVirtualClock } from './virtual-clock.js';

const accept = async (secret: string) => secret;

describe('the environment as source', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('reads the ordinary names from process.env', async () => {
    const [a, b] = [inventSecret(), inventSecret()];
    vi.stubEnv('AUTH0_CLIENT_SECRET', a);
    vi.stubEnv('AUTH0_CLIENT_SECRET_FALLBACK', b);
    expect(await createSecretPair({ read: fromEnvironment() }).candidates()).toEqual([a, b]);
  });

  it('derives the fallback name from the other, and takes both when both are given', async () => {
    const environment = { SHOP: inventSecret(), SHOP_FALLBACK: inventSecret(), SHOP_NEXT: inventSecret() };
    const derived = createSecretPair({ read: fromEnvironment({ current: 'SHOP', environment }) });
    expect(await derived.candidates()).toEqual([environment.SHOP, environment.SHOP_FALLBACK]);
    const named = createSecretPair({ read: fromEnvironment({ current: 'SHOP', fallback: 'SHOP_NEXT', environment }) });
    expect(await named.candidates()).toEqual([environment.SHOP, environment.SHOP_NEXT]);
  });

  it('sees a changed environment at the next read', async () => {
    const [a, b, c] = [inventSecret(), inventSecret(), inventSecret()];
    const environment: Record<string, string> = { AUTH0_CLIENT_SECRET: a, AUTH0_CLIENT_SECRET_FALLBACK: b };
    const pair = createSecretPair({ read: fromEnvironment({ environment }) });
    expect(await pair.candidates()).toEqual([a, b]);
    environment['AUTH0_CLIENT_SECRET'] = b;
    environment['AUTH0_CLIENT_SECRET_FALLBACK'] = c;
    expect(await pair.candidates()).toEqual([a, b]);
    await pair.refresh();
    expect(await pair.candidates()).toEqual([b, c]);
  });

  it('names the variable that is not set, and shows no value', async () => {
    const fallback = inventSecret();
    const environment = { AUTH0_CLIENT_SECRET: '', AUTH0_CLIENT_SECRET_FALLBACK: fallback };
    const thrown = await createSecretPair({ read: fromEnvironment({ environment }) })
      .candidates()
      .catch((error) => error);
    expect(thrown).toBeInstanceOf(SecretSourceError);
    expect(thrown).toMatchObject({
      reason: 'unusable',
      message: 'The environment variable AUTH0_CLIENT_SECRET is not set.',
    });
    expect(everythingShown(thrown)).not.toContain(fallback);
  });
});

describe('a source that misbehaves', () => {
  it('fails the first use, and the secret its error echoes stays inside', async () => {
    const secret = inventSecret();
    class StoreError extends Error {}
    const pair = createSecretPair({
      read: () => {
        throw new StoreError(`could not parse ${secret}`, { cause: { secret } });
      },
    });
    const thrown = await pair.candidates().catch((error) => error);
    expect(thrown).toMatchObject({ reason: 'failed', message: 'The source of the client secret failed (StoreError).' });
    expect(everythingShown(thrown)).not.toContain(secret);
  });

  it('is asked again after it failed', async () => {
    const a = inventSecret();
    let reads = 0;
    const pair = createSecretPair({
      read: async () => {
        reads += 1;
        if (reads === 1) throw new Error('down');
        return { current: a };
      },
    });
    await expect(pair.candidates()).rejects.toThrow(SecretSourceError);
    expect(await pair.candidates()).toEqual([a]);
  });

  it('is given up when it hangs, and its signal aborts', async () => {
    const clock = createVirtualClock();
    let given: AbortSignal | undefined;
    const pair = createSecretPair({
      clock,
      readTimeoutMilliseconds: 3_000,
      read: (signal) => {
        given = signal;
        return new Promise(() => {});
      },
    });
    const thrown = await clock.run(pair.candidates().catch((error) => error));
    expect(thrown).toMatchObject({ reason: 'timeout' });
    expect(clock.monotonic()).toBe(3_000);
    expect(given?.aborted).toBe(true);
  });

  it('cannot replace newer values with an answer that comes after the limit', async () => {
    const clock = createVirtualClock();
    const [old, young] = [inventSecret(), inventSecret()];
    let reads = 0;
    const pair = createSecretPair({
      clock,
      readTimeoutMilliseconds: 1_000,
      read: async () => {
        reads += 1;
        if (reads > 1) return { current: young };
        await clock.sleep(5_000);
        return { current: old };
      },
    });
    await expect(clock.run(pair.candidates())).rejects.toThrow(SecretSourceError);
    expect(await clock.run(pair.candidates())).toEqual([young]);
    await clock.run(clock.sleep(10_000));
    expect(await pair.candidates()).toEqual([young]);
  });

  it.each([
    ['nothing', undefined],
    ['no current secret', { fallback: 'x' }],
    ['an empty current secret', { current: '' }],
    ['a number', { current: 42 }],
    ['a fallback that is not text', { current: 'x', fallback: 42 }],
  ])('that gives %s is refused', async (_name, value) => {
    const pair = createSecretPair({ read: (() => value) as never });
    await expect(pair.candidates()).rejects.toThrow(SecretSourceError);
  });

  it('leaves the known values in use when a refresh fails', async () => {
    const a = inventSecret();
    let reads = 0;
    const pair = createSecretPair({
      read: () => {
        reads += 1;
        return reads === 1 ? { current: a } : { current: '' };
      },
    });
    await pair.candidates();
    await expect(pair.refresh()).rejects.toThrow(SecretSourceError);
    expect(await pair.candidates()).toEqual([a]);
  });

  it('lets a caller go whose signal aborts, and reads on for the others', async () => {
    const clock = createVirtualClock();
    const a = inventSecret();
    const pair = createSecretPair({
      clock,
      read: async () => {
        await clock.sleep(1_000);
        return { current: a };
      },
    });
    const controller = new AbortController();
    const impatient = pair.candidates(controller.signal).catch((error) => error);
    const patient = pair.candidates();
    controller.abort(new Error('No time.'));
    expect((await impatient).message).toBe('No time.');
    expect(await clock.run(patient)).toEqual([a]);
  });
});

describe('refreshing before a refusal', () => {
  it('happens in the background once the values are old, and not before', async () => {
    const clock = createVirtualClock();
    const [a, b] = [inventSecret(), inventSecret()];
    let stored: { current: string; fallback: string } = { current: a, fallback: a };
    let reads = 0;
    const pair = createSecretPair({
      clock,
      refreshAfterMilliseconds: 60_000,
      read: async () => {
        reads += 1;
        return stored;
      },
    });
    expect(await withSecretFallback(pair, accept)).toBe(a);
    stored = { current: a, fallback: b };
    await clock.run(clock.sleep(59_999));
    await withSecretFallback(pair, accept);
    expect(reads).toBe(1);
    await clock.run(clock.sleep(1));
    await Promise.all([withSecretFallback(pair, accept), withSecretFallback(pair, accept)]);
    expect(reads).toBe(2);
    await clock.run(Promise.resolve());
    expect(await pair.candidates()).toEqual([a, b]);
  });

  it('asks a failing source once in that time, not once per request', async () => {
    const clock = createVirtualClock();
    const a = inventSecret();
    let reads = 0;
    const pair = createSecretPair({
      clock,
      refreshAfterMilliseconds: 1_000,
      read: () => {
        reads += 1;
        if (reads > 1) throw new Error('down');
        return { current: a };
      },
    });
    await pair.candidates();
    await clock.run(clock.sleep(1_000));
    for (let index = 0; index < 10; index += 1) {
      await withSecretFallback(pair, accept);
      await clock.run(Promise.resolve());
    }
    expect(reads).toBe(2);
  });
});

describe('the secrets to verify HS256 ID tokens with', () => {
  async function rotate(keepRetiredMilliseconds: number | undefined) {
    const clock = createVirtualClock();
    const [a, b, c] = [inventSecret(), inventSecret(), inventSecret()];
    let stored: { current: string; fallback: string } = { current: a, fallback: a };
    const pair = createSecretPair({
      clock,
      read: () => stored,
      ...(keepRetiredMilliseconds === undefined ? {} : { keepRetiredMilliseconds }),
    });
    await pair.candidates();
    for (const next of [b, c]) {
      stored = { current: stored.current, fallback: next };
      await pair.refresh();
      stored = { current: next, fallback: next };
      await pair.refresh();
    }
    return { clock, a, b, c, pair };
  }

  it('are the candidates alone by default', async () => {
    const { c, pair } = await rotate(undefined);
    expect(await pair.verificationSecrets()).toEqual([c]);
  });

  it('go on naming retired ones for as long as asked, the newest first', async () => {
    const { clock, a, b, c, pair } = await rotate(36_000_000);
    expect(await pair.candidates()).toEqual([c]);
    expect(await pair.verificationSecrets()).toEqual([c, b, a]);
    await clock.run(clock.sleep(36_000_000));
    expect(await pair.verificationSecrets()).toEqual([c]);
  });
});

describe('what is shown of a pair', () => {
  it('is no secret, retired ones included', async () => {
    const [a, b] = [inventSecret(), inventSecret()];
    let stored = a;
    const pair = createSecretPair({ read: () => ({ current: stored }), keepRetiredMilliseconds: 1e9 });
    await pair.candidates();
    stored = b;
    await pair.refresh();
    for (const secret of [a, b]) expect(everythingShown(pair)).not.toContain(secret);
    expect(Object.isFrozen(pair)).toBe(true);
  });
});

describe('wrong use', () => {
  it.each([
    ['no source', {}],
    ['a read timeout of zero', { read: () => ({ current: 'x' }), readTimeoutMilliseconds: 0 }],
    ['a refresh time that is no number', { read: () => ({ current: 'x' }), refreshAfterMilliseconds: Number.NaN }],
  ])('%s is refused at once', (_name, options) => {
    expect(() => createSecretPair(options as never)).toThrow(TypeError);
  });

  it('a pair from elsewhere is refused', async () => {
    const foreign = { candidates: async () => [], verificationSecrets: async () => [], refresh: async () => {} };
    await expect(withSecretFallback(foreign, accept)).rejects.toThrow('createSecretPair');
  });
});
