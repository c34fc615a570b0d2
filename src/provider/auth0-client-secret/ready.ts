/** What must hold before the first request that changes anything: the application can be rotated, and proof can be had. */
import { RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { PreflightConsent, ProbeOutcome, RotationPlan } from '../contract.js';
import { ORDINARY_PROOF, prove } from '../prove.js';
import type { HookRun } from './hook-run.js';

/**
 * Requires that a new secret can be set and proven. Changes nothing.
 *
 * @param run the hook's run.
 * @param consent what a person agreed to.
 * @param previous the secret in use, if it is known.
 * @throws the preflight's refusal.
 * @throws `APPLICATION_AUTHENTICATION_UNCLEAR` when nothing shows that the application uses its secret: its
 *   authentication method cannot be seen, and no secret in use is known and accepted.
 * @throws `APPLICATION_PUBLIC` when Auth0 accepts any value, `AUTH0_UNAVAILABLE` when it does not say.
 */
export async function requireReadiness(
  run: HookRun,
  consent: PreflightConsent | undefined,
  previous: Secret | undefined,
): Promise<void> {
  const plan = await run.steps.preflight(consent ?? {}, run.call);
  if (plan.requiresAcceptedSecret) await requireAcceptedSecret(run, plan, previous);
  await requireTellingProbe(run);
}

async function requireAcceptedSecret(run: HookRun, plan: RotationPlan, previous: Secret | undefined): Promise<void> {
  const proof = previous && (await prove(run.steps.probe, previous, ORDINARY_PROOF, run.clock, run.call));
  if (proof?.proven) return;
  throw new RotationError({
    code: 'APPLICATION_AUTHENTICATION_UNCLEAR',
    kind: 'refused',
    message: `The application ${plan.applicationId} shows no authentication method, and no accepted client secret is known: it may authenticate with a key. Nothing was changed.`,
    field: 'parameters.clientId',
  });
}

/** Asks about a value that nobody uses: it must be refused. Otherwise no proof would mean anything afterwards. */
async function requireTellingProbe(run: HookRun): Promise<void> {
  const outcome = await firstTellingOutcome(run, run.steps.prepareCandidate());
  if (outcome === 'rejected') return;
  if (outcome === 'accepted') {
    throw new RotationError({
      code: 'APPLICATION_PUBLIC',
      kind: 'refused',
      message: `The application ${run.steps.applicationId} is accepted with any client secret. Nothing was changed.`,
      field: 'parameters.clientId',
    });
  }
  throw new RotationError({
    code: 'AUTH0_UNAVAILABLE',
    kind: 'not-applied',
    message:
      'Auth0 does not say which client secret it accepts, so a new one could not be proven. Nothing was changed.',
  });
}

async function firstTellingOutcome(run: HookRun, value: Secret): Promise<ProbeOutcome> {
  for (const pause of [1_000, 3_000]) {
    const outcome = await run.steps.probe(value, run.call);
    if (outcome !== 'unknown') return outcome;
    await run.clock.sleep(pause, run.call.signal);
  }
  return run.steps.probe(value, run.call);
}
