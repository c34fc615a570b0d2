/** Runs work a few at a time. */

/**
 * Makes lanes that work can go through.
 *
 * @param count how many works may be under way at once; the others wait for their turn, in order.
 * @returns runs some work in a lane and answers what the work answers.
 */
export function inLanes(count: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
