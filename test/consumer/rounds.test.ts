import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BUDGET_MILLISECONDS, drawRounds } from '../../src/consumer/rounds.js';

const draws = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 8, maxLength: 8 });
const randomFrom = (numbers: readonly number[]) => {
  let index = 0;
  return () => numbers[index++ % numbers.length] ?? 0;
};

describe('the rounds after both secrets were refused', () => {
  it('are eight, in order, the first at once', () => {
    fc.assert(
      fc.property(draws, (numbers) => {
        const starts = drawRounds(DEFAULT_BUDGET_MILLISECONDS, randomFrom(numbers));
        expect(starts).toHaveLength(8);
        expect(starts[0]).toBe(0);
        expect([...starts].sort((left, right) => left - right)).toEqual(starts);
      }),
    );
  });

  it('end after a window of 30 s and within the budget, whatever is drawn', () => {
    fc.assert(
      fc.property(draws, (numbers) => {
        const last = drawRounds(DEFAULT_BUDGET_MILLISECONDS, randomFrom(numbers)).at(-1);
        expect(last).toBeGreaterThan(30_000);
        expect(last).toBeLessThan(DEFAULT_BUDGET_MILLISECONDS - 1_000);
      }),
    );
  });

  it('move apart when the draws differ', () => {
    const one = drawRounds(DEFAULT_BUDGET_MILLISECONDS, () => 0.1);
    const other = drawRounds(DEFAULT_BUDGET_MILLISECONDS, () => 0.9);
    for (const index of [1, 2, 3, 4, 5, 6, 7]) expect(other[index]).toBeGreaterThan(one[index] ?? Number.NaN);
  });

  it('scale with the budget', () => {
    expect(drawRounds(3_500, () => 0)).toEqual(drawRounds(35_000, () => 0).map((start) => start / 10));
  });
});
