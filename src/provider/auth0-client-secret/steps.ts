/** The idempotent steps of a rotation, bound to one connection and one application. */
import { parseApplicationId } from '../../auth0/application-id.js';
import { isCandidate, makeCandidate, type RandomBytes } from './candidate.js';
import type { Auth0RotationSteps } from './hook-run.js';
import { preflight } from './preflight.js';
import type { Auth0RotationParameters } from './schemas.js';
import type { TenantAccess } from './tenant-access.js';

/**
 * Binds the steps to an application. Sends nothing.
 *
 * @param tenant how its tenant is reached.
 * @param parameters which application.
 * @param random the source of randomness for candidates.
 * @returns the steps. `activate` and `destroy` send one request to the Management API each, after a token request when
 *   no token is cached; `probe` sends one to `/oauth/revoke` and spends no token.
 * @throws `APPLICATION_ID_INVALID` when the client id is not one.
 * @see https://auth0.com/docs/api/management/v2/clients/patch-clients-by-id
 */
export function createSteps(
  tenant: TenantAccess,
  parameters: Auth0RotationParameters,
  random: RandomBytes,
): Auth0RotationSteps {
  const { access, probe } = tenant;
  const applicationId = parseApplicationId(parameters.clientId);
  return {
    applicationKey: `${access.tenant.key}/${applicationId}`,
    applicationId,
    preflight: (consent, call) => preflight(access, applicationId, consent, call),
    prepareCandidate: () => makeCandidate(applicationId, random),
    recognisesCandidate: (value) => isCandidate(applicationId, value),
    activate: (value, call) => access.setClientSecret(applicationId, value, call),
    probe: (value, call) => probe(applicationId, value, call),
    destroy: (call) => access.replaceClientSecret(applicationId, call),
    credentials: (value) => ({ clientId: applicationId, clientSecret: value }),
  };
}
