/** A report as the demo makes it, for tests of what is written about it. */
import type { DemoReport, SceneReport } from '../../src/demo/report.js';

const scene: SceneReport = {
  requests: 1_075,
  failed: 516,
  reasons: { refused: 516 },
  longestGapMs: 2_316,
  secrets: [
    { name: 'AUTH0_CLIENT_ID', before: '392a371f', after: '392a371f' },
    { name: 'AUTH0_CLIENT_SECRET', before: 'f47c3ec9', after: 'f298ee17' },
  ],
  liveSecret: 'f298ee17',
  storedIsLive: true,
  timeline: [
    { atMs: 1_000, event: 'phase', phase: 'activated' },
    { atMs: 1_500, event: 'nodes', switched: 1, nodes: 3 },
    { atMs: 6_200, event: 'phase', phase: 'published' },
  ],
  traffic: { sliceMs: 50, succeeded: [7, 8, 0], failed: [0, 0, 7] },
};

export const REPORT: DemoReport = {
  singlePhase: scene,
  overlap: {
    ...scene,
    requests: 1_359,
    failed: 0,
    reasons: {},
    longestGapMs: 49,
    secrets: [
      { name: 'AUTH0_CLIENT_ID', before: '392a371f', after: '392a371f' },
      { name: 'AUTH0_CLIENT_SECRET', before: 'f298ee17', after: '3e5e3886' },
      { name: 'AUTH0_CLIENT_SECRET_FALLBACK', before: null, after: '3e5e3886' },
    ],
    liveSecret: '3e5e3886',
    traffic: { sliceMs: 50, succeeded: [7, 8, 7], failed: [0, 0, 0] },
  },
  passed: true,
  rotation: { name: 'my-auth0-rotation', rotationIntervalDays: 30, environment: 'dev', secretPath: '/' },
  compression: {
    windowMs: 3_000,
    auth0WindowMs: 30_000,
    overlapMs: 3_000,
    settleMs: 3_000,
    nodes: 3,
    instances: 3,
    requestsPerSecond: 150,
  },
};
