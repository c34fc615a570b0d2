/**
 * One attempt to change a secret, as the journal holds it: plain data. What may happen to it next is decided in
 * `transition.ts`.
 */
import type { ErrorCode } from '../base/error-catalogue.js';
import type { FailureKind } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import type { Evidence } from '../provider/contract.js';
import { LATE_REQUEST_MILLISECONDS } from '../provider/late-requests.js';

/** In the order an undisturbed attempt takes them. */
export const PHASES = [
  'prepared',
  'announced',
  'activating',
  'activated',
  'proven',
  'published',
  'settled',
  'abandoned',
  'restored',
  'parked',
] as const;

/**
 * - `prepared`: the candidate is durable in the journal.
 * - `announced`: it also stands under the fallback name; applications may read it already.
 * - `activating`: a request that activates it is about to be sent, or was sent.
 * - `activated`: the remote side acknowledged it, or probes showed it.
 * - `proven`: enough probes in a row were accepted.
 * - `published`: the mapped secret is the candidate.
 * - `settled`: the propagation window has closed and both names hold it.
 * - `abandoned`: given up before any request was sent.
 * - `restored`: the previous secret was put back and proven.
 * - `parked`: only a person can decide how to go on; both values are kept.
 */
export type Phase = (typeof PHASES)[number];

/** How the application reads its secret while it changes. */
export type Offer =
  /** Applications follow `[current, fallback]`; both are offered until the window has closed. */
  | { readonly kind: 'overlap'; readonly overlapMilliseconds: number }
  /** There is one name only; it changes as soon as the candidate is proven. */
  | { readonly kind: 'single-phase' };

/** Why a step of an attempt failed: the parts of a `RotationError` that may be kept. */
export interface AttemptFailure {
  readonly code: ErrorCode;
  readonly kind: FailureKind;
  readonly message: string;
  readonly action: string;
  readonly retryAfterMilliseconds: number | undefined;
}

/** One attempt to give an application a new secret, from its candidate to its end. */
export interface Attempt {
  readonly id: string;
  /** How many events have made it what it is. A journal takes no state older than the one it holds. */
  readonly revision: number;
  readonly rotationId: string;
  readonly applicationKey: string;
  readonly applicationId: string;
  readonly phase: Phase;
  readonly offer: Offer;
  readonly settleMilliseconds: number;
  /** A compromised secret is never offered longer than needed and never restored. */
  readonly compromised: boolean;
  /** A person decided that a secret changed elsewhere, or a value stored by someone else, may be replaced. */
  readonly overwrite: boolean;
  /** Where the attempt is heading: towards the candidate, or back to the previous secret. */
  readonly direction: 'forward' | 'back';
  /** The secret in use before, `a`; undefined when it is not known. */
  readonly previous: Secret | undefined;
  /** The secret to come, `b`. */
  readonly candidate: Secret;
  /**
   * A value under the candidate's name that nobody needs any more and this attempt may replace: a candidate of its own
   * that was refused, or an older one that someone overtook by hand.
   */
  readonly replaceable: Secret | undefined;
  /** How many candidates of this attempt the remote side has refused for their value. */
  readonly refusedCandidates: number;
  /** On the journal's clock, in milliseconds. */
  readonly preparedAt: number;
  readonly announcedAt: number | undefined;
  /** Not before this time on the journal's clock; undefined when the overlap alone decides. */
  readonly activateAt: number | undefined;
  readonly requests: ActivationRequests;
  readonly acknowledgedAt: number | undefined;
  readonly evidence: Evidence | undefined;
  /** The last failure, and how many there were in a row. Cleared by progress. */
  readonly failure: AttemptFailure | undefined;
  readonly failures: number;
  readonly finishedAt: number | undefined;
}

/** What is known of the requests that change the secret at the remote side. */
export interface ActivationRequests {
  readonly sent: number;
  /** When the request whose answer is awaited was about to be sent, on the journal's clock. */
  readonly inFlightSince: number | undefined;
  /**
   * When it was last known that a request without an answer may be under way, on the journal's clock; undefined when
   * every one was answered. Such a request may take effect until `LATE_REQUEST_MILLISECONDS` later.
   */
  readonly lastUnansweredAt: number | undefined;
}

/** The requests of an attempt that has sent none. */
export const NO_REQUESTS: ActivationRequests = { sent: 0, inFlightSince: undefined, lastUnansweredAt: undefined };

/** Rule 2's D: after this long an unanswered request no longer takes effect. */
export { LATE_REQUEST_MILLISECONDS };

/** Overlaps up to this long start again in full after a restart; longer ones follow the durable clock. */
export const LONGEST_RESTARTED_WAIT_MILLISECONDS = 600_000;

/** Whether the attempt has ended, one way or another. */
export function isFinished(attempt: Attempt): boolean {
  if (attempt.phase === 'published') return attempt.offer.kind === 'single-phase';
  return ['settled', 'abandoned', 'restored', 'parked'].includes(attempt.phase);
}

/** Whether any request of the attempt was, or may have been, sent. */
export function mayHaveSent(attempt: Attempt): boolean {
  return attempt.requests.sent > 0 || attempt.requests.lastUnansweredAt !== undefined;
}

/**
 * Until when a request of this attempt may still take effect, on the journal's clock; undefined when every one was
 * answered. Until then no other value is sent, and the attempt's values stay where they are.
 */
export function unansweredUntil(attempt: Attempt): number | undefined {
  const { inFlightSince, lastUnansweredAt } = attempt.requests;
  if (inFlightSince === undefined && lastUnansweredAt === undefined) return undefined;
  return Math.max(inFlightSince ?? 0, lastUnansweredAt ?? 0) + LATE_REQUEST_MILLISECONDS;
}
