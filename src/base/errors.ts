/**
 * The one error type of the package. It tells a person what happened, what was not changed and what to do next, and it
 * tells the engine, by its kind, what may be done about it. It never holds a secret, a response body or an SDK's error.
 */
import { ERROR_CATALOGUE, type ErrorCode } from './error-catalogue.js';

/**
 * What a failure means for the change that was being made.
 *
 * - `refused`: the request cannot work; nothing was sent.
 * - `not-applied`: the change certainly did not happen; the same candidate may be tried again.
 * - `unknown`: it may or may not have happened, now or later; look before acting.
 * - `rejected-value`: the other side refuses this very value; another candidate is needed.
 * - `configuration`: it did not happen and will not until a person changes something.
 * - `rate-limited`: it did not happen; wait as told and try again.
 * - `defect`: a fault in this package.
 */
export type FailureKind =
  | 'refused'
  | 'not-applied'
  | 'unknown'
  | 'rejected-value'
  | 'configuration'
  | 'rate-limited'
  | 'defect';

/** What a `RotationError` is made of. */
export interface RotationErrorOptions {
  readonly code: ErrorCode;
  readonly kind: FailureKind;
  /** What happened and what was not changed, in one or two sentences. No secret, no foreign response body. */
  readonly message: string;
  /** What to do next. Defaults to the action the catalogue gives for the code. */
  readonly action?: string;
  /** The input field at fault, as the user named it (`--auth0-domain`, `parameters.clientId`). */
  readonly field?: string;
  /** The status of the HTTP answer that caused it. */
  readonly status?: number;
  /** How long the other side asked to wait, in milliseconds. */
  readonly retryAfterMilliseconds?: number;
}

const MARKER = Symbol.for('auth0-client-secret-rotation.error');

/** The one error that leaves this package. Printing, inspecting or serialising it shows no secret. */
export class RotationError extends Error {
  override readonly name = 'RotationError';
  readonly [MARKER] = true;
  /** Stable; listed in the README's troubleshooting section. */
  readonly code: ErrorCode;
  readonly kind: FailureKind;
  readonly action: string;
  readonly field: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMilliseconds: number | undefined;

  constructor(options: RotationErrorOptions) {
    super(options.message);
    this.code = options.code;
    this.kind = options.kind;
    this.action = options.action ?? ERROR_CATALOGUE[options.code];
    this.field = options.field;
    this.status = options.status;
    this.retryAfterMilliseconds = options.retryAfterMilliseconds;
  }

  /** Tells a RotationError apart even when two copies of this package are installed. */
  static isInstance(value: unknown): value is RotationError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARKER] === true;
  }

  /** The form that goes into `--json` answers, journals and API answers. */
  toJSON(): { code: ErrorCode; kind: FailureKind; message: string; action: string; field?: string } {
    return {
      code: this.code,
      kind: this.kind,
      message: this.message,
      action: this.action,
      ...(this.field === undefined ? {} : { field: this.field }),
    };
  }
}

/**
 * Turns anything that was thrown into a RotationError.
 *
 * @param thrown what was caught.
 * @returns the error itself, or one with the code `DEFECT` that names only the type of what was thrown: a foreign
 *   message may echo a secret.
 */
export function asRotationError(thrown: unknown): RotationError {
  if (RotationError.isInstance(thrown)) return thrown;
  const type = thrown instanceof Error ? thrown.name : typeof thrown;
  return new RotationError({
    code: 'DEFECT',
    kind: 'defect',
    message: `Something this package did not expect was thrown (${type}).`,
  });
}
