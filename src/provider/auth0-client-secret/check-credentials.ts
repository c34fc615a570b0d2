/** The `checkCredentials` hook: are these credentials accepted? */
import { RotationError } from '../../base/errors.js';
import type { CheckCredentialsRequest, Evidence } from '../contract.js';
import { ORDINARY_PROOF, prove } from '../prove.js';
import { type HookDependencies, runHook } from './hook-run.js';
import type { Auth0ClientCredentials, Auth0Connection, Auth0RotationParameters } from './schemas.js';

/**
 * Proves credentials by probing, at the application they belong to. Changes nothing, and spends no token.
 *
 * @param dependencies what the provider was made with.
 * @param request the connection and the credentials.
 * @returns the proof.
 * @throws `STORED_SECRET_NOT_LIVE`, kind `refused`, when Auth0 refuses them for as long as its nodes may disagree;
 *   `NOT_PROVEN`, kind `unknown`, when it does not say.
 * @see https://datatracker.ietf.org/doc/html/rfc7009#section-2.1
 */
export function checkCredentials(
  dependencies: HookDependencies,
  request: CheckCredentialsRequest<Auth0Connection, Auth0RotationParameters, Auth0ClientCredentials>,
): Promise<Evidence> {
  const { credentials } = request;
  const target = { ...request, parameters: { clientId: credentials.clientId } };
  return runHook(dependencies, target, async (run) => {
    const policy = { ...ORDINARY_PROOF, patienceMilliseconds: run.settleMilliseconds };
    const proof = await prove(run.steps.probe, credentials.clientSecret, policy, run.clock, run.call);
    if (proof.proven) return proof.evidence;
    if (proof.seen.rejected > 0) {
      throw new RotationError({
        code: 'STORED_SECRET_NOT_LIVE',
        kind: 'refused',
        message: `Auth0 does not accept the stored client secret of the application ${credentials.clientId}.`,
      });
    }
    throw new RotationError({
      code: 'NOT_PROVEN',
      kind: 'unknown',
      message: `Auth0 did not say whether it accepts the stored client secret of the application ${credentials.clientId}.`,
      action: 'Check again when Auth0 answers.',
    });
  });
}
