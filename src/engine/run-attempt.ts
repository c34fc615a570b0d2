/**
 * Drives one attempt: asks `decide` what to do, does it through the ports, tells `evolve` what happened, makes the
 * result durable, and goes on until the attempt has ended, has to wait, or cannot go on now.
 *
 * The order of effects is the safety argument. The candidate is durable before it is announced, announced before it is
 * sent, and the intent to send is durable before the request leaves.
 */
import { asRotationError, type RotationError } from '../base/errors.js';
import { type Attempt, isFinished } from './attempt.js';
import { activateStep, lookStep } from './steps/activate.js';
import { announceStep } from './steps/announce.js';
import {
  type AttemptEnvironment,
  type AttemptOutcome,
  asFailure,
  failureAsError,
  isFinal,
  type Performer,
  type StepResult,
  save,
  stopped,
  stopWith,
  tellFailure,
  undecided,
} from './steps/environment.js';
import { confirmStep, proveStep } from './steps/prove.js';
import { publishStep, settleStep } from './steps/publish.js';
import { restoreStep } from './steps/restore.js';
import { forgetWaits, overlapLeft, wait, waitAsTold, waitedFor } from './steps/waits.js';
import { decide, type Step } from './transition.js';
import { remainingWindow } from './waiting.js';

/** How often the same candidate is sent, within one run, before it is left to the next. */
const SENDS_PER_RUN = 5;

/** How often, within one run, a step that failed without an effect is tried again. */
const RETRIES_PER_RUN = 6;

/**
 * Drives the attempt as far as it goes now.
 *
 * @param attempt as it is durable.
 * @returns what it came to. Every state it may leave behind is one that `runAttempt` goes on from.
 * @throws `LEASE_LOST` when another worker has taken over, the signal's reason when the run is ended early.
 */
export async function runAttempt(attempt: Attempt, environment: AttemptEnvironment): Promise<AttemptOutcome> {
  let current = attempt;
  let confirmed = false;
  let sends = 0;
  let retries = 0;
  let phase: Attempt['phase'] | undefined;
  for (;;) {
    environment.signal.throwIfAborted();
    if (current.phase !== phase) {
      phase = current.phase;
      environment.observer({ type: 'phase-entered', attemptId: current.id, phase, at: environment.clock.now() });
    }
    if (isFinished(current)) {
      forgetWaits(current, environment);
      return { kind: 'finished', attempt: current };
    }
    const step = decide(current, {
      candidateHasName: environment.names.candidate !== undefined,
      publishesEarly: environment.store.sharesJournalTransaction,
      overlapIsOver: (await overlapLeft(current, environment)) === 0,
      windowIsClosed: remainingWindow(current, waitedFor(current, 'settle', environment)) === 0,
      confirmed,
    });
    if (step === 'activate' && ++sends > SENDS_PER_RUN) {
      return stopped(
        current,
        failureAsError(current) ?? undecided('Auth0 took the new secret but does not accept it.'),
      );
    }
    let result = await perform(step, current, environment);
    if (result.kind === 'retry') {
      retries += 1;
      if (retries > RETRIES_PER_RUN) return stopped(result.attempt, result.error);
      result = await waitAsTold(result.attempt, result.error, retries, environment);
    }
    if (result.kind === 'end') return result.outcome;
    if (result.kind === 'next') {
      confirmed = (result.confirmed ?? confirmed) && result.attempt.evidence !== undefined;
      current = result.attempt;
    }
  }
}

const PERFORMERS: Readonly<Record<Exclude<Step, 'stop'>, Performer>> = {
  announce: announceStep,
  'wait-overlap': async (attempt, environment) =>
    wait(attempt, 'overlap', await overlapLeft(attempt, environment), environment),
  look: lookStep,
  activate: activateStep,
  prove: proveStep,
  'wait-window': (attempt, environment) =>
    wait(attempt, 'settle', remainingWindow(attempt, waitedFor(attempt, 'settle', environment)), environment),
  confirm: confirmStep,
  publish: publishStep,
  settle: settleStep,
  restore: restoreStep,
};

async function perform(step: Step, attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  if (step === 'stop') return { kind: 'end', outcome: { kind: 'finished', attempt } };
  try {
    return await PERFORMERS[step](attempt, environment);
  } catch (thrown) {
    environment.signal.throwIfAborted();
    const error = asRotationError(thrown);
    if (error.code === 'LEASE_LOST' || error.kind === 'defect') throw thrown;
    tellFailure(attempt, step, error, environment);
    return failedStep(attempt, error, environment);
  }
}

/** A step failed without an effect at the remote side: the reason is kept, if the journal still answers. */
async function failedStep(
  attempt: Attempt,
  error: RotationError,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  const saved = await save(attempt, { type: 'failed', failure: asFailure(error) }, environment).catch(() => undefined);
  if (saved === undefined || isFinal(error)) return stopWith(saved ?? attempt, error);
  return { kind: 'retry', attempt: saved, error };
}
