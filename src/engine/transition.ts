/**
 * The protocol as two pure functions: `decide` says what to do next with an attempt, `evolve` says what the attempt is
 * once something has happened. Nothing here waits, sends or stores, so every path can be explored.
 */
import type { Secret } from '../base/secret.js';
import type { Evidence } from '../provider/contract.js';
import { type Attempt, type AttemptFailure, isFinished, mayHaveSent, NO_REQUESTS, type Phase } from './attempt.js';

/** What the decision needs to know beside the attempt itself. */
export interface Moment {
  /** Whether the store keeps the candidate under a name of its own (a fallback or pending name). */
  readonly candidateHasName: boolean;
  /** Whether the store commits in the journal's transaction, so that `[b, a]` may be shown before the window closes. */
  readonly publishesEarly: boolean;
  readonly overlapIsOver: boolean;
  readonly windowIsClosed: boolean;
  /** Whether this run has seen, after the window, that the candidate is accepted. */
  readonly confirmed: boolean;
}

/** What to do next. */
export type Step =
  /** Write the candidate under its name. */
  | 'announce'
  | 'wait-overlap'
  /** A request has no answer: find out by probing what it did. */
  | 'look'
  /** Check that the store and the remote side are as expected, journal the intent, send the candidate. */
  | 'activate'
  | 'prove'
  | 'wait-window'
  /** After the window: is the candidate still the one that is accepted? */
  | 'confirm'
  /** Make the candidate the current secret in the store. */
  | 'publish'
  /** Let the fallback name hold the candidate too. */
  | 'settle'
  /** Put the previous secret back, and prove it across the window. */
  | 'restore'
  | 'stop';

/**
 * Says what to do next.
 *
 * @param attempt the attempt as it is durable.
 * @param moment what else is known now.
 */
export function decide(attempt: Attempt, moment: Moment): Step {
  if (isFinished(attempt)) return 'stop';
  if (attempt.direction === 'back') return 'restore';
  switch (attempt.phase) {
    case 'prepared':
      return moment.candidateHasName ? 'announce' : 'activate';
    case 'announced':
      return moment.overlapIsOver ? 'activate' : 'wait-overlap';
    case 'activating':
      return attempt.requests.inFlightSince === undefined ? 'activate' : 'look';
    case 'activated':
      return 'prove';
    case 'proven':
      if (attempt.offer.kind === 'single-phase' || moment.publishesEarly) return 'publish';
      return throughWindow(moment, 'publish');
    case 'published':
      return moment.publishesEarly ? throughWindow(moment, 'settle') : 'settle';
    default:
      return 'stop';
  }
}

function throughWindow(moment: Moment, then: Step): Step {
  if (!moment.windowIsClosed) return 'wait-window';
  return moment.confirmed ? then : 'confirm';
}

/** What has happened to an attempt. Times are on the journal's clock, in milliseconds. */
export type AttemptEvent =
  | { readonly type: 'announced'; readonly at: number }
  /** Another run's candidate stands under the name; ours was never sent and gives way. */
  | { readonly type: 'candidate-adopted'; readonly candidate: Secret; readonly at: number }
  /** The announcement is gone from the store and has to be made again. */
  | { readonly type: 'announcement-lost' }
  /** A request is about to be sent. Saved before it is. */
  | { readonly type: 'sending'; readonly at: number }
  | { readonly type: 'acknowledged'; readonly at: number }
  /** The request was answered: it did not take effect. */
  | { readonly type: 'refused'; readonly failure: AttemptFailure }
  /** The request has no usable answer: it may have taken effect, or may yet. */
  | { readonly type: 'unanswered'; readonly at: number; readonly failure: AttemptFailure }
  /** Probing did not show what an unanswered request did; it is no longer waited for, and not forgotten. */
  | { readonly type: 'looked-in-vain'; readonly at: number }
  /** The answer refused the value itself; a new candidate takes its place. */
  | { readonly type: 'candidate-replaced'; readonly candidate: Secret; readonly failure: AttemptFailure }
  /** Probes show the candidate accepted, with or without an acknowledgement. */
  | { readonly type: 'proven'; readonly evidence: Evidence }
  /** Probes show that the candidate is not live after all; it is activated again. */
  | { readonly type: 'disproved'; readonly failure: AttemptFailure }
  /** A step failed without changing what is known. */
  | { readonly type: 'failed'; readonly failure: AttemptFailure }
  | { readonly type: 'published' }
  | { readonly type: 'settled'; readonly at: number }
  /** The store refuses the candidate for good; the previous secret is put back. */
  | { readonly type: 'turned-back'; readonly failure: AttemptFailure }
  | { readonly type: 'restored'; readonly evidence: Evidence; readonly at: number }
  | { readonly type: 'parked'; readonly failure: AttemptFailure; readonly at: number }
  | { readonly type: 'abandoned'; readonly at: number };

/** An event that cannot happen to an attempt in this phase: a defect in whoever sent it. */
export class ImpossibleTransition extends Error {
  override readonly name = 'ImpossibleTransition';
  constructor(phase: Phase, event: AttemptEvent['type']) {
    super(`An attempt that is ${phase} cannot be ${event}.`);
  }
}

/** The phases in which each event may happen. */
const POSSIBLE: Readonly<Record<AttemptEvent['type'], readonly Phase[]>> = {
  announced: ['prepared'],
  'candidate-adopted': ['prepared', 'announced', 'activating'],
  'announcement-lost': ['announced', 'activating'],
  sending: ['prepared', 'announced', 'activating', 'activated', 'proven'],
  acknowledged: ['activating', 'activated', 'proven'],
  refused: ['activating', 'activated', 'proven'],
  unanswered: ['activating', 'activated', 'proven'],
  'looked-in-vain': ['activating'],
  'candidate-replaced': ['activating'],
  proven: ['announced', 'activating', 'activated'],
  disproved: ['activated', 'proven', 'published'],
  failed: ['prepared', 'announced', 'activating', 'activated', 'proven', 'published'],
  published: ['proven'],
  settled: ['published'],
  'turned-back': ['proven'],
  restored: ['proven'],
  parked: ['prepared', 'announced', 'activating', 'activated', 'proven', 'published'],
  abandoned: ['prepared', 'announced'],
};

/**
 * Says what the attempt is once something has happened.
 *
 * @param attempt the attempt before.
 * @param event what happened.
 * @returns the attempt after; the one before is left as it was.
 * @throws ImpossibleTransition when the event cannot happen in this phase.
 */
export function evolve(attempt: Attempt, event: AttemptEvent): Attempt {
  const isTooLate = event.type === 'abandoned' && mayHaveSent(attempt);
  if (isTooLate || !POSSIBLE[event.type].includes(attempt.phase)) {
    throw new ImpossibleTransition(attempt.phase, event.type);
  }
  return { ...changed(attempt, event), revision: attempt.revision + 1 };
}

function changed(attempt: Attempt, event: AttemptEvent): Attempt {
  const { requests } = attempt;
  switch (event.type) {
    case 'announced':
      return progress(attempt, { phase: 'announced', announcedAt: event.at });
    case 'candidate-adopted':
      return progress(attempt, {
        phase: 'announced',
        candidate: event.candidate,
        announcedAt: event.at,
        // Whoever made it may have sent it already.
        requests: { ...NO_REQUESTS, lastUnansweredAt: event.at },
      });
    case 'announcement-lost':
      return { ...attempt, phase: 'prepared', announcedAt: undefined };
    case 'sending':
      return {
        ...attempt,
        phase: attempt.direction === 'back' ? attempt.phase : 'activating',
        requests: {
          sent: requests.sent + 1,
          inFlightSince: event.at,
          // A request still in flight when another is sent has lost its answer.
          lastUnansweredAt: requests.inFlightSince === undefined ? requests.lastUnansweredAt : event.at,
        },
      };
    case 'acknowledged':
      // On the way back, the reason for turning back is kept.
      if (attempt.direction === 'back') return { ...attempt, requests: { ...requests, inFlightSince: undefined } };
      return progress(attempt, {
        phase: 'activated',
        acknowledgedAt: event.at,
        requests: { ...requests, inFlightSince: undefined },
      });
    case 'refused':
      return { ...failing(attempt, event.failure), requests: { ...requests, inFlightSince: undefined } };
    case 'unanswered':
      return { ...failing(attempt, event.failure), requests: { ...requests, lastUnansweredAt: event.at } };
    case 'looked-in-vain':
      return { ...attempt, requests: { ...requests, inFlightSince: undefined, lastUnansweredAt: event.at } };
    case 'candidate-replaced':
      return {
        ...failing(attempt, event.failure),
        phase: 'prepared',
        candidate: event.candidate,
        replaceable: attempt.candidate,
        refusedCandidates: attempt.refusedCandidates + 1,
        announcedAt: undefined,
        requests: NO_REQUESTS,
      };
    case 'proven':
      return progress(attempt, {
        phase: 'proven',
        evidence: event.evidence,
        requests: {
          ...requests,
          inFlightSince: undefined,
          // What was shown without an answer may be the work of an earlier request; the last one may yet arrive.
          lastUnansweredAt: latest(requests.inFlightSince, requests.lastUnansweredAt),
        },
      });
    case 'disproved':
      return { ...failing(attempt, event.failure), phase: 'activating', evidence: undefined };
    case 'failed':
      return failing(attempt, event.failure);
    case 'published':
      return progress(attempt, { phase: 'published' });
    case 'settled':
      return progress(attempt, { phase: 'settled', finishedAt: event.at });
    case 'turned-back':
      return { ...failing(attempt, event.failure), direction: 'back' };
    case 'restored':
      return { ...attempt, phase: 'restored', evidence: event.evidence, finishedAt: event.at };
    case 'parked':
      return { ...failing(attempt, event.failure), phase: 'parked', finishedAt: event.at };
    case 'abandoned':
      return { ...attempt, phase: 'abandoned', finishedAt: event.at };
  }
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

function progress(attempt: Attempt, change: Partial<Attempt>): Attempt {
  return { ...attempt, ...change, failure: undefined, failures: 0 };
}

function failing(attempt: Attempt, failure: AttemptFailure): Attempt {
  return { ...attempt, failure, failures: attempt.failures + 1 };
}
