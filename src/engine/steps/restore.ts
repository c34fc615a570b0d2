/** Restoring: the previous secret is put back when the store refuses the candidate for good. */
import { asRotationError } from '../../base/errors.js';
import { proofAcrossWindow } from '../../provider/prove.js';
import { type Attempt, unansweredUntil } from '../attempt.js';
import { restCandidateName } from '../place.js';
import type { AttemptEvent } from '../transition.js';
import { type AttemptEnvironment, asFailure, goOn, notProven, type StepResult, save, stopWith } from './environment.js';
import { proveValue } from './prove.js';
import { wait } from './waits.js';

/**
 * Puts the previous secret back. It is a change like any other: journaled before it is sent, sent again until it is
 * acknowledged, proven across the window. The candidate stays in the journal until then.
 */
export async function restoreStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const { steps, record, names, store } = environment;
  const { previous } = attempt;
  if (previous === undefined) throw new TypeError('An attempt without a previous secret cannot turn back.');
  const until = attempt.requests.lastUnansweredAt === undefined ? undefined : unansweredUntil(attempt);
  const left = until === undefined ? 0 : until - (await record.now());
  if (left > 0) return wait(attempt, 'late-requests', left, environment);

  const sending = await save(attempt, { type: 'sending', at: await record.now() }, environment);
  try {
    await environment.guarded((call) => steps.activate(previous, call));
  } catch (thrown) {
    const error = asRotationError(thrown);
    if (error.code === 'LEASE_LOST') throw thrown;
    const at = await record.now();
    const event: AttemptEvent =
      error.kind === 'unknown'
        ? { type: 'unanswered', at, failure: asFailure(error) }
        : { type: 'refused', failure: asFailure(error) };
    return stopWith(await save(sending, event, environment), error);
  }
  const acknowledged = await save(sending, { type: 'acknowledged', at: await record.now() }, environment);
  const proof = await proveValue(previous, proofAcrossWindow(attempt.settleMilliseconds), environment);
  if (!proof.proven) return stopWith(acknowledged, notProven('The previous secret was put back but is not proven.'));
  if (names.candidate !== undefined) {
    const withCandidate = { ...names, candidate: names.candidate };
    await environment.guarded((call) => restCandidateName(store, withCandidate, previous, call));
  }
  const at = await record.now();
  return goOn(await save(acknowledged, { type: 'restored', evidence: proof.evidence, at }, environment));
}
