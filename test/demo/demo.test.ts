/** The whole demo over real HTTP, with everything but the proof's two seconds compressed still further. */
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { SERVICES } from '../../src/cli/assemble.js';
import { interruptedError } from '../../src/cli/failures.js';
import type { Host } from '../../src/cli/host.js';
import { runCommandLine } from '../../src/cli/program.js';
import type { DemoEvent } from '../../src/demo/events.js';
import type { DemoPace } from '../../src/demo/pace.js';
import { demoReportSchema, type SceneReport } from '../../src/demo/report.js';
import { runDemo } from '../../src/demo/run-demo.js';
import { openStage, type Stage } from '../../src/demo/stage.js';
import { leaks } from '../cli/fakes.js';

const QUICK: DemoPace = {
  windowMilliseconds: 900,
  overlapMilliseconds: 500,
  refreshMilliseconds: 150,
  budgetMilliseconds: 9_000, // Generous: a machine that is busy elsewhere must not use it up.
  rereadMilliseconds: 100,
  marginMilliseconds: 200,
  instances: 2,
  requestsPerSecond: 60,
};

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** Runs `auth0-rotation demo --json` in this process. */
async function demo(onEvent: (event: DemoEvent, end: () => void) => void = () => {}) {
  const ending = new AbortController();
  const end = () => ending.abort(interruptedError());
  let stdout = '';
  let stderr = '';
  const stream = (add: (text: string) => void) => ({ write: add, isTerminal: false, columns: 80 });
  const host: Host = {
    environment: {},
    workingDirectory: process.cwd(),
    stdout: stream((text) => {
      stdout += text;
    }),
    stderr: stream((text) => {
      stderr += text;
    }),
    stdinIsTerminal: false,
    clock: systemClock,
    every: () => () => {},
    interruption: { signal: ending.signal, forced: new Promise(() => {}) },
    services: {
      ...SERVICES,
      runDemo: (options) =>
        runDemo({
          ...options,
          pace: QUICK,
          observer: (event) => {
            options.observer(event);
            onEvent(event, end);
          },
          openStage: async (windowMilliseconds) => {
            stage = await openStage(windowMilliseconds);
            return stage;
          },
        }),
    },
  };
  const code = await runCommandLine(['demo', '--json'], host);
  if (stage === undefined) throw new Error('Nothing was started.');
  return { code, stdout, stderr, stage };
}

/** Every secret that either server has ever held. */
function secretsOf({ auth0, infisical, application }: Stage): string[] {
  const held = infisical.secretsIn().flatMap(({ name, history }) => (name === 'AUTH0_CLIENT_ID' ? [] : history));
  const changes = auth0.tenant.changesOf(application.clientId);
  const { applications, managementClientSecret } = auth0.describe();
  return [
    ...held,
    ...changes.flatMap(({ secret }) => secret?.reveal() ?? []),
    ...applications.map(({ clientSecret }) => clientSecret),
    managementClientSecret,
    infisical.describe().clientSecret,
    application.clientSecret.reveal(),
  ];
}

const isUp = (origin: string) =>
  fetch(origin).then(
    () => true,
    () => false,
  );
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const phasesOf = (scene: SceneReport) =>
  scene.timeline.flatMap((moment) => (moment.event === 'phase' ? [moment.phase] : []));
const secretIn = (scene: SceneReport) => scene.secrets.find(({ name }) => name === 'AUTH0_CLIENT_SECRET');

describe('the demo', () => {
  test('loses no request with overlap, loses some without, and leaves the live secret stored', async () => {
    const { code, stdout, stderr, stage: played } = await demo();
    expect(code, stderr).toBe(0);
    expect(stdout.endsWith('}\n')).toBe(true);
    const report = demoReportSchema.parse(JSON.parse(stdout));
    const { singlePhase, overlap } = report;

    expect(overlap.failed).toBe(0);
    expect(singlePhase.failed).toBeGreaterThan(0);
    expect(singlePhase.reasons).toEqual({ refused: singlePhase.failed });
    expect(report.passed).toBe(true);
    expect(report.compression).toMatchObject({ windowMs: 900, auth0WindowMs: 30_000 });
    expect(phasesOf(singlePhase)).toEqual(['prepared', 'announced', 'activated', 'proven', 'published']);
    expect(phasesOf(overlap)).toEqual(['prepared', 'announced', 'activated', 'proven', 'published', 'settled']);
    for (const scene of [singlePhase, overlap]) {
      expect(sum(scene.traffic.failed)).toBe(scene.failed);
      expect(sum(scene.traffic.succeeded) + scene.failed).toBe(scene.requests);
      expect(scene.timeline.filter(({ event }) => event === 'nodes').at(-1)).toMatchObject({ switched: 3 });
    }

    // What the servers hold, not what was reported.
    const { tenant } = played.auth0;
    const { clientId, clientSecret } = played.application;
    const live = tenant.secretOf(clientId)?.reveal();
    const changes = tenant.changesOf(clientId);
    expect(changes.map(({ cause }) => cause)).toEqual(['update-client', 'update-client']);
    const stored = new Map(played.infisical.secretsIn().map(({ name, value }) => [name, value]));
    expect(stored.get('AUTH0_CLIENT_ID')).toBe(clientId);
    expect(stored.get('AUTH0_CLIENT_SECRET')).toBe(live);
    expect(stored.get('AUTH0_CLIENT_SECRET_FALLBACK')).toBe(live);
    const [first, second, third] = [clientSecret, ...changes.map(({ secret }) => secret)].map((secret) =>
      secret?.fingerprint(),
    );
    expect(secretIn(singlePhase)).toMatchObject({ before: first, after: second });
    expect(secretIn(overlap)).toMatchObject({ before: second, after: third });

    expect(leaks({ stdout, stderr }, secretsOf(played))).toEqual([]);
    expect(stderr.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(await isUp(played.auth0.origin)).toBe(false);
    expect(await isUp(played.infisical.siteUrl)).toBe(false);
  }, 60_000);

  test('ended in the midst of its traffic: exit code 4, one JSON object, nothing left running', async () => {
    const ended = await demo((event, end) => {
      if (event.type === 'slice-counted') end();
    });
    expect(ended.code).toBe(4);
    expect(JSON.parse(ended.stdout)).toMatchObject({ passed: false, error: { code: 'INTERRUPTED' } });
    expect(await isUp(ended.stage.auth0.origin)).toBe(false);
    expect(await isUp(ended.stage.infisical.siteUrl)).toBe(false);
    expect(leaks(ended, secretsOf(ended.stage))).toEqual([]);
  }, 30_000);
});
