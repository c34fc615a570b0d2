import { describe, expect, test } from 'vitest';
import { conclusion, resultTable, TABLE_NOTES } from '../../src/demo/result-table.js';
import { REPORT } from './reports.js';

describe('the table', () => {
  test('as a person reads it', () => {
    expect(`\n${resultTable(REPORT).join('\n')}\n`).toBe(`
                                        single-phase          with overlap
  requests                                      1075                  1359
  failed requests                                516                     0
  longest gap                                  2.3 s                 49 ms
  AUTH0_CLIENT_ID                 392a371f unchanged    392a371f unchanged
  AUTH0_CLIENT_SECRET           f47c3ec9 -> f298ee17  f298ee17 -> 3e5e3886
  AUTH0_CLIENT_SECRET_FALLBACK                     -      none -> 3e5e3886
  stored secret is live                          yes                   yes
`);
  });

  test('says it when the stored secret is not the live one', () => {
    const report = { ...REPORT, passed: false, overlap: { ...REPORT.overlap, storedIsLive: false } };
    expect(resultTable(report).at(-1)).toMatch(/yes +NO$/);
  });

  test('fits a terminal of 80 columns', () => {
    const longest = { ...REPORT.singlePhase, requests: 1_234_567, failed: 1_234_567, longestGapMs: 123_456 };
    const report = { ...REPORT, singlePhase: longest };
    const lines = [...resultTable(report), ...conclusion(report), ...TABLE_NOTES];
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('the conclusion', () => {
  test('names both numbers and the compression', () => {
    expect(conclusion(REPORT)).toEqual([
      'With overlap none of 1359 token requests failed.',
      'Single-phase 516 of 1075 token requests failed (48 %).',
      'The window was 3 s here; at Auth0 it may be 30 s.',
    ]);
  });

  test('does not boast when it failed', () => {
    const report = { ...REPORT, passed: false, overlap: { ...REPORT.overlap, failed: 7 } };
    expect(conclusion(report)[0]).toBe('With overlap 7 of 1359 token requests failed (1 %).');
    expect(conclusion(report).at(-1)).toContain('did not show what it is meant to show');
  });
});
