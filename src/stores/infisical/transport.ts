/**
 * One HTTP request, and nothing but one. It stands in for the transport inside `@infisical/sdk`, which follows
 * redirects (and so re-sends secrets to another origin), repeats requests by itself (a write too), stops its clock
 * before the body, and takes any text for an answer.
 *
 * Here: no redirect is followed, nothing is repeated (not even by `fetch`, after 421), the signal ends the body as well as
 * the headers, the body is bounded, and a 2xx answer that is no JSON object is a failure.
 */
import { DeadlineExceeded } from '../../base/clock.js';
import { readConnectionFailure } from '../../base/connection-failure.js';
import { unrepeatable } from '../../base/unrepeatable-body.js';

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Why there is no usable answer. */
export type WireFailure =
  /** The signal had aborted before anything was sent. */
  | { readonly kind: 'not-sent'; readonly reason: 'deadline' | 'interrupted' }
  /** No connection came about (refused, unknown host, certificate): nothing was sent. */
  | { readonly kind: 'unreachable'; readonly code: string | undefined }
  /** It may have been sent, and no full answer came. */
  | { readonly kind: 'unanswered'; readonly reason: 'deadline' | 'interrupted' | 'connection' }
  /** A redirect, which was not followed. */
  | { readonly kind: 'redirected'; readonly status: number; readonly origin: string | undefined }
  /** An answer that cannot be read: a success without an object, or a refusal that Infisical did not write. */
  | { readonly kind: 'unusable'; readonly status: number; readonly reason: 'not-json' | 'too-large' | 'wrong-shape' }
  /** An answer that says no. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** The server's own words, as they came. They may echo what was sent. */
      readonly message: string | undefined;
      /** Whether the server says that the request was malformed (401 in 2024, 422 later). */
      readonly validation: boolean;
      readonly retryAfterMilliseconds: number | undefined;
    };

/** Carries a `WireFailure` through code that only knows how to throw. It never holds a body or a secret. */
export class WireError extends Error {
  override readonly name = 'WireError';
  constructor(readonly failure: WireFailure) {
    super(`Infisical request failed: ${failure.kind}`);
  }
}

/** What every answer tells beside its body. */
type AnswerObserver = (headers: Headers) => void;

/** Far above any folder of secrets, far below what would hurt the process. */
export const LARGEST_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Sends one request.
 *
 * @param request what to send. Its URL is used as it is.
 * @param fetcher a `fetch`.
 * @param signal ends the request, its body included.
 * @param observe is told the headers of every answer.
 * @returns the JSON object of a 2xx answer.
 * @throws `WireError`, and nothing else.
 */
export async function sendOnce(
  request: WireRequest,
  fetcher: typeof fetch,
  signal: AbortSignal,
  observe: AnswerObserver = () => {},
): Promise<Readonly<Record<string, unknown>>> {
  if (signal.aborted) throw new WireError({ kind: 'not-sent', reason: abortReason(signal) });
  const response = await answerOf(request, fetcher, signal);
  observe(response.headers);
  const { status } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    discard(response);
    throw new WireError({ kind: 'redirected', status, origin: redirectOrigin(response, request.url) });
  }
  if (status >= 400) throw new WireError(await refusal(response, signal));
  return await objectOf(response, signal);
}

async function answerOf(request: WireRequest, fetcher: typeof fetch, signal: AbortSignal): Promise<Response> {
  const { method, url, headers, body } = request;
  try {
    // `manual` and not `error`: the redirect is not followed either way, but where it points to can be told.
    const payload = body === undefined ? { headers } : unrepeatable(headers, body);
    return await untilAborted(fetcher(url, { method, ...payload, signal, redirect: 'manual' }), signal);
  } catch (thrown) {
    if (signal.aborted) throw new WireError({ kind: 'unanswered', reason: abortReason(signal) });
    const { nothingSent, code } = readConnectionFailure(thrown);
    if (nothingSent) throw new WireError({ kind: 'unreachable', code });
    throw new WireError({ kind: 'unanswered', reason: 'connection' });
  }
}

async function objectOf(response: Response, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  const { status } = response;
  const text = await readText(response, signal);
  const value = parseJson(text);
  if (value === undefined) throw new WireError({ kind: 'unusable', status, reason: 'not-json' });
  if (!isObject(value)) throw new WireError({ kind: 'unusable', status, reason: 'wrong-shape' });
  return value;
}

/**
 * A refusal counts when Infisical wrote it, and then it is a JSON object. Pages of portals and proxies refuse as well, and
 * say nothing about credentials or what was sent. A body that does not arrive only costs the server's words.
 */
async function refusal(response: Response, signal: AbortSignal): Promise<WireFailure> {
  const { status } = response;
  const text = await readText(response, signal).catch(() => undefined);
  const body = parseJson(text ?? '');
  const isClientError = status < 500 && status !== 408 && status !== 429;
  if (isClientError && text !== undefined && !isObject(body)) return { kind: 'unusable', status, reason: 'not-json' };
  const message = isObject(body) ? wordsOf(body['message']) : undefined;
  const validation = isObject(body) && (body['error'] === 'ValidationFailure' || Array.isArray(body['message']));
  return {
    kind: 'refused',
    status,
    message,
    validation: validation || status === 422,
    retryAfterMilliseconds: retryAfter(response.headers),
  };
}

/** The server's message is a text, or a list of validation issues. */
function wordsOf(message: unknown): string | undefined {
  if (typeof message === 'string') return message;
  if (!Array.isArray(message)) return undefined;
  const issues = message.filter(isObject).map((issue) => {
    const path = Array.isArray(issue['path']) ? issue['path'].join('.') : '';
    return `${path}: ${String(issue['message'] ?? 'invalid')}`;
  });
  return issues.length === 0 ? undefined : issues.join('; ');
}

async function readText(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    let part: Awaited<ReturnType<typeof reader.read>>;
    try {
      part = await untilAborted(reader.read(), signal);
    } catch {
      reader.cancel().catch(() => {});
      throw new WireError({ kind: 'unanswered', reason: signal.aborted ? abortReason(signal) : 'connection' });
    }
    if (part.done) return new TextDecoder().decode(Buffer.concat(chunks));
    size += part.value.byteLength;
    if (size > LARGEST_BODY_BYTES) {
      reader.cancel().catch(() => {});
      throw new WireError({ kind: 'unusable', status: response.status, reason: 'too-large' });
    }
    chunks.push(part.value);
  }
}

function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

/** Settles with the work or with the abort, whichever comes first, even when the work takes no notice of the signal. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Whether a deadline passed or somebody ended the run. */
export function abortReason(signal: AbortSignal): 'deadline' | 'interrupted' {
  const reason: unknown = signal.reason;
  const isTimeout = reason instanceof DOMException && reason.name === 'TimeoutError';
  return reason instanceof DeadlineExceeded || isTimeout ? 'deadline' : 'interrupted';
}

/** Longer waits are taken for mistakes, and a number without bounds is no time at all. */
const LONGEST_RETRY_AFTER_MILLISECONDS = 3_600_000;

/** Seconds or a date (RFC 9110, section 10.2.3). A date is measured against the answer's own `Date`. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  const wait = /^\d+(?:\.\d+)?$/.test(text)
    ? Math.ceil(Number(text) * 1_000)
    : Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER_MILLISECONDS);
}

/** Only the origin: the rest of a Location may carry what was sent. */
function redirectOrigin(response: Response, base: URL): string | undefined {
  const location = response.headers.get('location');
  return location !== null && URL.canParse(location, base.href) ? new URL(location, base).origin : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
