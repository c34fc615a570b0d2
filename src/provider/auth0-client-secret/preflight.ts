/** The preflight step: everything that can be known before anything is changed. */
import type { Auth0Application, ManagementAccess } from '../../auth0/access.js';
import { canSeeKeys, judgeApplication, missingScopes, warnAboutScopes } from '../../auth0/application.js';
import type { Call } from '../../base/clock.js';
import { RotationError } from '../../base/errors.js';
import type { PlanWarning, PreflightConsent, RotationPlan } from '../contract.js';

/**
 * Looks at the connection's scopes and at the application. Sends two requests at most beside the token's, changes
 * nothing.
 *
 * @param access to the tenant.
 * @param applicationId the client id of the application.
 * @param consent what a person agreed to.
 * @param call ends it early.
 * @returns the plan. Its facts are `signingAlgorithm`, `authenticationMethod` (`unclear` when it cannot be seen) and,
 *   where Auth0 tells it, `applicationType`.
 * @throws `AUTH0_SCOPE_MISSING` naming every missing scope, `APPLICATION_UNKNOWN`, or why the application cannot be
 *   rotated.
 */
export async function preflight(
  access: ManagementAccess,
  applicationId: string,
  consent: PreflightConsent,
  call: Call,
): Promise<RotationPlan> {
  const scopes = await access.scopes(call);
  requireScopes(scopes, access.managementClientId);
  const application = await access.application(applicationId, call);
  const judgement = judgeApplication(application, {
    managementClientId: access.managementClientId,
    consent,
    canSeeKeys: canSeeKeys(scopes),
  });
  if (judgement.verdict === 'refused') throw judgement.refusal;
  return {
    applicationId,
    ...(application.name === undefined ? {} : { applicationName: application.name }),
    tenant: access.tenant.key,
    warnings: [
      ...judgement.warnings,
      ...(judgement.authenticationUnclear ? [AUTHENTICATION_UNCLEAR_WARNING] : []),
      ...warnAboutScopes(scopes),
    ],
    ...(judgement.authenticationUnclear ? { requiresAcceptedSecret: true } : {}),
    facts: factsOf(application, judgement.authenticationUnclear),
  };
}

function requireScopes(scopes: ReadonlySet<string>, managementClientId: string): void {
  const missing = missingScopes(scopes);
  if (missing.length === 0) return;
  throw new RotationError({
    code: 'AUTH0_SCOPE_MISSING',
    kind: 'configuration',
    message: `The management client ${managementClientId} lacks ${missing.join(' and ')}. Nothing was changed.`,
  });
}

function factsOf(application: Auth0Application, authenticationUnclear: boolean): Record<string, string> {
  const { applicationType, tokenEndpointAuthenticationMethod, signingAlgorithm } = application;
  return {
    ...(applicationType === undefined ? {} : { applicationType }),
    // Never set, and no key in sight: then Auth0 takes the client secret.
    authenticationMethod: authenticationUnclear ? 'unclear' : (tokenEndpointAuthenticationMethod ?? 'client secret'),
    signingAlgorithm,
  };
}

const AUTHENTICATION_UNCLEAR_WARNING: PlanWarning = {
  code: 'AUTHENTICATION_UNCLEAR',
  message:
    'The application has no authentication method set, which is so for secrets and for keys alike. Only a stored secret that Auth0 accepts shows that it uses one.',
};
