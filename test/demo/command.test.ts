/** What the command makes of a report. */
import { describe, expect, test } from 'vitest';
import { run } from '../cli/fakes.js';
import { REPORT } from './reports.js';

const CANARY = 'q7Zr2mVx9KcT4nLw8YbH3sPd6FgJ1aUe5RtXo0Bi';
const FAILED = { ...REPORT, passed: false, overlap: { ...REPORT.overlap, failed: 1 } };

describe('auth0-rotation demo', () => {
  test('ends with the table on stdout, and with 0', async () => {
    const { code, stdout } = await run(['demo'], { services: { runDemo: async () => REPORT } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/failed requests +516 +0\n/);
    expect(stdout).toContain('With overlap none of 1359 token requests failed.');
  });

  test('--json ends with the report as one object on stdout', async () => {
    const outcome = await run(['demo', '--json'], { services: { runDemo: async () => REPORT } });
    expect(outcome.code).toBe(0);
    expect(outcome.json()).toEqual(REPORT);
  });

  test('ends with 1 when a request failed with overlap', async () => {
    const services = { runDemo: async () => FAILED };
    const shown = await run(['demo'], { services });
    expect(shown.code).toBe(1);
    expect(shown.stdout).toContain('did not show what it is meant to show');
    const asJson = await run(['demo', '--json'], { services });
    expect(asJson.code).toBe(1);
    expect(asJson.json()).toMatchObject({ passed: false, overlap: { failed: 1 } });
  });

  test('ends with 1 when it throws, and keeps the foreign message to itself', async () => {
    const runDemo = async () => {
      throw new TypeError(CANARY);
    };
    const outcome = await run(['demo'], { services: { runDemo } });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('DEFECT');
    expect(outcome.stderr).not.toContain(CANARY);
  });
});
