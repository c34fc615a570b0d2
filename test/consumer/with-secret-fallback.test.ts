import { describe, expect, it } from 'vitest';
import { createSecretPair, type SecretPairOptions, TokenError, withSecretFallback } from '../../src/consumer/index.js';
import { everythingShown, inventSecret } from './secrets.js';
import { createRandom, createVirtualClock } from './virtual-clock.js';

const refusal = (error = 'access_denied') =>
  new TokenError({ reason: 'refused', status: 401, error, error_description: 'Unauthorized', message: 'Refused.' });

/** A pair whose source is a variable, a server whose truth is a set, and a record of what was tried when. */
function setUp(options: Partial<SecretPairOptions> = {}) {
  const clock = createVirtualClock();
  const [a, b, c] = [inventSecret(), inventSecret(), inventSecret()];
  const state = {
    stored: { current: a, fallback: b } as { current: string; fallback?: string },
    live: new Set([a]),
    reads: 0,
    tried: [] as { secret: string; at: number }[],
  };
  const pair = createSecretPair({
    read: () => {
      state.reads += 1;
      return { ...state.stored };
    },
    clock,
    random: createRandom(7),
    ...options,
  });
  const attempt = async (secret: string): Promise<string> => {
    state.tried.push({ secret, at: clock.monotonic() });
    if (!state.live.has(secret)) throw refusal();
    return 'token';
  };
  const secretsTried = () => state.tried.map((entry) => entry.secret);
  return { clock, a, b, c, state, pair, attempt, secretsTried };
}

describe('with an accepted current secret', () => {
  it('tries it once and asks for nothing else', async () => {
    const { a, pair, attempt, state, secretsTried } = setUp();
    expect(await withSecretFallback(pair, attempt)).toBe('token');
    expect(secretsTried()).toEqual([a]);
    expect(state.reads).toBe(1);
  });
});

describe('with a refused current secret', () => {
  it.each(['invalid_client', 'access_denied'])('falls back on 401 %s', async (error) => {
    const { a, b, pair, secretsTried, state, clock } = setUp();
    const attempt = async (secret: string) => {
      state.tried.push({ secret, at: clock.monotonic() });
      if (secret === a) throw refusal(error);
      return 'token';
    };
    expect(await withSecretFallback(pair, attempt)).toBe('token');
    expect(secretsTried()).toEqual([a, b]);
  });

  it('remembers the winner, and follows when it flips back and forth', async () => {
    const { a, b, pair, attempt, state, secretsTried } = setUp();
    const expectTried = async (live: string, tried: readonly string[]) => {
      state.live = new Set([live]);
      state.tried = [];
      await withSecretFallback(pair, attempt);
      expect(secretsTried()).toEqual(tried);
    };
    await expectTried(b, [a, b]);
    await expectTried(b, [b]);
    await expectTried(a, [b, a]);
    await expectTried(a, [a]);
    await expectTried(b, [a, b]);
    expect(state.reads).toBe(1);
  });
});

describe('other failures', () => {
  const others: readonly [string, unknown][] = [
    ['403 access_denied', { status: 403, error: 'access_denied' }],
    ['403 invalid_grant', { status: 403, error: 'invalid_grant' }],
    ['401 mfa_required', { status: 401, error: 'mfa_required' }],
    ['401 without a code', { status: 401 }],
    ['400 invalid_client', { status: 400, error: 'invalid_client' }],
    ['429', { status: 429, error: 'too_many_requests' }],
    ['500', { status: 500 }],
    ['a network failure', new TypeError('fetch failed')],
    ['nothing', undefined],
  ];
  it.each(others)('%s is thrown at once, unchanged, after one try', async (_name, thrown) => {
    const { pair, state } = setUp();
    let tries = 0;
    const outcome = withSecretFallback(pair, async () => {
      tries += 1;
      throw thrown;
    });
    await expect(outcome.catch((error) => ({ error }))).resolves.toEqual({ error: thrown });
    expect(tries).toBe(1);
    expect(state.reads).toBe(1);
  });

  it('stop the alternation too', async () => {
    const { clock, pair, state } = setUp();
    const outage = new TypeError('fetch failed');
    const outcome = withSecretFallback(pair, async (secret) => {
      state.tried.push({ secret, at: clock.monotonic() });
      throw state.tried.length < 6 ? refusal() : outage;
    });
    await expect(clock.run(outcome)).rejects.toBe(outage);
    expect(state.tried).toHaveLength(6);
  });

  it('do not make a winner', async () => {
    const { a, b, pair, attempt, state, secretsTried } = setUp();
    const failing = async (secret: string) => {
      if (secret === a) throw refusal();
      return new Response('broken', { status: 500 });
    };
    expect((await withSecretFallback(pair, failing)).status).toBe(500);
    state.live = new Set([a, b]);
    await withSecretFallback(pair, attempt);
    expect(secretsTried()).toEqual([a]);
  });
});

describe('when both are refused', () => {
  it('reads the pair again and tries what it finds, without a pause', async () => {
    const { clock, a, b, c, pair, attempt, state, secretsTried } = setUp();
    await pair.candidates();
    state.stored = { current: b, fallback: c };
    state.live = new Set([c]);
    expect(await clock.run(withSecretFallback(pair, attempt))).toBe('token');
    expect(secretsTried()).toEqual([a, b, b, c]);
    expect(clock.monotonic()).toBe(0);
    expect(await pair.candidates()).toEqual([c, b]);
  });

  it('alternates until the other node answers', async () => {
    const { clock, a, b, pair, state, secretsTried } = setUp();
    const outcome = withSecretFallback(pair, async (secret) => {
      state.tried.push({ secret, at: clock.monotonic() });
      if (state.tried.length < 8) throw refusal();
      return 'token';
    });
    expect(await clock.run(outcome)).toBe('token');
    expect(secretsTried()).toEqual([a, b, a, b, a, b, a, b]);
    expect(clock.monotonic()).toBeLessThan(2_001);
  });

  it('gives up within the budget, with the last refusal', async () => {
    const { clock, pair, attempt, state } = setUp();
    state.live = new Set();
    const errors: unknown[] = [];
    const outcome = withSecretFallback(pair, (secret) =>
      attempt(secret).catch((error) => {
        errors.push(error);
        throw error;
      }),
    );
    const thrown = await clock.run(outcome).catch((error) => error);
    expect(thrown).toBe(errors.at(-1));
    expect(state.tried).toHaveLength(18);
    expect(state.reads).toBe(9);
    expect(state.tried.at(-1)?.at).toBeGreaterThan(30_000);
    expect(clock.monotonic()).toBeLessThanOrEqual(35_000);
  });

  it('starts no round after the budget when answers are slow', async () => {
    const { clock, pair, attempt, state } = setUp();
    state.live = new Set();
    const slow = async (secret: string) => {
      await clock.sleep(9_000);
      return attempt(secret);
    };
    await expect(clock.run(withSecretFallback(pair, slow))).rejects.toThrow('Refused.');
    const firstRefusal = 18_000;
    const roundStarts = state.tried.filter((_entry, index) => index % 2 === 0).map((entry) => entry.at - 9_000);
    expect(roundStarts.length).toBeGreaterThan(1);
    expect(Math.max(...roundStarts)).toBeLessThan(firstRefusal + 35_000);
  });

  it('makes no burst of the rounds that slow answers have overtaken', async () => {
    const { clock, pair, attempt, state } = setUp();
    state.live = new Set();
    const slowAtFirst = async (secret: string) => {
      if (state.tried.length < 4) await clock.sleep(6_000);
      return attempt(secret);
    };
    await expect(clock.run(withSecretFallback(pair, slowAtFirst))).rejects.toThrow('Refused.');
    const endOfSlowness = 24_000;
    expect(state.tried.filter((entry) => entry.at === endOfSlowness)).toHaveLength(1 + 2);
    expect(clock.monotonic()).toBeGreaterThan(12_000 + 30_000);
  });

  it('returns the last refusal when the attempt returns its refusals', async () => {
    const { clock, pair } = setUp();
    const responses: Response[] = [];
    const outcome = withSecretFallback(pair, async () => {
      const response = Response.json({ error: 'invalid_client' }, { status: 401 });
      responses.push(response);
      return response;
    });
    const last = await clock.run(outcome);
    expect(last).toBe(responses.at(-1));
    expect(await last.json()).toEqual({ error: 'invalid_client' });
    expect(responses).toHaveLength(18);
    expect(responses.slice(0, -1).every((response) => response.bodyUsed || response.body === null)).toBe(true);
  });

  it('spends the budget given, and none when it is 0', async () => {
    const { clock, pair, attempt, state } = setUp();
    state.live = new Set();
    await expect(clock.run(withSecretFallback(pair, attempt, { budgetMilliseconds: 0 }))).rejects.toThrow('Refused.');
    expect(state.tried).toHaveLength(2);
    expect(clock.monotonic()).toBe(0);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses a budget of %s', async (budgetMilliseconds) => {
    const { pair, attempt } = setUp();
    await expect(withSecretFallback(pair, attempt, { budgetMilliseconds })).rejects.toThrow(TypeError);
  });

  it('goes on with the known values when the source fails', async () => {
    let reads = 0;
    const [a, b] = [inventSecret(), inventSecret()];
    const { clock, pair, state } = setUp({
      read: () => {
        reads += 1;
        if (reads > 1) throw new Error('The store is down.');
        return { current: a, fallback: b };
      },
    });
    const outcome = withSecretFallback(pair, async (secret) => {
      state.tried.push({ secret, at: clock.monotonic() });
      if (state.tried.length < 6) throw refusal();
      return 'token';
    });
    expect(await clock.run(outcome)).toBe('token');
    expect(reads).toBe(3);
  });

  it('goes on with the known values when the source hangs, and takes its late answer when it comes', async () => {
    let reads = 0;
    const [a, b, c] = [inventSecret(), inventSecret(), inventSecret()];
    const { clock, pair, state } = setUp({
      read: async () => {
        reads += 1;
        if (reads === 1) return { current: a, fallback: b };
        await clock.sleep(6_000);
        return { current: c };
      },
    });
    const outcome = withSecretFallback(pair, async (secret) => {
      state.tried.push({ secret, at: clock.monotonic() });
      if (secret !== c) throw refusal();
      return 'token';
    });
    expect(await clock.run(outcome)).toBe('token');
    expect(reads).toBe(2);
    const before = state.tried.filter((entry) => entry.at < 6_000);
    expect(before.length).toBeGreaterThanOrEqual(4);
    expect(before.every((entry) => entry.secret !== c)).toBe(true);
  });
});

describe('values that never worked', () => {
  it('hold one request for the budget and the next ones for two tries', async () => {
    const { clock, pair, attempt, state } = setUp();
    state.live = new Set();
    await expect(clock.run(withSecretFallback(pair, attempt))).rejects.toThrow('Refused.');
    const spent = clock.monotonic();
    state.tried = [];
    state.reads = 0;
    await expect(clock.run(withSecretFallback(pair, attempt))).rejects.toThrow('Refused.');
    expect(clock.monotonic()).toBe(spent);
    expect(state.tried).toHaveLength(2);
    expect(state.reads).toBe(1);
  });

  it('are not condemned by a caller in a hurry', async () => {
    const { clock, pair, attempt, state } = setUp();
    state.live = new Set();
    for (const budgetMilliseconds of [0, 3_000]) {
      await expect(clock.run(withSecretFallback(pair, attempt, { budgetMilliseconds }))).rejects.toThrow('Refused.');
    }
    state.tried = [];
    await expect(clock.run(withSecretFallback(pair, attempt))).rejects.toThrow('Refused.');
    expect(state.tried).toHaveLength(18);
  });

  it('are followed with patience again once the source gives another', async () => {
    const { clock, a, c, pair, attempt, state } = setUp();
    state.live = new Set();
    await expect(clock.run(withSecretFallback(pair, attempt))).rejects.toThrow('Refused.');
    state.stored = { current: a, fallback: c };
    state.tried = [];
    await expect(clock.run(withSecretFallback(pair, attempt))).rejects.toThrow('Refused.');
    expect(state.tried).toHaveLength(18);
  });

  it('are followed with patience again once one was accepted', async () => {
    const { clock, a, pair, attempt, state } = setUp();
    state.live = new Set();
    await expect(clock.run(withSecretFallback(pair, attempt))).rejects.toThrow('Refused.');
    state.live = new Set([a]);
    await withSecretFallback(pair, attempt);
    state.live = new Set();
    state.tried = [];
    await expect(clock.run(withSecretFallback(pair, attempt))).rejects.toThrow('Refused.');
    expect(state.tried).toHaveLength(18);
  });
});

describe('single-phase: no fallback, or the same value twice', () => {
  const shapes: readonly [string, (secret: string) => { current: string; fallback?: string }][] = [
    ['no fallback', (secret) => ({ current: secret })],
    ['an empty fallback', (secret) => ({ current: secret, fallback: '' })],
    ['the same value', (secret) => ({ current: secret, fallback: secret })],
  ];
  it.each(shapes)('with %s, re-reading saves the request', async (_name, stored) => {
    const { clock, a, c, pair, attempt, state, secretsTried } = setUp();
    state.stored = stored(a);
    await withSecretFallback(pair, attempt);
    state.live = new Set([c]);
    state.tried = [];
    const publish = clock.sleep(5_500).then(() => {
      state.stored = stored(c);
    });
    const outcome = withSecretFallback(pair, attempt);
    expect(await clock.run(outcome)).toBe('token');
    await publish;
    expect(new Set(secretsTried().slice(0, -1))).toEqual(new Set([a]));
    expect(secretsTried().at(-1)).toBe(c);
    expect(secretsTried()).toHaveLength(6);
  });
});

describe('callers at the same time', () => {
  it('share the first read and every re-read', async () => {
    const { clock, attempt, state, b, c } = setUp();
    let running = 0;
    let most = 0;
    const slowPair = createSecretPair({
      read: async () => {
        state.reads += 1;
        running += 1;
        most = Math.max(most, running);
        await clock.sleep(50);
        running -= 1;
        return { ...state.stored };
      },
      clock,
      random: createRandom(3),
    });
    const all = () => Promise.all(Array.from({ length: 200 }, () => withSecretFallback(slowPair, attempt)));
    await clock.run(all());
    expect(state.reads).toBe(1);
    state.stored = { current: b, fallback: c };
    state.live = new Set([c]);
    await clock.run(all());
    expect(state.reads).toBe(2);
    expect(most).toBe(1);
  });

  it('do not read again what another caller has read since they looked', async () => {
    const { clock, b, c, pair, state } = setUp();
    await pair.candidates();
    state.stored = { current: b, fallback: c };
    const attempt = (milliseconds: number) => async (secret: string) => {
      await clock.sleep(milliseconds);
      if (secret !== c) throw refusal();
      return secret;
    };
    const outcomes = Promise.all([withSecretFallback(pair, attempt(10)), withSecretFallback(pair, attempt(300))]);
    expect(await clock.run(outcomes)).toEqual([c, c]);
    expect(state.reads).toBe(2);
  });
});

describe('the signal', () => {
  it('ends a pause at once', async () => {
    const { clock, pair, attempt, state } = setUp();
    state.live = new Set();
    const controller = new AbortController();
    const reason = new Error('Shutting down.');
    const outcome = withSecretFallback(pair, attempt, { signal: controller.signal });
    const abort = clock.sleep(2_500).then(() => controller.abort(reason));
    await expect(clock.run(outcome)).rejects.toBe(reason);
    await abort;
    expect(clock.monotonic()).toBe(2_500);
    expect(state.tried).toHaveLength(8);
  });

  it('ends a hanging attempt, and the values are not blamed', async () => {
    const { clock, pair, attempt } = setUp();
    const controller = new AbortController();
    const outcome = withSecretFallback(pair, () => new Promise<never>(() => {}), { signal: controller.signal });
    const abort = clock.sleep(100).then(() => controller.abort());
    await expect(clock.run(outcome)).rejects.toThrow('aborted');
    await abort;
    expect(await withSecretFallback(pair, attempt)).toBe('token');
  });

  it('reaches the attempt', async () => {
    const { pair } = setUp();
    const { signal } = new AbortController();
    expect(await withSecretFallback(pair, async (_secret, given) => given, { signal })).toBe(signal);
  });

  it('that has aborted before starts nothing', async () => {
    const { pair, attempt, state } = setUp();
    await expect(withSecretFallback(pair, attempt, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(state.tried).toHaveLength(0);
    expect(state.reads).toBe(0);
  });
});

describe('a predicate of the caller', () => {
  it('decides alone', async () => {
    const { b, pair } = setUp();
    const outcome = withSecretFallback(pair, (secret) => ({ secret, ok: secret === b }), {
      isBadSecret: (value) => (value as { ok: boolean }).ok === false,
    });
    expect(await outcome).toEqual({ secret: b, ok: true });
  });
});

describe('what is shown', () => {
  it('holds no secret, neither of the pair nor of the last refusal', async () => {
    const { clock, a, b, pair, attempt, state } = setUp();
    state.live = new Set();
    const thrown = await clock.run(withSecretFallback(pair, attempt)).catch((error) => error);
    for (const secret of [a, b]) {
      expect(everythingShown(pair)).not.toContain(secret);
      expect(everythingShown(thrown)).not.toContain(secret);
    }
  });
});
