/** Tells a person how a rotation goes: phases as they happen, and the time left while it waits. */
import { formatDuration } from '../base/duration.js';
import type { Phase } from '../engine/attempt.js';
import type { EngineEvent, EngineObserver } from '../engine/ports.js';
import type { Host } from './host.js';
import type { Terminal } from './terminal.js';

export interface Progress {
  readonly observer: EngineObserver;
  /** How far the attempt has come, as the events tell it. */
  reached(): { readonly phase: Phase | null; readonly attemptId: string | null };
  /** Ends a countdown that is being shown. */
  stop(): void;
}

type Wait = Extract<EngineEvent, { type: 'wait-started' }>;

const PHASE_TEXTS: Readonly<Record<Phase, string>> = {
  prepared: 'Prepared: a new secret is made; nothing is changed at Auth0 yet.',
  announced: 'Announced: the new secret stands under the fallback name; applications may read it.',
  activating: 'Activating: the new secret is sent to Auth0.',
  activated: 'Activated: Auth0 has taken the new secret.',
  proven: 'Proven: Auth0 accepts the new secret.',
  published: 'Published: the new secret is stored as the client secret.',
  settled: 'Settled: all of Auth0 accepts the new secret, and it is stored.',
  abandoned: 'Abandoned: the new secret was given up before it was sent.',
  restored: 'Restored: the previous secret was put back.',
  parked: 'Parked: a person has to decide how to go on; both secrets are kept.',
};

const WAIT_TEXTS: Readonly<Record<Wait['reason'], string>> = {
  overlap: 'for the overlap, in which applications pick up the new secret',
  settle: 'until all of Auth0 agrees',
  'late-requests': 'until earlier requests can no longer take effect',
  retry: 'before trying again',
  'rate-limit': 'because Auth0 or the secret manager asks for a pause',
};

const SECOND = 1_000;
/** Between plain lines while waiting: often enough for CI systems that end silent jobs. */
const PLAIN_LINE_MILLISECONDS = 60 * SECOND;

/** Without a fallback name nothing is announced: the new secret is only kept until it is live. */
const KEPT_TEXT = 'Kept: the new secret stands under the pending name until it is live.';

/**
 * Makes the progress of one rotation.
 *
 * @param announces whether applications read the new secret under a fallback name beforehand.
 */
export function createProgress(host: Pick<Host, 'clock' | 'every'>, terminal: Terminal, announces: boolean): Progress {
  let phase: Phase | null = null;
  let attemptId: string | null = null;
  let stopCountdown = () => {};

  const stop = () => {
    stopCountdown();
    stopCountdown = () => {};
    terminal.clearDrawn();
  };

  const countDown = (wait: Wait) => {
    const end = host.clock.monotonic() + wait.milliseconds;
    const left = () => Math.max(end - host.clock.monotonic(), 0);
    if (!terminal.canRedraw) {
      terminal.note(`  Waiting ${formatDuration(wait.milliseconds)} ${WAIT_TEXTS[wait.reason]}.`, 'faint');
      stopCountdown = host.every(PLAIN_LINE_MILLISECONDS, () => {
        if (left() > 0) terminal.note(`  Still waiting: ${formatDuration(left())} left.`, 'faint');
      });
      return;
    }
    const draw = () => {
      if (left() > 0) terminal.redraw(`  ${secondsLeft(left())} left, waiting ${WAIT_TEXTS[wait.reason]}`);
      else stop(); // What follows may take its time before it tells anything.
    };
    draw();
    stopCountdown = host.every(SECOND, draw);
  };

  return {
    stop,
    reached: () => ({ phase, attemptId }),
    observer(event) {
      if (event.attemptId !== '') attemptId = event.attemptId; // A wait may come before there is an attempt.
      stop();
      switch (event.type) {
        case 'phase-entered':
          phase = event.phase;
          terminal.note(`- ${event.phase === 'announced' && !announces ? KEPT_TEXT : PHASE_TEXTS[event.phase]}`);
          return;
        case 'wait-started':
          countDown(event);
          return;
        case 'step-failed':
          terminal.note(`  ${event.step} did not succeed: ${event.message} (${event.code})`, 'warning');
      }
    },
  };
}

/** Whole seconds, so that the line changes with the tick. */
function secondsLeft(milliseconds: number): string {
  return milliseconds === 0 ? '0 s' : formatDuration(Math.ceil(milliseconds / SECOND) * SECOND);
}
