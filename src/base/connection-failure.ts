/**
 * How far a failed `fetch` came. For a request that changes something it decides whether the change may have happened.
 */

export interface ConnectionFailure {
  /** Whether it is certain that no byte of the request was sent. */
  readonly nothingSent: boolean;
  /** The code of the network error, such as `ECONNREFUSED`; undefined when there is none that is safe to show. */
  readonly code: string | undefined;
}

/**
 * Reads what `fetch` threw.
 *
 * @param thrown by `fetch`: a `TypeError` whose cause tells more, or anything else.
 * @returns what is certain. Nothing of a message is kept: it may hold parts of the request.
 */
export function readConnectionFailure(thrown: unknown): ConnectionFailure {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  return { nothingSent: failedBeforeSending(cause), code: networkCode(cause) };
}

/** Node's codes for certificates that were not accepted. The request follows the handshake, so it was not sent. */
const CERTIFICATE_REFUSED =
  /^(?:ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_[A-Z_]+|CERT_[A-Z_]+)$/;

/**
 * Certain only of failures to connect. A code alone is not enough: `ETIMEDOUT` and `EHOSTUNREACH` also end connections
 * that have carried a request, so the system call decides.
 */
function failedBeforeSending(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.length > 0 && cause.errors.every(failedBeforeSending);
  const { code, syscall } = (cause ?? {}) as { code?: unknown; syscall?: unknown };
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  return code === 'UND_ERR_CONNECT_TIMEOUT' || (typeof code === 'string' && CERTIFICATE_REFUSED.test(code));
}

function networkCode(cause: unknown): string | undefined {
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}
