/** A store in front of a stand-in, and what the tests around it share. */
import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Call } from '../../../src/base/clock.js';
import { RotationError } from '../../../src/base/errors.js';
import { Secret } from '../../../src/base/secret.js';
import type { SecretStore } from '../../../src/engine/ports.js';
import { createInfisicalStore, type InfisicalStoreOptions } from '../../../src/stores/infisical/index.js';
import {
  type InfisicalStandIn,
  type InfisicalStandInOptions,
  startInfisicalStandIn,
} from '../../../src/testing/infisical-stand-in/index.js';

export const NAME = 'AUTH0_CLIENT_SECRET';
export const AT_LEISURE: Call = { signal: new AbortController().signal };

export function canary(): Secret {
  return new Secret(`canary-${randomBytes(24).toString('base64url')}`);
}

/** A stand-in that ends with the test. */
export async function standInForTest(options: InfisicalStandInOptions = {}): Promise<InfisicalStandIn> {
  const standIn = await startInfisicalStandIn(options);
  onTestFinished(() => standIn.close());
  return standIn;
}

/** A store that works in the stand-in's first project, without a rate limit in the way. */
export function storeFor(standIn: InfisicalStandIn, options: Partial<InfisicalStoreOptions> = {}): SecretStore {
  const { siteUrl, projectId, environment, clientId, clientSecret } = standIn.describe();
  return createInfisicalStore({
    siteUrl,
    projectId,
    environment,
    identity: { method: 'universal-auth', clientId, clientSecret: new Secret(clientSecret) },
    requestsPerMinute: 1_000_000,
    ...options,
  });
}

/** The RotationError some work fails with. */
export async function failureOf(work: Promise<unknown>): Promise<RotationError> {
  const thrown: unknown = await work.then(
    () => new Error('It succeeded.'),
    (error: unknown) => error,
  );
  if (!RotationError.isInstance(thrown)) throw thrown;
  return thrown;
}

/** A promise and its resolver. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
