/** One token request over real HTTP. Both kinds of application send exactly this one. */
import type { Secret } from '../base/secret.js';
import { TokenError } from '../consumer/errors.js';

/** How long an answer may take, in milliseconds. */
const TIMEOUT_MILLISECONDS = 10_000;

/**
 * Asks for a token, once.
 *
 * @throws `TokenError` with the answer's status and error when there is no token.
 */
export type RequestToken = (secret: Secret) => Promise<void>;

/**
 * Says whom to ask, and for which application.
 *
 * @param origin of the tenant.
 * @param clientId of the application.
 * @param signal ends every request.
 */
export function createTokenRequest(origin: string, clientId: string, signal: AbortSignal): RequestToken {
  return async (secret) => {
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret.reveal() };
    const { status, body } = await send(`${origin}/oauth/token`, form, signal);
    if (status === 200 && typeof body['access_token'] === 'string') return;
    const error = typeof body['error'] === 'string' ? body['error'] : undefined;
    throw new TokenError({ reason: 'refused', status, error, message: `The token endpoint answered ${status}.` });
  };
}

async function send(
  endpoint: string,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MILLISECONDS)]),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  } catch {
    throw new TokenError({ reason: 'network', message: 'The token endpoint did not answer.' });
  }
}
