/**
 * The sample request of Infisical's documentation, and the one line that turns it into a rotation with overlap.
 *
 * @see https://infisical.com/docs/documentation/platform/secret-rotation/auth0-client-secret
 */
import { type CreateBody, createBodySchema, updateBodySchema } from '../provider/auth0-client-secret/schemas.js';

/** The ids of this machine that take the place of the sample's. */
export interface SampleIds {
  readonly projectId: string;
  readonly connectionId: string;
  readonly clientId: string;
}

/** As the page prints it, without its ids, and without the comma too many behind the client id, which is no JSON. */
const SAMPLE = {
  name: 'my-auth0-rotation',
  description: 'my client secret rotation',
  environment: 'dev',
  secretPath: '/',
  isAutoRotationEnabled: true,
  rotationInterval: 30,
  rotateAtUtc: { hours: 0, minutes: 0 },
  secretsMapping: { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' },
} as const;

/** The name that is added for the overlap. */
const FALLBACK_NAME = 'AUTH0_CLIENT_SECRET_FALLBACK';

/**
 * The sample request with our ids, read by the schema every such request is read by.
 *
 * @returns a rotation without a fallback name: single-phase.
 */
export function sampleRequest({ projectId, connectionId, clientId }: SampleIds): CreateBody {
  return createBodySchema.parse({ ...SAMPLE, projectId, connectionId, parameters: { clientId } });
}

/** The same rotation after an update that adds a fallback name to its mapping: with overlap. */
export function withFallbackName(rotation: CreateBody): CreateBody {
  const { secretsMapping } = updateBodySchema.parse({
    secretsMapping: { ...rotation.secretsMapping, fallbackClientSecret: FALLBACK_NAME },
  });
  return { ...rotation, ...(secretsMapping === undefined ? {} : { secretsMapping }) };
}
