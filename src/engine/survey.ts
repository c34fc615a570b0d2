/**
 * Looking before a one-shot run: what stands in the store, and which of it the remote side accepts. Changes nothing.
 */
import type { Call } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import type { ProbeOutcome, RotationPlan } from '../provider/contract.js';
import type { OneShotOptions, Situation } from './one-shot-types.js';
import { isOvertaken, NOT_YET_ISSUED, type Place, type PlaceNames, readPlace } from './place.js';
import { refuseUntellingProbe } from './telling-probe.js';

/** What a place holds, judged by its values and their times alone. */
export type Standing =
  | 'empty'
  | 'at-rest'
  /** A candidate made for this application waits beside the current secret. */
  | 'undecided'
  /** Such a candidate stands there, but the current secret was stored after it. */
  | 'stale-candidate'
  | 'foreign-candidate';

/**
 * Judges a place. Pure.
 *
 * A candidate is always written after the secret it follows, and the current secret is written last when it takes
 * over. A current secret that is younger than a different candidate was therefore stored by someone else: activating
 * that candidate would bring back an old secret.
 *
 * @param recognises tells whether a value is a candidate made for this application.
 */
export function judgeStanding(place: Place, recognises: (value: Secret) => boolean): Standing {
  const { current, candidate } = place;
  const isPlaceholder = candidate === undefined || candidate.value.equals(NOT_YET_ISSUED);
  if (isPlaceholder) return current === undefined ? 'empty' : 'at-rest';
  if (current?.value.equals(candidate.value)) return 'at-rest';
  if (!recognises(candidate.value)) return 'foreign-candidate';
  return isOvertaken(place) ? 'stale-candidate' : 'undecided';
}

/** Which stored value is accepted at the remote side. */
export type LiveValue = 'current' | 'candidate' | 'none' | 'unknown';

export interface Survey {
  readonly application: RotationPlan;
  readonly place: Place;
  readonly standing: Standing;
  readonly live: LiveValue;
  readonly situation: Situation;
}

export type Guarded = <T>(work: (call: Call) => Promise<T>) => Promise<T>;

/**
 * Looks at the application, the store and which stored value is live.
 *
 * @throws what makes a rotation impossible whatever the store holds: wrong credentials, missing scope, an application
 *   whose secret cannot be rotated, a missing folder, duplicates.
 */
export async function survey(options: OneShotOptions, guarded: Guarded): Promise<Survey> {
  const application = await guarded((call) => options.steps.preflight(options.consent, call));
  await guarded((call) => refuseUntellingProbe(options.steps, call));
  const place = await guarded((call) => readPlace(options.store, placeNames(options), call));
  await refuseOtherCandidate(options, place, guarded);
  const standing = judgeStanding(place, (value) => options.steps.recognisesCandidate(value));
  const live = await findLive(place, options, guarded);
  return { application, place, standing, live, situation: situationOf(standing, live) };
}

/** The names of a run as the engine knows them. */
export function placeNames(options: OneShotOptions): PlaceNames {
  const { clientId, clientSecret, candidate } = options.names;
  return { clientId, clientSecret, candidate };
}

function situationOf(standing: Standing, live: LiveValue): Situation {
  switch (standing) {
    case 'empty':
      return 'nothing-stored';
    case 'at-rest':
      return live === 'current' ? 'at-rest' : 'not-live';
    case 'undecided':
      return live === 'none' ? 'not-live' : 'undecided';
    case 'stale-candidate':
      return live === 'current' ? 'stale-candidate' : 'not-live';
    case 'foreign-candidate':
      return 'foreign-candidate';
  }
}

/**
 * Asks which stored value is accepted. One acceptance is enough; only a whole settle time of refusals says that
 * neither is, because nodes may disagree for that long.
 */
async function findLive(place: Place, options: OneShotOptions, guarded: Guarded): Promise<LiveValue> {
  const candidate = place.candidate?.value;
  const values: [LiveValue, Secret][] = [];
  if (place.current !== undefined) values.push(['current', place.current.value]);
  if (candidate !== undefined && !candidate.equals(NOT_YET_ISSUED) && !place.current?.value.equals(candidate)) {
    values.push(['candidate', candidate]);
  }
  if (values.length === 0) return 'none';
  // A first candidate that was never sent is accepted nowhere; that is no drift, and not worth a whole window.
  const patience = place.current === undefined ? 0 : options.settleMilliseconds;
  const answer = await firstAccepted(values, patience, options, guarded);
  return place.current === undefined && answer === 'none' ? 'unknown' : answer;
}

/**
 * Probes values until one is accepted or patience runs out.
 *
 * @returns the name of the first accepted value, `none` after refusals only, `unknown` when an answer was missing.
 */
export async function firstAccepted<Name extends string>(
  values: readonly (readonly [Name, Secret])[],
  patienceMilliseconds: number,
  options: OneShotOptions,
  guarded: Guarded,
): Promise<Name | 'none' | 'unknown'> {
  const { clock, steps } = options;
  const started = clock.monotonic();
  for (;;) {
    const answers: ProbeOutcome[] = [];
    for (const [name, value] of values) {
      const answer = await guarded((call) => steps.probe(value, call));
      if (answer === 'accepted') return name;
      answers.push(answer);
    }
    if (clock.monotonic() - started >= patienceMilliseconds) return answers.includes('unknown') ? 'unknown' : 'none';
    await clock.sleep(1_000, options.signal);
  }
}

/** A run of the other mode (with or without a fallback name) may have left a candidate that is still undecided. */
async function refuseOtherCandidate(options: OneShotOptions, place: Place, guarded: Guarded): Promise<void> {
  const { store, steps, names } = options;
  const others = (names.otherCandidates ?? []).filter((name) => name !== names.candidate);
  if (others.length === 0) return;
  const found = await guarded((call) => store.read(others, call));
  for (const [name, candidate] of found) {
    const standing = judgeStanding({ ...place, candidate }, (value) => steps.recognisesCandidate(value));
    if (standing !== 'undecided') continue;
    throw new RotationError({
      code: 'ATTEMPT_IN_PROGRESS',
      kind: 'refused',
      field: name,
      message: `A rotation of ${steps.applicationId} was interrupted and its candidate waits under ${name} in ${store.description}. Nothing was changed.`,
      action: `Finish it first: run recover with ${name} as the fallback name.`,
    });
  }
}
