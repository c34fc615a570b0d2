/** Durations as people write them: `30s`, `5m`, `2h`, `3d`, or a sum such as `1h30m`. */
const UNIT_MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a duration.
 *
 * @param text digits and a unit (`ms`, `s`, `m`, `h`, `d`), repeated at will. No sign, no spaces, no bare number.
 * @returns milliseconds, or `undefined` when the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:ms|[smhd]))+$/.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) {
    milliseconds += Number(amount) * (UNIT_MILLISECONDS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/**
 * Writes a duration for a person, in at most two units: `2 min 5 s`, `3 d`, `850 ms`.
 *
 * @param milliseconds zero or more.
 */
export function formatDuration(milliseconds: number): string {
  if (Math.round(milliseconds) < 1_000) return `${Math.round(milliseconds)} ms`;
  let seconds = Math.round(milliseconds / 1_000);
  const parts: string[] = [];
  for (const [name, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    const amount = Math.floor(seconds / size);
    seconds -= amount * size;
    if (amount > 0) parts.push(`${amount} ${name}`);
  }
  return parts.slice(0, 2).join(' ');
}
