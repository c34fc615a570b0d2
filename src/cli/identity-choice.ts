/** How we prove who we are: which of two kinds of credentials was given. */
import type { Given, Level } from './given.js';
import type { Problem } from './problems.js';
import { missingSecret } from './setting-names.js';
import type { SecretKey } from './setting-table.js';

/** Flags and environment say together what is used; only when they are silent does the config file. */
function tier(level: Level): number {
  return { flag: 0, environment: 0, rotation: 1, defaults: 2 }[level];
}

/** Which secret the management client uses. */
export function chooseAuth0(given: Given): 'auth0PrivateKey' | 'auth0ClientSecret' {
  return choose('auth0PrivateKey', 'auth0ClientSecret', given);
}

/** Which secret Infisical is reached with. */
export function chooseInfisical(given: Given): 'infisicalToken' | 'infisicalClientSecret' {
  return choose('infisicalToken', 'infisicalClientSecret', given);
}

function choose<One extends SecretKey, Other extends SecretKey>(one: One, other: Other, given: Given): One | Other {
  const first = given.secrets[one];
  const second = given.secrets[other];
  if (first === undefined) return other;
  return second !== undefined && tier(second.level) < tier(first.level) ? other : one;
}

/** Two kinds of credentials given at one level are refused: nobody can tell which one is meant. */
export function sameTier(given: Given, one: SecretKey, other: SecretKey): Problem[] {
  const first = given.secrets[one];
  const second = given.secrets[other];
  if (first === undefined || second === undefined || tier(first.level) !== tier(second.level)) return [];
  return [
    {
      code: 'SETTING_INVALID',
      field: first.field,
      problem: `and ${second.field} are both set, and only one of them can be used`,
      action: 'Keep the one to use and unset the other.',
    },
  ];
}

/** The credentials that were not given at all. */
export function missingSecrets(given: Given): Problem[] {
  const { auth0ClientSecret, auth0PrivateKey, infisicalClientSecret, infisicalToken } = given.secrets;
  return [
    ...((auth0ClientSecret ?? auth0PrivateKey) ? [] : [missingSecret('auth0ClientSecret')]),
    ...((infisicalClientSecret ?? infisicalToken) ? [] : [missingSecret('infisicalClientSecret')]),
  ];
}
