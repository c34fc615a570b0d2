/**
 * What went wrong at Auth0, told to a person and to the engine. Nothing of an answer's body gets into a message except
 * Auth0's own error code, and that only in its known shape and scrubbed: bodies may echo what was sent.
 */
import { z } from 'zod';
import { type Call, DeadlineExceeded } from '../base/clock.js';
import type { ErrorCode } from '../base/error-catalogue.js';
import { type FailureKind, RotationError } from '../base/errors.js';
import { type Secret, scrub } from '../base/secret.js';
import { type GuardedAnswer, TransportFailure } from './guarded-fetch.js';
import { readRateLimit } from './rate-limit.js';

/** What was being done, so that an error can say what did not happen. */
export interface Operation {
  /** Ends a sentence: `while reading application x`. */
  readonly activity: string;
  /** Where, for a person: `acme.eu.auth0.com`. */
  readonly host: string;
  /**
   * Whether it sets the secret to a value of ours, has Auth0 replace it, or leaves it alone. After the first two an
   * answer that says nothing leaves the outcome `unknown`.
   */
  readonly effect: 'sets-secret' | 'replaces-secret' | 'none';
  /** The scope it needs. */
  readonly scope: string;
  /** Everything that was sent and must not come back in a message. */
  readonly secrets: readonly Secret[];
}

function changes(operation: Operation): boolean {
  return operation.effect !== 'none';
}

/** Auth0's own error object. An answer that is not one proves nothing: something else may have made it. */
const errorBody = z.object({
  statusCode: z.number().optional(),
  error: z.string().optional(),
  message: z.string().optional(),
  errorCode: z.string().optional(),
});
type ErrorBody = z.infer<typeof errorBody>;

/**
 * The reason why no whole answer came.
 *
 * @param failure what the transport saw.
 * @param operation what was being done.
 * @param call of the operation: its abort reason tells a deadline from an interruption.
 * @returns kind `not-applied` when nothing can have happened, `unknown` for a change that may have arrived, and
 *   `configuration` for a read that was redirected.
 */
export function fromTransportFailure(failure: TransportFailure, operation: Operation, call: Call): RotationError {
  const kind: FailureKind = changes(operation) && failure.mayHaveArrived ? 'unknown' : 'not-applied';
  const { activity, host } = operation;
  const detail = failure.detail === undefined ? '' : ` (${failure.detail})`;
  switch (failure.reason) {
    case 'unreachable':
      return failed(operation, 'AUTH0_UNREACHABLE', kind, `No connection to ${host} was made${detail} ${activity}.`);
    case 'broken':
      return failed(operation, 'AUTH0_UNREACHABLE', kind, `The connection to ${host} broke${detail} ${activity}.`);
    case 'timeout':
      return failed(operation, 'AUTH0_UNAVAILABLE', kind, `${host} did not answer in time ${activity}.`);
    case 'redirected': {
      const text = `${host} answered with a redirect ${activity}; it was not followed.`;
      return failed(operation, 'AUTH0_REDIRECTED', changes(operation) ? 'unknown' : 'configuration', text);
    }
    case 'too-large':
      return failed(operation, 'AUTH0_ANSWER_UNUSABLE', kind, `The answer of ${host} was too long ${activity}.`);
    case 'held-back':
      return failed(
        operation,
        'AUTH0_RATE_LIMITED',
        'rate-limited',
        `The rate limit of ${host} left no time ${activity}.`,
        { retryAfterMilliseconds: Math.ceil(failure.retryAfterMilliseconds ?? 0) },
      );
    case 'interrupted':
      return interrupted(operation, kind, call);
  }
}

/** The caller's own reason is kept when it is an error of this package and loses nothing: `LEASE_LOST`, for example. */
function interrupted(operation: Operation, kind: FailureKind, call: Call): RotationError {
  const { reason } = call.signal;
  if (kind !== 'unknown' && RotationError.isInstance(reason)) return reason;
  return reason instanceof DeadlineExceeded
    ? failed(operation, 'AUTH0_UNAVAILABLE', kind, `${operation.host} did not answer in time ${operation.activity}.`)
    : failed(operation, 'INTERRUPTED', kind, `The work was ended ${operation.activity}.`);
}

/**
 * The reason behind an answer whose status is not a success.
 *
 * @param answer with a status of 400 or more.
 * @param operation what was being done.
 * @param now our wall clock in milliseconds, for rate-limit answers.
 * @see https://auth0.com/docs/api/management/v2
 */
export function fromRefusal(answer: GuardedAnswer, operation: Operation, now: number): RotationError {
  const { status } = answer;
  const { activity, host } = operation;
  const uncertain: FailureKind = changes(operation) ? 'unknown' : 'not-applied';
  const body = parseErrorBody(answer.text);
  const extra = { status, ...waitTold(answer, now) };
  const reason = `${host} answered ${status}${describeCode(body, operation.secrets)} ${activity}.`;

  if (status === 429) {
    return failed(operation, 'AUTH0_RATE_LIMITED', 'rate-limited', `${host} is at its rate limit ${activity}.`, extra);
  }
  // Proxies and portals that want to be logged in to answer 401 as well.
  if (status === 401 && body !== undefined) {
    const text = `${host} refuses the management token ${activity}: domain and audience must be of the same tenant.`;
    return failed(
      operation,
      'AUTH0_CREDENTIALS_REJECTED',
      changes(operation) ? 'not-applied' : 'configuration',
      text,
      extra,
    );
  }
  if (status >= 500 || status === 408 || status === 425) {
    return failed(operation, 'AUTH0_UNAVAILABLE', uncertain, reason, extra);
  }
  if (body === undefined) return fromUnusableAnswer(operation, `status ${status} without Auth0's error object`, status);
  if (status === 403 && isScopeProblem(body)) {
    const text = `${host} answered ${status} ${activity}: the management client lacks the scope ${operation.scope}.`;
    return failed(operation, 'AUTH0_SCOPE_MISSING', 'configuration', text, extra);
  }
  if (status === 404) {
    const text = `${host} knows no such application, as it said ${activity}.`;
    return failed(operation, 'APPLICATION_UNKNOWN', 'configuration', text, extra);
  }
  if (status === 400 && operation.effect === 'sets-secret' && body.errorCode !== 'invalid_uri') {
    return failed(operation, 'CANDIDATE_REJECTED', 'rejected-value', reason, extra);
  }
  return failed(operation, 'AUTH0_FORBIDDEN', 'configuration', reason, extra);
}

/**
 * An answer that Auth0 would not give. For a change the outcome is `unknown`.
 *
 * @param operation what was being done.
 * @param problem what is wrong with the answer, without quoting it.
 * @param status of the answer.
 */
export function fromUnusableAnswer(operation: Operation, problem: string, status?: number): RotationError {
  const text = `The answer of ${operation.host} cannot be used (${problem}) ${operation.activity}.`;
  const kind = changes(operation) ? 'unknown' : 'not-applied';
  return failed(operation, 'AUTH0_ANSWER_UNUSABLE', kind, text, status === undefined ? {} : { status });
}

/**
 * Anything else that was thrown, the official client's own errors among them: those embed bodies in their messages, so
 * nothing of them is kept.
 *
 * @param thrown what was caught.
 * @param operation what was being done.
 * @param call of the operation.
 * @returns the error itself when it is one of ours. For a change, whatever is not understood is `unknown`.
 */
export function fromThrown(thrown: unknown, operation: Operation, call: Call): RotationError {
  if (RotationError.isInstance(thrown)) return thrown;
  if (thrown instanceof TransportFailure) return fromTransportFailure(thrown, operation, call);
  if (thrown === call.signal.reason && call.signal.aborted) {
    // The transport tells what may have arrived; a bare abort reason was thrown before anything was sent.
    return fromTransportFailure(new TransportFailure('interrupted', false), operation, call);
  }
  const type = thrown instanceof Error ? thrown.name : typeof thrown;
  const text = `Something unexpected was thrown (${type}) ${operation.activity}.`;
  return failed(operation, 'DEFECT', changes(operation) ? 'unknown' : 'defect', text);
}

/** Builds the error; says what became of the secret. */
function failed(
  operation: Operation,
  code: ErrorCode,
  kind: FailureKind,
  text: string,
  extra: { readonly status?: number; readonly retryAfterMilliseconds?: number } = {},
): RotationError {
  return new RotationError({ code, kind, message: `${text} ${consequence(operation, kind)}`, ...extra });
}

function consequence(operation: Operation, kind: FailureKind): string {
  if (!changes(operation)) return 'Nothing was changed.';
  return kind === 'unknown' ? 'Whether the secret was changed is not known.' : 'The secret was not changed.';
}

function parseErrorBody(text: string): ErrorBody | undefined {
  const parsed = errorBody.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  return Object.values(parsed.data).some((value) => value !== undefined) ? parsed.data : undefined;
}

/**
 * Reads JSON without repeating the text in an error, as `SyntaxError` would.
 *
 * @returns the value, or undefined when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Some answers have no error code, only the sentence. */
function isScopeProblem(body: ErrorBody): boolean {
  return (
    body.errorCode === 'insufficient_scope' || /^(?:Insufficient scope|Some fields cannot be)/.test(body.message ?? '')
  );
}

function describeCode(body: ErrorBody | undefined, secrets: readonly Secret[]): string {
  const code = scrub(body?.errorCode ?? '', secrets);
  return /^[a-z][a-z_]{2,63}$/.test(code) ? ` (${code})` : '';
}

function waitTold(answer: GuardedAnswer, now: number): { retryAfterMilliseconds?: number } {
  const limit = readRateLimit(answer.headers, now);
  const told = limit.retryAfterMilliseconds ?? (answer.status === 429 ? limit.resetInMilliseconds : undefined);
  return told === undefined ? {} : { retryAfterMilliseconds: told };
}
