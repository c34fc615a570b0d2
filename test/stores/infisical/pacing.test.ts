/** Staying below the rate limit, on a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import { createPacer, PacingAborted, pacerOf } from '../../../src/stores/infisical/pacing.js';
import { AT_LEISURE, canary, failureOf, NAME, standInForTest, storeFor } from '../support/infisical.js';
import { createManualClock } from '../support/manual-clock.js';

const { signal } = AT_LEISURE;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the pacer', () => {
  it('lets so many through in any 60 s, and the next when the oldest is a minute old', async () => {
    const clock = createManualClock();
    const pacer = createPacer(clock);
    for (let count = 0; count < 3; count += 1) {
      await pacer.takePlace('secrets', 3, signal);
      clock.advance(10_000);
    }
    let passed = 0;
    for (let count = 0; count < 2; count += 1) pacer.takePlace('secrets', 3, signal).then(() => (passed += 1));
    await settled();
    expect(clock.sleeping()).toEqual([30_000, 30_000]);
    clock.advance(29_999);
    await settled();
    expect(passed).toBe(0);
    clock.advance(1);
    await settled();
    expect(passed).toBe(1);
    clock.advance(10_000);
    await settled();
    expect(passed).toBe(2);
  });

  it('counts route classes apart', async () => {
    const pacer = createPacer(createManualClock());
    await pacer.takePlace('secrets', 1, signal);
    await pacer.takePlace('folders', 1, signal);
    await pacer.takePlace('login', 1, signal);
  });

  it('sends nothing of a class while the server wants to be left alone', async () => {
    const clock = createManualClock();
    const pacer = createPacer(clock);
    pacer.holdBack('secrets', 7_000);
    pacer.holdBack('secrets', 2_000);
    await pacer.takePlace('login', 9, signal);
    let passed = false;
    pacer.takePlace('secrets', 9, signal).then(() => {
      passed = true;
    });
    clock.advance(6_999);
    await settled();
    expect(passed).toBe(false);
    clock.advance(1);
    await settled();
    expect(passed).toBe(true);
  });

  it('takes no place when the wait is ended, and says how long it would have been', async () => {
    const clock = createManualClock();
    const pacer = createPacer(clock);
    await pacer.takePlace('secrets', 1, signal);
    const controller = new AbortController();
    const waiting = pacer.takePlace('secrets', 1, controller.signal);
    clock.advance(20_000);
    controller.abort();
    await expect(waiting).rejects.toEqual(new PacingAborted(40_000));
    clock.advance(40_000);
    await pacer.takePlace('secrets', 1, signal);
  });

  it('is one for all stores of a site', () => {
    const clock = createManualClock();
    expect(pacerOf('https://one.example', clock)).toBe(pacerOf('https://one.example', clock));
    expect(pacerOf('https://one.example', clock)).not.toBe(pacerOf('https://two.example', clock));
  });
});

describe('a store', () => {
  it('waits for its place, and a call that cannot wait so long sends nothing', async () => {
    const clock = createManualClock();
    const standIn = await standInForTest({ clock });
    standIn.set({ name: NAME, value: 'x' });
    const store = storeFor(standIn, { clock, requestsPerMinute: 2 });
    await store.read([NAME], AT_LEISURE);
    await storeFor(standIn, { clock, requestsPerMinute: 2 }).read([NAME], AT_LEISURE);
    const controller = new AbortController();
    const work = failureOf(store.update({ name: NAME, value: canary() }, controller));
    await clock.untilSleeping(60_000);
    controller.abort();
    expect(await work).toMatchObject({
      code: 'STORE_RATE_LIMITED',
      kind: 'rate-limited',
      retryAfterMilliseconds: 60_000,
    });
    expect(standIn.requests('secret.update')).toEqual([]);
  });

  it('obeys Retry-After in what it does next', async () => {
    const clock = createManualClock();
    const standIn = await standInForTest({ clock });
    standIn.set({ name: NAME, value: 'x' });
    const store = storeFor(standIn, { clock });
    const headers = { 'retry-after': new Date(clock.now() + 9_000).toUTCString() };
    standIn.inject({
      operation: 'secret.list',
      fault: { kind: 'status', status: 429, when: 'before-effect', headers },
    });
    expect(await failureOf(store.read([NAME], AT_LEISURE))).toMatchObject({ retryAfterMilliseconds: 9_000 });
    const next = store.read([NAME], AT_LEISURE);
    await clock.untilSleeping(9_000);
    await settled();
    expect(clock.sleeping()).toEqual([9_000]); // The wait of the pacer, and no request's deadline.
    expect(standIn.requests('secret.list')).toHaveLength(1);
    clock.advance(9_000);
    expect((await next).size).toBe(1);
  });
});
