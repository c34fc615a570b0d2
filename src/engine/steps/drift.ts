/** Drift: a secret that someone else changed at the remote side. */
import { RotationError } from '../../base/errors.js';
import type { ProbeOutcome } from '../../provider/contract.js';
import { ORDINARY_PROOF } from '../../provider/prove.js';
import { type Attempt, mayHaveSent } from '../attempt.js';
import { type AttemptEnvironment, park, type StepResult, stopWith } from './environment.js';

/** How often to ask whether the previous secret is still live. */
const DRIFT_PROBE_SPACING_MILLISECONDS = 1_000;

/**
 * Just before a candidate is sent: is the previous secret, or the candidate itself, accepted anywhere? One acceptance
 * is enough to go on. Only when a whole window passes without any has someone else changed the secret.
 */
export async function findDrift(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult | undefined> {
  const { previous } = attempt;
  if (previous === undefined || attempt.overwrite) return undefined;
  const values = mayHaveSent(attempt) ? [previous, attempt.candidate] : [previous];
  const started = environment.clock.monotonic();
  const patience = Math.max(attempt.settleMilliseconds, ORDINARY_PROOF.spanMilliseconds);
  let lastRound: readonly ProbeOutcome[] = [];
  for (;;) {
    const round: ProbeOutcome[] = [];
    for (const value of values) round.push(await environment.guarded((call) => environment.steps.probe(value, call)));
    if (round.includes('accepted')) return undefined;
    lastRound = round;
    if (environment.clock.monotonic() - started >= patience) break;
    await environment.clock.sleep(DRIFT_PROBE_SPACING_MILLISECONDS, environment.signal);
  }
  if (lastRound.includes('unknown')) {
    return stopWith(
      attempt,
      new RotationError({
        code: 'AUTH0_UNAVAILABLE',
        kind: 'not-applied',
        message: 'Auth0 does not say whether it accepts the current secret. The new one was not sent.',
      }),
    );
  }
  return park(attempt, changedElsewhere(), environment);
}

export function changedElsewhere(): RotationError {
  return new RotationError({
    code: 'SECRET_CHANGED_ELSEWHERE',
    kind: 'configuration',
    message: 'Auth0 accepts neither the stored secret nor the candidate: someone else changed it. Nothing was sent.',
  });
}
