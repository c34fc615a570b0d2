/** How an application reads its secrets: with Infisical's own SDK, logged in as a machine identity. */
import { Secret } from '../base/secret.js';
import type { CreateBody } from '../provider/auth0-client-secret/schemas.js';
import type { Stage } from './stage.js';

/** The mapped secrets as an application finds them. */
export interface MappedSecrets {
  readonly current: Secret;
  /** Undefined when the mapping names none, or it is not stored yet. */
  readonly fallback: Secret | undefined;
}

export type ReadSecrets = () => Promise<MappedSecrets>;

/**
 * Logs an application in to the store.
 *
 * @param rotation says where its secrets are and what they are called.
 * @returns reads them anew each time.
 */
export async function openSecretReader(stage: Stage, rotation: CreateBody): Promise<ReadSecrets> {
  const { InfisicalSDK } = await import('@infisical/sdk');
  const { siteUrl, clientId, clientSecret } = stage.infisical.describe();
  const infisical = new InfisicalSDK({ siteUrl });
  await infisical.auth().universalAuth.login({ clientId, clientSecret });
  const { projectId, environment, secretPath, secretsMapping } = rotation;
  return async () => {
    const { secrets } = await infisical.secrets().listSecrets({ projectId, environment, secretPath });
    const named = (name: string | undefined) => {
      const value = secrets.find(({ secretKey }) => secretKey === name)?.secretValue;
      return value === undefined ? undefined : new Secret(value);
    };
    const current = named(secretsMapping.clientSecret);
    if (current === undefined) throw new TypeError(`${secretsMapping.clientSecret} is not stored.`);
    return { current, fallback: named(secretsMapping.fallbackClientSecret) };
  };
}
