/**
 * One-shot mode: the secret store itself is the journal and no state lives elsewhere. A candidate that differs from
 * the current secret is always an attempt to go on with; one that equals it means rest.
 *
 * There is no lease. Two runs at once find each other in the store: each writes its candidate soon after reading the
 * name, waits out the overlap, reads again directly before it sends, and gives way to a candidate that is not its own.
 */
import { asRotationError, RotationError } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import { judge, ORDINARY_PROOF, type ProbeCounts, proofAcrossWindow, prove } from '../provider/prove.js';
import {
  type Attempt,
  LATE_REQUEST_MILLISECONDS,
  LONGEST_RESTARTED_WAIT_MILLISECONDS,
  NO_REQUESTS,
  type Offer,
} from './attempt.js';
import { OPERATION_MILLISECONDS, punctual, withOperationDeadline } from './guard.js';
import { attemptIdOf, newAttempt } from './new-attempt.js';
import { noteWrites } from './noted-writes.js';
import { planFrom, refusalOf } from './one-shot-plan.js';
import { type RunEnd, resultOf } from './one-shot-result.js';
import type { OneShotCheck, OneShotOptions, OneShotPlan, OneShotResult } from './one-shot-types.js';
import { type Place, publish, readPlace, restCandidateName } from './place.js';
import { waitingOutRateLimits } from './rate-limits.js';
import { runAttempt } from './run-attempt.js';
import { parseNote } from './secret-note.js';
import { type AttemptEnvironment, type AttemptOutcome, asFailure } from './steps/environment.js';
import { firstAccepted, type Guarded, judgeStanding, placeNames, survey } from './survey.js';
import { evolve } from './transition.js';

/**
 * Looks at everything a rotation would meet and says what it would do. Changes nothing.
 *
 * @throws a `RotationError` that says why it cannot work and what to do about it.
 */
export async function planOneShot(options: OneShotOptions): Promise<OneShotPlan> {
  const found = await survey(options, patiently(options));
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
    const found = await survey(options, patiently(options));
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
    const found = await survey(options, patiently(options));
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
  /** What the run does itself; its attempt waits out rate limits in its own way. */
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
  const writes = noteWrites(punctual(options.store, options.clock));
  const watched = { ...options, store: writes.store };
  const run: Run = { options: watched, guarded: patiently(options), signal, seen: { attempt: undefined } };
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

/** The same, and a rate limit is waited out. */
function patiently(options: OneShotOptions): Guarded {
  const { clock, observer } = options;
  const signal = options.signal ?? new AbortController().signal;
  const guarded = guardedBy(options);
  return (work) =>
    waitingOutRateLimits(
      () => guarded(work),
      clock,
      signal,
      (milliseconds) => observer?.({ type: 'wait-started', attemptId: '', reason: 'rate-limit', milliseconds }),
    );
}

type Intent = 'rotate' | 'resume' | 'recover';

/** Goes on with what the store holds, then makes a fresh candidate if that is still wanted. */
async function rotate(run: Run, intent: Intent): Promise<RunEnd> {
  const { options } = run;
  const place = await placeOf(run);
  const isUndecided = judgeStanding(place, recognises(options)) === 'undecided';
  if (isUndecided && (intent === 'recover' || !(await isOverruled(run, place)))) {
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
  await waitForLateRequests(run, await placeOf(run));
  const place = await placeOf(run);
  const leftBehind = await judgeLeftBehind(run, place);
  if (leftBehind.kind === 'refused') return leftBehind;
  const attempt = newAttempt({
    rotationId: steps.applicationId,
    steps,
    offer: offerOf(options, 0),
    settleMilliseconds: options.settleMilliseconds,
    compromised: options.compromised,
    overwrite: options.overwrite,
    previous: leftBehind.kind === 'kept' ? leftBehind.value : await previousSecret(run, place),
    replaceable: leftBehind.kind === 'dead' ? leftBehind.value : undefined,
    candidate: steps.prepareCandidate(),
    now: clock.now(),
  });
  return endOf(await runAttempt(attempt, environmentOf(run)));
}

function placeOf(run: Run): Promise<Place> {
  const { store } = run.options;
  return run.guarded((call) => readPlace(store, placeNames(run.options), call));
}

/** What is known of a value under the candidate's name that a new candidate is to replace. */
type LeftBehind =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'dead'; readonly value: Secret }
  /** It is live, and a person decided to go on from it: now it is the current secret. */
  | { readonly kind: 'kept'; readonly value: Secret }
  | Extract<RunEnd, { readonly kind: 'refused' }>;

/**
 * Looks whether a value that is about to be replaced is live: a candidate that somebody stored a secret after may have
 * been made live by a late request of the run that made it, and then it stands nowhere else.
 */
async function judgeLeftBehind(run: Run, place: Place): Promise<LeftBehind> {
  const { options } = run;
  const { names, store, overwrite } = options;
  const standing = judgeStanding(place, recognises(options));
  const value = place.candidate?.value;
  const isReplaced = standing === 'stale-candidate' || (standing === 'foreign-candidate' && overwrite);
  if (value === undefined || !isReplaced) return { kind: 'nothing' };
  const { verdict } = await judge(
    (candidate) => run.guarded((call) => options.steps.probe(candidate, call)),
    value,
    proofAcrossWindow(options.settleMilliseconds),
    options.clock,
    { signal: run.signal },
  );
  if (verdict === 'dead') return { kind: 'dead', value };
  const where = `${names.candidate} in ${store.description}`;
  if (verdict === 'unclear') {
    const message = `Auth0 does not say whether it accepts the value of ${where}. Nothing was changed.`;
    return refusal('AUTH0_UNAVAILABLE', 'not-applied', names.candidate, message);
  }
  if (!overwrite) {
    const message = `Auth0 accepts the value of ${where}, and ${names.clientSecret} was stored after it. Nothing was changed.`;
    return refusal('STORED_SECRET_NOT_LIVE', 'refused', names.clientSecret, message);
  }
  await storeAsCurrent(run, value);
  return { kind: 'kept', value };
}

function refusal(
  code: RotationError['code'],
  kind: 'refused' | 'not-applied',
  field: string,
  message: string,
): Extract<RunEnd, { kind: 'refused' }> {
  return { kind: 'refused', error: new RotationError({ code, kind, field, message }) };
}

/**
 * The secret in use before; undefined when the stored one is known not to be live, so that nothing is asked of it.
 *
 * @throws `AUTH0_UNAVAILABLE` when it is not known: a value that may be live is not overwritten.
 */
async function previousSecret(run: Run, place: Place): Promise<Secret | undefined> {
  const { options } = run;
  const current = place.current?.value;
  if (current === undefined || !options.overwrite) return current;
  const live = await firstAccepted([['current', current]], options.settleMilliseconds, options, run.guarded);
  if (live === 'unknown') throw unanswered('the stored secret');
  return live === 'current' ? current : undefined;
}

/**
 * Waits while a request of an interrupted run may still take effect: nothing new is even announced before. The note
 * beside the candidate says so, or that somebody stored a secret after it: from then on no run sends it, but one that
 * had looked just before.
 */
async function waitForLateRequests(run: Run, place: Place): Promise<void> {
  const { options } = run;
  const isStale = judgeStanding(place, recognises(options)) === 'stale-candidate';
  const isMarked = parseNote(place.candidate?.note)?.unanswered ?? false;
  if (!isStale && !isMarked) return;
  const since = isStale ? place.current?.updatedAt : place.candidate?.updatedAt;
  const storeNow = await run.guarded((call) => options.store.now(call));
  const age = storeNow === undefined || since === undefined ? 0 : Math.max(storeNow - since, 0);
  const longest = isStale ? WITHDRAWN_MILLISECONDS : LATE_REQUEST_MILLISECONDS;
  await pauseForLateRequests(run, place.candidate?.value, longest - age);
}

/**
 * How long a candidate may still become live after it was overtaken: a run may have looked just before, and its request
 * leaves within two operations.
 */
const WITHDRAWN_MILLISECONDS = LATE_REQUEST_MILLISECONDS + 2 * OPERATION_MILLISECONDS;

async function pauseForLateRequests(run: Run, candidate: Secret | undefined, milliseconds: number): Promise<void> {
  const { clock, observer } = run.options;
  if (milliseconds <= 0) return;
  const attemptId = candidate === undefined ? '' : attemptIdOf(candidate);
  observer?.({ type: 'wait-started', attemptId, reason: 'late-requests', milliseconds });
  await clock.sleep(milliseconds, run.signal);
}

/**
 * With `overwrite`, a candidate is not gone on with once someone else has changed the secret: it may have been live
 * before, and be the reason for the change. The current secret overtakes it, so that no other run sends it either.
 */
async function isOverruled(run: Run, place: Place): Promise<boolean> {
  const { options } = run;
  const { current, candidate } = place;
  if (!options.overwrite || current === undefined || candidate === undefined) return false;
  const values = [['current', current.value] as const, ['candidate', candidate.value] as const];
  const live = await firstAccepted(values, options.settleMilliseconds, options, run.guarded);
  if (live === 'unknown') {
    throw new RotationError({
      code: 'AUTH0_UNAVAILABLE',
      kind: 'not-applied',
      message: 'Auth0 does not say whether it accepts a stored secret. Nothing was changed.',
    });
  }
  if (live !== 'none') return false;
  await overtake(run, current.value);
  return true;
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
  const { store } = options;
  const first = await placeOf(run);
  const standing = judgeStanding(first, recognises(options));
  const contender = first.candidate?.value;
  const isContended = contender !== undefined && !contender.equals(supplied);
  let stored: Attempt | undefined;
  if (isContended && (standing === 'undecided' || standing === 'stale-candidate')) {
    // Another run may be about to send its candidate, or have sent it: it keeps its place until that is over.
    const before = await proveAcrossWindow(run, supplied);
    if (!before.proven) return { kind: 'refused', error: unprovenSupply(before.seen) };
    if (first.current === undefined) stored = await storeAsCurrent(run, supplied);
    else await overtake(run, first.current.value);
    await pauseForLateRequests(run, contender, WITHDRAWN_MILLISECONDS);
  }
  const proof = await proveAcrossWindow(run, supplied);
  if (!proof.proven) {
    if (isContended && standing === 'undecided') await giveBack(run, contender, first.current?.value ?? supplied);
    const reason = unprovenSupply(proof.seen);
    if (stored === undefined) return { kind: 'refused', error: reason };
    const failure = asFailure(reason);
    return { kind: 'finished', attempt: evolve(stored, { type: 'parked', failure, at: options.clock.now() }) };
  }
  const attempt = await storeAsCurrent(run, supplied);
  const place = placeNames(options);
  if (place.candidate !== undefined && (options.announces || contender !== undefined)) {
    const withCandidate = { ...place, candidate: place.candidate };
    await run.guarded((call) => restCandidateName(store, withCandidate, supplied, call, { over: contender }));
  }
  return { kind: 'adopted', attemptId: attempt.id, evidence: proof.evidence };
}

function proveAcrossWindow(run: Run, value: Secret) {
  const { clock, settleMilliseconds, steps } = run.options;
  return prove(
    (candidate) => run.guarded((call) => steps.probe(candidate, call)),
    value,
    proofAcrossWindow(settleMilliseconds),
    clock,
    { signal: run.signal },
  );
}

/**
 * A candidate that was overtaken in vain is written once more, so that the next run goes on with it; not so when
 * somebody has stored another current secret meanwhile.
 */
async function giveBack(run: Run, contender: Secret, overtaking: Secret): Promise<void> {
  const { names, store } = run.options;
  const { current, candidate } = await placeOf(run);
  if (!candidate?.value.equals(contender) || !current?.value.equals(overtaking)) return;
  await run.guarded((call) => store.update({ name: names.candidate, value: contender }, call));
}

/** Makes a value that is known to be live the current secret. */
async function storeAsCurrent(run: Run, value: Secret): Promise<Attempt> {
  const { clock, settleMilliseconds, steps, store } = run.options;
  const attempt = newAttempt({
    rotationId: steps.applicationId,
    steps,
    offer: { kind: 'single-phase' },
    settleMilliseconds,
    compromised: false,
    overwrite: true,
    previous: undefined,
    candidate: value,
    now: clock.now(),
  });
  await run.guarded((call) => publish(store, placeNames(run.options), attempt, call));
  return attempt;
}

/** Writes the current secret once more: now it is younger than the candidate beside it, see `isOvertaken`. */
function overtake(run: Run, current: Secret): Promise<void> {
  const { names, store } = run.options;
  return run.guarded((call) => store.update({ name: names.clientSecret, value: current }, call));
}

async function refuseUnlessLive(options: OneShotOptions, supplied: Secret): Promise<void> {
  const values = [['supplied', supplied]] as const;
  const answer = await firstAccepted(values, options.settleMilliseconds, options, patiently(options));
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
    guarded: guardedBy(options),
    rest: (milliseconds) => options.clock.sleep(milliseconds, run.signal),
    waitsSince: new Map(),
    longestRestartedWait: Math.min(LONGEST_RESTARTED_WAIT_MILLISECONDS, options.waitMilliseconds),
    storeIsJournal: true,
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

/** A refusal says that the supplied secret is not live; silence says nothing. */
function unprovenSupply(seen: ProbeCounts): RotationError {
  return seen.rejected > 0 ? suppliedNotLive() : unanswered('the supplied secret');
}

function suppliedNotLive(): RotationError {
  return new RotationError({
    code: 'SUPPLIED_SECRET_NOT_LIVE',
    kind: 'refused',
    field: 'currentClientSecret',
    message: 'Auth0 does not accept the supplied client secret. Nothing was changed.',
  });
}
