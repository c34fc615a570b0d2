/** The pure core: what is decided in each phase, and which events a phase admits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import {
  type Attempt,
  isFinished,
  NO_REQUESTS,
  PHASES,
  type Phase,
  unansweredUntil,
} from '../../src/engine/attempt.js';
import { newAttempt } from '../../src/engine/new-attempt.js';
import { formatNote, parseNote } from '../../src/engine/secret-note.js';
import { type AttemptEvent, decide, evolve, ImpossibleTransition, type Moment } from '../../src/engine/transition.js';
import { remainingOverlap, remainingWindow } from '../../src/engine/waiting.js';
import { createVirtualClock } from '../../src/testing/virtual-clock.js';
import { createTenant } from './support/tenant.js';

const CANDIDATE = new Secret('candidate-value-G7tQm2');
const FAILURE = {
  code: 'UNDECIDED',
  kind: 'unknown',
  message: 'm',
  action: 'a',
  retryAfterMilliseconds: undefined,
} as const;
const EVIDENCE = { fingerprint: '0', accepted: 3, spanMilliseconds: 2_000, probes: 3, provenAt: 'now' };
const LATER: Moment = {
  candidateHasName: true,
  publishesEarly: false,
  overlapIsOver: true,
  windowIsClosed: true,
  confirmed: true,
};

function attemptIn(phase: Phase, change: Partial<Attempt> = {}): Attempt {
  const attempt = newAttempt({
    rotationId: 'rotation-1',
    steps: createTenant({ clock: createVirtualClock() }).steps(),
    offer: { kind: 'overlap', overlapMilliseconds: 60_000 },
    settleMilliseconds: 30_000,
    compromised: false,
    overwrite: false,
    previous: new Secret('previous-value-Vb81xZ'),
    candidate: CANDIDATE,
    now: 0,
  });
  return { ...attempt, phase, ...change };
}

describe('decide', () => {
  it.each([
    ['prepared', {}, 'announce'],
    ['prepared', { candidateHasName: false }, 'activate'],
    ['announced', { overlapIsOver: false }, 'wait-overlap'],
    ['announced', {}, 'activate'],
    ['activating', {}, 'activate'],
    ['activated', {}, 'prove'],
    ['proven', { windowIsClosed: false }, 'wait-window'],
    ['proven', { confirmed: false }, 'confirm'],
    ['proven', {}, 'publish'],
    ['proven', { publishesEarly: true, windowIsClosed: false }, 'publish'],
    ['published', {}, 'settle'],
    ['published', { publishesEarly: true, windowIsClosed: false }, 'wait-window'],
    ['published', { publishesEarly: true, confirmed: false }, 'confirm'],
    ['settled', {}, 'stop'],
    ['abandoned', {}, 'stop'],
    ['restored', {}, 'stop'],
    ['parked', {}, 'stop'],
  ] as const)('%s %j: %s', (phase, change, step) => {
    expect(decide(attemptIn(phase), { ...LATER, ...change })).toBe(step);
  });

  it('looks before it sends again while a request has no answer', () => {
    const requests = { ...NO_REQUESTS, sent: 1, inFlightSince: 5 };
    expect(decide(attemptIn('activating', { requests }), LATER)).toBe('look');
  });

  it('ends single-phase with publication, and goes back when told to', () => {
    expect(decide(attemptIn('published', { offer: { kind: 'single-phase' } }), LATER)).toBe('stop');
    expect(decide(attemptIn('proven', { offer: { kind: 'single-phase' } }), { ...LATER, windowIsClosed: false })).toBe(
      'publish',
    );
    expect(decide(attemptIn('proven', { direction: 'back' }), LATER)).toBe('restore');
  });
});

describe('evolve', () => {
  it('remembers a request without an answer until the attempt is replaced', () => {
    const sending = evolve(attemptIn('announced'), { type: 'sending', at: 1_000 });
    expect(unansweredUntil(sending)).toBe(121_000);
    const unanswered = evolve(sending, { type: 'unanswered', at: 21_000, failure: FAILURE });
    const again = evolve(evolve(unanswered, { type: 'looked-in-vain', at: 25_000 }), { type: 'sending', at: 26_000 });
    const acknowledged = evolve(again, { type: 'acknowledged', at: 27_000 });
    expect(acknowledged.requests).toEqual({ sent: 2, inFlightSince: undefined, lastUnansweredAt: 25_000 });
    expect(unansweredUntil(acknowledged)).toBe(145_000);
  });

  it('forgets a request that was answered', () => {
    const sending = evolve(attemptIn('announced'), { type: 'sending', at: 1_000 });
    expect(unansweredUntil(evolve(sending, { type: 'acknowledged', at: 2_000 }))).toBeUndefined();
    expect(unansweredUntil(evolve(sending, { type: 'refused', failure: FAILURE }))).toBeUndefined();
  });

  it('keeps a request open that probes answered for', () => {
    const sending = evolve(attemptIn('announced'), { type: 'sending', at: 1_000 });
    expect(unansweredUntil(evolve(sending, { type: 'proven', evidence: EVIDENCE }))).toBe(121_000);
  });

  it('refuses every event that a phase does not admit', () => {
    expect(() => evolve(attemptIn('prepared'), { type: 'published' })).toThrow(ImpossibleTransition);
    expect(() => evolve(attemptIn('activated'), { type: 'abandoned', at: 0 })).toThrow(ImpossibleTransition);
    expect(() => evolve(attemptIn('announced'), { type: 'published' })).toThrow(ImpossibleTransition);
    for (const phase of ['settled', 'abandoned', 'restored', 'parked'] as const) {
      expect(() => evolve(attemptIn(phase), { type: 'sending', at: 0 })).toThrow(ImpossibleTransition);
    }
  });

  const events: fc.Arbitrary<AttemptEvent> = fc.constantFrom<AttemptEvent[]>(
    { type: 'announced', at: 1 },
    { type: 'candidate-adopted', candidate: new Secret('other-candidate'), at: 2 },
    { type: 'announcement-lost' },
    { type: 'sending', at: 3 },
    { type: 'acknowledged', at: 4 },
    { type: 'refused', failure: FAILURE },
    { type: 'unanswered', at: 5, failure: FAILURE },
    { type: 'looked-in-vain', at: 6 },
    { type: 'proven', evidence: EVIDENCE },
    { type: 'disproved', failure: FAILURE },
    { type: 'failed', failure: FAILURE },
    { type: 'published' },
    { type: 'settled', at: 7 },
    { type: 'turned-back', failure: FAILURE },
    { type: 'restored', evidence: EVIDENCE, at: 8 },
    { type: 'parked', failure: FAILURE, at: 9 },
    { type: 'abandoned', at: 10 },
  );

  it('reaches no publication without proof, and no end that goes on, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (sequence) => {
        let attempt = attemptIn('prepared');
        for (const event of sequence) {
          const before = attempt;
          try {
            attempt = evolve(attempt, event);
          } catch (thrown) {
            if (!(thrown instanceof ImpossibleTransition)) throw thrown;
            continue;
          }
          expect(PHASES).toContain(attempt.phase);
          expect(isFinished(before)).toBe(false);
          if (attempt.phase === 'published' || attempt.phase === 'settled') expect(attempt.evidence).toBeDefined();
          if (attempt.phase === 'abandoned') expect(attempt.acknowledgedAt).toBeUndefined();
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('waiting', () => {
  const announced = attemptIn('announced', { announcedAt: 1_000 });
  const long = { ...announced, offer: { kind: 'overlap', overlapMilliseconds: 86_400_000 } } as const;

  it('counts short overlaps on the monotonic clock of this process', () => {
    expect(remainingOverlap(announced, { now: 10_000_000, waited: 0, longestRestarted: 600_000 })).toBe(60_000);
    expect(remainingOverlap(announced, { now: 0, waited: 59_000, longestRestarted: 600_000 })).toBe(1_000);
    expect(remainingOverlap(announced, { now: 0, waited: 61_000, longestRestarted: 600_000 })).toBe(0);
  });

  it('counts long overlaps on the durable clock', () => {
    expect(remainingOverlap(long, { now: 1_000, waited: 90_000_000, longestRestarted: 600_000 })).toBe(86_400_000);
    expect(remainingOverlap(long, { now: 86_401_000, waited: 0, longestRestarted: 600_000 })).toBe(0);
  });

  it('waits for the planned time too, and for nothing when compromised or single-phase', () => {
    expect(
      remainingOverlap(
        { ...announced, activateAt: 500_000 },
        { now: 100_000, waited: 60_000, longestRestarted: 600_000 },
      ),
    ).toBe(400_000);
    expect(remainingOverlap({ ...long, compromised: true }, { now: 1_000, waited: 0, longestRestarted: 600_000 })).toBe(
      0,
    );
    expect(
      remainingOverlap(
        { ...announced, offer: { kind: 'single-phase' } },
        { now: 0, waited: 0, longestRestarted: 600_000 },
      ),
    ).toBe(0);
  });

  it('keeps the window open for the settle time', () => {
    expect(remainingWindow(announced, 10_000)).toBe(20_000);
    expect(remainingWindow(announced, 31_000)).toBe(0);
  });
});

describe('the note beside a candidate', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.nat(2_592_000), fc.boolean(), (seconds, unanswered) => {
        const note = { overlapMilliseconds: seconds * 1_000, unanswered };
        expect(parseNote(formatNote(note))).toEqual(note);
      }),
    );
  });

  it.each([undefined, '', 'my own comment', 'Kept by auth0-client-secret-rotation; overlap -5s'])(
    'ignores %j',
    (text) => {
      expect(parseNote(text)).toBeUndefined();
    },
  );
});
