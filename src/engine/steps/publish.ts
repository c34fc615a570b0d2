/** Publishing: the mapped secret becomes the candidate, and at rest both names hold it. */
import { asRotationError } from '../../base/errors.js';
import { Secret } from '../../base/secret.js';
import type { Attempt } from '../attempt.js';
import { type PlaceNames, publish } from '../place.js';
import type { SecretWrite } from '../ports.js';
import type { AttemptEvent } from '../transition.js';
import { type AttemptEnvironment, asFailure, goOn, isFinal, type StepResult, save } from './environment.js';

export async function publishStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
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

export async function settleStep(attempt: Attempt, environment: AttemptEnvironment): Promise<StepResult> {
  const { names, store } = environment;
  const event: AttemptEvent = { type: 'settled', at: await environment.record.now() };
  const writes =
    store.sharesJournalTransaction && names.candidate !== undefined
      ? [{ name: names.candidate, value: attempt.candidate }]
      : undefined;
  return goOn(await save(attempt, event, environment, writes));
}

/** A restore is worth it only where applications are locked out otherwise, and never brings a compromised secret back. */
function mayTurnBack(attempt: Attempt, environment: AttemptEnvironment): boolean {
  return (
    !environment.storeIsJournal &&
    attempt.offer.kind === 'single-phase' &&
    !attempt.compromised &&
    attempt.previous !== undefined
  );
}
