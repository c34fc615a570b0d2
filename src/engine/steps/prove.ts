/** Proving: what the remote side accepts, right after the change and once more when its nodes agree. */
import type { Secret } from '../../base/secret.js';
import { ORDINARY_PROOF, type ProofPolicy, prove } from '../../provider/prove.js';
import type { Attempt } from '../attempt.js';
import { type AttemptEnvironment, asFailure, goOn, notProven, type StepResult, save, stopWith } from './environment.js';
import { beginWait } from './waits.js';

/** After the window, nodes agree: three acceptances in a row need no further span. */
const CONFIRMATION: ProofPolicy = { accepted: 3, spanMilliseconds: 0, patienceMilliseconds: 10_000 };

export async function proveStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  beginWait(attempt, 'settle', environment);
  const policy = { ...ORDINARY_PROOF, patienceMilliseconds: attempt.settleMilliseconds + 15_000 };
  const proof = await proveValue(attempt.candidate, policy, environment);
  if (proof.proven) {
    return goOn(await save(attempt, { type: 'proven', evidence: proof.evidence }, environment));
  }
  if (proof.seen.rejected === 0) {
    return stopWith(attempt, notProven('Auth0 acknowledged the new secret but answers no probe.'));
  }
  return disproved(attempt, environment);
}

export async function confirmStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const proof = await proveValue(attempt.candidate, CONFIRMATION, environment);
  if (proof.proven) return { kind: 'next', attempt, confirmed: true };
  if (proof.seen.rejected === 0) {
    return stopWith(attempt, notProven('After the propagation window Auth0 answers no probe.'));
  }
  return disproved(attempt, environment);
}

/** The candidate is not live after all. The check before the next request finds out who is. */
async function disproved(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const failure = asFailure(notProven('Auth0 does not accept the new secret it acknowledged.'));
  return goOn(await save(attempt, { type: 'disproved', failure }, environment));
}

export function proveValue(value: Secret, policy: ProofPolicy, environment: AttemptEnvironment) {
  return prove(
    (candidate) => environment.guarded((call) => environment.steps.probe(candidate, call)),
    value,
    policy,
    environment.clock,
    { signal: environment.signal },
  );
}
