/** What this entry point throws. No error holds a secret, a response body or another library's error. */

/** Why no usable pair of secrets came from the source. */
export type SecretSourceFailure = 'failed' | 'timeout' | 'unusable';

/** The source of the secrets did not give a usable pair, and none was known from before. */
export class SecretSourceError extends Error {
  override readonly name = 'SecretSourceError';
  /**
   * @param reason `failed`: the source threw; `timeout`: it did not answer in time; `unusable`: it gave no current secret.
   * @param message what happened, without any value that was read.
   */
  constructor(
    readonly reason: SecretSourceFailure,
    message: string,
  ) {
    super(message);
  }
}

/** Why there is no token. */
export type TokenFailure = 'refused' | 'timeout' | 'network' | 'unusable-answer';

/** What a `TokenError` says. The names on the wire are kept, so that it reads like an OAuth error everywhere. */
export interface TokenErrorDetails {
  readonly reason: TokenFailure;
  readonly message: string;
  readonly status?: number | undefined;
  readonly error?: string | undefined;
  readonly error_description?: string | undefined;
}

/** A token request gave no token. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  /**
   * `refused`: the server answered with an error; `timeout` and `network`: no complete answer, the request may have been
   * received; `unusable-answer`: a redirect, something that is not a token answer, or one beyond the size limit.
   */
  readonly reason: TokenFailure;
  /** The status of the answer, when there was one. */
  readonly status: number | undefined;
  /** The OAuth error code of the answer (RFC 6749, 5.2). */
  readonly error: string | undefined;
  /** The server's own words, cleaned of every value that was sent and cut to 300 characters. */
  readonly error_description: string | undefined;

  constructor(details: TokenErrorDetails) {
    super(details.message);
    this.reason = details.reason;
    this.status = details.status;
    this.error = details.error;
    this.error_description = details.error_description;
  }
}
