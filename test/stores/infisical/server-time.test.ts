/** The store's clock, told by the Date header. */
import { describe, expect, it } from 'vitest';
import { createServerTime } from '../../../src/stores/infisical/server-time.js';
import { AT_LEISURE, failureOf, NAME, standInForTest, storeFor } from '../support/infisical.js';
import { createManualClock } from '../support/manual-clock.js';

const DATE = 'Thu, 15 Jan 2026 12:00:00 GMT';

describe('the server’s time', () => {
  it('is taken at the middle of the round trip and goes on with the monotonic clock', () => {
    const clock = createManualClock();
    const time = createServerTime(clock);
    clock.advance(1_000);
    time.observe(new Headers({ date: DATE }), 200);
    expect(time.now()).toBe(Date.parse(DATE) + 400);
    clock.advance(5_000);
    expect(time.now()).toBe(Date.parse(DATE) + 5_400);
  });

  it.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['no date', { date: 'soon' }],
    ['from a cache', { date: DATE, age: '30' }],
  ])('is not known when the header is %s', (_, headers) => {
    const time = createServerTime(createManualClock());
    time.observe(new Headers(headers), 0);
    expect(time.now()).toBeUndefined();
  });

  it('is asked for anew after a while', () => {
    const clock = createManualClock();
    const time = createServerTime(clock);
    time.observe(new Headers({ date: DATE }), 0);
    clock.advance(10_001);
    expect(time.now()).toBeUndefined();
  });
});

describe('the store’s clock', () => {
  it('is the server’s, however wrong ours is', async () => {
    const server = createManualClock(Date.UTC(2031, 0, 1));
    const standIn = await standInForTest({ clock: server });
    const store = storeFor(standIn);
    const now = await store.now(AT_LEISURE);
    expect(Math.abs((now ?? 0) - Date.UTC(2031, 0, 1))).toBeLessThan(2_000);
    expect(standIn.requests().map(({ operation }) => operation)).toEqual(['status']);
  });

  it('needs no request of its own right after another', async () => {
    const standIn = await standInForTest();
    standIn.set({ name: NAME, value: 'x' });
    const store = storeFor(standIn);
    await store.read([NAME], AT_LEISURE);
    await store.now(AT_LEISURE);
    expect(standIn.requests('status')).toEqual([]);
  });

  it('is told by a refusal as well', async () => {
    const standIn = await standInForTest();
    standIn.inject({ operation: 'status', fault: { kind: 'status', status: 503, when: 'before-effect' } });
    expect(await storeFor(standIn).now(AT_LEISURE)).toBeTypeOf('number');
  });

  it('cannot be told without a Date header', async () => {
    const standIn = await standInForTest({ dateHeader: () => undefined });
    expect(await storeFor(standIn).now(AT_LEISURE)).toBeUndefined();
  });

  it('fails when nobody answers', async () => {
    const standIn = await standInForTest();
    await standIn.close();
    expect(await failureOf(storeFor(standIn).now(AT_LEISURE))).toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});
