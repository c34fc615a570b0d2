import { describe, expect, test } from 'vitest';
import type { DemoEvent } from '../../src/demo/events.js';
import { DEMO_PACE } from '../../src/demo/pace.js';
import { sampleRequest, withFallbackName } from '../../src/demo/sample-request.js';
import { createTimeline } from '../../src/demo/timeline.js';
import { PHASES } from '../../src/engine/attempt.js';

const rotation = sampleRequest({
  projectId: '5f2b9a0e-7c14-4d36-8a51-2e9d0c7b6f18',
  connectionId: '0d9c3e7a-61b8-4f02-9e45-b7a1c2d3e4f5',
  clientId: 'Vn4Wq8bT2kXs6LrYpD0cGm7uJh1eZa5f',
});
const INTRODUCTION: readonly DemoEvent[] = [
  {
    type: 'stage-opened',
    auth0: 'http://127.0.0.1:65535',
    infisical: 'http://127.0.0.1:65534',
    application: 'Order Worker',
    pace: DEMO_PACE,
  },
  { type: 'request-applied', rotation },
  { type: 'secret-adopted', fingerprint: '0a1b2c3d' },
];
const SINGLE_PHASE: DemoEvent = { type: 'scene-started', mode: 'single-phase', rotation };
const OVERLAP: DemoEvent = { type: 'scene-started', mode: 'overlap', rotation: withFallbackName(rotation) };
const SCENE_ENDED: DemoEvent = { type: 'scene-ended' };

/** Slices of 50 ms: twenty make a line. */
function slices(from: number, count: number, succeeded: number, failed: number): DemoEvent[] {
  const until = (index: number) => from + (index + 1) * 50;
  return Array.from({ length: count }, (_, index) => ({
    type: 'slice-counted',
    until: until(index),
    succeeded,
    failed,
  }));
}

function write(events: readonly DemoEvent[], canRedraw = false) {
  const lines: string[] = [];
  const drawn: string[] = [];
  const observer = createTimeline({
    canRedraw,
    note: (text) => void lines.push(text),
    redraw: (text) => void drawn.push(text),
  });
  for (const event of events) observer(event);
  return { lines, drawn };
}

describe('the timeline', () => {
  test('fits a terminal of 80 columns, whatever happens', () => {
    const moments: DemoEvent[] = [
      ...PHASES.map((phase) => ({ type: 'phase-entered' as const, at: 12_345, phase })),
      ...(['overlap', 'settle', 'late-requests', 'retry', 'rate-limit'] as const).map((reason) => ({
        type: 'wait-started' as const,
        at: 12_345,
        reason,
        milliseconds: 3_000,
      })),
      { type: 'nodes-switched', at: 12_345, switched: 3, nodes: 3 },
      ...slices(0, 20, 100, 100),
      SCENE_ENDED,
    ];
    const { lines } = write([...INTRODUCTION, SINGLE_PHASE, ...moments, OVERLAP, ...moments]);
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test('says what is compressed, and what was left out of the sample', () => {
    const text = write(INTRODUCTION).lines.join('\n');
    expect(text).toContain("Auth0's nodes may disagree for 30 s; here 3 s");
    expect(text).toContain('one comma too many');
    expect(text).toContain('my-auth0-rotation (my client secret rotation), every 30 days at 00:00 UTC');
  });

  test('draws a second of traffic as one line, in the order of its slices', () => {
    const second = [...slices(0, 10, 7, 0), ...slices(500, 5, 3, 4), ...slices(750, 4, 0, 7), ...slices(950, 1, 0, 0)];
    expect(write([SINGLE_PHASE, ...second, ...slices(1_000, 20, 7, 0)]).lines.slice(-2)).toEqual([
      '   1.0 s  ..........xxxxxXXXX    85 ok, 48 failed',
      '   2.0 s  ....................  140 ok',
    ]);
  });

  test('shows the rest of a second when a scene ends, and begins the next at zero', () => {
    const short = [SINGLE_PHASE, ...slices(0, 4, 7, 0), SCENE_ENDED];
    expect(write(short).lines.at(-1)).toBe('   0.2 s  ....                   28 ok');
    const next = write([...short, OVERLAP, ...slices(0, 20, 7, 0)]);
    expect(next.lines.at(-1)).toBe('   1.0 s  ....................  140 ok');
  });

  test('draws over lines on a terminal only', () => {
    const events = [SINGLE_PHASE, ...slices(0, 4, 7, 0)];
    expect(write(events).drawn).toEqual([]);
    expect(write(events, true).drawn.at(-1)).toBe('   0.2 s  ....                   28 ok');
  });

  test('does not tell of the rest of a wait that ended a moment early', () => {
    const rest: DemoEvent = { type: 'wait-started', at: 1_000, reason: 'overlap', milliseconds: 0.4 };
    expect(write([OVERLAP, rest]).lines).toEqual(write([OVERLAP]).lines);
  });
});
