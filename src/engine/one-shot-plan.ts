/** From what was found to what would be done, or to the reason why nothing can be. Pure. */
import { RotationError } from '../base/errors.js';
import type { PlanWarning } from '../provider/contract.js';
import { attemptIdOf } from './new-attempt.js';
import type { OneShotAction, OneShotOptions, OneShotPlan } from './one-shot-types.js';
import type { Survey } from './survey.js';

/**
 * Says why a run must not go ahead with what was found, if so.
 *
 * @param found what the survey saw.
 * @param options what the user asked for and allowed.
 * @returns the refusal, or undefined when the run may go ahead.
 */
export function refusalOf(found: Survey, options: OneShotOptions): RotationError | undefined {
  const { place, application, live, situation } = found;
  const { names, store, overwrite, adopt } = options;
  if (live === 'unknown' && place.current !== undefined && adopt === undefined) {
    return new RotationError({
      code: 'AUTH0_UNAVAILABLE',
      kind: 'not-applied',
      message: 'Auth0 does not say whether it accepts the stored secret. Nothing was changed.',
    });
  }
  if (place.clientId !== undefined && place.clientId.value.reveal() !== application.applicationId && !overwrite) {
    return refused(
      'STORE_NAME_TAKEN',
      names.clientId,
      `${names.clientId} in ${store.description} holds another value.`,
    );
  }
  if (application.requiresAcceptedSecret && live !== 'current' && live !== 'candidate' && adopt === undefined) {
    return refused(
      'APPLICATION_AUTHENTICATION_UNCLEAR',
      'parameters.clientId',
      'It cannot be seen how the application authenticates: it may use a key (private_key_jwt) instead of its client secret, and no stored secret is accepted.',
    );
  }
  if (situation === 'foreign-candidate' && !overwrite && adopt === undefined) {
    return refused(
      'FALLBACK_FOREIGN',
      names.candidate,
      `${names.candidate} in ${store.description} holds a value that is neither the current secret nor a candidate made for this application.`,
    );
  }
  if (situation === 'not-live' && !overwrite && adopt === undefined) {
    if (found.standing === 'undecided') {
      return refused(
        'SECRET_CHANGED_ELSEWHERE',
        names.clientSecret,
        'Auth0 accepts neither the stored secret nor the candidate beside it: someone else changed the secret.',
      );
    }
    return refused(
      'STORED_SECRET_NOT_LIVE',
      names.clientSecret,
      `The value of ${names.clientSecret} in ${store.description} is not the secret Auth0 accepts.`,
    );
  }
  return undefined;
}

function refused(code: RotationError['code'], field: string, message: string): RotationError {
  return new RotationError({ code, kind: 'refused', field, message: `${message} Nothing was changed.` });
}

/**
 * Says what a run would do.
 *
 * @param intent `recover` starts nothing new.
 */
export function planFrom(found: Survey, options: OneShotOptions, intent: 'rotate' | 'recover'): OneShotPlan {
  const action = actionFor(found, options, intent);
  const { candidate } = found.place;
  const goesOn = action === 'resume' || action === 'resume-then-rotate';
  return {
    application: found.application,
    place: options.store.description,
    names: options.names,
    situation: found.situation,
    action,
    attemptId: goesOn && candidate !== undefined ? attemptIdOf(candidate.value) : null,
    changes: changesOf(action, options),
    warnings: [...found.application.warnings, ...warningsOf(action, found, options)],
  };
}

function actionFor(found: Survey, options: OneShotOptions, intent: 'rotate' | 'recover'): OneShotAction {
  if (intent === 'rotate' && options.adopt !== undefined) return 'adopt';
  if (found.standing === 'undecided' && !(found.situation === 'not-live' && intent === 'rotate')) {
    return intent === 'rotate' && options.compromised ? 'resume-then-rotate' : 'resume';
  }
  if (intent === 'recover') return 'nothing';
  return found.standing === 'empty' ? 'set' : 'rotate';
}

function changesOf(action: OneShotAction, options: OneShotOptions): string[] {
  const { names, announces, steps } = options;
  const application = `application ${steps.applicationId}`;
  const fresh = [
    announces
      ? `write a new secret to ${names.candidate}, so that applications can read it beforehand`
      : `keep a new secret under ${names.candidate} until it is live`,
    `make it the client secret of ${application} at Auth0`,
    `write it to ${names.clientSecret}`,
  ];
  switch (action) {
    case 'nothing':
      return [];
    case 'adopt':
      return [`write the supplied secret to ${names.clientSecret}; Auth0 is not changed`];
    case 'resume':
      return [`go on with the candidate under ${names.candidate}`, ...fresh.slice(1)];
    case 'resume-then-rotate':
      return [`finish the rotation whose candidate stands under ${names.candidate}, without waiting`, ...fresh];
    default:
      return fresh;
  }
}

function warningsOf(action: OneShotAction, found: Survey, options: OneShotOptions): PlanWarning[] {
  const warnings: PlanWarning[] = [];
  const changes = action !== 'nothing' && action !== 'adopt';
  if (action === 'set') {
    warnings.push({
      code: 'PREVIOUS_SECRET_UNKNOWN',
      message:
        'No secret is stored yet. Applications that use the present one are locked out until they read the new one; adopt it with --current-client-secret-file instead to keep them running.',
    });
  }
  if (changes && !options.announces) {
    warnings.push({
      code: 'SINGLE_PHASE',
      message: 'Without a fallback name, applications fail from activation until they have read the new secret.',
    });
  }
  if (found.situation === 'stale-candidate') {
    warnings.push({
      code: 'STALE_CANDIDATE',
      message: `${options.names.clientSecret} was stored by hand after the value under ${options.names.candidate}. That older value is not used; a new one is made.`,
    });
  }
  if (changes && options.overwrite && found.situation === 'not-live') {
    warnings.push({
      code: 'OVERWRITES_DRIFT',
      message: 'The secret in use is not the stored one; whoever uses it is locked out by this rotation.',
    });
  }
  if (options.compromised) {
    warnings.push({
      code: 'TOKENS_LIVE_ON',
      message:
        'Access and refresh tokens issued with the old secret stay valid until they expire or are revoked. Revoke refresh tokens and grants in Auth0, shorten lifetimes where you can, and watch the tenant logs for feccft and feacft.',
    });
  }
  return warnings;
}
