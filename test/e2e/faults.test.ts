/**
 * Every fault at every request of a rotation: the command ends in bounded time, its exit code says the truth, the live
 * secret stands in the store, and a run without faults converges. In virtual time, with Auth0's window of 30 s and the
 * default overlap.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { FAULT_CATALOGUE, type Fault, type Operation } from '../../src/testing/auth0-emulator/index.js';
import type { FaultMoment, StandInFault, StandInOperation } from '../../src/testing/infisical-stand-in/index.js';
import { problemsOfLoss, problemsOfOffer, problemsOfRest } from './support/expectations.js';
import type { InProcess } from './support/in-process.js';
import { createVirtualWorld, type VirtualWorld, type VirtualWorldOptions } from './support/virtual-world.js';
import { CURRENT, FALLBACK, PENDING } from './support/world.js';

const A_MINUTE = 60_000;
/** Overlap and window, and all the retries, looks and pauses a run may allow itself. */
const LONGEST_RUN = 15 * A_MINUTE;

const SLOW_WHEN_BUSY = { timeout: 5 * A_MINUTE };

let runs = 0;
const exits = new Map<number, number>();
afterAll(() => {
  const ended = [...exits].sort().map(([code, count]) => `${count} with ${code}`);
  console.log(`${runs} runs under faults ended: ${ended.join(', ')}`);
});

/** What an exit code promises, as the help says it. */
function problemsOfExit(
  world: VirtualWorld,
  { code, stdout }: InProcess,
  storeBefore: string,
  candidate: string,
): string[] {
  const isUntouched = world.live() === world.initial && world.changes() === 0;
  switch (code) {
    case 0:
      return problemsOfRest(world, candidate);
    case 2:
      return isUntouched && world.storeText() === storeBefore
        ? []
        : [`exit code 2, and something was changed: ${stdout}`];
    case 3:
      return world.live() === world.initial && world.stored(CURRENT) === world.initial
        ? []
        : [`exit code 3, and the previous secret is not live and stored: ${stdout}`];
    case 4:
      return problemsOfLoss(world);
    default:
      return [`exit code ${code}: ${stdout}`];
  }
}

interface Endured extends VirtualWorldOptions {
  readonly flags?: readonly string[];
  readonly candidate?: string;
}

/** Rotates under faults, then without them. @returns what went wrong. */
async function endure(
  { flags = [], candidate = FALLBACK, ...options }: Endured,
  disturb: (world: VirtualWorld) => void,
): Promise<string[]> {
  const world = await createVirtualWorld(options);
  const problems = new Set<string>();
  const note = (when: string, found: readonly string[]) => {
    for (const problem of found) problems.add(`${when}: ${problem}`);
  };
  world.watch(() => note('at some moment', problemsOfLoss(world)));
  if (candidate === FALLBACK) world.watch(() => note('at some moment', problemsOfOffer(world)));
  try {
    const before = world.storeText();
    const began = world.clock.monotonic();
    disturb(world);
    const disturbed = await world.run('rotate', flags);
    runs += 1;
    exits.set(disturbed.code, (exits.get(disturbed.code) ?? 0) + 1);
    note('under the fault', problemsOfExit(world, disturbed, before, candidate));
    note('under the fault', problemsOfLoss(world));
    if (world.clock.monotonic() - began > LONGEST_RUN) note('under the fault', ['it took too long']);

    world.tenant.clearFaults();
    world.infisical.clearFaults();
    note('afterwards', problemsOfLoss(world));
    const clean = await world.run('rotate', flags);
    if (clean.code !== 0) note('run again', [`exit code ${clean.code}: ${clean.stdout}`]);
    note('run again', problemsOfRest(world, candidate));
    await world.pass(5 * A_MINUTE);
    note('minutes later', problemsOfRest(world, candidate));
    return [...problems];
  } finally {
    await world.close();
  }
}

/** Requests to Auth0: how many of their kind pass unharmed before, and how many the fault hits. */
const AUTH0_POINTS: readonly (readonly [operation: Operation, skip: number, times: number])[] = [
  ['token', 0, 1],
  ['get-client', 0, 1],
  ['revoke', 0, 1], // a made-up value, which must be refused
  ['revoke', 1, 1], // the stored secret
  ['revoke', 3, 1], // the first that proves
  ['revoke', 3, Number.POSITIVE_INFINITY],
  ['revoke', 7, 1], // after the window
  ['update-client', 0, 1],
  ['update-client', 0, Number.POSITIVE_INFINITY],
];

/** Where a request has no effect, faults that answer alike are alike. */
const FAULTS_OF_READS = FAULT_CATALOGUE.filter((fault, index) => {
  const looks = ({ answer, answerAfterMilliseconds }: Fault) => JSON.stringify([answer, answerAfterMilliseconds]);
  return FAULT_CATALOGUE.findIndex((other) => looks(other) === looks(fault)) === index;
});

describe('every fault of Auth0', SLOW_WHEN_BUSY, () => {
  test.each(AUTH0_POINTS)('at %s, after %i of them, %d times', async (operation, skip, times) => {
    const problems: string[] = [];
    for (const [index, fault] of (operation === 'update-client' ? FAULT_CATALOGUE : FAULTS_OF_READS).entries()) {
      const found = await endure({ seed: index }, (world) => world.tenant.inject(fault, { operation, skip, times }));
      problems.push(...found.map((problem) => `${fault.name}: ${problem}`));
    }
    expect(problems).toEqual([]);
  });

  test('at the change itself, without a fallback', async () => {
    const problems: string[] = [];
    for (const [index, fault] of FAULT_CATALOGUE.entries()) {
      const single = { seed: index, flags: ['--no-fallback'], candidate: PENDING };
      const found = await endure(single, (world) => world.tenant.inject(fault, { operation: 'update-client' }));
      problems.push(...found.map((problem) => `${fault.name}: ${problem}`));
    }
    expect(problems).toEqual([]);
  });
});

type StoreFault = readonly [name: string, fault: (world: VirtualWorld) => StandInFault];

const CLEAR_REFUSALS = [400, 403, 404];
const OTHER_STATUSES = [401, 429, 500, 502, 503];

function faultsAround(when: FaultMoment): readonly StoreFault[] {
  // A server that does what it clearly refuses cannot be guarded against.
  const statuses = when === 'before-effect' ? [...CLEAR_REFUSALS, ...OTHER_STATUSES] : OTHER_STATUSES;
  return [
    [`reset ${when}`, () => ({ kind: 'reset', when })],
    [`stall ${when}`, () => ({ kind: 'stall', when })],
    [`delay ${when}`, ({ clock }) => ({ kind: 'delay', when, until: clock.sleep(5_000) })],
    ...statuses.map((status): StoreFault => [`status ${status} ${when}`, () => ({ kind: 'status', status, when })]),
  ];
}

/** One of each fault of the stand-in, made for a world because some of them take its time. */
const STORE_FAULTS: readonly StoreFault[] = [
  ...faultsAround('before-effect'),
  ...faultsAround('after-effect'),
  ['stall in the body', () => ({ kind: 'stall-body' })],
  ['redirect', () => ({ kind: 'redirect', location: 'https://elsewhere.invalid/' })],
  ['broken body', () => ({ kind: 'broken-body' })],
  ['empty object', () => ({ kind: 'broken-body', body: '{}' })],
  ['late effect', ({ clock }) => ({ kind: 'late-effect', until: clock.sleep(20_000) })],
];

/** Requests to the store: how many of their kind pass unharmed before, and how many the fault hits. */
const STORE_POINTS: readonly (readonly [operation: StandInOperation, skip: number, times: number])[] = [
  ['login', 0, 1],
  ['secret.list', 0, 1], // the survey
  ['secret.list', 9, 1], // right before the change
  ['secret.list', 12, 1], // after publishing
  ['secret.create', 0, 1],
  ['secret.update', 0, 1], // the announcement
  ['secret.update', 1, 1], // the publication
  ['secret.update', 1, Number.POSITIVE_INFINITY],
];

describe('every fault of the store', SLOW_WHEN_BUSY, () => {
  test.each(STORE_POINTS)('at %s, after %i of them, %d times', async (operation, skip, times) => {
    const problems = await Promise.all(
      STORE_FAULTS.map(async ([name, fault], index) => {
        const found = await endure({ seed: index, stalls: /^(?:stall|delay)/.test(name) }, (world) =>
          world.infisical.inject({ operation, fault: fault(world), skip, times }),
        );
        return found.map((problem) => `${name}: ${problem}`);
      }),
    );
    expect(problems.flat()).toEqual([]);
  });
});
