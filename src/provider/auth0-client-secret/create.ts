/** The `create` hook: a look at what a rotation would meet. */
import type { CreateRequest, RotationPlan } from '../contract.js';
import { type HookDependencies, runHook } from './hook-run.js';
import type { Auth0Connection, Auth0RotationParameters, Auth0SecretsMapping } from './schemas.js';
import { requireDistinctNames } from './secret-names.js';

/**
 * Looks whether the application can be rotated over this connection. Changes nothing.
 *
 * @param dependencies what the provider was made with.
 * @param request connection, parameters and, if known, the mapping and what a person agreed to.
 * @returns the plan, with warnings.
 * @throws `SECRET_NAME_DUPLICATE` when the mapping uses a name twice; nothing was sent then.
 * @throws the reason, kind `refused` or `configuration`, when a rotation cannot work.
 */
export function create(
  dependencies: HookDependencies,
  request: CreateRequest<Auth0Connection, Auth0RotationParameters, Auth0SecretsMapping>,
): Promise<RotationPlan> {
  return runHook(dependencies, request, (run) => {
    if (request.secretsMapping) requireDistinctNames(request.secretsMapping);
    return run.steps.preflight(request.consent ?? {}, run.call);
  });
}
