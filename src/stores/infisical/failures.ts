/**
 * What an answer, or the lack of one, means: for a read, nothing happened; for a write, only a clear refusal means
 * that nothing happened.
 */
import type { ErrorCode } from '../../base/error-catalogue.js';
import { type FailureKind, RotationError } from '../../base/errors.js';
import { type Secret, scrub } from '../../base/secret.js';
import { abortReason, type WireFailure } from './transport.js';

/** What was being done, for the message and for its meaning. */
export interface Doing {
  /** A phrase such as `reading the secrets` or `creating AUTH0_CLIENT_SECRET`. */
  readonly what: string;
  /** A `write` may have happened without an answer. Making a folder counts as `read`: it changes no secret. */
  readonly effect: 'login' | 'read' | 'write';
  /** Must not appear in a message, whatever the server says. */
  readonly secrets: readonly Secret[];
}

/** A refusal of the request itself – not of the login before it – with what is needed to look further. */
export class InfisicalRefusal extends RotationError {
  /** The server's words, cleaned and cut; undefined when it said nothing readable. */
  readonly said: string | undefined;
  constructor(options: ConstructorParameters<typeof RotationError>[0], said: string | undefined) {
    super(options);
    this.said = said;
  }
}

/**
 * Says what a failed request means.
 *
 * @param failure what came of it.
 * @param doing what it was for.
 * @returns an error for a person and for the engine. Statuses are those observed from Infisical in 2024 and later.
 * @see https://infisical.com/docs/api-reference/overview/introduction
 */
export function errorOf(failure: WireFailure, doing: Doing): RotationError {
  switch (failure.kind) {
    case 'not-sent':
      return failure.reason === 'deadline'
        ? make('STORE_UNAVAILABLE', 'not-applied', `The time was over before ${doing.what}. Nothing was sent.`)
        : make('INTERRUPTED', 'not-applied', `The run was ended before ${doing.what}. Nothing was sent.`);
    case 'unreachable':
      return make(
        'STORE_UNREACHABLE',
        'not-applied',
        `Infisical cannot be reached for ${doing.what}${failure.code === undefined ? '' : ` (${failure.code})`}. Nothing was sent.`,
      );
    case 'unanswered':
      return unanswered(failure.reason, doing);
    case 'redirected':
      // After a write a redirect may also stand for "done, look there" (303).
      return make(
        'STORE_REDIRECTED',
        doing.effect === 'write' ? 'unknown' : 'configuration',
        `Infisical answered ${doing.what} with a redirect${failure.origin === undefined ? '' : ` to ${failure.origin}`}, which was not followed. ${doubt(doing)}`,
        { status: failure.status },
      );
    case 'unusable':
      return make(
        'STORE_ANSWER_UNUSABLE',
        doing.effect === 'write' ? 'unknown' : 'not-applied',
        `Infisical answered ${doing.what} with something that cannot be read (status ${failure.status}). ${doubt(doing)}`,
        { status: failure.status },
      );
    case 'refused':
      return refused(failure, doing);
  }
}

/** The signal had aborted before this request was sent. */
export function notSent(signal: AbortSignal, doing: Doing): RotationError {
  return errorOf({ kind: 'not-sent', reason: abortReason(signal) }, doing);
}

/** The signal ended a wait for the rate limit. */
export function pacedOut(doing: Doing, milliseconds: number): RotationError {
  return make(
    'STORE_RATE_LIMITED',
    'rate-limited',
    `There was no room under Infisical's rate limit for ${doing.what} in the time given. Nothing was sent.`,
    { retryAfterMilliseconds: milliseconds },
  );
}

/** Whether new credentials could make the same request succeed: 401, and the 403 that an expired token gets. */
export function refusesToken(failure: WireFailure): boolean {
  return failure.kind === 'refused' && !failure.validation && (failure.status === 401 || failure.status === 403);
}

/** How long the server wants to be left alone; undefined when the failure is no rate limit. */
export function rateLimitHold(failure: WireFailure): number | undefined {
  if (failure.kind !== 'refused' || !isRateLimit(failure)) return undefined;
  return failure.retryAfterMilliseconds ?? DEFAULT_RETRY_AFTER_MILLISECONDS;
}

/** A rate limit without `Retry-After`; the window is a minute. */
const DEFAULT_RETRY_AFTER_MILLISECONDS = 20_000;

type Refused = Extract<WireFailure, { kind: 'refused' }>;

function refused(failure: Refused, doing: Doing): RotationError {
  const { status } = failure;
  const said = cleanWords(failure.message, doing.secrets);
  const because = said === undefined ? '' : `: ${said}`;
  const answered = (code: ErrorCode, kind: FailureKind, retryAfterMilliseconds?: number): RotationError => {
    const message = `Infisical answered ${doing.what} with ${status}${because}. ${doubt(doing, kind)}`;
    const wait = retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds };
    const options = { code, kind, message, status, ...wait };
    return doing.effect === 'login' ? new RotationError(options) : new InfisicalRefusal(options, said);
  };

  if (isRateLimit(failure)) {
    const hold = failure.retryAfterMilliseconds ?? DEFAULT_RETRY_AFTER_MILLISECONDS;
    return answered('STORE_RATE_LIMITED', 'rate-limited', hold);
  }
  // A proxy's 408 says as little about what happened behind it as a 502 does.
  if (status >= 500 || status === 408) {
    return answered('STORE_UNAVAILABLE', doing.effect === 'write' ? 'unknown' : 'not-applied');
  }
  if (failure.validation) return answered('STORE_REFUSED', 'configuration');
  if (doing.effect === 'login') return answered('STORE_CREDENTIALS_REJECTED', 'configuration');
  if (status === 401) return answered('STORE_CREDENTIALS_REJECTED', 'configuration');
  if (status === 403) return answered(forbiddenCode(failure.message), 'configuration');
  if (status === 404) return answered('STORE_PROJECT_MISSING', 'configuration');
  return answered('STORE_REFUSED', 'configuration');
}

/** Infisical answers 403 for an expired token, for a stranger to the project, and for a missing permission. */
function forbiddenCode(message = ''): ErrorCode {
  if (/expired/i.test(message)) return 'STORE_CREDENTIALS_REJECTED';
  return /\bmember/i.test(message) ? 'STORE_PROJECT_MISSING' : 'STORE_FORBIDDEN';
}

/** In 2024 the rate limit came as a 500. */
function isRateLimit(failure: Refused): boolean {
  return failure.status === 429 || (failure.status === 500 && /rate limit/i.test(failure.message ?? ''));
}

function unanswered(reason: 'deadline' | 'interrupted' | 'connection', doing: Doing): RotationError {
  const kind = doing.effect === 'write' ? 'unknown' : 'not-applied';
  if (reason === 'interrupted') {
    return make('INTERRUPTED', kind, `The run was ended while ${doing.what}. ${doubt(doing)}`);
  }
  const how = reason === 'deadline' ? 'did not answer in time' : 'broke the connection off';
  return make('STORE_UNAVAILABLE', kind, `Infisical ${how} while ${doing.what}. ${doubt(doing)}`);
}

function doubt(doing: Doing, kind: FailureKind = doing.effect === 'write' ? 'unknown' : 'not-applied'): string {
  return kind === 'unknown' ? 'The value may or may not have been stored.' : 'Nothing was changed.';
}

/** The server's words without secrets, without control characters, and short. */
function cleanWords(message: string | undefined, secrets: readonly Secret[]): string | undefined {
  if (message === undefined) return undefined;
  // What stands beyond is not shown; cut through, a secret would leave no more than its first characters.
  const clean = scrub(message.slice(0, 4_000), secrets)
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim();
  const short = clean.length > 200 ? `${clean.slice(0, 199)}…` : clean;
  return short.replace(/\.$/, '') || undefined;
}

function make(
  code: ErrorCode,
  kind: FailureKind,
  message: string,
  more: { readonly status?: number; readonly retryAfterMilliseconds?: number } = {},
): RotationError {
  return new RotationError({ code, kind, message, ...more });
}
