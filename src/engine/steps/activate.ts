/** Activating: the one request that changes the secret, and what is done when its answer says nothing. */
import { asRotationError, RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { Evidence } from '../../provider/contract.js';
import { judge, ORDINARY_PROOF, type ProofPolicy, proofAcrossWindow } from '../../provider/prove.js';
import { type Attempt, type AttemptFailure, mayHaveSent, unansweredUntil } from '../attempt.js';
import { judgeReadiness, readPlace } from '../place.js';
import { adoptCandidate } from './announce.js';
import { changedElsewhere, findDrift } from './drift.js';
import {
  type AttemptEnvironment,
  asFailure,
  failureAsError,
  goOn,
  isFinal,
  notProven,
  park,
  type StepResult,
  save,
  stopWith,
  tellFailure,
  undecided,
} from './environment.js';
import { proveValue } from './prove.js';
import { restartWait, wait } from './waits.js';

/** How long to look for a request without an answer before sending it again: the same value does no harm. */
const LOOK: ProofPolicy = { ...ORDINARY_PROOF, patienceMilliseconds: 4_000 };

/** How many candidates are tried: a remote side that refuses two values will refuse a third. */
const CANDIDATES_PER_ATTEMPT = 2;

/** The look before the leap: the store first, then who is live, then the journaled intent, then the one request. */
export async function activateStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const { steps, store, names, record } = environment;
  const drift = await findDrift(attempt, environment);
  if (drift !== undefined) return drift;

  if (names.candidate !== undefined) {
    const place = await environment.guarded((call) => readPlace(store, names, call));
    const recognises = (value: Secret) => steps.recognisesCandidate(value);
    const readiness = judgeReadiness(place, attempt, recognises, environment.storeIsJournal);
    if (readiness.kind === 'superseded' && !mayHaveSent(attempt))
      return { kind: 'end', outcome: { kind: 'superseded', attempt } };
    if (readiness.kind === 'overtaken') return park(attempt, storedMeanwhile(names.clientSecret), environment);
    if (readiness.kind === 'other-candidate') return adoptCandidate(attempt, readiness.value, environment);
    if (readiness.kind !== 'ready') return goOn(await save(attempt, { type: 'announcement-lost' }, environment));
    const isPublished = place.current?.value.equals(attempt.candidate) ?? false;
    if (isPublished && attempt.requests.sent === 0) return joinStep(attempt, environment);
  }

  const sending = await save(attempt, { type: 'sending', at: await record.now() }, environment);
  try {
    await environment.guarded((call) => steps.activate(sending.candidate, call));
  } catch (thrown) {
    return activationFailed(sending, thrown, environment);
  }
  const next = await save(sending, { type: 'acknowledged', at: await record.now() }, environment);
  restartWait(next, 'settle', environment);
  return goOn(next);
}

/**
 * Another run has made the candidate live and published it: that is proven, and nothing is sent. Where it is not
 * accepted any more, somebody has replaced it since.
 */
async function joinStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const policy = { ...ORDINARY_PROOF, patienceMilliseconds: attempt.settleMilliseconds };
  const proof = await proveValue(attempt.candidate, policy, environment);
  if (proof.proven) return provenWithoutAnswer(attempt, proof.evidence, environment);
  if (proof.seen.rejected === 0) return stopWith(attempt, notProven('Auth0 answers no probe. Nothing was sent.'));
  return park(attempt, changedElsewhere(), environment);
}

function storedMeanwhile(name: string): RotationError {
  return new RotationError({
    code: 'STORE_CHANGED_ELSEWHERE',
    kind: 'configuration',
    field: name,
    message: `Someone else has stored ${name} since the new secret was announced, so it is not sent any more. Both are kept.`,
  });
}

async function activationFailed(
  attempt: Attempt,
  thrown: unknown,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  const error = asRotationError(thrown);
  if (error.code === 'LEASE_LOST') throw thrown;
  tellFailure(attempt, 'activate', error, environment);
  const failure = asFailure(error);
  if (error.kind === 'unknown' || error.kind === 'defect' || environment.signal.aborted) {
    const at = await environment.record.now();
    const next = await save(attempt, { type: 'unanswered', at, failure }, environment);
    environment.signal.throwIfAborted();
    return goOn(next);
  }
  const next = await save(attempt, { type: 'refused', failure }, environment);
  if (error.kind === 'rejected-value') return replaceCandidate(next, failure, environment);
  return isFinal(error) ? stopWith(next, error) : { kind: 'retry', attempt: next, error };
}

/**
 * Another value takes the rejected one's place, once no request that carries it can still be under way and nodes agree
 * that it is not live: the answer may have refused to make live what an earlier request, or another run, had made live.
 */
async function replaceCandidate(
  attempt: Attempt,
  failure: AttemptFailure,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  const isLast = attempt.refusedCandidates >= CANDIDATES_PER_ATTEMPT - 1;
  // A store as journal ends no attempt; the next run makes another candidate.
  if (isLast && environment.storeIsJournal) return stopWith(attempt, failureAsError(attempt));
  const until = unansweredUntil(attempt);
  if (until !== undefined) {
    const waited = await wait(attempt, 'late-requests', until - (await environment.record.now()), environment);
    if (waited.kind === 'end') return waited;
  }
  const { clock, signal, steps } = environment;
  const judged = await judge(
    (value) => environment.guarded((call) => steps.probe(value, call)),
    attempt.candidate,
    proofAcrossWindow(attempt.settleMilliseconds),
    clock,
    { signal },
  );
  if (judged.verdict === 'live') return provenWithoutAnswer(attempt, judged.evidence, environment);
  if (judged.verdict === 'unclear') return stopWith(attempt, failureAsError(attempt));
  if (isLast)
    return park(attempt, failureAsError(attempt) ?? undecided('Auth0 refuses every new secret.'), environment);
  const candidate = steps.prepareCandidate();
  return goOn(await save(attempt, { type: 'candidate-replaced', candidate, failure }, environment));
}

/** A request without an answer: if probes show the candidate, it took effect; otherwise it is sent again. */
export async function lookStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const proof = await proveValue(attempt.candidate, LOOK, environment);
  if (!proof.proven) {
    return goOn(await save(attempt, { type: 'looked-in-vain', at: await environment.record.now() }, environment));
  }
  return provenWithoutAnswer(attempt, proof.evidence, environment);
}

async function provenWithoutAnswer(
  attempt: Attempt,
  evidence: Evidence,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  restartWait(attempt, 'settle', environment);
  return goOn(await save(attempt, { type: 'proven', evidence }, environment));
}
