/** Problems with what a person gave, and the one error made of them. No value is ever repeated in one. */
import type { ErrorCode } from '../base/error-catalogue.js';
import { RotationError } from '../base/errors.js';

export interface Problem {
  readonly code: ErrorCode;
  /** What is at fault, as the person named it: `--overlap`, `AUTH0_DOMAIN`, `rotations[1].secretPath`. */
  readonly field: string;
  /** What is wrong with it; reads on after the field: `has no unit`. */
  readonly problem: string;
  /** What to do, where the catalogue's advice for the code is not enough. */
  readonly action?: string;
}

/**
 * Makes one refusal of all problems, so that a person mends them in one go.
 *
 * @param problems at least one; the first gives code and field.
 */
export function refusal(problems: readonly [Problem, ...Problem[]]): RotationError {
  const [first] = problems;
  const actions = [...new Set(problems.flatMap((problem) => problem.action ?? []))];
  return new RotationError({
    code: first.code,
    kind: 'refused',
    message: `${problems.map(({ field, problem }) => `${field} ${problem}.`).join(' ')} Nothing was changed.`,
    field: first.field,
    ...(actions.length === 0 ? {} : { action: actions.join(' ') }),
  });
}

/** Throws the refusal when there is any problem. @throws the code of the first problem. */
export function refuseAny(problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw refusal([first, ...others]);
}
