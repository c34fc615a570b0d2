/** The number that says how long an application was down. */

/**
 * The longest time in which nothing succeeded. Pure.
 *
 * @param successes when requests succeeded, in any order.
 * @param from when looking began: the first success may be late.
 * @param until when looking ended: the last success may be early.
 * @returns in the unit of the times; the whole time when nothing succeeded in it.
 */
export function longestGap(successes: readonly number[], from: number, until: number): number {
  const within = successes.filter((moment) => moment >= from && moment <= until).sort((left, right) => left - right);
  let longest = 0;
  let last = from;
  for (const moment of [...within, until]) {
    longest = Math.max(longest, moment - last);
    last = moment;
  }
  return longest;
}
