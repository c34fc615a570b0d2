/** The `rotate` hook: a new secret for an application that already has a rotation. */
import type { HandoverAnswer, RotateRequest } from '../contract.js';
import { changeSecret } from './change-secret.js';
import { type HookDependencies, runHook } from './hook-run.js';
import { requireReadiness } from './ready.js';
import type { Auth0ClientCredentials, Auth0Connection, Auth0RotationParameters } from './schemas.js';

/**
 * Rotates the secret: a candidate is handed over for safe keeping, activated, proven and published.
 *
 * @param dependencies what the provider was made with.
 * @param request the target, the credentials in use and where the new ones are kept. Credentials in use of another
 *   application than the target's are never put back: the rotation was pointed elsewhere since.
 * @returns the credentials, the proof and what `publish` returned.
 * @throws as `changeSecret`, and what keeps the application from being rotated, before anything is changed.
 */
export function rotate<Published>(
  dependencies: HookDependencies,
  request: RotateRequest<Auth0Connection, Auth0RotationParameters, Auth0ClientCredentials, Published>,
): Promise<HandoverAnswer<Auth0ClientCredentials, Published>> {
  return runHook(dependencies, request, async (run) => {
    const { active } = request;
    const previous = active?.clientId === run.steps.applicationId ? active.clientSecret : undefined;
    await requireReadiness(run, request.consent, previous);
    return changeSecret(run, previous, request);
  });
}
