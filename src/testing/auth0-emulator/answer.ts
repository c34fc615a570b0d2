/** What the tenant says: plain data, before a fault or a transport gets hold of it. */

/** One HTTP answer. */
export interface Answer {
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; empty when there is none. */
  readonly body: string;
}

/**
 * How an answer, or its absence, reaches the one who asked.
 *
 * - `answer`: whole and well-formed HTTP.
 * - `reset`: the connection dies before anything is sent.
 * - `stall`: the connection stays open and nothing is ever sent.
 * - `stall-body`: headers and half of the body are sent, the rest never.
 * - `cut-body`: headers and half of the body are sent, then the connection dies.
 */
export type Delivery =
  | { readonly kind: 'answer' | 'stall-body' | 'cut-body'; readonly answer: Answer }
  | { readonly kind: 'reset' | 'stall' };

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };

/** An answer with a JSON body. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(value) };
}

/** The `200` of `/oauth/revoke`, which says nothing. */
export const emptyAnswer: Answer = { status: 200, headers: {}, body: '' };

/** The answer with more headers. */
export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Payload Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/**
 * An error of the Management API.
 *
 * @param errorCode Auth0's own code, such as `insufficient_scope`; some errors have none.
 * @see https://auth0.com/docs/api/management/v2
 */
export function managementError(status: number, message: string, errorCode?: string): Answer {
  const error = REASONS[status] ?? 'Error';
  return jsonAnswer(status, { statusCode: status, error, message, ...(errorCode === undefined ? {} : { errorCode }) });
}

/**
 * An error of the Authentication API.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export function oauthError(status: number, error: string, description: string): Answer {
  return jsonAnswer(status, { error, error_description: description });
}
