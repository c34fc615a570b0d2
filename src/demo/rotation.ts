/** The product itself, put together as `auth0-rotation rotate` does: the provider, the Infisical store, the engine. */
import type { Clock } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import { planOneShot, rotateOneShot } from '../engine/one-shot.js';
import type { OneShotNames, OneShotOptions } from '../engine/one-shot-types.js';
import type { EngineObserver } from '../engine/ports.js';
import {
  type Auth0ClientSecretProvider,
  createAuth0ClientSecretProvider,
} from '../provider/auth0-client-secret/index.js';
import { type CreateBody, connectionSchema } from '../provider/auth0-client-secret/schemas.js';
import { createInfisicalStore } from '../stores/infisical/index.js';
import type { DemoPace } from './pace.js';
import type { Stage } from './stage.js';

/** The store keeps below the rate limit of a real Infisical by itself; the stand-in has none. */
const REQUESTS_PER_MINUTE = 10_000;

export interface Rotator {
  /**
   * Rotates once, or adopts the secret in use.
   *
   * @param rotation which application, and where its secrets are stored. A fallback name means an overlap.
   * @param observer is told of the phases.
   * @param adopt the secret in use, to be proven and stored unchanged.
   * @throws the plan's refusal, or a `RotationError` with the result's code when it did not succeed.
   */
  rotate(rotation: CreateBody, observer: EngineObserver, adopt?: Secret): Promise<void>;
}

/** Makes what rotates. Its management token is shared by all rotations. */
export function createRotator(stage: Stage, pace: DemoPace, clock: Clock, signal: AbortSignal): Rotator {
  const provider = createAuth0ClientSecretProvider({ allowedOrigins: [stage.auth0.origin], clock });
  return {
    async rotate(rotation, observer, adopt) {
      const options: OneShotOptions = {
        steps: openSteps(provider, stage, rotation),
        store: openStore(stage, rotation, clock),
        names: namesOf(rotation),
        announces: rotation.secretsMapping.fallbackClientSecret !== undefined,
        overlapMilliseconds: pace.overlapMilliseconds,
        settleMilliseconds: pace.windowMilliseconds,
        waitMilliseconds: Number.POSITIVE_INFINITY,
        overwrite: false,
        ...(adopt === undefined ? {} : { adopt }),
        compromised: false,
        consent: { acceptHs256: false, connectionCanFollow: false },
        clock,
        observer,
        signal,
      };
      const result = await rotateOneShot(options, await planOneShot(options));
      signal.throwIfAborted();
      if (result.status === 'success') return;
      const { code = 'DEFECT', message = `The rotation ended as ${result.status}.` } = result.error ?? {};
      throw new RotationError({ code, kind: 'unknown', message });
    },
  };
}

function openSteps(provider: Auth0ClientSecretProvider, stage: Stage, rotation: CreateBody): OneShotOptions['steps'] {
  const { origin, managementClientId, managementClientSecret } = stage.auth0.describe();
  const connection = connectionSchema.parse({
    domain: origin,
    clientId: managementClientId,
    clientSecret: managementClientSecret,
  });
  return provider.open({ connection, parameters: rotation.parameters });
}

function openStore(stage: Stage, rotation: CreateBody, clock: Clock): OneShotOptions['store'] {
  const { siteUrl, clientId, clientSecret } = stage.infisical.describe();
  return createInfisicalStore({
    siteUrl,
    identity: { method: 'universal-auth', clientId, clientSecret: new Secret(clientSecret) },
    projectId: rotation.projectId,
    environment: rotation.environment,
    secretPath: rotation.secretPath,
    requestsPerMinute: REQUESTS_PER_MINUTE,
    clock,
  });
}

/** Without a fallback name the next secret waits under a name that no application reads. */
function namesOf({ secretsMapping }: CreateBody): OneShotNames {
  const { clientId, clientSecret, fallbackClientSecret } = secretsMapping;
  return { clientId, clientSecret, candidate: fallbackClientSecret ?? `${clientSecret}_PENDING` };
}
