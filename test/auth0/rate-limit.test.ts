import { describe, expect, it } from 'vitest';
import { readRateLimit } from '../../src/auth0/rate-limit.js';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const EPOCH_SECONDS = NOW / 1_000;

function read(headers: Record<string, string>, now = NOW) {
  return readRateLimit(new Headers(headers), now);
}

describe('rate-limit headers', () => {
  it.each([
    ['0', 0],
    ['3', 3_000],
    ['99999999', 3_600_000],
    ['Thu, 01 Jan 2026 12:00:05 GMT', 5_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['1.5', undefined],
    ['-3', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('Retry-After: %s', (header, expected) => {
    expect(read({ 'retry-after': header }).retryAfterMilliseconds).toBe(expected);
  });

  it('X-RateLimit-Reset is in seconds since the epoch', () => {
    const headers = { 'x-ratelimit-remaining': '4', 'x-ratelimit-reset': String(EPOCH_SECONDS + 2) };
    expect(read(headers)).toMatchObject({ remaining: 4, resetInMilliseconds: 2_000, reset: EPOCH_SECONDS + 2 });
  });

  it("is measured on the server's clock where the answer has a date", () => {
    const headers = {
      date: 'Thu, 01 Jan 2026 12:00:00 GMT',
      'x-ratelimit-reset': String(EPOCH_SECONDS + 2),
    };
    for (const ours of [NOW - 86_400_000, NOW + 86_400_000]) {
      expect(read(headers, ours).resetInMilliseconds).toBe(2_000);
    }
  });

  it('is held within a minute when our clock is off and the answer has no date', () => {
    const headers = { 'x-ratelimit-reset': String(EPOCH_SECONDS) };
    expect(read(headers, NOW - 86_400_000).resetInMilliseconds).toBe(60_000);
    expect(read(headers, NOW + 86_400_000).resetInMilliseconds).toBe(0);
  });

  it('says nothing when there is none', () => {
    expect(Object.values(read({})).every((value) => value === undefined)).toBe(true);
  });
});
