/**
 * One-shot mode: the secret store itself is the journal and no state lives elsewhere. A candidate that differs from
 * the current secret is always an attempt to go on with; one that equals it means rest.
 *
 * There is no lease. Two runs at once find each other in the store: each writes its candidate soon after reading the
 * name, waits out the overlap, reads again directly before it sends, and gives way to a candidate that is not its own.
 */
import { asRotationError, RotationError } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import { ORDINARY_PROOF, proofAcrossWindow, prove } from '../provider/prove.js';
import {
  type Attempt,
  LATE_REQUEST_MILLISECONDS,
  LONGEST_RESTARTED_WAIT_MILLISECONDS,
  NO_REQUESTS,
  type Offer,
} from './attempt.js';
import { OPERATION_MILLISECONDS, withOperationDeadline } from './guard.js';
import { attemptIdOf, newAttempt } from './new-attempt.js';
import { noteWrites } from './noted-writes.js';
import { planFrom, refusalOf } from './one-shot-plan.js';
import { type RunEnd, resultOf } from './one-shot-result.js';
import type { OneShotCheck, OneShotOptions, OneShotPlan, OneShotResult } from './one-shot-types.js';
import { type Place, publish, readPlace, restCandidateName } from './place.js';
import { runAttempt } from './run-attempt.js';
import { parseNote } from './secret-note.js';
import type { AttemptEnvironment, AttemptOutcome } from './steps/environment.js';
import { firstAccepted, type Guarded, judgeStanding, placeNames, survey } from './survey.js';

/**
 * Looks at everything a rotation would meet and says what it would do. Changes nothing.
 *
 * @throws a `RotationError` that says why it cannot work and what to do about it.
 */
export async function planOneShot(options: OneShotOptions): Promise<OneShotPlan> {
  const found = await survey(options, guardedBy(options));
  const refusal = refusalOf(found, options);
  if (refusal !== undefined) throw refusal;
  if (options.adopt !== undefined) await refuseUnlessLive(options, options.adopt);
  return planFrom(found, options, 'rotate');
}

/**
 * Rotates: goes on with a waiting candidate, or makes a new one; or adopts the secret in use.
 *
 * @param options the same as the plan was made with.
 * @param plan what `planOneShot` answered. The store is read again: what stands there now decides.
 * @returns what it came to. Interrupted anywhere, the next run goes on from what the store holds.
 */
export function rotateOneShot(options: OneShotOptions, plan: OneShotPlan): Promise<OneShotResult> {
  return reported(options, plan, (run) => {
    if (options.adopt !== undefined) return adopt(run, options.adopt);
    return rotate(run, plan.action === 'resume' ? 'resume' : 'rotate');
  });
}

/** Finishes an interrupted rotation without starting a new one. At rest it changes nothing and answers `success`. */
export async function recoverOneShot(options: OneShotOptions): Promise<OneShotResult> {
  let plan: OneShotPlan | undefined;
  try {
    const found = await survey(options, guardedBy(options));
    const refusal = refusalOf(found, options);
    if (refusal !== undefined) throw refusal;
    plan = planFrom(found, options, 'recover');
  } catch (thrown) {
    const end = { kind: 'refused', error: asRotationError(thrown) } as const;
    return resultOf(options, end, { startedAt: options.clock.now(), warnings: [], mayHaveWritten: false });
  }
  return reported(options, plan, (run) => rotate(run, 'recover'));
}

/** Says whether the stored secret is live and what a rotation would do. Changes nothing. */
export async function checkOneShot(options: OneShotOptions): Promise<OneShotCheck> {
  const { applicationId } = options.steps;
  try {
    const found = await survey(options, guardedBy(options));
    const plan = planFrom(found, options, 'rotate');
    const { warnings } = plan;
    if (found.situation === 'undecided') return { status: 'interrupted', applicationId, plan, warnings, error: null };
    const refusal = refusalOf(found, { ...options, overwrite: false });
    if (refusal !== undefined) {
      const notLive = found.situation === 'not-live' || found.situation === 'foreign-candidate';
      const status = notLive && found.live !== 'unknown' ? 'not-live' : 'refused';
      return { status, applicationId, plan, warnings, error: errorOf(refusal) };
    }
    if (found.situation === 'nothing-stored') {
      return { status: 'not-live', applicationId, plan, warnings, error: errorOf(nothingStored(options)) };
    }
    return { status: 'healthy', applicationId, plan, warnings, error: null };
  } catch (thrown) {
    const error = asRotationError(thrown);
    if (error.kind === 'defect') throw thrown;
    return { status: 'refused', applicationId, plan: null, warnings: [], error: errorOf(error) };
  }
}

interface Run {
  readonly options: OneShotOptions;
  readonly guarded: Guarded;
  readonly signal: AbortSignal;
  /** What the run has touched so far: whether anything was announced decides what a failure means. */
  readonly seen: { attempt: Attempt | undefined };
}

async function reported(
  options: OneShotOptions,
  plan: OneShotPlan,
  body: (run: Run) => Promise<RunEnd>,
): Promise<OneShotResult> {
  const startedAt = options.clock.now();
  const signal = options.signal ?? new AbortController().signal;
  const writes = noteWrites(options.store);
  const watched = { ...options, store: writes.store };
  const run: Run = { options: watched, guarded: guardedBy(options), signal, seen: { attempt: undefined } };
  let end: RunEnd;
  try {
    end = await body(run);
  } catch (thrown) {
    end = signal.aborted
      ? { kind: 'interrupted', attempt: run.seen.attempt }
      : { kind: 'thrown', attempt: run.seen.attempt, error: asRotationError(thrown) };
  }
  return resultOf(options, end, { startedAt, warnings: plan.warnings, mayHaveWritten: writes.mayHaveWritten });
}

function guardedBy(options: OneShotOptions): Guarded {
  const signal = options.signal ?? new AbortController().signal;
  return (work) => withOperationDeadline(options.clock, OPERATION_MILLISECONDS, signal, work);
}

type Intent = 'rotate' | 'resume' | 'recover';

/** Goes on with what the store holds, then makes a fresh candidate if that is still wanted. */
async function rotate(run: Run, intent: Intent): Promise<RunEnd> {
  const { options } = run;
  const place = await run.guarded((call) => readPlace(options.store, placeNames(options), call));
  const standing = judgeStanding(place, (value) => options.steps.recognisesCandidate(value));
  if (standing === 'undecided') {
    const end = endOf(await runAttempt(await resumed(run, place), environmentOf(run)));
    // A compromised secret is not cured by a candidate that was announced before: a fresh one follows.
    return end.kind === 'finished' && options.compromised && intent !== 'recover' ? rotateFresh(run) : end;
  }
  if (intent === 'recover') return { kind: 'at-rest' };
  if (intent === 'resume') return { kind: 'finished-elsewhere' };
  return rotateFresh(run);
}

async function rotateFresh(run: Run): Promise<RunEnd> {
  const { options } = run;
  const { clock, steps } = options;
  const before = await run.guarded((call) => readPlace(options.store, placeNames(options), call));
  await waitForLateRequests(run, before);
  const place = await run.guarded((call) => readPlace(options.store, placeNames(options), call));
  const previous = await previousSecret(run, place);
  const attempt = newAttempt({
    rotationId: steps.applicationId,
    steps,
    offer: offerOf(options, 0),
    settleMilliseconds: options.settleMilliseconds,
    compromised: options.compromised,
    overwrite: options.overwrite,
    previous,
    replaceable: judgeStanding(place, recognises(options)) === 'stale-candidate' ? place.candidate?.value : undefined,
    candidate: steps.prepareCandidate(),
    now: clock.now(),
  });
  return endOf(await runAttempt(attempt, environmentOf(run)));
}

/**
 * The secret in use before; undefined when the stored one is known not to be live, so that nothing is asked of it.
 *
 * @throws `AUTH0_UNAVAILABLE` when it is not known: a value that may be live is not overwritten.
 */
async function previousSecret(run: Run, place: Place): Promise<Secret | undefined> {
  const { options } = run;
  if (place.current === undefined) return undefined;
  if (!options.overwrite) return place.current.value;
  const values: ['current' | 'candidate', Secret][] = [['current', place.current.value]];
  const standing = place.candidate?.value;
  if (standing !== undefined && !standing.equals(place.current.value)) values.push(['candidate', standing]);
  const live = await firstAccepted(values, options.settleMilliseconds, options, run.guarded);
  if (live === 'unknown') throw unanswered('the stored secrets');
  if (live === 'candidate' && standing !== undefined) {
    // The value about to be overwritten is the live one and stands nowhere else: keep it as the current secret.
    await run.guarded((call) => options.store.update({ name: options.names.clientSecret, value: standing }, call));
    return standing;
  }
  return live === 'current' ? place.current.value : undefined;
}

/**
 * Waits while a request of an interrupted run may still take effect: nothing new is even announced before. The note
 * beside the candidate says so, or its age against the current secret does.
 */
async function waitForLateRequests(run: Run, place: Place): Promise<void> {
  const { options } = run;
  const standing = judgeStanding(place, recognises(options));
  const isMarked = parseNote(place.candidate?.note)?.unanswered ?? false;
  if (standing !== 'stale-candidate' && !isMarked) return;
  const storeNow = standing === 'stale-candidate' ? undefined : await run.guarded((call) => options.store.now(call));
  const markedAt = place.candidate?.updatedAt;
  const age = storeNow === undefined || markedAt === undefined ? 0 : Math.max(storeNow - markedAt, 0);
  const milliseconds = LATE_REQUEST_MILLISECONDS - age;
  if (milliseconds <= 0) return;
  const attemptId = place.candidate === undefined ? '' : attemptIdOf(place.candidate.value);
  options.observer?.({ type: 'wait-started', attemptId, reason: 'late-requests', milliseconds });
  await options.clock.sleep(milliseconds, run.signal);
}

/** The attempt of an earlier run, from what it left in the store. Any request of it may still be under way. */
async function resumed(run: Run, place: Place): Promise<Attempt> {
  const { options } = run;
  const { steps, clock } = options;
  if (place.candidate === undefined) throw new TypeError('There is no candidate to go on with.');
  const candidate = place.candidate.value;
  const begun = newAttempt({
    rotationId: steps.applicationId,
    steps,
    offer: offerOf(options, parseNote(place.candidate.note)?.overlapMilliseconds ?? 0),
    settleMilliseconds: options.settleMilliseconds,
    compromised: options.compromised,
    overwrite: options.overwrite,
    previous: place.current?.value,
    candidate,
    now: clock.now(),
  });
  const announced = (now: number): Attempt => ({
    ...begun,
    phase: 'announced',
    preparedAt: now,
    announcedAt: place.candidate?.updatedAt ?? now,
    requests: { ...NO_REQUESTS, lastUnansweredAt: now },
  });
  // From here on the run has an attempt whose request may be under way, whatever fails next.
  run.seen.attempt = announced(clock.now());
  const waiting = announced(await durableNow(run));
  // If the run before got as far as activating it, there is no overlap left to wait for.
  const proof = await prove(
    (value) => run.guarded((call) => steps.probe(value, call)),
    candidate,
    { ...ORDINARY_PROOF, patienceMilliseconds: 0 },
    clock,
    { signal: run.signal },
  );
  return proof.proven ? { ...waiting, phase: 'proven', evidence: proof.evidence } : waiting;
}

/** Proves the supplied secret across the window and stores it under all names. Auth0 is not changed. */
async function adopt(run: Run, supplied: Secret): Promise<RunEnd> {
  const { options } = run;
  const { store, steps } = options;
  const first = await run.guarded((call) => readPlace(store, placeNames(options), call));
  const standing = judgeStanding(first, recognises(options));
  const isUndecided = standing === 'undecided' || standing === 'stale-candidate';
  if (isUndecided && !first.candidate?.value.equals(supplied)) {
    // The candidate may have been sent by a run that died: until that is over it is not overwritten.
    options.observer?.({
      type: 'wait-started',
      attemptId: attemptIdOf(supplied),
      reason: 'late-requests',
      milliseconds: LATE_REQUEST_MILLISECONDS,
    });
    await options.clock.sleep(LATE_REQUEST_MILLISECONDS, run.signal);
  }
  const proof = await prove(
    (value) => run.guarded((call) => steps.probe(value, call)),
    supplied,
    proofAcrossWindow(options.settleMilliseconds),
    options.clock,
    { signal: run.signal },
  );
  if (!proof.proven) {
    return { kind: 'refused', error: proof.seen.rejected > 0 ? suppliedNotLive() : unanswered('the supplied secret') };
  }
  const attempt = newAttempt({
    rotationId: steps.applicationId,
    steps,
    offer: { kind: 'single-phase' },
    settleMilliseconds: options.settleMilliseconds,
    compromised: false,
    overwrite: true,
    previous: undefined,
    candidate: supplied,
    now: options.clock.now(),
  });
  const place = placeNames(options);
  await run.guarded((call) => publish(store, place, attempt, call));
  if (place.candidate !== undefined && (options.announces || first.candidate !== undefined)) {
    const withCandidate = { ...place, candidate: place.candidate };
    await run.guarded((call) => restCandidateName(store, withCandidate, supplied, call));
  }
  return { kind: 'adopted', attemptId: attempt.id, evidence: proof.evidence };
}

async function refuseUnlessLive(options: OneShotOptions, supplied: Secret): Promise<void> {
  const values = [['supplied', supplied]] as const;
  const answer = await firstAccepted(values, options.settleMilliseconds, options, guardedBy(options));
  if (answer === 'unknown') throw unanswered('the supplied secret');
  if (answer !== 'supplied') throw suppliedNotLive();
}

function environmentOf(run: Run): AttemptEnvironment {
  const { options } = run;
  const began = options.clock.monotonic();
  return {
    steps: options.steps,
    store: options.store,
    names: placeNames(options),
    clock: options.clock,
    observer: options.observer ?? (() => {}),
    signal: run.signal,
    guarded: run.guarded,
    rest: (milliseconds) => options.clock.sleep(milliseconds, run.signal),
    waitsSince: new Map(),
    longestRestartedWait: Math.min(LONGEST_RESTARTED_WAIT_MILLISECONDS, options.waitMilliseconds),
    // The store that refuses the candidate is the journal a restore would need.
    mayRestore: false,
    stays: (reason, milliseconds) => {
      if (reason !== 'overlap') return milliseconds <= 10 * 60_000;
      return milliseconds <= options.waitMilliseconds - (options.clock.monotonic() - began);
    },
    record: {
      // Every durable step of a one-shot run is a write to the store that the run makes anyway.
      save: async (attempt) => {
        run.seen.attempt = attempt;
      },
      now: () => durableNow(run),
    },
  };
}

/** The store's clock, which `updatedAt` is measured on; this machine's where the store does not tell. */
async function durableNow(run: Run): Promise<number> {
  const { options } = run;
  return (await run.guarded((call) => options.store.now(call))) ?? options.clock.now();
}

function offerOf(options: OneShotOptions, announcedMilliseconds: number): Offer {
  if (!options.announces) return { kind: 'single-phase' };
  // An overlap that was announced is kept: no later run shortens it.
  return { kind: 'overlap', overlapMilliseconds: Math.max(options.overlapMilliseconds, announcedMilliseconds) };
}

function recognises(options: OneShotOptions): (value: Secret) => boolean {
  return (value) => options.steps.recognisesCandidate(value);
}

function endOf(outcome: AttemptOutcome): RunEnd {
  return outcome.kind === 'superseded' ? { kind: 'finished-elsewhere' } : outcome;
}

function errorOf(error: RotationError): OneShotCheck['error'] {
  const { code, message, action, field } = error;
  return { code, message, action, ...(field === undefined ? {} : { field }) };
}

function nothingStored(options: OneShotOptions): RotationError {
  return new RotationError({
    code: 'STORED_SECRET_NOT_LIVE',
    kind: 'refused',
    field: options.names.clientSecret,
    message: `${options.names.clientSecret} is not stored in ${options.store.description} yet.`,
    action: 'Run rotate to set a new secret, or adopt the one in use with --current-client-secret-file.',
  });
}

function unanswered(what: string): RotationError {
  return new RotationError({
    code: 'AUTH0_UNAVAILABLE',
    kind: 'not-applied',
    message: `Auth0 does not say whether it accepts ${what}. Nothing was changed.`,
  });
}

function suppliedNotLive(): RotationError {
  return new RotationError({
    code: 'SUPPLIED_SECRET_NOT_LIVE',
    kind: 'refused',
    field: 'currentClientSecret',
    message: 'Auth0 does not accept the supplied client secret. Nothing was changed.',
  });
}
