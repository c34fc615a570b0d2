/** Decides whether an application is who it says it is, as one authentication node sees it. */
import type { KeyObject } from 'node:crypto';
import type { Secret } from '../../base/secret.js';
import { type EmulatedApplication, usesKeys } from './application.js';
import type { PresentedCredentials } from './tenant-request.js';

/** Who asks, what they show for it, and what the tenant knows about them. */
export interface ClientAuthentication {
  readonly application: EmulatedApplication;
  readonly credentials: PresentedCredentials;
  /** The secret the node that answers accepts at this moment. */
  readonly acceptedSecret: Secret | undefined;
  /** Refuse a secret that is sent another way than the application says. */
  readonly enforceMethod: boolean;
  /** What client assertions may name as their audience. */
  readonly issuers: readonly string[];
  /** Wall-clock time in milliseconds. */
  readonly now: number;
}

/**
 * Authenticates an application.
 *
 * @returns whether it may go on. A public application always may: Auth0 keeps a secret for it, and checks none.
 */
export function authenticateClient(authentication: ClientAuthentication): boolean | Promise<boolean> {
  const { application, credentials, acceptedSecret } = authentication;
  const declared = application.fields.token_endpoint_auth_method ?? undefined;
  if (usesKeys(application.fields)) {
    return credentials.method === 'private_key_jwt' && verifyAssertion(authentication, credentials.assertion);
  }
  if (declared === 'none') return true;
  if (credentials.method !== 'client_secret_post' && credentials.method !== 'client_secret_basic') return false;
  if (authentication.enforceMethod && declared !== undefined && declared !== credentials.method) return false;
  return acceptedSecret?.equals(credentials.secret) ?? false;
}

/** @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt */
async function verifyAssertion(authentication: ClientAuthentication, assertion: string): Promise<boolean> {
  for (const key of authentication.application.publicKeys) {
    if (await isSignedBy(key, authentication, assertion)) return true;
  }
  return false;
}

async function isSignedBy(key: KeyObject, authentication: ClientAuthentication, assertion: string): Promise<boolean> {
  const { jwtVerify } = await import('jose');
  const { clientId } = authentication.application;
  try {
    await jwtVerify(assertion, key, {
      issuer: clientId,
      subject: clientId,
      audience: [...authentication.issuers],
      algorithms: ['RS256', 'RS384', 'PS256'],
      requiredClaims: ['exp', 'jti'],
      currentDate: new Date(authentication.now),
    });
    return true;
  } catch {
    return false;
  }
}
