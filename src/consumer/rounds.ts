/**
 * When to try again after both values were refused.
 *
 * Inside the window (up to 30 s after an activation) each request meets a node that knows either the old secret or the
 * new one. A round tries both values. It fails when the first value meets a node of the one kind and the second a node
 * of the other kind: with a share p of the nodes switched that is p(1 - p), at most 1/4. So
 *
 * - early rounds come fast, because each one alone is most likely to succeed: after three of them at most 1.6 % of the
 *   unlucky requests are left, and few of those wait longer than two seconds;
 * - later rounds spread out, so that a secret which is simply wrong costs the tenant nine rounds and not hundreds;
 * - the last one starts 31 s after the first refusal at the earliest. The window was open at that refusal, so it is
 *   closed by then, and the outcome no longer depends on luck: not even on a balancer that answers worst every time.
 *
 * Every start is drawn from a range of its own rather than from the start before it. Callers who were refused together
 * drift apart, and yet no draw can move the last round into the window or beyond the budget.
 */

/** How long Auth0's nodes may disagree after an activation, in milliseconds. */
export const WINDOW_MILLISECONDS = 30_000;

/** The budget the rounds below are made for, in milliseconds. */
export const DEFAULT_BUDGET_MILLISECONDS = 35_000;

/** Earliest and latest start of each round after the first, in milliseconds from the first refusal of all values. */
const ROUNDS: readonly (readonly [earliest: number, latest: number])[] = [
  [0, 0], // At once: the pair has just been read again, and may hold the value that is needed.
  [250, 750],
  [1_000, 2_000],
  [3_000, 5_000],
  [7_000, 10_000],
  [13_000, 17_000],
  [21_000, 25_000],
  [31_000, 33_500],
];

/**
 * Draws the starts of the rounds.
 *
 * @param budgetMilliseconds the time to spread them over. A budget other than the default scales all of them, for a
 *   window that is known to be shorter.
 * @param random numbers from 0 up to 1.
 * @returns milliseconds from the first refusal, ascending.
 */
export function drawRounds(budgetMilliseconds: number, random: () => number): readonly number[] {
  const scale = budgetMilliseconds / DEFAULT_BUDGET_MILLISECONDS;
  return ROUNDS.map(([earliest, latest]) => (earliest + (latest - earliest) * random()) * scale);
}
