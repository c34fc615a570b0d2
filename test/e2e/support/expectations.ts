/** What must be true of a world, judged by what its servers hold. */
import { CLIENT_ID, CURRENT, FALLBACK, type Truth } from './world.js';

/** G1: the live secret stands in the store; or it is the one the world began with, which nobody had stored. */
export function problemsOfLoss(world: Truth): string[] {
  const live = world.live();
  const values = world.infisical.secretsIn().map(({ value }) => value);
  if (values.includes(live) || (live === world.initial && !isInitialStored(world))) return [];
  return ['the live secret is not in the store'];
}

/**
 * G2: at rest. The mapped secret is the live one, the names beside it agree, and each stands in one copy.
 *
 * @param candidate the name beside the mapped one; null where none was made.
 */
export function problemsOfRest(world: Truth, candidate: string | null = FALLBACK): string[] {
  const problems = problemsOfLoss(world);
  const expected = new Map([
    [CLIENT_ID, world.clientId],
    [CURRENT, world.live()],
  ]);
  if (candidate !== null) expected.set(candidate, world.live());
  for (const [name, value] of expected) {
    const copies = world.infisical.secretsIn().filter((secret) => secret.name === name);
    if (copies.length !== 1) problems.push(`${name} stands there ${copies.length} times`);
    else if (copies[0]?.value !== value) problems.push(`${name} holds another value`);
  }
  return problems;
}

/** G8, rule 4: whatever any node accepts, applications can read under one of the two names. */
export function problemsOfOffer(world: Truth): string[] {
  const offered = [world.stored(CURRENT), world.stored(FALLBACK)];
  return world.accepted().every((value) => offered.includes(value))
    ? []
    : ['a value that a node accepts is not offered'];
}

function isInitialStored(world: Truth): boolean {
  return world.infisical.secretsIn().some(({ history }) => history.includes(world.initial));
}
