/** Progress for a person: phases as they happen, a countdown on a terminal, plain lines elsewhere. */
import { expect, test } from 'vitest';
import { createProgress } from '../../src/cli/progress.js';
import { createTerminal } from '../../src/cli/terminal.js';
import { aSecret, fakeClock } from './fakes.js';

function scene(isTerminal: boolean, environment: Record<string, string> = { NO_COLOR: '1' }, announces = true) {
  const written: string[] = [];
  const clock = fakeClock();
  let ticking: (() => void) | undefined;
  let period = 0;
  const stream = { write: (text: string) => void written.push(text), isTerminal, columns: 60 };
  const terminal = createTerminal({ stdout: stream, stderr: stream, environment });
  const every = (milliseconds: number, action: () => void) => {
    period = milliseconds;
    ticking = action;
    return () => {
      ticking = undefined;
    };
  };
  const progress = createProgress({ clock, every }, terminal, announces);
  const tick = () => {
    clock.advance(period);
    ticking?.();
  };
  return { progress, terminal, tick, text: () => written.join(''), isTicking: () => ticking !== undefined };
}

const phase = (name: 'announced' | 'activating') =>
  ({ type: 'phase-entered', attemptId: 'a', phase: name, at: 0 }) as const;
const wait = (milliseconds: number) =>
  ({ type: 'wait-started', attemptId: 'a', reason: 'overlap', milliseconds }) as const;

test('says that a secret without a fallback name is only kept', () => {
  const { progress, text } = scene(false, { NO_COLOR: '1' }, false);
  progress.observer(phase('announced'));
  expect(text()).toBe('- Kept: the new secret stands under the pending name until it is live.\n');
});

test('plain lines: the phase, the wait, a line a minute while it lasts', () => {
  const { progress, tick, text, isTicking } = scene(false);
  progress.observer(phase('announced'));
  progress.observer(wait(150_000));
  tick();
  tick();
  tick();
  expect(text().split('\n').slice(0, -1)).toEqual([
    '- Announced: the new secret stands under the fallback name; applications may read it.',
    '  Waiting 2 min 30 s for the overlap, in which applications pick up the new secret.',
    '  Still waiting: 1 min 30 s left.',
    '  Still waiting: 30 s left.',
  ]);
  progress.observer(phase('activating'));
  expect(isTicking()).toBe(false);
  expect(text()).not.toContain('\r');
});

test('a terminal: one line that counts down and is taken away by the next phase', () => {
  const { progress, tick, text } = scene(true);
  progress.observer(wait(3_000));
  tick();
  progress.observer(phase('activating'));
  expect(text().split('\r\u001b[2K')).toEqual([
    '',
    expect.stringMatching(/^ {2}3 s left, waiting for the overlap/),
    expect.stringMatching(/^ {2}2 s left/),
    '- Activating: the new secret is sent to Auth0.\n',
  ]);
});

test('the drawn line never wraps, and a dumb terminal gets plain lines', () => {
  const { progress, text } = scene(true);
  progress.observer(wait(3_000));
  expect(text().replace('\r\u001b[2K', '').length).toBeLessThan(60);
  const dumb = scene(true, { TERM: 'dumb' });
  dumb.progress.observer(wait(3_000));
  expect(dumb.text()).not.toContain('\r');
});

test('stop takes the countdown away', () => {
  const { progress, isTicking, text } = scene(true);
  progress.observer(wait(3_000));
  progress.stop();
  expect(isTicking()).toBe(false);
  expect(text().endsWith('\r\u001b[2K')).toBe(true);
});

test('a countdown that is over takes itself away', () => {
  const { progress, tick, isTicking, text } = scene(true);
  progress.observer(wait(2_000));
  tick();
  tick();
  expect(isTicking()).toBe(false);
  expect(text().endsWith('\r\u001b[2K')).toBe(true);
});

test('what was reached is remembered', () => {
  const { progress } = scene(false);
  expect(progress.reached()).toEqual({ phase: null, attemptId: null });
  progress.observer({ type: 'wait-started', attemptId: '', reason: 'rate-limit', milliseconds: 1_000 });
  expect(progress.reached()).toEqual({ phase: null, attemptId: null });
  progress.observer(phase('announced'));
  expect(progress.reached()).toEqual({ phase: 'announced', attemptId: 'a' });
});

test('a failed step is told with its code, and without a secret that was read', () => {
  const { progress, terminal, text } = scene(false);
  const secret = 'Zx9mQ2vT7wLk4rNb8cYp1sHd6fGj3aUe';
  terminal.keepSecret(aSecret(secret));
  progress.observer({
    type: 'step-failed',
    attemptId: 'a',
    step: 'activate',
    code: 'AUTH0_UNAVAILABLE',
    message: `503 ${secret}`,
  });
  expect(text()).toContain('activate did not succeed: 503 [secret] (AUTH0_UNAVAILABLE)');
  expect(text()).not.toContain(secret);
});
