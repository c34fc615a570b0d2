/** The journaled engine over memory, in virtual time, with workers that can be killed or frozen at any effect. */
import { expect } from 'vitest';
import type { Secret } from '../../../src/base/secret.js';
import { Secret as SecretValue } from '../../../src/base/secret.js';
import type { Attempt, Offer } from '../../../src/engine/attempt.js';
import { createRotationEngine, type RotationEngine, type RotationWork } from '../../../src/engine/engine.js';
import type { EngineEvent, Journal, Leases, SecretStore } from '../../../src/engine/ports.js';
import type { AttemptOutcome } from '../../../src/engine/steps/environment.js';
import { createMemoryStore, type MemoryStore } from '../../../src/stores/memory.js';
import { createMemoryJournal, createMemoryVault, type MemoryJournal } from '../../../src/stores/memory-journal.js';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.js';
import type { Process } from './one-shot-world.js';
import { APPLICATION, createTenant, stayIfDead, type Tenant, type TenantOptions } from './tenant.js';

/** How the rotation keeps its secrets. */
export type Setting = 'overlap' | 'single-phase' | 'vault';

export interface EngineWorld {
  readonly clock: VirtualClock;
  readonly tenant: Tenant;
  readonly store: MemoryStore;
  readonly journal: MemoryJournal;
  readonly events: EngineEvent[];
  worker(process?: Process): RotationEngine;
  work(process?: Process, overrides?: Partial<RotationWork>): RotationWork;
  /** Begins a rotation and drives it to its end, waiting as the engine says. */
  rotate(request?: Partial<Parameters<RotationEngine['begin']>[1]>, process?: Process): Promise<AttemptOutcome>;
  /** Drives the attempt in hand to its end, as a scheduler does. */
  finish(process?: Process): Promise<AttemptOutcome | undefined>;
  attempt(): Promise<Attempt | undefined>;
  stored(name: 'CLIENT_ID' | 'CLIENT_SECRET' | 'FALLBACK'): Secret | undefined;
  expectConverged(): void;
  /** Rule 1: the live secret is in the store or in the journal. */
  expectNothingLost(): Promise<void>;
}

export function createEngineWorld(setting: Setting, options: Partial<TenantOptions> = {}): EngineWorld {
  const clock = options.clock ?? createVirtualClock();
  const tenant = createTenant({ clock, ...options });
  const { journal, store } =
    setting === 'vault'
      ? createMemoryVault({ clock })
      : { journal: createMemoryJournal({ clock }), store: createMemoryStore({ clock }) };
  const events: EngineEvent[] = [];
  const offer: Offer =
    setting === 'single-phase' ? { kind: setting } : { kind: 'overlap', overlapMilliseconds: 60_000 };
  store.put({ name: 'CLIENT_ID', value: new SecretValue(APPLICATION) });
  store.put({ name: 'CLIENT_SECRET', value: tenant.initial });

  const live: Process = { dead: false };
  const world: EngineWorld = {
    clock,
    tenant,
    store,
    journal,
    events,
    worker: (process = live) =>
      createRotationEngine({
        journal: mortal(journal, process),
        leases: mortal<Leases>(journal, process),
        clock: mortalClock(clock, process),
        observer: (event) => events.push(event),
      }),
    work: (process = live, overrides = {}) => ({
      rotationId: 'rotation-1',
      steps: mortalSteps(tenant, process),
      store: mortal(store, process),
      names: {
        clientId: 'CLIENT_ID',
        clientSecret: 'CLIENT_SECRET',
        candidate: setting === 'single-phase' ? undefined : 'FALLBACK',
      },
      offer,
      settleMilliseconds: 30_000,
      ...overrides,
    }),
    rotate: (request = {}, process = live) =>
      clock.run(async () => {
        const engine = world.worker(process);
        const previous = world.stored('CLIENT_SECRET');
        return drive(world, engine, process, await engine.begin(world.work(process), { previous, ...request }));
      }),
    finish: (process = live) =>
      clock.run(async () => {
        const engine = world.worker(process);
        const outcome = await engine.advance(world.work(process));
        return outcome && drive(world, engine, process, outcome);
      }),
    attempt: async () => (await journal.load(tenant.steps().applicationKey, call())).attempt,
    stored: (name) => store.contents().get(name)?.[0]?.value,
    expectConverged() {
      const value = tenant.live();
      expect(world.stored('CLIENT_ID')?.reveal()).toBe(APPLICATION);
      expect(world.stored('CLIENT_SECRET')?.equals(value), 'the mapped secret is the live one').toBe(true);
      if (setting !== 'single-phase') expect(world.stored('FALLBACK')?.equals(value)).toBe(true);
    },
    async expectNothingLost() {
      const attempt = await world.attempt();
      const everything = [...store.contents().values()].flat().map((stored) => stored.value);
      if (attempt) everything.push(attempt.candidate, ...(attempt.previous ? [attempt.previous] : []));
      expect(
        everything.some((value) => value.equals(tenant.live())),
        'the live secret is known',
      ).toBe(true);
    },
  };
  return world;
}

/** Comes back whenever the engine said it would be time, as a scheduler does. */
async function drive(
  world: EngineWorld,
  engine: RotationEngine,
  process: Process,
  first: AttemptOutcome,
): Promise<AttemptOutcome> {
  let outcome = first;
  for (let visit = 0; visit < 50; visit++) {
    if (outcome.kind === 'finished' || outcome.kind === 'superseded') return outcome;
    if (outcome.kind === 'stopped' && outcome.error.kind !== 'unknown') return outcome;
    const pause = outcome.kind === 'waiting' ? outcome.until - world.clock.now() : 5_000;
    await world.clock.sleep(Math.max(pause, 1));
    await stayIfDead(process);
    const next = await engine.advance(world.work(process));
    if (next === undefined) return outcome;
    outcome = next;
  }
  return outcome;
}

/** Kills a worker at an effect: resolves once it has died or ended. */
export async function workUntilDeath(world: EngineWorld, process: Process): Promise<void> {
  const engine = world.worker(process);
  let ended = false;
  const previous = world.stored('CLIENT_SECRET');
  const work = (async () => {
    const first = await engine.begin(world.work(process), { previous });
    return drive(world, engine, process, first);
  })().finally(() => {
    ended = true;
  });
  work.catch(() => {});
  await world.clock.run(async () => {
    while (!ended && !process.dead) await world.clock.sleep(100);
  });
}

function call() {
  return { signal: new AbortController().signal };
}

async function effect(process: Process, name: string): Promise<void> {
  await stayIfDead(process);
  process.onEffect?.(name);
  await stayIfDead(process);
}

/** Wraps every asynchronous method of a port in effects. */
function mortal<Port extends Journal | Leases | SecretStore>(port: Port, process: Process): Port {
  return new Proxy(port, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) => {
        await effect(process, `before ${String(property)}`);
        const answer: unknown = await member.apply(target, given);
        await effect(process, `after ${String(property)}`);
        return answer;
      };
    },
  });
}

function mortalSteps(tenant: Tenant, process: Process): RotationWork['steps'] {
  const steps = tenant.steps(process);
  return {
    ...steps,
    activate: async (value, given) => {
      await effect(process, 'before activate');
      await steps.activate(value, given);
      await effect(process, 'after activate');
    },
    probe: async (value, given) => {
      await effect(process, 'before probe');
      return steps.probe(value, given);
    },
  };
}

function mortalClock(clock: VirtualClock, process: Process): VirtualClock {
  return {
    ...clock,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: async (milliseconds, signal) => {
      await clock.sleep(milliseconds, signal);
      await stayIfDead(process);
    },
  };
}
