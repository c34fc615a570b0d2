/**
 * The timeline as a person reads it while it happens: what the rotation does, and below it what that means for the
 * applications, one line of traffic for every second.
 */
import { formatDuration } from '../base/duration.js';
import type { Phase } from '../engine/attempt.js';
import type { CreateBody } from '../provider/auth0-client-secret/schemas.js';
import { ORDINARY_PROOF } from '../provider/prove.js';
import type { DemoEvent, DemoObserver, Mode } from './events.js';
import { AUTH0_WINDOW_MILLISECONDS, type DemoPace, NODES } from './pace.js';
import { createTrafficStrip, STRIP_LEGEND } from './traffic-strip.js';

type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'warning' | 'bad';

/** Where the timeline is written to. */
export interface TimelineWriter {
  note(text: string, tone?: Tone): void;
  /** Draws over the last drawn line. */
  redraw(text: string): void;
  /** Whether lines can be drawn over. */
  readonly canRedraw: boolean;
}

/** How long probes must be accepted in a row before the new secret counts as proven. */
const PROOF = formatDuration(ORDINARY_PROOF.spanMilliseconds);

const SHORTEST_TOLD_WAIT_MILLISECONDS = 100;

/** @returns an observer that writes the timeline. */
export function createTimeline(writer: TimelineWriter): DemoObserver {
  const strip = createTrafficStrip();
  let names: CreateBody['secretsMapping'] | undefined;
  let mode: Mode = 'single-phase';

  const moment = (at: number, what: string, text: string, tone: Tone = 'plain') => {
    writer.note(`${time(at)}  ${what.padEnd(10)}  ${text}`, tone);
    if (writer.canRedraw && !strip.isEmpty()) writer.redraw(strip.line().text);
  };

  return (event) => {
    switch (event.type) {
      case 'stage-opened':
        return introduction(event).forEach(([text, tone]) => {
          writer.note(text, tone);
        });
      case 'request-applied':
        return theRequest(event.rotation).forEach(([text, tone]) => {
          writer.note(text, tone);
        });
      case 'secret-adopted':
        writer.note(`  Adopted: the secret in use (${event.fingerprint}) is proven, and stored unchanged.`);
        return;
      case 'scene-started':
        mode = event.mode;
        names = event.rotation.secretsMapping;
        return sceneTitle(mode, names).forEach(([text, tone]) => {
          writer.note(text, tone);
        });
      case 'phase-entered':
        if (names !== undefined) moment(event.at, event.phase, phaseText(event.phase, mode, names), 'strong');
        return;
      case 'wait-started':
        // A timer may fire a moment early; the rest of the wait is nothing to tell of.
        if (event.milliseconds < SHORTEST_TOLD_WAIT_MILLISECONDS) return;
        moment(event.at, '', `${WAITS[event.reason]}, ${formatDuration(event.milliseconds)}`, 'faint');
        return;
      case 'nodes-switched':
        moment(event.at, '', `${event.switched} of ${event.nodes} nodes of Auth0 know the new secret`, 'faint');
        return;
      case 'step-failed':
        moment(event.at, event.step, `${event.message} (${event.code})`, 'warning');
        return;
      case 'slice-counted': {
        strip.add(event);
        const { text, failed, isFull } = strip.line();
        if (isFull) {
          writer.note(text, failed > 0 ? 'bad' : 'good');
          strip.next();
        } else if (writer.canRedraw) writer.redraw(text);
        return;
      }
      case 'scene-ended': {
        const { text, failed } = strip.line();
        if (!strip.isEmpty()) writer.note(text, failed > 0 ? 'bad' : 'good');
        strip.next();
        strip.reset();
      }
    }
  };
}

type Line = readonly [text: string, tone?: Tone];

function introduction({ auth0, infisical, application, pace }: Extract<DemoEvent, { type: 'stage-opened' }>): Line[] {
  return [
    ['Two rotations of an Auth0 client secret, under live traffic', 'strong'],
    ['  Everything runs on this machine; nothing else is touched.'],
    [`  Auth0       ${auth0}  an emulated tenant, ${NODES} nodes`],
    [`  Infisical   ${infisical}  a stand-in, read with @infisical/sdk`],
    [`  Traffic     ${pace.instances} instances of "${application}", ${pace.requestsPerSecond} token requests/s`],
    [`  Compressed  ${compressed(pace)}`, 'warning'],
  ];
}

function compressed({ windowMilliseconds }: DemoPace): string {
  const [real, here] = [AUTH0_WINDOW_MILLISECONDS, windowMilliseconds].map(formatDuration);
  return `after a change Auth0's nodes may disagree for ${real}; here ${here}`;
}

function theRequest(rotation: CreateBody): Line[] {
  const { name, description, rotationInterval, rotateAtUtc, environment, secretPath } = rotation;
  const at = [rotateAtUtc?.hours, rotateAtUtc?.minutes].map((part) => String(part ?? 0).padStart(2, '0')).join(':');
  return [
    [''],
    ["The sample request of Infisical's documentation", 'strong'],
    [`  ${name} (${description}), every ${rotationInterval} days at ${at} UTC,`],
    [
      `  ${rotation.secretsMapping.clientId} and ${rotation.secretsMapping.clientSecret} in ${environment}, path ${secretPath}`,
    ],
    ['  As printed there, but for its ids and one comma too many.', 'faint'],
  ];
}

function sceneTitle(mode: Mode, { clientSecret, fallbackClientSecret }: CreateBody['secretsMapping']): Line[] {
  const lines: Line[] =
    mode === 'single-phase'
      ? [
          ['1. As it stands: single-phase', 'strong'],
          [`  The application holds ${clientSecret}. Refused, it reads the store`],
          ['  again at once, which is more than most applications do. With one name,'],
          ['  the new secret is published only when Auth0 is seen to accept it. That takes'],
          [`  at least ${PROOF}, which are not compressed.`],
        ]
      : [
          ['2. With overlap', 'strong'],
          [`  Added to the mapping: "fallbackClientSecret": "${fallbackClientSecret}"`],
          ['  The application follows both names with the consumer helper.'],
        ];
  return [[''], ...lines, [`  ${STRIP_LEGEND}`, 'faint']];
}

/** Keep within 58 characters, so that a line fits a terminal of 80 columns. */
function phaseText(phase: Phase, mode: Mode, names: CreateBody['secretsMapping']): string {
  const isOverlap = mode === 'overlap';
  switch (phase) {
    case 'prepared':
      return 'the next secret is made';
    case 'announced':
      return isOverlap
        ? `${names.fallbackClientSecret} holds the next secret`
        : 'the next secret is stored; no application reads it yet';
    case 'activating':
      return 'the next secret is sent to Auth0';
    case 'activated':
      return isOverlap ? 'Auth0 has taken it; both names stay as they are' : 'Auth0 has taken it';
    case 'proven':
      return 'Auth0 accepts it, several times in a row';
    case 'published':
      return `${names.clientSecret} is the new secret`;
    case 'settled':
      return 'all nodes agree, and both names hold the new secret';
    case 'abandoned':
      return 'the next secret was given up before it was sent';
    case 'restored':
      return 'the previous secret was put back';
    case 'parked':
      return 'a person has to decide how to go on';
  }
}

const WAITS: Readonly<Record<Extract<DemoEvent, { type: 'wait-started' }>['reason'], string>> = {
  overlap: 'overlap: applications pick it up',
  settle: 'until all nodes of Auth0 agree',
  'late-requests': 'until earlier requests can no longer take effect',
  retry: 'before trying again',
  'rate-limit': 'a pause that was asked for',
};

function time(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1).padStart(6)} s`;
}
