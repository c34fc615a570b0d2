/** Exit codes: what a script may rely on. Shown in every command's help. */
import type { CheckStatus, OneShotError, OneShotStatus } from '../engine/one-shot-types.js';

export const EXIT = {
  success: 0,
  defect: 1,
  refused: 2,
  failed: 3,
  unfinished: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit codes of `rotate` and `recover`, for the help text. */
export const ROTATION_EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [EXIT.success, 'success, planned, or pending (run it again after "resumeAt")'],
  [EXIT.defect, 'a defect of this program; run it again, no secret is lost'],
  [EXIT.refused, 'refused, not confirmed, or wrong usage; nothing was changed'],
  [EXIT.failed, 'failed; the previous secret is still live and stored'],
  [EXIT.unfinished, 'undecided or not finished; run it again, it goes on where it stopped'],
];

/** The exit codes of `check`, for the help text. */
export const CHECK_EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [EXIT.success, 'healthy: the stored secret is the live one'],
  [EXIT.defect, 'a defect of this program'],
  [EXIT.refused, 'refused or wrong usage: a rotation cannot work, the reason is given'],
  [EXIT.failed, 'the stored secret is not the live one'],
  [EXIT.unfinished, 'an interrupted attempt waits; run recover or rotate'],
];

const ROTATION_EXITS: Readonly<Record<OneShotStatus, ExitCode>> = {
  planned: EXIT.success,
  success: EXIT.success,
  pending: EXIT.success,
  refused: EXIT.refused,
  failed: EXIT.failed,
  undecided: EXIT.unfinished,
};

const CHECK_EXITS: Readonly<Record<CheckStatus, ExitCode>> = {
  healthy: EXIT.success,
  refused: EXIT.refused,
  'not-live': EXIT.failed,
  interrupted: EXIT.unfinished,
};

/** From the best to the worst. A defect is the worst: nothing can be said about what it did. */
const SEVERITY: readonly ExitCode[] = [EXIT.success, EXIT.refused, EXIT.failed, EXIT.unfinished, EXIT.defect];
const ROTATION_SEVERITY: readonly OneShotStatus[] = ['planned', 'success', 'pending', 'refused', 'failed', 'undecided'];
const CHECK_SEVERITY: readonly CheckStatus[] = ['healthy', 'refused', 'not-live', 'interrupted'];

interface Answer<Status> {
  readonly status: Status;
  readonly error: OneShotError | null;
}

/** The exit code for one answer of `rotate` or `recover`. */
export function rotationExit(answer: Answer<OneShotStatus>): ExitCode {
  return answer.error?.code === 'DEFECT' ? EXIT.defect : ROTATION_EXITS[answer.status];
}

/** The exit code for one answer of `check`. */
export function checkExit(answer: Answer<CheckStatus>): ExitCode {
  return answer.error?.code === 'DEFECT' ? EXIT.defect : CHECK_EXITS[answer.status];
}

/** The worst of several exit codes; success when there are none. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return worst(codes, SEVERITY, EXIT.success);
}

/** The worst of several statuses of `rotate` or `recover`; refused when there are none. */
export function worstRotationStatus(statuses: readonly OneShotStatus[]): OneShotStatus {
  return worst(statuses, ROTATION_SEVERITY, 'refused');
}

/** The worst of several statuses of `check`; refused when there are none. */
export function worstCheckStatus(statuses: readonly CheckStatus[]): CheckStatus {
  return worst(statuses, CHECK_SEVERITY, 'refused');
}

function worst<Value>(values: readonly Value[], severity: readonly Value[], none: Value): Value {
  const rank = Math.max(-1, ...values.map((value) => severity.indexOf(value)));
  return severity[rank] ?? none;
}
