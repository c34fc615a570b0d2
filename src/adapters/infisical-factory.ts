/**
 * The provider in the shape of Infisical's own rotation registry.
 *
 * There is a callback and no journal. What that costs:
 *
 * - Kept in full: the secret is proven before it is published, nothing is printed, what cannot work is refused first,
 *   and only a call of these verbs changes a secret.
 * - Kept as far as a rollback goes: when the callback rejects, the previous secret is put back and proven, and the
 *   callback's error is passed on. When the *process dies* between the request to Auth0 and the end of the callback, the
 *   new secret is lost, and the next rotation heals it. The first credentials have no previous secret to put back.
 * - Kept by Infisical alone: one attempt at a time per rotation. Two rotations of one application are not noticed.
 */
import { asRotationError, RotationError } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import {
  type Auth0ClientSecretProviderOptions,
  createAuth0ClientSecretProvider,
} from '../provider/auth0-client-secret/index.js';
import type { Auth0ClientCredentials, Auth0Connection } from '../provider/auth0-client-secret/schemas.js';
import type { PreflightConsent } from '../provider/contract.js';
import type {
  InfisicalAuth0Connection,
  InfisicalAuth0Credentials,
  InfisicalAuth0Rotation,
  InfisicalRotationFactory,
  InfisicalRotationOperations,
} from './infisical-types.js';

/** What the factory may be made with, beside what the provider takes. */
export interface InfisicalRotationFactoryOptions extends Auth0ClientSecretProviderOptions {
  /**
   * What a person agreed to for every rotation of this registry, for example HS256.
   * @default nothing
   */
  readonly consent?: PreflightConsent;
}

/**
 * Makes the factory that Infisical's registry takes for `auth0-client-secret`.
 *
 * @param options as for the provider, and what a person agreed to.
 * @returns the factory. Its verbs call the callback exactly once when they succeed. They reject with what the callback
 *   threw, after the previous secret was put back and proven, or with a `RotationError` whose message says what
 *   happened, what was not changed and what to do.
 */
export function createInfisicalRotationFactory(
  options: InfisicalRotationFactoryOptions = {},
): InfisicalRotationFactory {
  const provider = createAuth0ClientSecretProvider(options);
  const consent = options.consent ?? {};

  return (secretRotation: InfisicalAuth0Rotation): InfisicalRotationOperations => {
    const target = () => ({
      connection: toConnection(secretRotation.connection),
      parameters: { clientId: secretRotation.parameters.clientId.trim() },
    });
    return {
      issueCredentials: (callback) =>
        handOver(callback, (publish) =>
          provider.issueCredentials({ ...target(), consent, issue: { mode: 'set' }, publish }),
        ),
      rotateCredentials: (_credentialsToRevoke, callback, activeCredentials) =>
        handOver(callback, (publish) =>
          provider.rotate({ ...target(), consent, active: toCredentials(activeCredentials), publish }),
        ),
      revokeCredentials: (generatedCredentials, callback) =>
        explainingErrors(callback, async (publish) => {
          const credentials = generatedCredentials.map(toCredentials);
          return (await provider.revoke({ ...target(), credentials, publish })).published;
        }),
      getSecretsPayload: (generatedCredentials) => [
        ...provider.getSecretsPayload(toCredentials(generatedCredentials), secretRotation.secretsMapping),
      ],
      checkActiveCredentials: (activeCredentials) =>
        explainingErrors(
          async () => undefined,
          async () => {
            await provider.checkCredentials({ ...target(), credentials: toCredentials(activeCredentials) });
          },
        ),
    };
  };
}

function handOver<Raw>(
  callback: (credentials: InfisicalAuth0Credentials) => Promise<Raw>,
  work: (publish: (credentials: Auth0ClientCredentials) => Promise<Raw>) => Promise<{ readonly published: Raw }>,
): Promise<Raw> {
  return explainingErrors(
    (credentials: Auth0ClientCredentials) => callback(fromCredentials(credentials)),
    async (publish) => (await work(publish)).published,
  );
}

/**
 * Infisical shows its users an error's message and nothing else, so the message also says what to do. What the callback
 * threw is passed on untouched.
 */
async function explainingErrors<Given extends unknown[], Raw, Answer>(
  callback: (...given: Given) => Promise<Raw>,
  work: (publish: (...given: Given) => Promise<Raw>) => Promise<Answer>,
): Promise<Answer> {
  let thrownByCallback: { readonly error: unknown } | undefined;
  const publish = async (...given: Given) => {
    try {
      return await callback(...given);
    } catch (error) {
      thrownByCallback = { error };
      throw error;
    }
  };
  try {
    return await work(publish);
  } catch (error) {
    if (thrownByCallback && thrownByCallback.error === error) throw error;
    throw withActionInMessage(asRotationError(error));
  }
}

function withActionInMessage(error: RotationError): RotationError {
  return new RotationError({
    code: error.code,
    kind: error.kind,
    message: `${error.message} ${error.action}`,
    action: error.action,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds: error.retryAfterMilliseconds }),
  });
}

function toConnection(connection: InfisicalAuth0Connection): Auth0Connection {
  const { domain, clientId, clientSecret, audience } = connection.credentials;
  return {
    domain: domain.trim(),
    audience,
    credentials: { method: 'client-secret', clientId, clientSecret: new Secret(clientSecret) },
  };
}

function toCredentials({ clientId, clientSecret }: InfisicalAuth0Credentials): Auth0ClientCredentials {
  return { clientId, clientSecret: new Secret(clientSecret) };
}

function fromCredentials({ clientId, clientSecret }: Auth0ClientCredentials): InfisicalAuth0Credentials {
  return { clientId, clientSecret: clientSecret.reveal() };
}
