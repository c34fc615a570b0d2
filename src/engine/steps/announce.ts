/** Announcing: the candidate is written where applications can read it before it is live. */
import { RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { Attempt } from '../attempt.js';
import { announce, candidateWrite } from '../place.js';
import { type AttemptEnvironment, goOn, park, type StepResult, save } from './environment.js';
import { restartWait } from './waits.js';

export async function announceStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const { store, names, steps } = environment;
  if (names.candidate === undefined) throw new TypeError('An attempt without a candidate name cannot be announced.');
  const withCandidate = { ...names, candidate: names.candidate };
  if (store.sharesJournalTransaction) {
    const writes = [candidateWrite(names.candidate, attempt, false)];
    return goOn(await save(attempt, { type: 'announced', at: await environment.record.now() }, environment, writes));
  }
  const announcement = await environment.guarded((call) =>
    announce(store, withCandidate, attempt, (value) => steps.recognisesCandidate(value), call),
  );
  if (announcement.kind === 'other-candidate') return adoptCandidate(attempt, announcement.value, environment);
  const next = await save(attempt, { type: 'announced', at: await environment.record.now() }, environment);
  restartWait(next, 'overlap', environment);
  return goOn(next);
}

/** Gives way to another run's candidate, with a fresh overlap; a candidate of ours that was sent cannot give way. */
export async function adoptCandidate(
  attempt: Attempt,
  value: Secret,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  if (attempt.requests.sent > 0) {
    const error = new RotationError({
      code: 'STORE_CHANGED_ELSEWHERE',
      kind: 'configuration',
      message: 'Another run has announced a different candidate while this one was being activated. Both are kept.',
    });
    return park(attempt, error, environment);
  }
  const at = await environment.record.now();
  const next = await save(attempt, { type: 'candidate-adopted', candidate: value, at }, environment);
  return goOn(next); // Its overlap begins afresh: a wait counts for one candidate only.
}
