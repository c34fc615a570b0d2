/** `fetch` without a network: the same promises, errors and signals, and the tenant at the other end. */
import type { Answer, Delivery } from './answer.js';
import type { TenantRequest } from './tenant-request.js';

/** A request that did not go to the tenant. */
export interface StrayRequest {
  readonly origin: string;
  readonly method: string;
  readonly cause: 'other-origin' | 'followed-redirect';
  /** Whether something was sent along in the body. */
  readonly carriedBody: boolean;
}

interface InProcessOptions {
  readonly origin: string;
  readonly maximumBodyBytes: number;
  readonly exchange: (request: TenantRequest) => Promise<Delivery>;
}

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = NonNullable<Parameters<Fetch>[1]>;

/** What was asked for, whichever way it was written down. */
interface Asked {
  readonly request: TenantRequest;
  readonly redirect: 'follow' | 'error' | 'manual';
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes the `fetch` of a tenant.
 *
 * @returns it, and the list of requests that went elsewhere; those end in a network error.
 */
export function createInProcessFetch(options: InProcessOptions): {
  readonly fetch: Fetch;
  readonly strayRequests: readonly StrayRequest[];
} {
  const strayRequests: StrayRequest[] = [];

  function stray(asked: Asked, origin: string, method: string, cause: StrayRequest['cause']): never {
    const carriedBody = (asked.request.body ?? '') !== '' && method !== 'GET';
    strayRequests.push({ origin, method, cause, carriedBody });
    throw networkError(`${cause}: ${origin}`);
  }

  async function send(asked: Asked): Promise<Response> {
    const { request, signal } = asked;
    if (request.url.origin !== options.origin) stray(asked, request.url.origin, request.method, 'other-origin');
    const delivery = await untilAborted(options.exchange(request), signal);
    switch (delivery.kind) {
      case 'answer':
        if (isRedirect(delivery.answer) && asked.redirect !== 'manual') {
          if (asked.redirect === 'error') throw networkError('unexpected redirect');
          // As the standard has it, 303 always turns into GET, 301 and 302 do after POST; 307 and 308 send it all again.
          const { status, headers } = delivery.answer;
          const becomesGet = status === 303 || (status < 307 && request.method === 'POST');
          const { origin } = new URL(headers['location'] ?? '', request.url);
          stray(asked, origin, becomesGet ? 'GET' : request.method, 'followed-redirect');
        }
        return toResponse(delivery.answer, delivery.answer.body);
      case 'reset':
        throw networkError('other side closed');
      case 'stall':
        return untilAborted(new Promise<never>(() => {}), signal);
      case 'stall-body':
        return toResponse(delivery.answer, halfOf(delivery.answer.body, { kind: 'stall', signal }));
      case 'cut-body':
        return toResponse(delivery.answer, halfOf(delivery.answer.body, { kind: 'cut' }));
    }
  }

  return {
    strayRequests,
    fetch: async (input, init = {}) => {
      const asked = await readAsked(input, init, options.maximumBodyBytes);
      asked.signal?.throwIfAborted();
      return send(asked);
    },
  };
}

async function readAsked(input: Input, init: Init, maximumBodyBytes: number): Promise<Asked> {
  const { body } = init;
  const isPlain = body === undefined || body === null || typeof body === 'string' || body instanceof URLSearchParams;
  if (input instanceof Request || !isPlain) {
    const request = new Request(input, init);
    return {
      request: {
        method: request.method.toUpperCase(),
        url: new URL(request.url),
        header: (name) => request.headers.get(name) ?? undefined,
        body: limited(await request.text(), maximumBodyBytes),
      },
      redirect: request.redirect,
      signal: request.signal,
    };
  }
  const headers = new Headers(init.headers);
  if (body instanceof URLSearchParams && !headers.has('content-type')) {
    headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  return {
    request: {
      method: (init.method ?? 'GET').toUpperCase(),
      url: new URL(input),
      header: (name) => headers.get(name) ?? undefined,
      body: limited(body?.toString() ?? '', maximumBodyBytes),
    },
    redirect: init.redirect ?? 'follow',
    signal: init.signal ?? undefined,
  };
}

function limited(body: string, maximumBodyBytes: number): string | undefined {
  return Buffer.byteLength(body) > maximumBodyBytes ? undefined : body;
}

/** Whoever gives up stops waiting; the tenant goes on, as it would. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function networkError(cause: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(cause) });
}

function isRedirect({ status, headers }: Answer): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers['location'] !== undefined;
}

function toResponse(answer: Answer, body: string | ReadableStream<Uint8Array>): Response {
  const mayHaveBody = answer.status !== 204 && answer.status !== 304 && body !== '';
  return new Response(mayHaveBody ? body : null, { status: answer.status, headers: answer.headers });
}

/** The first half of a body, and then either nothing until the signal aborts, or the end of the connection. */
function halfOf(
  body: string,
  then: { readonly kind: 'stall'; readonly signal: AbortSignal | undefined } | { readonly kind: 'cut' },
): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(body);
  let onAbort: (() => void) | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.subarray(0, Math.ceil(bytes.length / 2)));
      if (then.kind === 'stall') {
        onAbort = () => controller.error(then.signal?.reason);
        if (then.signal?.aborted) onAbort();
        then.signal?.addEventListener('abort', onAbort, { once: true });
      }
    },
    pull(controller) {
      if (then.kind === 'cut') controller.error(new TypeError('terminated', { cause: new Error('other side closed') }));
    },
    cancel() {
      if (then.kind === 'stall' && onAbort !== undefined) then.signal?.removeEventListener('abort', onAbort);
    },
  });
}
