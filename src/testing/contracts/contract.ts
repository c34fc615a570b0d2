/**
 * What a contract suite is: named cases, each a function that throws when an implementation breaks its promise. A test
 * runner registers them; a test of the suite itself runs one against an implementation that is broken on purpose.
 */
import type { Call } from '../../base/clock.js';
import { RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';

/**
 * One promise, as a test.
 *
 * @typeParam Subject what an implementation hands to the suite for one case.
 */
export interface ContractCase<Subject> {
  /** A sentence that is true of every right implementation. */
  readonly title: string;
  readonly run: (subject: Subject) => Promise<void>;
}

/** The two functions of a test runner that are used; those of vitest, jest, mocha and node:test fit. */
export interface ContractRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** Something to give back when a case is over. */
export interface Disposable {
  close?(): Promise<void> | void;
}

/**
 * Registers a suite.
 *
 * @param runner of the tests.
 * @param name of the implementation.
 * @param cases the suite.
 * @param create makes a fresh subject for each case.
 */
export function registerContract<Subject extends Disposable>(
  runner: ContractRunner,
  name: string,
  cases: readonly ContractCase<Subject>[],
  create: () => Promise<Subject> | Subject,
): void {
  runner.describe(name, () => {
    for (const { title, run } of cases) {
      runner.it(title, async () => {
        const subject = await create();
        try {
          await run(subject);
        } finally {
          await subject.close?.();
        }
      });
    }
  });
}

/** Thrown when an implementation breaks a promise. */
export class ContractBroken extends Error {
  override readonly name = 'ContractBroken';
}

/** @throws `ContractBroken` unless the condition holds. */
export function promised(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new ContractBroken(promise);
}

/**
 * Waits for a failure.
 *
 * @param work must reject with a `RotationError` of the code.
 * @param code undefined accepts every code.
 * @returns the error, for further looks.
 */
export async function failsWith(work: Promise<unknown>, code: string | undefined): Promise<RotationError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error ?? new Error('empty'),
  );
  promised(thrown !== undefined, `it fails${code === undefined ? '' : ` with ${code}`}, but it succeeded`);
  promised(RotationError.isInstance(thrown), 'every failure is a RotationError');
  promised(code === undefined || thrown.code === code, `it fails with ${code}, but the code is ${thrown.code}`);
  return thrown;
}

/** @throws `ContractBroken` when a secret can be seen in an error. */
export function hidesSecrets(error: RotationError, secrets: readonly Secret[]): void {
  const seen = [error.message, error.action, error.stack ?? '', JSON.stringify(error)].join('\n');
  for (const secret of secrets) promised(!seen.includes(secret.reveal()), 'no secret is in an error');
}

/** A call without a deadline. */
export const AT_LEISURE: Call = { signal: new AbortController().signal };
