/** A request as the tenant sees it, whatever transport brought it, and what it presents to prove who sent it. */
import { Secret } from '../../base/secret.js';

/** One HTTP request, read to its end. */
export interface TenantRequest {
  /** In upper case. */
  readonly method: string;
  readonly url: URL;
  /** @param name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** The whole body as text; undefined when it was larger than the tenant takes. */
  readonly body: string | undefined;
}

/** The parameters of a form or of a flat JSON object; undefined when the body cannot be read as either. */
export type Parameters = Readonly<Record<string, string>>;

/** How an application proves who it is at the token and revocation endpoints. */
export type PresentedCredentials =
  | { readonly method: 'none' }
  | { readonly method: 'client_secret_post' | 'client_secret_basic'; readonly secret: Secret }
  | { readonly method: 'private_key_jwt'; readonly assertion: string };

/** Who a request says it is from, and how it proves that. */
export interface Presented {
  readonly clientId: string | undefined;
  readonly credentials: PresentedCredentials;
}

/** Reads the body of a request to the Authentication API: JSON or a form. */
export function readParameters(request: TenantRequest): Parameters | undefined {
  const body = request.body ?? '';
  if (!(request.header('content-type') ?? '').includes('json')) return Object.fromEntries(new URLSearchParams(body));
  const value = readJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === 'string'));
}

/** Reads JSON; undefined when it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Finds who asks and what they show for it: HTTP Basic first, then a client assertion, then a secret in the body.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.2
 */
export function readPresented(request: TenantRequest, parameters: Parameters): Presented {
  const basic = readBasic(request.header('authorization'));
  if (basic !== undefined) return basic;
  const { client_id, client_secret, client_assertion, client_assertion_type } = parameters;
  if (client_assertion !== undefined && client_assertion_type === JWT_BEARER) {
    return {
      clientId: client_id ?? issuerOf(client_assertion),
      credentials: { method: 'private_key_jwt', assertion: client_assertion },
    };
  }
  if (client_secret !== undefined) {
    return { clientId: client_id, credentials: { method: 'client_secret_post', secret: new Secret(client_secret) } };
  }
  return { clientId: client_id, credentials: { method: 'none' } };
}

function readBasic(authorization: string | undefined): Presented | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [clientId, secret] = splitOnce(Buffer.from(encoded, 'base64').toString('utf8'), ':').map(formDecode);
  return {
    clientId,
    credentials: { method: 'client_secret_basic', secret: new Secret(secret ?? '') },
  };
}

function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

/** Both halves are form-encoded before they are joined; what does not decode is taken as it stands. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Who a client assertion says it is from, before anything is verified. */
function issuerOf(assertion: string): string | undefined {
  const payload = readJson(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const issuer =
    typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>)['iss'] : undefined;
  return typeof issuer === 'string' ? issuer : undefined;
}
