import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longestGap } from '../../src/demo/longest-gap.js';

describe('the longest gap', () => {
  test.each<[string, number[], number, number, number]>([
    ['lies between two successes', [10, 20, 70, 80], 0, 90, 50],
    ['lies before the first success', [60, 70], 0, 80, 60],
    ['lies after the last success', [10, 20], 0, 100, 80],
    ['is the whole time without a success', [], 100, 400, 300],
    ['does not need the successes in order', [80, 10, 70, 20], 0, 90, 50],
    ['is not shortened by what lies outside', [0, 500], 100, 400, 300],
    ['counts from the beginning of the look', [150], 100, 400, 250],
    ['is nothing in no time', [], 5, 5, 0],
  ])('%s', (_, successes, from, until, gap) => {
    expect(longestGap(successes, from, until)).toBe(gap);
  });

  test('holds no success, and a longer one would', () => {
    const moments = fc.array(fc.integer({ min: 0, max: 1_000 }));
    fc.assert(
      fc.property(moments, (successes) => {
        const gap = longestGap(successes, 0, 1_000);
        const edges = [0, ...successes, 1_000];
        const isFree = (from: number, length: number) =>
          from + length <= 1_000 && !edges.some((moment) => moment > from && moment < from + length);
        expect(edges.some((from) => isFree(from, gap))).toBe(true);
        expect(edges.some((from) => isFree(from, gap + 1))).toBe(false);
      }),
    );
  });
});
