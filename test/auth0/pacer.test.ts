import { describe, expect, it } from 'vitest';
import { createPacer, type LaneName, type PacedAnswer, type Pacer, sharedPacer } from '../../src/auth0/pacer.js';
import { systemClock } from '../../src/base/clock.js';
import { createManualClock, type ManualClock, settle } from './support/manual-clock.js';
import { freeCall } from './support/tenant.js';

const LANE: LaneName = { tenantKey: 'acme.eu.auth0.com', api: 'management' };

function answer(status: number, headers: Record<string, string> = {}): PacedAnswer {
  return { status, headers: new Headers(headers) };
}

/** A token bucket as the free plan has it, by the truth of the server: refusals are what it refused. */
function createBucket(clock: ManualClock, perSecond: number, burst: number, latency = 50) {
  let tokens = burst;
  let filledAt = clock.monotonic();
  const seen = { sent: 0, refused: 0, times: [] as number[] };
  async function send(): Promise<PacedAnswer> {
    const now = clock.monotonic();
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1_000) * perSecond);
    filledAt = now;
    seen.sent += 1;
    seen.times.push(now);
    const reset = String(Math.ceil((clock.now() + 1_000 / perSecond) / 1_000));
    const date = new Date(clock.now()).toUTCString();
    const refused = tokens < 1;
    if (refused) seen.refused += 1;
    else tokens -= 1;
    const remaining = String(Math.floor(tokens));
    await clock.sleep(latency);
    return answer(refused ? 429 : 200, { date, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset });
  }
  return { seen, send };
}

function many(pacer: Pacer, count: number, send: () => Promise<PacedAnswer>, lane = LANE) {
  return Array.from({ length: count }, () => pacer.pace(lane, freeCall(), send));
}

describe('pacing', () => {
  it('brings a crowd through two requests a second without one refusal', async () => {
    const clock = createManualClock();
    const bucket = createBucket(clock, 2, 2);
    const done = Promise.all(many(createPacer({ clock }), 40, bucket.send));
    await clock.advance(60_000);
    await done;
    expect(bucket.seen).toMatchObject({ sent: 40, refused: 0 });
  });

  it('uses a large burst, and is not much slower than the limit allows', async () => {
    const clock = createManualClock();
    const bucket = createBucket(clock, 16, 50);
    const done = Promise.all(many(createPacer({ clock }), 200, bucket.send));
    await clock.advance(30_000);
    await done;
    expect(bucket.seen.refused).toBe(0);
    expect(bucket.seen.times.filter((time) => time <= 200).length).toBeGreaterThan(40);
  });

  it('holds nobody back where no limit is told', async () => {
    const clock = createManualClock();
    let inFlight = 0;
    let most = 0;
    const send = async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await clock.sleep(10);
      inFlight -= 1;
      return answer(200);
    };
    const done = Promise.all(many(createPacer({ clock }), 100, send));
    await clock.advance(30);
    await done;
    expect(most).toBeGreaterThan(90);
  });

  it('sends few before the first answer has told the limit', async () => {
    const clock = createManualClock();
    const pacer = createPacer({ clock });
    let sent = 0;
    many(pacer, 50, () => {
      sent += 1;
      return new Promise(() => {});
    });
    await settle();
    expect(sent).toBe(2);
    // Unanswered calls do not block the rest for ever.
    await clock.advance(3_500);
    expect(sent).toBe(5);
  });

  it.each([
    ['Retry-After', { 'retry-after': '7' }, 7_000],
    ['X-RateLimit-Reset', { 'x-ratelimit-reset': String(Date.UTC(2026, 0, 1) / 1_000 + 4) }, 4_000],
    ['nothing', {}, 1_000],
  ])('after a 429 that tells %s the next call waits as told', async (_, headers, wait) => {
    const clock = createManualClock();
    const pacer = createPacer({ clock });
    await pacer.pace(LANE, freeCall(), async () => answer(429, headers));
    const started: number[] = [];
    many(pacer, 3, async () => {
      started.push(clock.monotonic());
      return answer(200);
    });
    await clock.advance(wait - 1);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect(started[0]).toBe(wait);
  });

  it('waits longer with every refusal that tells no time, and no storm follows', async () => {
    const clock = createManualClock();
    const times: number[] = [];
    const pacer = createPacer({ clock });
    const done = Promise.all(
      many(pacer, 6, async () => {
        times.push(clock.monotonic());
        return answer(429);
      }),
    );
    await clock.advance(120_000);
    await done;
    // Two went out before the first answer; from then on one at a time.
    expect(times).toEqual([0, 0, 1_000, 3_000, 7_000, 15_000]);
  });

  it('keeps the two APIs and the tenants apart', async () => {
    const clock = createManualClock();
    const pacer = createPacer({ clock });
    await pacer.pace(LANE, freeCall(), async () => answer(429, { 'retry-after': '60' }));
    await pacer.pace({ ...LANE, api: 'authentication' }, freeCall(), async () => answer(200));
    await pacer.pace({ ...LANE, tenantKey: 'other.eu.auth0.com' }, freeCall(), async () => answer(200));
  });

  it('ends the wait with the signal, sends nothing then, and keeps the order of the others', async () => {
    const clock = createManualClock();
    const pacer = createPacer({ clock });
    await pacer.pace(LANE, freeCall(), async () => answer(429, { 'retry-after': '5' }));
    const controller = new AbortController();
    const order: string[] = [];
    const queue = (name: string, signal: AbortSignal) =>
      pacer.pace(LANE, { signal }, async () => {
        order.push(name);
        return answer(200);
      });
    const first = queue('first', freeCall().signal);
    const second = queue('second', controller.signal);
    const third = queue('third', freeCall().signal);
    controller.abort();
    await expect(second).rejects.toMatchObject({ reason: 'held-back', mayHaveArrived: false });
    await clock.advance(10_000);
    await Promise.all([first, third]);
    expect(order).toEqual(['first', 'third']);
  });

  it('sets one timer for a crowd, and none when nobody waits', async () => {
    const clock = createManualClock();
    const pacer = createPacer({ clock });
    await pacer.pace(LANE, freeCall(), async () => answer(429, { 'retry-after': '5' }));
    expect(clock.sleepers).toBe(0);
    const controllers = Array.from({ length: 1_000 }, () => new AbortController());
    const waiting = controllers.map(({ signal }) =>
      pacer.pace(LANE, { signal }, async () => answer(200)).catch(() => {}),
    );
    expect(clock.sleepers).toBe(1);
    for (const controller of controllers) controller.abort();
    await Promise.all(waiting);
    expect(clock.sleepers).toBe(0);
  });

  it('goes on when a call ends without an answer', async () => {
    const clock = createManualClock();
    const pacer = createPacer({ clock });
    const failures = many(pacer, 5, () => Promise.reject(new Error('reset')));
    const done = Promise.allSettled(failures);
    await clock.advance(10_000);
    expect((await done).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('forgets the tenants that were used longest ago, never one in use', async () => {
    const clock = createManualClock();
    const pacer = createPacer({ clock, capacity: 3 });
    const lane = (name: string): LaneName => ({ tenantKey: name, api: 'management' });
    const held = answer(429, { 'retry-after': '60' });
    let finish = (_: PacedAnswer) => {};
    const busy = pacer.pace(lane('busy'), freeCall(), () => new Promise<PacedAnswer>((resolve) => (finish = resolve)));
    await pacer.pace(lane('old'), freeCall(), async () => held);
    for (let index = 0; index < 10; index += 1)
      await pacer.pace(lane(`t${index}`), freeCall(), async () => answer(200));

    await pacer.pace(lane('old'), freeCall(), async () => answer(200)); // Forgotten, so it is not held back.
    finish(held);
    await busy;
    let sent = false;
    const after = pacer.pace(lane('busy'), freeCall(), async () => {
      sent = true;
      return answer(200);
    });
    await settle();
    expect(sent).toBe(false);
    await clock.advance(60_000);
    await after;
  });

  it('is shared by everyone on one clock', () => {
    expect(sharedPacer(systemClock)).toBe(sharedPacer(systemClock));
    expect(sharedPacer(createManualClock())).not.toBe(sharedPacer(systemClock));
  });
});
