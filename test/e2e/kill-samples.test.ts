/** SIGKILL in the other ways to rotate, in recovery, twice in a row, and with requests that outlive their process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QUICK } from './support/command.js';
import { bothMoments, everyNth, live, requestsOf, type Scenario, type Story, type Told } from './support/deaths.js';
import { createWorld, FALLBACK, PENDING } from './support/world.js';

const OVERLAP: Scenario = { flags: QUICK, candidate: FALLBACK, changes: 1 };
const SINGLE_PHASE: Scenario = { flags: ['--no-fallback', '--settle', '1s'], candidate: PENDING, changes: 1 };
const FIRST_SECRET: Scenario = { flags: QUICK, world: { stored: false }, candidate: FALLBACK, changes: 1 };

const LONG_TEST = { timeout: 10 * 60_000 }; // However busy the machine is.

let folder: string;
let adoption: Scenario;
let kills = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth0-rotation-'));
  const world = await createWorld(); // Every world begins with the same secret.
  await writeFile(join(folder, 'current'), world.initial, { mode: 0o600 });
  await world.close();
  const flags = [...QUICK, '--current-client-secret-file', join(folder, 'current')];
  adoption = { flags, world: { stored: false }, candidate: FALLBACK, changes: 0 };
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  console.log(`${kills} more kills`);
});

function expectConverged(told: Told, leastKills: number): void {
  kills += told.kills;
  expect(told.problems).toEqual([]);
  expect(told.kills).toBeGreaterThanOrEqual(leastKills);
}

/** A death at every n-th moment of a run, and what comes after it. */
async function sample(scenario: Scenario, step: number, last: Story['last']): Promise<Story[]> {
  const moments = bothMoments((await requestsOf(scenario)).length);
  return everyNth(moments, step).map((deadly) => ({ deaths: [{ command: 'rotate', ...deadly }], last }));
}

describe.concurrent('killed by SIGKILL', () => {
  test('a rotation is finished by recover, or there is nothing to recover', LONG_TEST, async () => {
    expectConverged(await live(OVERLAP, await sample(OVERLAP, 7, 'recover')), 8);
  });

  test('a rotation without a fallback converges', LONG_TEST, async () => {
    expectConverged(await live(SINGLE_PHASE, await sample(SINGLE_PHASE, 7, 'rotate')), 6);
  });

  test('the setting of a first secret converges', LONG_TEST, async () => {
    expectConverged(await live(FIRST_SECRET, await sample(FIRST_SECRET, 7, 'rotate')), 8);
  });

  test('an adoption converges, and Auth0 is not changed', LONG_TEST, async () => {
    const stories = await sample(adoption, 5, 'rotate');
    expectConverged(await live(adoption, stories), 5);
  });

  test('twice in a row, the rotation is finished by recover', LONG_TEST, async () => {
    const moments = everyNth(bothMoments((await requestsOf(OVERLAP)).length), 13);
    const stories = moments.flatMap((first): Story[] =>
      [9, 20].map((second) => ({
        deaths: [
          { command: 'rotate', ...first },
          { command: 'rotate', number: second, moment: second % 2 === 0 ? 'after' : 'before' },
        ],
        last: 'recover',
      })),
    );
    expectConverged(await live(OVERLAP, stories), 14);
  });

  test('with its last request still under way, that takes effect while the next run works', LONG_TEST, async () => {
    const requests = await requestsOf(FIRST_SECRET);
    const changing = requests.flatMap((name, index) =>
      /update-client|secret\.(?:create|update)/.test(name) ? [index + 1] : [],
    );
    const stories = changing.map((number, index): Story => {
      const milliseconds = index % 2 === 0 ? 400 : 900;
      return {
        deaths: [{ command: 'rotate', number, moment: 'before', late: (world) => world.later(milliseconds) }],
        last: 'rotate',
      };
    });
    expectConverged(await live(FIRST_SECRET, stories), 5);
  });
});
