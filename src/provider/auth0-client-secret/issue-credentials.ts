/** The `issueCredentials` hook: the first credentials of a new rotation. */
import { RotationError } from '../../base/errors.js';
import type { HandoverAnswer, IssueCredentialsRequest } from '../contract.js';
import { proofAcrossWindow, prove } from '../prove.js';
import { changeSecret } from './change-secret.js';
import { type HookDependencies, type HookRun, runHook } from './hook-run.js';
import { requireReadiness } from './ready.js';
import type { Auth0ClientCredentials, Auth0Connection, Auth0RotationParameters } from './schemas.js';

type IssueRequest<Published> = IssueCredentialsRequest<
  Auth0Connection,
  Auth0RotationParameters,
  Auth0ClientCredentials,
  Published
>;

/**
 * Issues the first credentials: sets a new secret, or adopts the one in use.
 *
 * @param dependencies what the provider was made with.
 * @param request the target, the way (`set` or `adopt`) and where the credentials are kept.
 * @returns the credentials, the proof and what `publish` returned.
 * @throws with `adopt`: `SUPPLIED_SECRET_NOT_LIVE` when Auth0 refuses the supplied secret, `NOT_PROVEN` when it does not
 *   say, and what `publish` threw. Nothing was changed in any of these cases.
 * @throws with `set`: as `changeSecret`, and what keeps the application from being rotated, before anything is changed.
 */
export function issueCredentials<Published>(
  dependencies: HookDependencies,
  request: IssueRequest<Published>,
): Promise<HandoverAnswer<Auth0ClientCredentials, Published>> {
  return runHook(dependencies, request, async (run) => {
    const { issue } = request;
    if (issue.mode === 'adopt') return adopt(run, issue.current, request);
    const previous = issue.previous?.clientId === run.steps.applicationId ? issue.previous.clientSecret : undefined;
    await requireReadiness(run, request.consent, previous);
    return changeSecret(run, previous, request);
  });
}

async function adopt<Published>(
  run: HookRun,
  current: Auth0ClientCredentials,
  request: IssueRequest<Published>,
): Promise<HandoverAnswer<Auth0ClientCredentials, Published>> {
  if (current.clientId !== run.steps.applicationId) {
    throw notLive('The supplied client secret belongs to another application.');
  }
  await run.steps.preflight(request.consent ?? {}, run.call);
  const policy = proofAcrossWindow(run.settleMilliseconds);
  const proof = await prove(run.steps.probe, current.clientSecret, policy, run.clock, run.call);
  if (!proof.proven) {
    if (proof.seen.rejected > 0) throw notLive('Auth0 does not accept the supplied client secret.');
    throw new RotationError({
      code: 'NOT_PROVEN',
      kind: 'not-applied',
      message: 'Auth0 did not say whether it accepts the supplied client secret. Nothing was changed.',
      action: 'Run it again when Auth0 answers.',
    });
  }
  return { credentials: current, evidence: proof.evidence, published: await request.publish(current) };
}

function notLive(reason: string): RotationError {
  return new RotationError({
    code: 'SUPPLIED_SECRET_NOT_LIVE',
    kind: 'refused',
    message: `${reason} Nothing was changed.`,
    field: 'currentClientSecret',
  });
}
