/** Gives the answer of a run: one JSON object on stdout, or text for a person, and the exit code. */
import { isApplicationId } from '../auth0/application-id.js';
import type { RotationError } from '../base/errors.js';
import type { OneShotCheck, OneShotError, OneShotResult } from '../engine/one-shot-types.js';
import {
  checkExit,
  EXIT,
  type ExitCode,
  rotationExit,
  worstCheckStatus,
  worstExit,
  worstRotationStatus,
} from './exit-codes.js';
import { errorOf, failedCheck, failedResult, shownError, showOrigin } from './failures.js';
import type { Flags } from './given.js';
import type { Host } from './host.js';
import { showCheck, showError, showResult } from './result-text.js';
import type { Terminal } from './terminal.js';

/** What differs between the answers of `rotate` and `recover` and those of `check`. */
export interface AnswerKind<Result> {
  readonly exit: (result: Result) => ExitCode;
  readonly worst: (results: readonly Result[]) => string;
  readonly show: (terminal: Terminal, result: Result) => void;
  /** The answer when the run was refused as a whole. */
  readonly refused: (error: RotationError, applicationId: string, now: number) => Result;
}

export const ROTATION_ANSWERS: AnswerKind<OneShotResult> = {
  exit: rotationExit,
  worst: (results) => worstRotationStatus(results.map(({ status }) => status)),
  show: showResult,
  refused: (error, applicationId, now) =>
    failedResult(
      error,
      { applicationId, begun: false, startedAt: now, reached: { phase: null, attemptId: null }, warnings: [] },
      now,
    ),
};

export const CHECK_ANSWERS: AnswerKind<OneShotCheck> = {
  exit: checkExit,
  worst: (results) => worstCheckStatus(results.map(({ status }) => status)),
  show: showCheck,
  refused: (error, applicationId) => failedCheck(error, applicationId, []),
};

/** The `--json` answer of a run over a config file. */
interface ManyAnswer<Result> {
  /** The worst of the results. */
  readonly status: string;
  readonly results: readonly Result[];
  /** Why the run was refused as a whole; null otherwise. */
  readonly error: OneShotError | null;
}

/**
 * Runs some work and gives its answer, whatever happens.
 *
 * @param work answers with one result for each rotation; what it throws refuses the run as a whole.
 * @returns the exit code, the worst of all results.
 */
export async function giveAnswer<Result extends object>(
  kind: AnswerKind<Result>,
  flags: Flags,
  host: Host,
  terminal: Terminal,
  work: () => Promise<readonly Result[]>,
): Promise<ExitCode> {
  const many = flags['config'] !== undefined;
  try {
    const results = await work();
    const [first] = results;
    if (flags['json'] !== true) showResults(kind, results, terminal, many);
    else if (many) terminal.answer({ status: kind.worst(results), results, error: null } satisfies ManyAnswer<Result>);
    else if (first !== undefined) terminal.answer(first);
    return worstExit(results.map(kind.exit));
  } catch (thrown) {
    showOrigin(thrown, host, terminal);
    return refuseRun(kind, errorOf(thrown, host.interruption), flags, terminal, host.clock.now());
  }
}

/** Gives the answer of a run that was refused as a whole. */
export function refuseRun<Result extends object>(
  kind: AnswerKind<Result>,
  error: RotationError,
  flags: Flags,
  terminal: Terminal,
  now: number,
): ExitCode {
  // What is no client id may be a secret in the wrong place, and is not repeated.
  const given = flags['application'];
  const applicationId = typeof given === 'string' && isApplicationId(given) ? given : '';
  const result = kind.refused(error, applicationId, now);
  if (flags['json'] !== true) kind.show(terminal, result);
  else if (flags['config'] === undefined) terminal.answer(result);
  else
    terminal.answer({
      status: kind.worst([result]),
      results: [],
      error: shownError(error),
    } satisfies ManyAnswer<Result>);
  return kind.exit(result);
}

/** Gives the answer when no command was understood. */
export function refuseUsage(error: RotationError, asJson: boolean, terminal: Terminal): ExitCode {
  if (asJson) terminal.answer({ status: 'refused', error: shownError(error) });
  else showError(terminal, shownError(error));
  return error.code === 'DEFECT' ? EXIT.defect : EXIT.refused;
}

function showResults<Result>(
  kind: AnswerKind<Result>,
  results: readonly Result[],
  terminal: Terminal,
  many: boolean,
): void {
  for (const result of results) kind.show(terminal, result);
  if (many)
    terminal.note(
      `${results.length} rotations, ${results.filter((result) => kind.exit(result) !== 0).length} not well.`,
    );
}
