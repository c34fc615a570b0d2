/** How a management client with `private_key_jwt` proves who it is: a short-lived JWT, signed anew for every request. */
import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { RotationError } from '../base/errors.js';
import { Secret } from '../base/secret.js';

/** Long enough for a clock that is a little off, short enough to be worthless soon. Auth0 allows five minutes. */
const LIFETIME_SECONDS = 120;

export interface ClientAssertionRequest {
  readonly clientId: string;
  /** An RSA private key in PEM, PKCS#8 or PKCS#1. */
  readonly privateKey: Secret;
  /** `https://acme.eu.auth0.com/`: the tenant's origin and a slash. */
  readonly audience: string;
  /** The wall clock in milliseconds. */
  readonly now: number;
}

/**
 * Signs a client assertion with RS256.
 *
 * @param request for whom and for whom to read.
 * @returns the compact JWT.
 * @throws `SETTING_INVALID` when the key cannot be read, is not an RSA key or is shorter than 2048 bits.
 * @see RFC 7523; https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt
 */
export async function signClientAssertion(request: ClientAssertionRequest): Promise<Secret> {
  const key = readPrivateKey(request.privateKey);
  const { SignJWT } = await import('jose');
  const issuedAt = Math.floor(request.now / 1_000);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(request.clientId)
    .setSubject(request.clientId)
    .setAudience(request.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .setJti(randomUUID())
    .sign(key);
  return new Secret(assertion);
}

function readPrivateKey(pem: Secret): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem.reveal());
  } catch {
    throw unusable('cannot be read as a PEM private key without a passphrase');
  }
  if (key.asymmetricKeyType !== 'rsa') throw unusable('is not an RSA key');
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2_048) throw unusable('is shorter than 2048 bits');
  return key;
}

function unusable(problem: string): RotationError {
  return new RotationError({
    code: 'SETTING_INVALID',
    kind: 'refused',
    field: 'privateKey',
    message: `The private key of the management client ${problem}. Nothing was sent.`,
  });
}
