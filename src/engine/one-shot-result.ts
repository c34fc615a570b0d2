/** From how a run ended to the answer a person and a script get. Pure. */
import type { RotationError } from '../base/errors.js';
import type { Evidence, PlanWarning } from '../provider/contract.js';
import { type Attempt, mayHaveSent, type Phase } from './attempt.js';
import { attemptIdOf } from './new-attempt.js';
import type { OneShotError, OneShotOptions, OneShotResult, OneShotStatus } from './one-shot-types.js';
import { type AttemptOutcome, failureAsError } from './steps/environment.js';

/** How a run can end. */
export type RunEnd =
  | Exclude<AttemptOutcome, { readonly kind: 'superseded' }>
  /** Recovery found nothing to do. */
  | { readonly kind: 'at-rest' }
  /** Another run has finished the rotation meanwhile. */
  | { readonly kind: 'finished-elsewhere' }
  | { readonly kind: 'adopted'; readonly attemptId: string; readonly evidence: Evidence }
  /** Nothing was changed anywhere. */
  | { readonly kind: 'refused'; readonly error: RotationError }
  | { readonly kind: 'interrupted'; readonly attempt: Attempt | undefined }
  | { readonly kind: 'thrown'; readonly attempt: Attempt | undefined; readonly error: RotationError };

/** What is known of a run beside its end. */
export interface RunFacts {
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  /** What the plan warned of. */
  readonly warnings: readonly PlanWarning[];
  /** Whether the run has written anything to the store, or may have. */
  readonly mayHaveWritten: boolean;
}

/**
 * Puts the end of a run in the shape of the `--json` answer.
 *
 * @param end how the run ended.
 * @param facts what else is known of it.
 */
export function resultOf(options: OneShotOptions, end: RunEnd, facts: RunFacts): OneShotResult {
  const { startedAt, warnings } = facts;
  const report = reportOf(end, facts);
  return {
    status: report.status,
    ...(end.kind === 'waiting' ? { resumeAt: new Date(end.until).toISOString() } : {}),
    phase: report.phase,
    applicationId: options.steps.applicationId,
    attemptId: report.attemptId,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(options.clock.now()).toISOString(),
    evidence: report.evidence ?? {},
    warnings: end.kind === 'finished-elsewhere' ? [...warnings, FINISHED_ELSEWHERE] : warnings,
    error: report.error ?? null,
  };
}

const FINISHED_ELSEWHERE: PlanWarning = {
  code: 'FINISHED_ELSEWHERE',
  message: 'Another run finished a rotation of this application meanwhile; this one started none of its own.',
};

interface Report {
  readonly status: OneShotStatus;
  readonly phase: Phase | null;
  readonly attemptId: string | null;
  readonly evidence?: Evidence | undefined;
  readonly error?: OneShotError | undefined;
}

function reportOf(end: RunEnd, facts: RunFacts): Report {
  switch (end.kind) {
    case 'at-rest':
    case 'finished-elsewhere':
      return { status: 'success', phase: null, attemptId: null };
    case 'adopted':
      return { status: 'success', phase: 'settled', attemptId: end.attemptId, evidence: end.evidence };
    case 'refused':
      return { status: 'refused', phase: null, attemptId: null, error: plain(end.error) };
    case 'waiting':
      return { ...ofAttempt(end.attempt), status: end.reason === 'overlap' ? 'pending' : 'undecided' };
    case 'finished':
      return finished(end.attempt);
    case 'stopped':
      return { ...ofAttempt(end.attempt), status: statusOfFailure(end, facts), error: plain(end.error) };
    case 'interrupted':
      return { ...ofAttempt(end.attempt), status: 'undecided', error: INTERRUPTED };
    case 'thrown':
      return { ...ofAttempt(end.attempt), status: statusOfFailure(end, facts), error: plain(end.error) };
  }
}

function finished(attempt: Attempt): Report {
  const failure = failureAsError(attempt);
  if (attempt.phase === 'published' || attempt.phase === 'settled') return { ...ofAttempt(attempt), status: 'success' };
  // Parked: both values are kept and a person decides. Restored and abandoned: the previous secret is live and stored.
  const status = attempt.phase === 'parked' ? 'undecided' : 'failed';
  return { ...ofAttempt(attempt), status, error: failure === undefined ? undefined : plain(failure) };
}

/**
 * What a failure means. Before anything was written or sent, a reason that no retry mends is a refusal. A request that
 * may have taken effect leaves the rotation undecided. Otherwise the previous secret is still live and stored.
 */
function statusOfFailure(
  { attempt, error }: { readonly attempt: Attempt | undefined; readonly error: RotationError },
  { mayHaveWritten }: RunFacts,
): OneShotStatus {
  const isFinal = error.kind === 'refused' || error.kind === 'configuration';
  if (isFinal && !mayHaveWritten && !mayHave(attempt)) return 'refused';
  if (attempt === undefined) return 'failed';
  const { inFlightSince, lastUnansweredAt } = attempt.requests;
  const wasApplied = attempt.acknowledgedAt !== undefined || attempt.evidence !== undefined;
  return inFlightSince !== undefined || lastUnansweredAt !== undefined || wasApplied ? 'undecided' : 'failed';
}

function mayHave(attempt: Attempt | undefined): boolean {
  return attempt !== undefined && mayHaveSent(attempt);
}

function ofAttempt(attempt: Attempt | undefined): Pick<Report, 'phase' | 'attemptId' | 'evidence'> {
  if (attempt === undefined) return { phase: null, attemptId: null };
  return { phase: attempt.phase, attemptId: attemptIdOf(attempt.candidate), evidence: attempt.evidence };
}

function plain(error: RotationError): OneShotError {
  const { code, message, action, field } = error;
  return { code, message, action, ...(field === undefined ? {} : { field }) };
}

const INTERRUPTED: OneShotError = {
  code: 'INTERRUPTED',
  message: 'The run was interrupted. Nothing is lost: what it began stands in the secret store.',
  action: 'Run it again; it goes on where it stopped.',
};
