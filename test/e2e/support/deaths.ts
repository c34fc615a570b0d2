/** Runs that are killed, and the run that comes after them. */
import { expect } from 'vitest';
import { type Deadly, run, runUntil } from './command.js';
import { problemsOfLoss, problemsOfOffer, problemsOfRest } from './expectations.js';
import { inLanes } from './lanes.js';
import { createWorld, FALLBACK, type World, type WorldOptions } from './world.js';

/** Stories at a time, in all tests of a file together: their processes mostly wait. */
const inLane = inLanes(14);

/** A way to rotate, and what stands in the store at rest afterwards. */
export interface Scenario {
  readonly flags: readonly string[];
  readonly world?: WorldOptions;
  /** The name beside the mapped one that holds the live secret at rest. */
  readonly candidate: string;
  /** How often a run that nobody disturbs changes the secret. */
  readonly changes: 0 | 1;
}

/** Runs that die one after the other, and the command that comes last. */
export interface Story {
  readonly deaths: readonly (Deadly & { readonly command: 'rotate' | 'recover' })[];
  readonly last: 'rotate' | 'recover';
}

export interface Told {
  readonly kills: number;
  /** What went wrong, each with the story that led to it. */
  readonly problems: readonly string[];
}

/** The names of the requests of a run that nobody disturbs, in their order. It converges. */
export async function requestsOf(scenario: Scenario): Promise<readonly string[]> {
  const world = await createWorld(scenario.world);
  const names: string[] = [];
  world.watch(({ moment, name }) => {
    if (moment === 'before') names.push(name);
  });
  try {
    const { code, stderr } = await run(world, 'rotate', scenario.flags);
    expect(code, stderr).toBe(0);
    expect(problemsOfRest(world, scenario.candidate)).toEqual([]);
    expect(world.changes()).toBe(scenario.changes);
    return names;
  } finally {
    await world.close();
  }
}

/** Both moments of each of so many requests. */
export function bothMoments(requests: number): Deadly[] {
  return Array.from({ length: requests }, (_, index) => index + 1).flatMap((number) => [
    { number, moment: 'before' } as const,
    { number, moment: 'after' } as const,
  ]);
}

/** Every n-th of some items, beginning with the first. */
export function everyNth<Item>(items: readonly Item[], step: number): Item[] {
  return items.filter((_, index) => index % step === 0);
}

/** Lives through stories, each in a world of its own. */
export async function live(scenario: Scenario, stories: readonly Story[]): Promise<Told> {
  const told = await Promise.all(stories.map((story) => inLane(() => liveOne(scenario, story))));
  return {
    kills: told.reduce((sum, { kills }) => sum + kills, 0),
    problems: told.flatMap(({ problems }) => problems),
  };
}

async function liveOne(scenario: Scenario, { deaths, last }: Story): Promise<Told> {
  const world = await createWorld(scenario.world);
  const problems = new Set<string>();
  const lookForLoss = (when: string) => {
    for (const problem of problemsOfLoss(world)) problems.add(`${when} ${problem}`);
  };
  const isFollowed = scenario.candidate === FALLBACK && scenario.world?.stored !== false;
  world.watch(() => {
    lookForLoss('while it ran,');
    for (const problem of isFollowed ? problemsOfOffer(world) : []) problems.add(`while it ran, ${problem}`);
  });
  const history: string[] = [];
  let kills = 0;
  try {
    for (const { command, ...deadly } of deaths) {
      const died = await runUntil(world, command, scenario.flags, deadly);
      history.push(
        died === undefined ? `${command} ended` : `${command} died ${died.moment} ${died.name} (${died.number})`,
      );
      if (died !== undefined) kills += 1;
      lookForLoss('after its death,');
    }
    const changed = world.changes();
    const { code, stderr, json } = await run(world, last, scenario.flags);
    if (code !== 0 || json().status !== 'success') problems.add(`${last} ended with ${code}: ${stderr}`);
    for (const problem of problemsInTheEnd(world, scenario, last)) problems.add(`in the end, ${problem}`);
    if (last === 'recover' && world.changes() > Math.max(changed, 1)) problems.add('recover began a rotation');
    return { kills, problems: [...problems].map((problem) => `${[...history, last].join(', ')}: ${problem}`) };
  } finally {
    await world.close();
  }
}

/** Recovering after a death before anything was stored has nothing to do, and stores nothing. */
function problemsInTheEnd(world: World, scenario: Scenario, last: Story['last']): string[] {
  const names = new Set(world.infisical.secretsIn().map(({ name }) => name));
  if (last === 'rotate' || names.has(scenario.candidate)) return problemsOfRest(world, scenario.candidate);
  return scenario.world?.stored === false ? problemsOfLoss(world) : problemsOfRest(world, null);
}
