/** Durations as people read and write them. */
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/base/duration.js';

test.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [125_000, '2 min 5 s'],
  [90_061_000, '1 d 1 h'],
])('%d ms reads %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  ['0s', 0],
  ['1h30m', 5_400_000],
  ['3d', 259_200_000],
  ['-5s', undefined],
  ['5', undefined],
  ['1 h', undefined],
  ['999999999d', undefined],
])('%s means %s ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});
