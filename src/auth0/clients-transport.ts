/**
 * The official client's requests, sent through our own transport instead of its own. The client offers this as its
 * `fetcher` option: it builds address, query and body, and whatever is sent, refused or repeated is decided here.
 */
import type { ClientsClient } from 'auth0/clients';
import type { Call, Clock } from '../base/clock.js';
import { fromRefusal, fromUnusableAnswer, type Operation, parseJson } from './errors.js';
import type { GuardedRequest } from './guarded-fetch.js';
import type { Send } from './sender.js';

type Fetcher = NonNullable<ClientsClient.Options['fetcher']>;
type FetcherRequest = Parameters<Fetcher>[0];

/** The options of the client that decide how requests leave. */
export type TransportOptions = Required<Pick<ClientsClient.Options, 'fetcher' | 'fetch' | 'maxRetries'>>;

/**
 * Makes the transport for one operation.
 *
 * @param send sends a request once.
 * @param operation what the request does, for errors.
 * @param call covers the request.
 * @param clock for rate-limit answers.
 * @returns options for the client. Its methods resolve with a JSON object that came with status 200, and throw a
 *   `RotationError` or a `TransportFailure` for everything else.
 */
export function transportThrough(send: Send, operation: Operation, call: Call, clock: Clock): TransportOptions {
  return {
    fetcher: async <Body>(request: FetcherRequest) => {
      const answer = await send('management', asGuarded(request, operation), call);
      if (answer.status >= 400) throw fromRefusal(answer, operation, clock.now());
      const body = parseJson(answer.text);
      // An application and a list of them are objects; with anything else the status proves nothing.
      if (answer.status !== 200 || typeof body !== 'object' || body === null) {
        throw fromUnusableAnswer(operation, 'it is not a JSON object with status 200', answer.status);
      }
      return { ok: true, body: body as Body, rawResponse: rawResponse(answer.status, answer.headers, request.url) };
    },
    // Should a later version of the client pass by the fetcher, it sends nothing.
    fetch: () => Promise.reject(new Error('Not the transport of this package.')),
    maxRetries: 0,
  };
}

function asGuarded(request: FetcherRequest, operation: Operation): GuardedRequest {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  return {
    method: request.method as GuardedRequest['method'],
    url: request.queryString ? `${request.url}?${request.queryString}` : request.url,
    headers,
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
    atMostOnce: operation.effect !== 'none',
  };
}

function rawResponse(status: number, headers: Headers, url: string) {
  return { status, headers, url, statusText: '', redirected: false, type: 'basic' } as const;
}
