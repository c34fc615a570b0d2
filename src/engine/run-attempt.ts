/**
 * Drives one attempt: asks `decide` what to do, does it through the ports, tells `evolve` what happened, makes the
 * result durable, and goes on until the attempt has ended, has to wait, or cannot go on now.
 *
 * The order of effects is the safety argument. The candidate is durable before it is announced, announced before it is
 * sent, and the intent to send is durable before the request leaves.
 */
import type { Call, Clock } from '../base/clock.js';
import { asRotationError, RotationError } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import type { ProbeOutcome, RotationSteps } from '../provider/contract.js';
import { ORDINARY_PROOF, type ProofPolicy, proofAcrossWindow, prove } from '../provider/prove.js';
import { type Attempt, type AttemptFailure, isFinished, mayHaveSent, unansweredUntil } from './attempt.js';
import {
  announce,
  candidateWrite,
  judgeReadiness,
  type PlaceNames,
  publish,
  readPlace,
  restCandidateName,
} from './place.js';
import type { EngineEvent, EngineObserver, SecretStore, SecretWrite } from './ports.js';
import { type AttemptEvent, decide, evolve } from './transition.js';
import { remainingOverlap, remainingWindow } from './waiting.js';

/** Why an attempt waits. */
export type WaitReason = Extract<EngineEvent, { type: 'wait-started' }>['reason'];

/** Where attempts are made durable while they run: a journal under a lease, or a store that is its own journal. */
export interface AttemptRecord {
  /** @throws `LEASE_LOST` when another worker has taken over; nothing was saved then. */
  save(attempt: Attempt, writes?: readonly SecretWrite[]): Promise<void>;
  /** The durable clock, in milliseconds. */
  now(): Promise<number>;
}

/** A wait for one candidate, and when it began on the process's monotonic clock. */
export interface BegunWait {
  readonly candidate: Secret;
  readonly since: number;
}

export interface AttemptEnvironment {
  readonly steps: RotationSteps<unknown>;
  readonly store: SecretStore;
  readonly names: PlaceNames;
  readonly record: AttemptRecord;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  /**
   * Runs work that sends something, under a deadline that ends before the right to send does.
   * @throws `LEASE_LOST` before anything is sent when the right has ended.
   */
  guarded<T>(work: (call: Call) => Promise<T>): Promise<T>;
  /** Ends waits early. */
  readonly signal: AbortSignal;
  /** Whether this run stays for a wait, or leaves the attempt for whoever comes next. */
  stays(reason: WaitReason, milliseconds: number): boolean;
  /** The waits this process has begun; kept between its runs, gone with it. */
  readonly waitsSince: Map<string, BegunWait>;
  /** Whether the previous secret may be put back when the store refuses the candidate for good. */
  readonly mayRestore: boolean;
}

export type AttemptOutcome =
  | { readonly kind: 'finished'; readonly attempt: Attempt }
  /** Nothing can be done before a time, on the durable clock. */
  | { readonly kind: 'waiting'; readonly attempt: Attempt; readonly reason: WaitReason; readonly until: number }
  /** It cannot go on now; whoever comes next goes on from here. */
  | { readonly kind: 'stopped'; readonly attempt: Attempt; readonly error: RotationError }
  /** Another run finished a rotation in the same store meanwhile; this attempt was never sent. */
  | { readonly kind: 'superseded'; readonly attempt: Attempt };

/** How often the same candidate is sent, within one run, before it is left to the next. */
const SENDS_PER_RUN = 5;
/** How long to look for a request without an answer before sending it again: the same value does no harm. */
const LOOK: ProofPolicy = { ...ORDINARY_PROOF, patienceMilliseconds: 4_000 };
/** After the window, nodes agree: three acceptances in a row need no further span. */
const CONFIRMATION: ProofPolicy = { accepted: 3, spanMilliseconds: 0, patienceMilliseconds: 10_000 };
/** How often to ask whether the previous secret is still live. */
const DRIFT_PROBE_SPACING_MILLISECONDS = 1_000;

/** How many candidates are tried: a remote side that refuses two values will refuse a third. */
const CANDIDATES_PER_ATTEMPT = 2;
/** How often, within one run, a step that failed without an effect is tried again. */
const RETRIES_PER_RUN = 6;

/** What one step came to. */
type StepResult =
  /** The attempt goes on. */
  | { readonly kind: 'next'; readonly attempt: Attempt; readonly confirmed?: boolean }
  /** The step may be tried again after a pause. */
  | { readonly kind: 'retry'; readonly attempt: Attempt; readonly error: RotationError }
  /** The run ends. */
  | { readonly kind: 'end'; readonly outcome: AttemptOutcome };

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

type Performer = (attempt: Attempt, environment: AttemptEnvironment) => Promise<StepResult>;

const PERFORMERS: Readonly<Record<Exclude<ReturnType<typeof decide>, 'stop'>, Performer>> = {
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

async function perform(
  step: ReturnType<typeof decide>,
  attempt: Attempt,
  environment: AttemptEnvironment,
): Promise<StepResult> {
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

function tellFailure(attempt: Attempt, step: string, error: RotationError, environment: AttemptEnvironment): void {
  const { code, message } = error;
  environment.observer({ type: 'step-failed', attemptId: attempt.id, step, code, message });
}

async function announceStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
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
async function adoptCandidate(attempt: Attempt, value: Secret, environment: AttemptEnvironment): Promise<StepResult> {
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

/** The look before the leap: the store first, then who is live, then the journaled intent, then the one request. */
async function activateStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const { steps, store, names, record } = environment;
  const drift = await findDrift(attempt, environment);
  if (drift !== undefined) return drift;

  if (names.candidate !== undefined) {
    const place = await environment.guarded((call) => readPlace(store, names, call));
    const readiness = judgeReadiness(place, attempt, (value) => steps.recognisesCandidate(value));
    if (readiness.kind === 'superseded' && !mayHaveSent(attempt))
      return { kind: 'end', outcome: { kind: 'superseded', attempt } };
    if (readiness.kind === 'other-candidate') return adoptCandidate(attempt, readiness.value, environment);
    if (readiness.kind !== 'ready') return goOn(await save(attempt, { type: 'announcement-lost' }, environment));
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

/** Another value takes the rejected one's place, once no request that carries it can still be under way. */
async function replaceCandidate(
  attempt: Attempt,
  failure: AttemptFailure,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  if (attempt.refusedCandidates >= CANDIDATES_PER_ATTEMPT - 1) return stopWith(attempt, failureAsError(attempt));
  const until = unansweredUntil(attempt);
  if (until !== undefined) {
    const waited = await wait(attempt, 'late-requests', until - (await environment.record.now()), environment);
    if (waited.kind === 'end') return waited;
  }
  const candidate = environment.steps.prepareCandidate();
  return goOn(await save(attempt, { type: 'candidate-replaced', candidate, failure }, environment));
}

/** A request without an answer: if probes show the candidate, it took effect; otherwise it is sent again. */
async function lookStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const proof = await proveValue(attempt.candidate, LOOK, environment);
  if (!proof.proven) {
    return goOn(await save(attempt, { type: 'looked-in-vain', at: await environment.record.now() }, environment));
  }
  restartWait(attempt, 'settle', environment);
  return goOn(await save(attempt, { type: 'proven', evidence: proof.evidence }, environment));
}

async function proveStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
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

async function confirmStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
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

async function publishStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const { store, names } = environment;
  if (store.sharesJournalTransaction) {
    return goOn(await save(attempt, { type: 'published' }, environment, earlyPublication(attempt, names)));
  }
  try {
    await environment.guarded((call) => publish(store, names, attempt, call));
  } catch (thrown) {
    const error = asRotationError(thrown);
    if (isFinal(error) && mayTurnBack(attempt, environment)) {
      return goOn(await save(attempt, { type: 'turned-back', failure: asFailure(error) }, environment));
    }
    throw thrown;
  }
  return goOn(await save(attempt, { type: 'published' }, environment));
}

/** In one transaction with the journal: current becomes the candidate, and the fallback name keeps the previous one. */
function earlyPublication(attempt: Attempt, names: PlaceNames): SecretWrite[] {
  const writes: SecretWrite[] = [
    { name: names.clientId, value: new Secret(attempt.applicationId) },
    { name: names.clientSecret, value: attempt.candidate },
  ];
  if (names.candidate !== undefined) {
    writes.push({ name: names.candidate, value: attempt.previous ?? attempt.candidate });
  }
  return writes;
}

async function settleStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const { names, store } = environment;
  const event: AttemptEvent = { type: 'settled', at: await environment.record.now() };
  const writes =
    store.sharesJournalTransaction && names.candidate !== undefined
      ? [{ name: names.candidate, value: attempt.candidate }]
      : undefined;
  return goOn(await save(attempt, event, environment, writes));
}

/**
 * Puts the previous secret back. It is a change like any other: journaled before it is sent, sent again until it is
 * acknowledged, proven across the window. The candidate stays in the journal until then.
 */
async function restoreStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
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

/** A restore is worth it only where applications are locked out otherwise, and never brings a compromised secret back. */
function mayTurnBack(attempt: Attempt, environment: AttemptEnvironment): boolean {
  return (
    environment.mayRestore &&
    attempt.offer.kind === 'single-phase' &&
    !attempt.compromised &&
    attempt.previous !== undefined
  );
}

function isFinal(error: RotationError): boolean {
  return error.kind === 'configuration' || error.kind === 'refused';
}

/**
 * Just before a candidate is sent: is the previous secret, or the candidate itself, accepted anywhere? One acceptance
 * is enough to go on. Only when a whole window passes without any has someone else changed the secret.
 */
async function findDrift(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult | undefined> {
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
  const error = new RotationError({
    code: 'SECRET_CHANGED_ELSEWHERE',
    kind: 'configuration',
    message: 'Auth0 accepts neither the stored secret nor the candidate: someone else changed it. Nothing was sent.',
  });
  return park(attempt, error, environment);
}

function proveValue(value: Secret, policy: ProofPolicy, environment: AttemptEnvironment) {
  return prove(
    (candidate) => environment.guarded((call) => environment.steps.probe(candidate, call)),
    value,
    policy,
    environment.clock,
    { signal: environment.signal },
  );
}

/** Waits in this process if the run stays for it; otherwise the run ends and says until when. */
async function wait(
  attempt: Attempt,
  reason: WaitReason,
  milliseconds: number,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  if (milliseconds <= 0) return goOn(attempt);
  if (!environment.stays(reason, milliseconds)) {
    const until = (await environment.record.now()) + milliseconds;
    return { kind: 'end', outcome: { kind: 'waiting', attempt, reason, until } };
  }
  environment.observer({ type: 'wait-started', attemptId: attempt.id, reason, milliseconds });
  await environment.clock.sleep(milliseconds, environment.signal);
  return goOn(attempt);
}

/** Waits as long as the other side asked, or a little longer after each failure. */
function waitAsTold(
  attempt: Attempt,
  error: RotationError,
  retries: number,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  const backoff = Math.min(1_000 * 2 ** (retries - 1), 30_000);
  const reason = error.kind === 'rate-limited' ? 'rate-limit' : 'retry';
  return wait(attempt, reason, error.retryAfterMilliseconds ?? backoff, environment);
}

async function overlapLeft(attempt: Attempt, environment: AttemptEnvironment): Promise<number> {
  if (attempt.phase !== 'announced') return 0;
  const now = await environment.record.now();
  return remainingOverlap(attempt, { now, waited: waitedFor(attempt, 'overlap', environment) });
}

/** Waits are remembered per application, so that what an attempt of another process left behind is bounded. */
function waitKey(attempt: Attempt, reason: 'overlap' | 'settle'): string {
  return `${attempt.applicationKey} ${reason}`;
}

/** How long this process has been waiting; the first question starts the wait. */
function waitedFor(attempt: Attempt, reason: 'overlap' | 'settle', environment: AttemptEnvironment): number {
  const phases = reason === 'overlap' ? ['announced'] : ['activated', 'proven', 'published'];
  if (!phases.includes(attempt.phase)) return 0;
  return environment.clock.monotonic() - beginWait(attempt, reason, environment);
}

function beginWait(attempt: Attempt, reason: 'overlap' | 'settle', environment: AttemptEnvironment): number {
  const begun = environment.waitsSince.get(waitKey(attempt, reason));
  return begun?.candidate.equals(attempt.candidate) ? begun.since : restartWait(attempt, reason, environment);
}

function restartWait(attempt: Attempt, reason: 'overlap' | 'settle', environment: AttemptEnvironment): number {
  const since = environment.clock.monotonic();
  environment.waitsSince.set(waitKey(attempt, reason), { candidate: attempt.candidate, since });
  return since;
}

function forgetWaits(attempt: Attempt, environment: AttemptEnvironment): void {
  environment.waitsSince.delete(waitKey(attempt, 'overlap'));
  environment.waitsSince.delete(waitKey(attempt, 'settle'));
}

async function save(
  attempt: Attempt,
  event: AttemptEvent,
  environment: AttemptEnvironment,
  writes?: readonly SecretWrite[],
): Promise<Attempt> {
  const next = evolve(attempt, event);
  await environment.record.save(next, writes);
  return next;
}

async function park(attempt: Attempt, error: RotationError, environment: AttemptEnvironment): Promise<StepResult> {
  const at = await environment.record.now();
  return goOn(await save(attempt, { type: 'parked', failure: asFailure(error), at }, environment));
}

function stopped(attempt: Attempt, error: RotationError): AttemptOutcome {
  return { kind: 'stopped', attempt, error };
}

function stopWith(attempt: Attempt, error: RotationError | undefined): StepResult {
  return { kind: 'end', outcome: stopped(attempt, error ?? undecided('The attempt could not go on.')) };
}

function goOn(attempt: Attempt): StepResult {
  return { kind: 'next', attempt };
}

function undecided(message: string): RotationError {
  return new RotationError({ code: 'UNDECIDED', kind: 'unknown', message });
}

function notProven(message: string): RotationError {
  return new RotationError({ code: 'NOT_PROVEN', kind: 'unknown', message });
}

/** Keeps of an error what an attempt remembers. */
export function asFailure(error: RotationError): AttemptFailure {
  const { code, kind, message, action, retryAfterMilliseconds } = error;
  return { code, kind, message, action, retryAfterMilliseconds };
}

/** The error an attempt remembers; undefined when it remembers none. */
export function failureAsError(attempt: Attempt): RotationError | undefined {
  const { failure } = attempt;
  if (failure === undefined) return undefined;
  const { retryAfterMilliseconds, ...rest } = failure;
  return new RotationError({ ...rest, ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }) });
}
