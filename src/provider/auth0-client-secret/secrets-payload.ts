/** The `getSecretsPayload` hook: what is stored under which name once a rotation has come to rest. */
import type { SecretPayloadEntry } from '../contract.js';
import type { Auth0ClientCredentials, Auth0SecretsMapping } from './schemas.js';

/**
 * Lays credentials out under their mapped names. Pure.
 *
 * @param credentials the live credentials. Their secret is revealed in the answer: hand it straight to a store.
 * @param secretsMapping the names.
 * @returns client id, client secret, and the same secret under the fallback name where one is mapped: at rest both
 *   names hold the live secret. While an attempt runs, the fallback name holds its candidate, which is not said here.
 */
export function getSecretsPayload(
  credentials: Auth0ClientCredentials,
  secretsMapping: Auth0SecretsMapping,
): readonly SecretPayloadEntry[] {
  const value = credentials.clientSecret.reveal();
  const entries: SecretPayloadEntry[] = [
    { key: secretsMapping.clientId, value: credentials.clientId },
    { key: secretsMapping.clientSecret, value },
  ];
  if (secretsMapping.fallbackClientSecret !== undefined) {
    entries.push({ key: secretsMapping.fallbackClientSecret, value });
  }
  return entries;
}
