/**
 * The only way a request leaves for Auth0. `fetch` alone follows redirects with secrets in the body, repeats a request
 * that was answered 421, and lets a stalled or endless body hang or fill the process.
 */
import { type Call, type Clock, DeadlineExceeded, withDeadline } from '../base/clock.js';
import { readConnectionFailure } from '../base/connection-failure.js';
import { RotationError } from '../base/errors.js';
import { unrepeatable } from '../base/unrepeatable-body.js';

/** The function requests are sent with; `globalThis.fetch`, or one that goes through a proxy. */
export type Fetch = typeof globalThis.fetch;

export interface GuardedRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the origin the guard was made for. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whether a second arrival at the server could do harm. Such a request is sent in a form `fetch` cannot repeat. */
  readonly atMostOnce: boolean;
}

/** An answer that arrived whole. */
export interface GuardedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends one request. @throws `TransportFailure` when no whole answer came. */
export type GuardedFetch = (request: GuardedRequest, call: Call) => Promise<GuardedAnswer>;

/**
 * Why no whole answer came.
 *
 * - `unreachable`: no connection was made. - `broken`: the connection ended early. - `timeout`: not in time.
 * - `redirected`: the answer was a redirect; nothing was sent on. - `too-large`: the body is longer than any answer is.
 * - `interrupted`: the caller ended it. - `held-back`: the caller's time ran out while the rate limit made it wait.
 */
export type TransportFailureReason =
  | 'unreachable'
  | 'broken'
  | 'timeout'
  | 'redirected'
  | 'too-large'
  | 'interrupted'
  | 'held-back';

/** No whole answer came. Holds nothing of the request or the answer. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  /**
   * @param reason why.
   * @param mayHaveArrived whether the server may have got the request and acted on it.
   * @param detail the code of the network error, such as `ECONNREFUSED`.
   * @param retryAfterMilliseconds with `held-back`: how much longer the rate limit would have made it wait.
   */
  constructor(
    readonly reason: TransportFailureReason,
    readonly mayHaveArrived: boolean,
    readonly detail?: string,
    readonly retryAfterMilliseconds?: number,
  ) {
    super(`No whole answer came: ${reason}.`);
  }
}

export interface GuardOptions {
  /** The only origin requests may go to. */
  readonly origin: string;
  readonly fetch: Fetch | undefined;
  readonly clock: Clock;
  /** For one request, from sending to the last byte of the answer. */
  readonly timeoutMilliseconds: number;
}

/** Many times the longest honest answer, a full page of applications. */
const LONGEST_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Makes the guard for one origin.
 *
 * @param options where to, through what, and how long.
 * @returns a function that sends each request at most once, follows no redirect, and covers headers and body by the
 *   call's signal and by the timeout. A call whose signal has aborted sends nothing.
 */
export function createGuardedFetch(options: GuardOptions): GuardedFetch {
  return async (request, call) => {
    if (new URL(request.url).origin !== options.origin) {
      throw new RotationError({
        code: 'DEFECT',
        kind: 'defect',
        message: 'A request was addressed to an origin other than the tenant. Nothing was sent.',
      });
    }
    if (call.signal.aborted) throw new TransportFailure('interrupted', false);
    const send = options.fetch ?? globalThis.fetch;
    try {
      return await withDeadline(options.clock, options.timeoutMilliseconds, call, async ({ signal }) => {
        const response = await send(request.url, {
          method: request.method,
          ...payload(request),
          redirect: 'error',
          credentials: 'omit',
          signal,
        });
        const redirected = response.redirected || response.type === 'opaqueredirect';
        if (redirected || (response.status >= 300 && response.status < 400)) {
          discard(response);
          throw new TransportFailure('redirected', true);
        }
        return { status: response.status, headers: response.headers, text: await readWhole(response) };
      });
    } catch (thrown) {
      throw asTransportFailure(thrown, call);
    }
  };
}

function payload(request: GuardedRequest): RequestInit {
  if (request.atMostOnce) return unrepeatable(request.headers, request.body ?? '');
  return { headers: request.headers, ...(request.body === undefined ? {} : { body: request.body }) };
}

async function readWhole(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let length = 0;
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    // Leaving the loop cancels the body, and with it the connection.
    if (length > LONGEST_ANSWER_BYTES) throw new TransportFailure('too-large', true);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

function asTransportFailure(thrown: unknown, call: Call): TransportFailure {
  if (thrown instanceof TransportFailure) return thrown;
  if (call.signal.aborted) return new TransportFailure('interrupted', true);
  if (thrown instanceof DeadlineExceeded) return new TransportFailure('timeout', true);
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  if (cause instanceof Error && cause.message === 'unexpected redirect') {
    return new TransportFailure('redirected', true);
  }
  const { nothingSent, code } = readConnectionFailure(thrown);
  return new TransportFailure(nothingSent ? 'unreachable' : 'broken', !nothingSent, code);
}
