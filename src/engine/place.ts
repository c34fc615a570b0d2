/**
 * What one attempt does to the store: announcing the candidate, checking that nothing has moved, publishing. Each is
 * written so that doing it again after a crash is harmless, and each reads back what it wrote.
 */
import type { Call } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import type { Attempt } from './attempt.js';
import type { SecretStore, SecretWrite, StoredSecret } from './ports.js';
import { formatNote } from './secret-note.js';

/** The names one rotation keeps in its store. */
export interface PlaceNames {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the candidate stands while an attempt runs; undefined when the journal alone keeps it. */
  readonly candidate: string | undefined;
}

/** What stands under these names. */
export interface Place {
  readonly clientId: StoredSecret | undefined;
  readonly current: StoredSecret | undefined;
  readonly candidate: StoredSecret | undefined;
}

/** Stands under the candidate's name while nothing has been issued yet. It is no secret and no value of ours. */
export const NOT_YET_ISSUED = new Secret('not-yet-issued');

/**
 * Reads the place.
 * @throws `STORE_DUPLICATE` when a name has more than one copy: readers and writers would see different ones.
 */
export async function readPlace(store: SecretStore, names: PlaceNames, call: Call): Promise<Place> {
  const wanted = [names.clientId, names.clientSecret, ...(names.candidate === undefined ? [] : [names.candidate])];
  const found = await store.read(wanted, call);
  for (const name of wanted) {
    if ((found.get(name)?.copies ?? 1) > 1) {
      throw new RotationError({
        code: 'STORE_DUPLICATE',
        kind: 'configuration',
        field: name,
        message: `The store holds more than one secret named ${name} in ${store.description}. Nothing was changed.`,
      });
    }
  }
  return {
    clientId: found.get(names.clientId),
    current: found.get(names.clientSecret),
    candidate: names.candidate === undefined ? undefined : found.get(names.candidate),
  };
}

/**
 * Whether somebody stored the current secret after the candidate beside it. An attempt writes the candidate last, until
 * it takes over; so that candidate is nobody's any more: no run sends it, and a new one may take its place.
 */
export function isOvertaken({ current, candidate }: Place): boolean {
  if (current?.updatedAt === undefined || candidate?.updatedAt === undefined) return false;
  return current.updatedAt > candidate.updatedAt && !current.value.equals(candidate.value);
}

/** What came of announcing. */
export type Announcement =
  | { readonly kind: 'announced' }
  /** The name holds a candidate of another run. */
  | { readonly kind: 'other-candidate'; readonly value: Secret };

/**
 * Writes the candidate under its name and reads it back: first created holding the secret in use, so that a second
 * copy made by a concurrent create holds nothing that is needed, then updated. Where the stored value is not in use it
 * is not copied either: it may be one that the store would not take back.
 *
 * @param recognises tells whether a value is a candidate this package made for the application.
 * @throws `FALLBACK_FOREIGN` when the name holds a value nobody here made; `STORE_NAME_TAKEN` when the client id's
 *   name holds something else; what the store throws. The remote side has been sent nothing.
 */
export async function announce(
  store: SecretStore,
  names: PlaceNames & { readonly candidate: string },
  attempt: Attempt,
  recognises: (value: Secret) => boolean,
  call: Call,
): Promise<Announcement> {
  const place = await readPlace(store, names, call);
  await keepClientId(store, names, attempt, place, call);

  const write = candidateWrite(names.candidate, attempt, false);
  const standing = place.candidate?.value;
  if (standing === undefined) {
    const inUse = attempt.previous === undefined ? undefined : place.current?.value;
    await store.create({ ...write, value: inUse ?? NOT_YET_ISSUED }, call);
  } else if (standing.equals(attempt.candidate)) {
    return { kind: 'announced' };
  } else if (!isReplaceable(standing, place, attempt)) {
    if (recognises(standing)) return { kind: 'other-candidate', value: standing };
    if (!attempt.overwrite) throw foreignFallback(store, names.candidate);
  }
  await store.update(write, call);

  const after = await readPlace(store, names, call);
  if (!after.candidate?.value.equals(attempt.candidate)) {
    throw changedElsewhere(store, names.candidate, 'Auth0 was sent nothing.');
  }
  return { kind: 'announced' };
}

/** Values under the candidate's name that nobody needs: the placeholder, and what also stands or stood elsewhere. */
function isReplaceable(standing: Secret, place: Place, attempt: Attempt): boolean {
  const known = [place.current?.value, attempt.previous, attempt.replaceable, NOT_YET_ISSUED];
  return known.some((value) => value?.equals(standing));
}

async function keepClientId(
  store: SecretStore,
  names: PlaceNames,
  attempt: Attempt,
  place: Place,
  call: Call,
): Promise<void> {
  const write: SecretWrite = { name: names.clientId, value: new Secret(attempt.applicationId) };
  if (place.clientId === undefined) await store.create(write, call);
  else if (!place.clientId.value.equals(write.value)) {
    if (!attempt.overwrite) throw nameTaken(store, names.clientId);
    await store.update(write, call);
  }
}

/** How the place looks directly before the candidate is sent. */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'other-candidate'; readonly value: Secret }
  /** The candidate no longer stands under its name. */
  | { readonly kind: 'announcement-lost' }
  /** Somebody has stored the current secret since the candidate was announced. */
  | { readonly kind: 'overtaken' }
  /** Another run has finished a rotation meanwhile: both names hold a value that is neither ours nor the one before. */
  | { readonly kind: 'superseded' };

/**
 * Judges a place read directly before the candidate is sent. Pure.
 *
 * @param recognises tells whether a value is a candidate this package made for the application.
 * @param storeIsJournal whether the times in the store are all there is to go by. A journal knows the current secret,
 *   and a person who only touches it changes nothing.
 */
export function judgeReadiness(
  place: Place,
  attempt: Attempt,
  recognises: (value: Secret) => boolean,
  storeIsJournal: boolean,
): Readiness {
  const standing = place.candidate?.value;
  const current = place.current?.value;
  if (standing?.equals(attempt.candidate)) {
    const isTouched = current !== undefined && (attempt.previous?.equals(current) ?? false);
    return isOvertaken(place) && (storeIsJournal || !isTouched) ? { kind: 'overtaken' } : { kind: 'ready' };
  }
  if (standing && current && standing.equals(current) && !(attempt.previous?.equals(current) ?? false)) {
    return { kind: 'superseded' };
  }
  if (standing && recognises(standing) && !(current?.equals(standing) ?? false)) {
    return { kind: 'other-candidate', value: standing };
  }
  return { kind: 'announcement-lost' };
}

/**
 * Makes the candidate the current secret and reads it back. When a request of the attempt may still be under way, the
 * candidate's note says so first, so that the next run waits before it sends another value.
 *
 * @throws what the store throws; the candidate stays under its name or in the journal.
 */
export async function publish(store: SecretStore, names: PlaceNames, attempt: Attempt, call: Call): Promise<void> {
  const place = await readPlace(store, names, call);
  if (
    names.candidate !== undefined &&
    attempt.requests.lastUnansweredAt !== undefined &&
    place.candidate?.value.equals(attempt.candidate)
  ) {
    await store.update(candidateWrite(names.candidate, attempt, true), call);
  }
  await keepClientId(store, names, { ...attempt, overwrite: true }, place, call);
  const write: SecretWrite = { name: names.clientSecret, value: attempt.candidate };
  if (place.current === undefined) await store.create(write, call);
  else if (!place.current.value.equals(attempt.candidate)) await store.update(write, call);

  const after = await readPlace(store, names, call);
  if (!after.current?.value.equals(attempt.candidate)) {
    throw changedElsewhere(store, names.clientSecret, 'The live secret stands under the candidate name.');
  }
}

/**
 * Lets the candidate's name hold the given value, the way it does at rest.
 *
 * @param value the live secret.
 * @param only what must still stand there; whatever else does is another run's, and stays. Absent: anything.
 */
export async function restCandidateName(
  store: SecretStore,
  names: PlaceNames & { readonly candidate: string },
  value: Secret,
  call: Call,
  only?: { readonly over: Secret | undefined },
): Promise<void> {
  const standing = (await readPlace(store, names, call)).candidate?.value;
  const write: SecretWrite = { name: names.candidate, value, note: '' };
  if (standing === undefined) await store.create(write, call);
  else if (only !== undefined && !(only.over?.equals(standing) ?? false)) return;
  else if (!standing.equals(value)) await store.update(write, call);
}

/** The write that puts the candidate under its name. */
export function candidateWrite(name: string, attempt: Attempt, unanswered: boolean): SecretWrite {
  const overlapMilliseconds = attempt.offer.kind === 'overlap' ? attempt.offer.overlapMilliseconds : 0;
  return { name, value: attempt.candidate, note: formatNote({ overlapMilliseconds, unanswered }) };
}

function foreignFallback(store: SecretStore, name: string): RotationError {
  return new RotationError({
    code: 'FALLBACK_FOREIGN',
    kind: 'refused',
    field: name,
    message: `${name} in ${store.description} holds a value that is neither the current secret nor a candidate made for this application. Nothing was changed at Auth0.`,
  });
}

function nameTaken(store: SecretStore, name: string): RotationError {
  return new RotationError({
    code: 'STORE_NAME_TAKEN',
    kind: 'refused',
    field: name,
    message: `${name} in ${store.description} already holds something else. Nothing was changed.`,
  });
}

function changedElsewhere(store: SecretStore, name: string, consequence: string): RotationError {
  return new RotationError({
    code: 'STORE_CHANGED_ELSEWHERE',
    kind: 'unknown',
    field: name,
    message: `${name} in ${store.description} does not hold what was just written; someone else writes to it. ${consequence}`,
  });
}
