/** One rotation under live traffic, measured, and judged by the truth of the servers. */
import type { Clock } from '../base/clock.js';
import { Secret } from '../base/secret.js';
import type { EngineObserver } from '../engine/ports.js';
import type { CreateBody } from '../provider/auth0-client-secret/schemas.js';
import type { Application } from './application.js';
import type { DemoObserver, Mode, SceneMoment } from './events.js';
import { createFollowingApplication } from './following-application.js';
import { watchNodes } from './node-watch.js';
import { createOrdinaryApplication } from './ordinary-application.js';
import type { DemoPace } from './pace.js';
import type { SceneReport } from './report.js';
import type { Rotator } from './rotation.js';
import { openSecretReader } from './secret-reader.js';
import type { Stage } from './stage.js';
import { createTokenRequest } from './token-request.js';
import { startTraffic } from './traffic.js';

/** How finely traffic is counted, in milliseconds. */
export const SLICE_MILLISECONDS = 50;

export interface Scene {
  readonly mode: Mode;
  readonly stage: Stage;
  readonly rotation: CreateBody;
  readonly rotator: Rotator;
  readonly pace: DemoPace;
  readonly observer: DemoObserver;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Plays a scene: traffic, a rotation in its midst, and traffic for a little longer.
 *
 * @returns what was measured.
 * @throws what the rotation throws, or the signal's reason. No traffic is left then.
 */
export async function playScene(scene: Scene): Promise<SceneReport> {
  const { mode, stage, rotation, pace, observer, clock, signal } = scene;
  observer({ type: 'scene-started', mode, rotation });
  const before = stored(stage, rotation);
  const applications = await startApplications(scene);
  const moments: SceneMoment[] = [];
  const happened = (moment: SceneMoment) => {
    moments.push(moment);
    observer(moment);
  };
  const lookAtNodes = watchNodes(stage);
  const traffic = startTraffic({
    applications,
    requestsPerSecond: pace.requestsPerSecond,
    sliceMilliseconds: SLICE_MILLISECONDS,
    clock,
    onSlice: (slice) => {
      const switched = lookAtNodes();
      if (switched !== undefined) happened({ type: 'nodes-switched', at: traffic.elapsed(), ...switched });
      observer({ type: 'slice-counted', ...slice });
    },
  });
  const onEngineEvent: EngineObserver = (event) => {
    const { attemptId: _, ...told } = event;
    happened({ ...told, at: traffic.elapsed() });
  };
  let counted: Awaited<ReturnType<typeof traffic.stop>>;
  try {
    await clock.sleep(pace.marginMilliseconds, signal);
    await scene.rotator.rotate(rotation, onEngineEvent);
    await clock.sleep(pace.marginMilliseconds, signal);
  } finally {
    counted = await traffic.stop();
    observer({ type: 'scene-ended' });
  }
  return {
    requests: counted.requests,
    failed: counted.failed,
    reasons: counted.reasons,
    longestGapMs: Math.round(counted.longestGapMilliseconds),
    ...judged(stage, rotation, before),
    timeline: moments.flatMap(reported),
    traffic: {
      sliceMs: SLICE_MILLISECONDS,
      succeeded: counted.slices.map((slice) => slice.succeeded),
      failed: counted.slices.map((slice) => slice.failed),
    },
  };
}

/** Every instance has logged in and got a first token before anything is counted. */
async function startApplications(scene: Scene): Promise<readonly Application[]> {
  const { mode, stage, rotation, pace, clock, signal } = scene;
  const requestToken = createTokenRequest(stage.auth0.origin, stage.application.clientId, signal);
  const start = async (): Promise<Application> => {
    const readSecrets = await openSecretReader(stage, rotation);
    const application =
      mode === 'overlap'
        ? createFollowingApplication({
            readSecrets,
            requestToken,
            refreshMilliseconds: pace.refreshMilliseconds,
            budgetMilliseconds: pace.budgetMilliseconds,
            signal,
          })
        : createOrdinaryApplication({
            readSecrets,
            requestToken,
            rereadMilliseconds: pace.rereadMilliseconds,
            clock,
          });
    await application.request();
    return application;
  };
  return await Promise.all(Array.from({ length: pace.instances }, start));
}

/** The values under the mapped names as they really stand in the store. */
function stored(stage: Stage, rotation: CreateBody): ReadonlyMap<string, Secret> {
  const { projectId, environment, secretPath: path } = rotation;
  const secrets = stage.infisical.secretsIn({ projectId, environment, path });
  return new Map(secrets.map(({ name, value }) => [name, new Secret(value)]));
}

/** Compares what is stored with what the tenant holds. */
function judged(
  stage: Stage,
  rotation: CreateBody,
  before: ReadonlyMap<string, Secret>,
): Pick<SceneReport, 'secrets' | 'liveSecret' | 'storedIsLive'> {
  const { tenant } = stage.auth0;
  const { clientId } = stage.application;
  const live = tenant.secretOf(clientId);
  if (live === undefined) throw new TypeError('The application has lost its client secret.');
  const after = stored(stage, rotation);
  const { secretsMapping } = rotation;
  const names = Object.values(secretsMapping).filter((name) => name !== undefined);
  const secretNames = names.filter((name) => name !== secretsMapping.clientId);
  return {
    secrets: names.map((name) => ({
      name,
      before: before.get(name)?.fingerprint() ?? null,
      after: after.get(name)?.fingerprint() ?? null,
    })),
    liveSecret: live.fingerprint(),
    storedIsLive:
      tenant.acceptance(clientId, live) === 'all' &&
      after.get(secretsMapping.clientId)?.reveal() === clientId &&
      secretNames.every((name) => after.get(name)?.equals(live)),
  };
}

function reported(moment: SceneMoment): SceneReport['timeline'] {
  const atMs = Math.round(moment.at);
  switch (moment.type) {
    case 'phase-entered':
      return [{ atMs, event: 'phase', phase: moment.phase }];
    case 'nodes-switched':
      return [{ atMs, event: 'nodes', switched: moment.switched, nodes: moment.nodes }];
    case 'wait-started':
    case 'step-failed':
      return []; // Told while it happens; a rotation that does not get over a failure ends the demo.
  }
}
