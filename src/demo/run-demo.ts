/**
 * The demo: the sample request of Infisical's documentation, rotated twice under live traffic. First as it stands,
 * then with a fallback name in its mapping. Everything is real but the two servers, which run on this machine.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.js';
import type { DemoObserver } from './events.js';
import { AUTH0_WINDOW_MILLISECONDS, DEMO_PACE, type DemoPace, NODES } from './pace.js';
import type { DemoReport } from './report.js';
import { createRotator } from './rotation.js';
import { sampleRequest, withFallbackName } from './sample-request.js';
import { playScene } from './scene.js';
import { openStage, type Stage } from './stage.js';

export interface DemoOptions {
  /** Is told what happens, as it happens. */
  readonly observer: DemoObserver;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
  /** @default `DEMO_PACE` */
  readonly pace?: DemoPace;
  /** @default the clock of this machine */
  readonly clock?: Clock;
  /** Starts the servers. @default `openStage` */
  readonly openStage?: (windowMilliseconds: number) => Promise<Stage>;
}

/**
 * Plays the demo.
 *
 * @returns what was measured. Nothing the demo started is left running, whatever happens.
 * @throws `RotationError` when a rotation does not succeed, the signal's reason when the demo is ended early.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { observer, signal, pace = DEMO_PACE, clock = systemClock } = options;
  signal.throwIfAborted();
  const stage = await (options.openStage ?? openStage)(pace.windowMilliseconds);
  try {
    const { auth0, infisical, application } = stage;
    observer({
      type: 'stage-opened',
      auth0: auth0.origin,
      infisical: infisical.siteUrl,
      application: application.name,
      pace,
    });
    const rotation = sampleRequest({
      projectId: infisical.describe().projectId,
      connectionId: randomUUID(),
      clientId: application.clientId,
    });
    observer({ type: 'request-applied', rotation });
    const rotator = createRotator(stage, pace, clock, signal);
    await rotator.rotate(rotation, () => {}, application.clientSecret);
    observer({ type: 'secret-adopted', fingerprint: application.clientSecret.fingerprint() });

    const scene = { stage, rotator, pace, observer, clock, signal };
    const singlePhase = await playScene({ ...scene, mode: 'single-phase', rotation });
    const overlap = await playScene({ ...scene, mode: 'overlap', rotation: withFallbackName(rotation) });
    return {
      singlePhase,
      overlap,
      passed: overlap.failed === 0 && overlap.storedIsLive && singlePhase.storedIsLive,
      rotation: {
        name: rotation.name,
        rotationIntervalDays: rotation.rotationInterval,
        environment: rotation.environment,
        secretPath: rotation.secretPath,
      },
      compression: {
        windowMs: pace.windowMilliseconds,
        auth0WindowMs: AUTH0_WINDOW_MILLISECONDS,
        overlapMs: pace.overlapMilliseconds,
        settleMs: pace.windowMilliseconds,
        nodes: NODES,
        instances: pace.instances,
        requestsPerSecond: pace.requestsPerSecond,
      },
    };
  } finally {
    await stage.close();
  }
}
