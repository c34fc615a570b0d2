/** One token request: sent once, answered in time and in size, and silent about what was sent. */
import { bounded, TimeLimitPassed } from './bounded.js';
import {
  authenticateClient,
  basicAuthorization,
  type ClientAuthenticationMethod,
  formEncode,
} from './client-authentication.js';
import type { Clock } from './clock.js';
import { TokenError } from './errors.js';
import { BodyTooLong, parseObject, readText } from './read-text.js';

/** What a token endpoint answers, with the names of the wire (RFC 6749, 5.1). */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type?: string;
  /** Seconds from the moment of the answer. */
  readonly expires_in?: number;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope?: string;
  readonly [name: string]: unknown;
}

export interface TokenRequest {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authentication: ClientAuthenticationMethod;
  /** The grant's form, without the client's credentials. */
  readonly form: readonly [name: string, value: string][];
  readonly fetch: typeof globalThis.fetch;
  /** For the whole exchange, the body of the answer included, in milliseconds. */
  readonly timeoutMilliseconds: number;
  readonly maximumAnswerBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

const MAXIMUM_DESCRIPTION = 300;
/** What is shorter is no secret, and to replace it would garble the message. */
const SHORTEST_SECRET = 4;
/** Parameters that are no secret. Any other one, those of the caller among them, may be worth as much as the secret. */
const PUBLIC: ReadonlySet<string> = new Set([
  'audience',
  'client_id',
  'grant_type',
  'organization',
  'redirect_uri',
  'scope',
]);

/**
 * Sends the request, once.
 *
 * @returns the answer, with a non-empty `access_token`.
 * @throws `TokenError`; the signal's reason when it aborts.
 */
export async function sendTokenRequest(request: TokenRequest): Promise<TokenAnswer> {
  const { status, text } = await exchange(request);
  const answer = parseObject(text);
  if (status !== 200) throw refusal(request, status, answer);
  if (typeof answer?.['access_token'] !== 'string' || answer['access_token'] === '') {
    throw new TokenError({
      reason: 'unusable-answer',
      status,
      message: 'The token endpoint answered 200, but not with a token.',
    });
  }
  return Object.freeze(answer) as TokenAnswer;
}

async function exchange(request: TokenRequest): Promise<{ status: number; text: string }> {
  const body = new URLSearchParams(request.form);
  const headers = new Headers({ accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' });
  authenticateClient(request.authentication, request.clientId, request.clientSecret, body, headers);
  try {
    return await bounded(request.clock, request.timeoutMilliseconds, request.signal, async (signal) => {
      // A followed redirect would carry the secret elsewhere. `manual` follows none either, and unlike `error` every
      // edge runtime knows it; the 3xx (in browsers: status 0) is then an answer like any other that holds no token.
      const response = await request.fetch(request.endpoint, {
        method: 'POST',
        headers,
        body: body.toString(),
        redirect: 'manual',
        signal,
      });
      return { status: response.status, text: await readText(response, request.maximumAnswerBytes) };
    });
  } catch (thrown) {
    request.signal?.throwIfAborted();
    throw interruption(thrown, request);
  }
}

/** A foreign error may hold the request, so that only the name of its cause is taken from it. */
function interruption(thrown: unknown, request: TokenRequest): TokenError {
  if (thrown instanceof TimeLimitPassed) {
    const message = `The token endpoint did not answer within ${request.timeoutMilliseconds} ms.`;
    return new TokenError({ reason: 'timeout', message });
  }
  if (thrown instanceof BodyTooLong) {
    const message = `The token endpoint answered with more than ${request.maximumAnswerBytes} bytes.`;
    return new TokenError({ reason: 'unusable-answer', message });
  }
  const code = causeCode(thrown);
  const message = `The token endpoint could not be reached, or the connection broke${code ? ` (${code})` : ''}.`;
  return new TokenError({ reason: 'network', message });
}

function causeCode(thrown: unknown): string | undefined {
  const cause = thrown instanceof Error ? (thrown.cause as { code?: unknown } | undefined) : undefined;
  return typeof cause?.code === 'string' && /^[A-Z_]{1,40}$/.test(cause.code) ? cause.code : undefined;
}

function refusal(request: TokenRequest, status: number, answer: Record<string, unknown> | undefined): TokenError {
  if (status < 400) {
    const message = `The token endpoint answered ${status}, which is no token answer; redirects are not followed.`;
    return new TokenError({ reason: 'unusable-answer', status, message });
  }
  const error = clean(answer?.['error'], request);
  const description = clean(answer?.['error_description'], request);
  const words = [String(status), error, description && `(${description})`].filter(Boolean).join(' ');
  return new TokenError({
    reason: 'refused',
    status,
    error,
    error_description: description,
    message: `The token endpoint answered ${words}.`,
  });
}

/** A server may echo what it was sent, in whatever form it was sent. */
function clean(value: unknown, request: TokenRequest): string | undefined {
  if (typeof value !== 'string') return undefined;
  const sent = [request.clientSecret, ...request.form.filter(([name]) => !PUBLIC.has(name)).map((field) => field[1])];
  const header = basicAuthorization(request.clientId, request.clientSecret).slice('Basic '.length);
  let text = value.replaceAll(header, '[secret]');
  for (const secret of sent) {
    if (secret.length < SHORTEST_SECRET) continue;
    for (const form of [secret, formEncode(secret), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
      text = text.replaceAll(form, '[secret]');
    }
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters could forge lines in a log.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, MAXIMUM_DESCRIPTION);
}
