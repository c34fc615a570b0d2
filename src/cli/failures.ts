/** What a run answers when something was thrown. */
import { asRotationError, RotationError } from '../base/errors.js';
import type { OneShotCheck, OneShotError, OneShotResult, OneShotStatus } from '../engine/one-shot-types.js';
import type { PlanWarning } from '../provider/contract.js';
import type { Host } from './host.js';
import type { Progress } from './progress.js';
import type { Terminal } from './terminal.js';

/** What an answer needs to know of the rotation that did not come to an end. */
export interface Unfinished {
  readonly applicationId: string;
  /** Whether anything may have been changed: false until the rotation itself was started. */
  readonly begun: boolean;
  /** On the wall clock, in milliseconds. */
  readonly startedAt: number;
  readonly reached: ReturnType<Progress['reached']>;
  readonly warnings: readonly PlanWarning[];
}

/** The error of a run that was told to end. */
export function interruptedError(): RotationError {
  return new RotationError({
    code: 'INTERRUPTED',
    kind: 'unknown',
    message: 'The run was interrupted before it was finished; no secret is lost.',
  });
}

/**
 * Names what was thrown.
 *
 * @param interruption whoever told the run to end: whatever is thrown after that is an interruption, not a defect.
 */
export function errorOf(thrown: unknown, interruption: Host['interruption']): RotationError {
  const error = asRotationError(thrown);
  if (!interruption.signal.aborted) return error;
  // An exception nobody caught ends the run as well, and it is not hidden behind the interruption.
  return RotationError.isInstance(thrown) && error.code === 'DEFECT' ? error : interruptedError();
}

/** The answer of `rotate` or `recover` for an error. */
export function failedResult(error: RotationError, unfinished: Unfinished, now: number): OneShotResult {
  return {
    status: statusOf(error, unfinished),
    phase: unfinished.reached.phase,
    applicationId: unfinished.applicationId,
    attemptId: unfinished.reached.attemptId,
    startedAt: new Date(unfinished.startedAt).toISOString(),
    finishedAt: new Date(now).toISOString(),
    evidence: {},
    warnings: unfinished.warnings,
    error: shownError(error),
  };
}

/** The answer of `check` for an error. */
export function failedCheck(
  error: RotationError,
  applicationId: string,
  warnings: readonly PlanWarning[],
): OneShotCheck {
  return { status: 'refused', applicationId, plan: null, warnings, error: shownError(error) };
}

/** The error as answers carry it. */
export function shownError({ code, message, action, field }: RotationError): OneShotError {
  return { code, message, action, ...(field === undefined ? {} : { field }) };
}

/** With a debug variable set, shows where an unexpected exception came from: frames only, a message may hold a secret. */
export function showOrigin(thrown: unknown, host: Pick<Host, 'environment'>, terminal: Terminal): void {
  if ((host.environment['AUTH0_ROTATION_DEBUG'] ?? '') === '' || RotationError.isInstance(thrown)) return;
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  terminal.note(`Unexpected: ${thrown instanceof Error ? thrown.name : typeof thrown}`, 'faint');
  for (const frame of frames) terminal.note(frame, 'faint');
}

function statusOf(error: RotationError, { begun, reached }: Unfinished): OneShotStatus {
  if (error.code === 'INTERRUPTED') return 'undecided';
  if (!begun) return 'refused';
  const certainlyNothing = reached.phase === null && error.kind !== 'unknown' && error.kind !== 'defect';
  return certainlyNothing ? 'refused' : 'undecided';
}
