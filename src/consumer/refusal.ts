/**
 * Tells "this client secret is wrong" from every other failure.
 *
 * The rule is narrow on purpose: status 401 together with `invalid_client` (what Auth0 documents) or `access_denied`
 * (what it mostly answers). A 403 `access_denied` is a missing grant or an Action's decision, a 401 `mfa_required` a
 * question to the user; trying the other secret would mend neither.
 */
import { orAborted } from './bounded.js';
import { parseObject, readText } from './read-text.js';

const REFUSED_STATUS = 401;
const REFUSALS: ReadonlySet<unknown> = new Set(['invalid_client', 'access_denied']);
const MAXIMUM_BYTES = 65_536;
const MAXIMUM_WAIT_MILLISECONDS = 5_000;

/**
 * Recognises a refused client secret, by shape: a `TokenError`, a fetch `Response`, an error of `openid-client` or
 * `oauth4webapi`, or anything else with `status` (or `statusCode`) and `error`.
 *
 * `openid-client` throws before it reads the body when a 401 carries a `WWW-Authenticate` challenge, as an answer to
 * HTTP Basic should; such an error brings its unread `Response`, and that is read here.
 *
 * @param outcome what the attempt returned or threw. A `Response` is read through a clone and stays readable.
 * @returns true only when the secret itself was refused. What cannot be read was not refused.
 */
export async function isClientSecretRefusal(outcome: unknown): Promise<boolean> {
  if (!isObject(outcome)) return false;
  if ((outcome['status'] ?? outcome['statusCode']) !== REFUSED_STATUS) return false;
  if (typeof outcome['error'] === 'string') return REFUSALS.has(outcome['error']);
  const response = isResponse(outcome) ? outcome : outcome['response'];
  return isResponse(response) && REFUSALS.has(await errorCodeOf(response));
}

async function errorCodeOf(response: Response): Promise<unknown> {
  try {
    const body = readText(response.clone(), MAXIMUM_BYTES);
    return parseObject(await orAborted(body, AbortSignal.timeout(MAXIMUM_WAIT_MILLISECONDS)))?.['error'];
  } catch {
    return undefined;
  }
}

/** Tells a fetch `Response` apart, whichever implementation it comes from. */
export function isResponse(value: unknown): value is Response {
  return (
    isObject(value) &&
    typeof value['status'] === 'number' &&
    typeof value['clone'] === 'function' &&
    typeof value['text'] === 'function'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
