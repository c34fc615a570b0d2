/** Traffic as text: one line for every second, one character for every slice of it. */
import type { Slice } from './traffic.js';

const LINE_MILLISECONDS = 1_000;
const ALL_SUCCEEDED = '.';
const SOME_FAILED = 'x';
const ALL_FAILED = 'X';

/** What the characters mean. */
export const STRIP_LEGEND = `${ALL_SUCCEEDED} every token request succeeds   ${SOME_FAILED} some fail   ${ALL_FAILED} all fail`;

export interface StripLine {
  readonly text: string;
  readonly failed: number;
  /** Whether a whole second is in it. */
  readonly isFull: boolean;
}

export interface TrafficStrip {
  add(slice: Slice): void;
  /** The line so far. */
  line(): StripLine;
  isEmpty(): boolean;
  /** Begins the next line. */
  next(): void;
  /** Begins anew, at second zero. */
  reset(): void;
}

/** Makes an empty strip. */
export function createTrafficStrip(): TrafficStrip {
  let slices: readonly Slice[] = [];
  let lineEnd = LINE_MILLISECONDS;
  return {
    add(slice) {
      slices = [...slices, slice];
    },
    line: () => render(slices, lineEnd),
    isEmpty: () => slices.length === 0,
    next() {
      slices = [];
      lineEnd += LINE_MILLISECONDS;
    },
    reset() {
      slices = [];
      lineEnd = LINE_MILLISECONDS;
    },
  };
}

function render(slices: readonly Slice[], lineEnd: number): StripLine {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const succeeded = sum(slices.map((slice) => slice.succeeded));
  const failed = sum(slices.map((slice) => slice.failed));
  const until = slices.at(-1)?.until ?? 0;
  const characters = slices.map(characterOf).join('');
  const time = `${(Math.min(until, lineEnd) / 1_000).toFixed(1).padStart(6)} s`;
  const counts = `${String(succeeded).padStart(4)} ok${failed === 0 ? '' : `, ${failed} failed`}`;
  return { text: `${time}  ${characters.padEnd(20)} ${counts}`, failed, isFull: until >= lineEnd };
}

function characterOf({ succeeded, failed }: Slice): string {
  if (succeeded + failed === 0) return ' ';
  if (failed === 0) return ALL_SUCCEEDED;
  return succeeded === 0 ? ALL_FAILED : SOME_FAILED;
}
