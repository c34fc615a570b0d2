/** A store, a tenant and a virtual clock, and one-shot runs over them that can be killed at any effect. */
import { expect } from 'vitest';
import { Secret } from '../../../src/base/secret.js';
import { type OneShotResult, planOneShot, rotateOneShot } from '../../../src/engine/index.js';
import type { OneShotOptions } from '../../../src/engine/one-shot-types.js';
import type { SecretStore } from '../../../src/engine/ports.js';
import { createMemoryStore, type MemoryStore } from '../../../src/stores/memory.js';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.js';
import { createTenant, stayIfDead, type Tenant, type TenantOptions } from './tenant.js';

export const NAMES = {
  clientId: 'AUTH0_CLIENT_ID',
  clientSecret: 'AUTH0_CLIENT_SECRET',
  candidate: 'AUTH0_CLIENT_SECRET_FALLBACK',
};

export interface World {
  readonly clock: VirtualClock;
  readonly tenant: Tenant;
  readonly store: MemoryStore;
  /** Options of a run; the process it stands for can be killed by setting `dead`. */
  options(overrides?: Partial<OneShotOptions>, process?: Process): OneShotOptions;
  /** Plans and rotates, in virtual time. */
  rotate(overrides?: Partial<OneShotOptions>, process?: Process): Promise<OneShotResult>;
  /** The same, inside work that the clock already runs. */
  rotateHere(overrides?: Partial<OneShotOptions>): Promise<OneShotResult>;
  /** The value under a name; undefined when there is none. */
  stored(name: 'clientId' | 'clientSecret' | 'candidate'): Secret | undefined;
  /** What `[current, fallback]` consumers read. */
  offered(): Secret[];
}

/** A process that may die: once `dead`, nothing it asks for is answered and nothing it sends has an effect. */
export interface Process {
  dead: boolean;
  /** Called at every effect, before and after it. Setting `dead` in it kills the process there. */
  onEffect?: (effect: string) => void;
}

export function createWorld(options: Partial<TenantOptions> = {}): World {
  const clock = options.clock ?? createVirtualClock();
  const tenant = createTenant({ clock, ...options });
  const store = createMemoryStore({ clock, description: 'the store' });
  store.put({ name: NAMES.clientId, value: new Secret('application-under-rotation') });
  store.put({ name: NAMES.clientSecret, value: tenant.initial });

  const world: World = {
    clock,
    tenant,
    store,
    options: (overrides = {}, process = { dead: false }) => ({
      steps: mortalSteps(tenant, process),
      store: mortalStore(store, process),
      names: NAMES,
      announces: true,
      overlapMilliseconds: 120_000,
      settleMilliseconds: 30_000,
      waitMilliseconds: 600_000,
      overwrite: false,
      compromised: false,
      consent: {},
      clock: mortalClock(clock, process),
      ...overrides,
    }),
    async rotate(overrides, process) {
      const runOptions = world.options(overrides, process);
      return clock.run(async () => rotateOneShot(runOptions, await planOneShot(runOptions)));
    },
    async rotateHere(overrides) {
      const runOptions = world.options(overrides);
      return rotateOneShot(runOptions, await planOneShot(runOptions));
    },
    stored: (name) => store.contents().get(NAMES[name])?.[0]?.value,
    offered: () => [world.stored('clientSecret'), world.stored('candidate')].filter((value) => value !== undefined),
  };
  return world;
}

/** A run that is expected to be killed: resolves once it has died or ended. */
export async function runUntilDeath(
  world: World,
  process: Process,
  overrides?: Partial<OneShotOptions>,
): Promise<void> {
  const options = world.options(overrides, process);
  let ended = false;
  const work = (async () => rotateOneShot(options, await planOneShot(options)))().finally(() => {
    ended = true;
  });
  work.catch(() => {});
  await world.clock.run(async () => {
    while (!ended && !process.dead) await world.clock.sleep(50);
  });
}

function mortalSteps(tenant: Tenant, process: Process) {
  const steps = tenant.steps(process);
  return {
    ...steps,
    activate: async (...call: Parameters<typeof steps.activate>) => {
      await effect(process, 'before activate');
      await steps.activate(...call);
      await effect(process, 'after activate');
    },
    probe: async (...call: Parameters<typeof steps.probe>) => {
      await effect(process, 'before probe');
      return steps.probe(...call);
    },
  };
}

function mortalStore(store: SecretStore, process: Process): SecretStore {
  const around = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    await effect(process, `before ${name}`);
    const answer = await work();
    await effect(process, `after ${name}`);
    return answer;
  };
  return {
    ...store,
    read: (names, call) => around('read', () => store.read(names, call)),
    create: (write, call) => around('create', () => store.create(write, call)),
    update: (write, call) => around('update', () => store.update(write, call)),
  };
}

/** A dead process wakes from no sleep. */
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

async function effect(process: Process, name: string): Promise<void> {
  await stayIfDead(process);
  process.onEffect?.(name);
  await stayIfDead(process);
}

/** At rest: both names hold the live secret, in one copy. */
export function expectConverged(world: World): void {
  const live = world.tenant.live();
  expect(world.stored('clientSecret')?.equals(live), 'the mapped secret is the live one').toBe(true);
  for (const [name, copies] of world.store.contents()) {
    expect(copies, name).toHaveLength(1);
    if (name !== NAMES.clientId) expect(copies[0]?.value.equals(live), `${name} holds the live secret`).toBe(true);
  }
}

/** Rule 1: the live secret stands somewhere in the store. */
export function expectNothingLost(world: World): void {
  expect(isLiveStored(world), 'the live secret is in the store').toBe(true);
}

export function isLiveStored(world: World): boolean {
  const everything = [...world.store.contents().values()].flat();
  return everything.some((stored) => stored.value.equals(world.tenant.live()));
}
