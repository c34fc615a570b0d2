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
  type AttemptRecord,
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
  const run: Run = { confirmed: false, sends: 0 };
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
    let result = await perform(current, run, environment);
    if (result.kind === 'retry') {
      retries += 1;
      run.confirmed = false; // What was confirmed before a pause may be over after it.
      if (retries > RETRIES_PER_RUN) return stopped(result.attempt, result.error);
      result = await waitAsTold(result.attempt, result.error, retries, environment);
    }
    if (result.kind === 'end') return result.outcome;
    if (result.kind === 'next') {
      run.confirmed = (result.confirmed ?? run.confirmed) && result.attempt.evidence !== undefined;
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

/** What one run knows beside the attempt. */
interface Run {
  confirmed: boolean;
  sends: number;
}

/**
 * Decides on one step and performs it. A step that throws may have made progress durable before: what failed then is
 * the attempt as it was last saved. Going on from an older state would forget a request that was sent.
 */
async function perform(attempt: Attempt, run: Run, environment: AttemptEnvironment): Promise<StepResult> {
  let reached = attempt;
  let step: Step | 'continue' = 'continue';
  const record: AttemptRecord = {
    now: () => environment.record.now(),
    save: async (next, writes) => {
      await environment.record.save(next, writes);
      reached = next;
    },
  };
  try {
    step = await nextStep(attempt, run, environment);
    if (step === 'stop') return { kind: 'end', outcome: { kind: 'finished', attempt } };
    if (step === 'activate' && ++run.sends > SENDS_PER_RUN) {
      return stopWith(
        attempt,
        failureAsError(attempt) ?? undecided('Auth0 took the new secret but does not accept it.'),
      );
    }
    return await PERFORMERS[step](attempt, { ...environment, record });
  } catch (thrown) {
    environment.signal.throwIfAborted();
    const error = asRotationError(thrown);
    if (error.code === 'LEASE_LOST' || error.kind === 'defect') throw thrown;
    tellFailure(reached, step, error, environment);
    return failedStep(reached, error, environment);
  }
}

async function nextStep(attempt: Attempt, { confirmed }: Run, environment: AttemptEnvironment): Promise<Step> {
  return decide(attempt, {
    candidateHasName: environment.names.candidate !== undefined,
    publishesEarly: environment.store.sharesJournalTransaction,
    overlapIsOver: (await overlapLeft(attempt, environment)) === 0,
    windowIsClosed: remainingWindow(attempt, waitedFor(attempt, 'settle', environment)) === 0,
    confirmed,
  });
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
