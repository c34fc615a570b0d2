import { describe, expect, test } from 'vitest';
import { TokenError } from '../../src/consumer/errors.js';
import type { Application } from '../../src/demo/application.js';
import { type Slice, startTraffic } from '../../src/demo/traffic.js';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.js';

const refused = () => new TokenError({ reason: 'refused', status: 401, error: 'access_denied', message: 'Refused.' });

interface World {
  readonly clock: VirtualClock;
  readonly applications: readonly Application[];
  readonly requestsPerSecond: number;
}

async function count({ clock, applications, requestsPerSecond }: World, milliseconds: number) {
  const seen: Slice[] = [];
  const traffic = startTraffic({
    applications,
    requestsPerSecond,
    sliceMilliseconds: 100,
    clock,
    onSlice: (slice) => seen.push(slice),
  });
  const counted = await clock.run(async () => {
    await clock.sleep(milliseconds);
    return await traffic.stop();
  });
  return { ...counted, seen };
}

describe('traffic', () => {
  test('leaves by the clock, in turns, and is told slice by slice', async () => {
    const clock = createVirtualClock();
    const asked = [0, 0];
    const applications = asked.map((_, index) => ({
      request: async () => {
        asked[index] = (asked[index] ?? 0) + 1;
      },
    }));
    const { requests, failed, seen, slices, longestGapMilliseconds } = await count(
      { clock, applications, requestsPerSecond: 100 },
      1_002,
    );
    expect(requests).toBe(100);
    expect(failed).toBe(0);
    expect(asked).toEqual([50, 50]);
    expect(seen).toEqual(slices);
    expect(seen.map(({ until }) => until)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_100]);
    expect(seen.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(100);
    expect(longestGapMilliseconds).toBeLessThanOrEqual(25);
  });

  test('does not slow down while answers are slow, and waits for every one of them', async () => {
    const clock = createVirtualClock();
    const slow: Application = { request: () => clock.sleep(700) };
    const { requests, slices } = await count({ clock, applications: [slow], requestsPerSecond: 50 }, 1_002);
    expect(requests).toBe(50);
    expect(slices.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(50);
    expect(slices.slice(0, 7).every(({ succeeded }) => succeeded === 0)).toBe(true);
  });

  test('counts failures when they happen, and why', async () => {
    const clock = createVirtualClock();
    const failsBetween: Application = {
      request: async () => {
        const now = clock.monotonic();
        if (now >= 400 && now < 600) throw refused();
        if (now >= 600 && now < 700) throw new TypeError('broken');
      },
    };
    const counted = await count({ clock, applications: [failsBetween], requestsPerSecond: 100 }, 1_002);
    expect(counted.slices.map(({ failed }) => failed)).toEqual([0, 0, 0, 0, 10, 10, 10, 0, 0, 0, 0]);
    expect(counted.failed).toBe(30);
    expect(counted.reasons).toEqual({ refused: 20, TypeError: 10 });
    expect(counted.longestGapMilliseconds).toBe(310);
  });

  test('the gap is that of the application that was worst off, not of all together', async () => {
    const clock = createVirtualClock();
    const well: Application = { request: async () => {} };
    const unwell: Application = {
      request: async () => {
        if (clock.monotonic() >= 300 && clock.monotonic() < 800) throw refused();
      },
    };
    const counted = await count({ clock, applications: [well, unwell], requestsPerSecond: 100 }, 1_002);
    expect(counted.longestGapMilliseconds).toBeGreaterThanOrEqual(500);
  });
});
