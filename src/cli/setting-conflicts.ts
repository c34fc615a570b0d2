/** What settings must be together: no contradictions, and a name of its own for every value that is stored. */
import type { OneShotNames } from '../engine/one-shot-types.js';
import type { Given } from './given.js';
import { chooseInfisical, sameTier } from './identity-choice.js';
import type { PlainSettings } from './plain-settings.js';
import type { Problem } from './problems.js';
import { fieldOf, missing } from './setting-names.js';

/** Everything that contradicts something else, or is needed because of something else. */
export function togetherProblems(given: Given, plain: PlainSettings, names: OneShotNames): Problem[] {
  return [
    ...conflicts(given, plain),
    ...missingIdentity(plain, given),
    ...nameProblems(names, plain, given),
    ...allowedProblems(plain, given),
  ];
}

function conflicts(given: Given, plain: PlainSettings): Problem[] {
  const problems = [
    ...sameTier(given, 'auth0ClientSecret', 'auth0PrivateKey'),
    ...sameTier(given, 'infisicalClientSecret', 'infisicalToken'),
  ];
  const adopt = given.secrets.currentClientSecret;
  if (adopt !== undefined && plain.compromised) {
    problems.push({
      code: 'SETTING_INVALID',
      field: adopt.field,
      problem: 'cannot go with --compromised: a leaked secret is replaced, not adopted',
      action: 'Leave one of the two out.',
    });
  }
  const { fallback, overlap, mapFallbackClientSecret } = given.values;
  const besideNoFallback = (other: typeof overlap) =>
    !plain.fallback && other !== undefined && other.level === fallback?.level;
  if (overlap !== undefined && plain.overlap > 0 && besideNoFallback(overlap))
    problems.push(noFallbackConflict(overlap.field));
  if (mapFallbackClientSecret !== undefined && besideNoFallback(mapFallbackClientSecret)) {
    problems.push(noFallbackConflict(mapFallbackClientSecret.field));
  }
  if (plain.compromised && overlap?.level === 'flag' && plain.overlap > 0) {
    problems.push({
      code: 'SETTING_INVALID',
      field: overlap.field,
      problem: 'cannot go with --compromised, which waits for no overlap',
      action: 'Leave one of the two out.',
    });
  }
  return problems;
}

function noFallbackConflict(field: string): Problem {
  return {
    code: 'SETTING_INVALID',
    field,
    problem: 'cannot go with --no-fallback: without a fallback name nothing is announced',
    action: 'Leave one of the two out.',
  };
}

/**
 * The names one rotation keeps in the store.
 *
 * @returns names that may still be equal to one another; `togetherProblems` tells.
 */
export function secretNames(plain: PlainSettings): OneShotNames {
  const fallback = plain.mapFallbackClientSecret ?? `${plain.mapClientSecret}_FALLBACK`;
  const pending = `${plain.mapClientSecret}_PENDING`;
  const names = {
    clientId: plain.mapClientId,
    clientSecret: plain.mapClientSecret,
    candidate: plain.fallback ? fallback : pending,
  };
  // A run of the other mode may have been interrupted; its candidate is looked for too.
  const other = plain.fallback ? pending : fallback;
  return Object.values(names).includes(other) ? names : { ...names, otherCandidates: [other] };
}

function nameProblems(names: OneShotNames, plain: PlainSettings, given: Given): Problem[] {
  const named: readonly (readonly [string, string])[] = [
    [fieldOf(given, 'mapClientId'), names.clientId],
    [fieldOf(given, 'mapClientSecret'), names.clientSecret],
    [
      plain.fallback
        ? fieldOf(given, 'mapFallbackClientSecret')
        : 'the pending name (client-secret name plus _PENDING)',
      names.candidate,
    ],
  ];
  return named.flatMap(([field, name], index) => {
    const twin = named.slice(0, index).find(([, earlier]) => earlier === name);
    if (twin === undefined) return [];
    return [{ code: 'SECRET_NAME_DUPLICATE' as const, field, problem: `is the same secret name as ${twin[0]}` }];
  });
}

function allowedProblems(plain: PlainSettings, given: Given): Problem[] {
  if (plain.allowApplication === undefined || plain.allowApplication.includes(plain.application)) return [];
  const field = fieldOf(given, 'application');
  return [{ code: 'APPLICATION_NOT_ALLOWED', field, problem: 'is not among those of --allow-application' }];
}

function missingIdentity(plain: PlainSettings, given: Given): Problem[] {
  const needed = chooseInfisical(given) === 'infisicalClientSecret' && plain.infisicalClientId === undefined;
  return needed ? [missing('infisicalClientId')] : [];
}
