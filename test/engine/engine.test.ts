/** The journaled engine, judged by what the tenant, the store and the journal hold. */
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import { RotationError } from '../../src/base/errors.js';
import { Secret } from '../../src/base/secret.js';
import type { Attempt } from '../../src/engine/attempt.js';
import { createRotationEngine } from '../../src/engine/engine.js';
import type { Journal, Leases, SecretStore } from '../../src/engine/ports.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createEngineWorld, type EngineWorld, type Setting, workUntilDeath } from './support/engine-world.js';
import type { Process } from './support/one-shot-world.js';
import { stayIfDead } from './support/tenant.js';

const SETTINGS: readonly Setting[] = ['overlap', 'single-phase', 'vault'];
const MINUTE = 60_000;

/** A worker that dies at its n-th effect. */
function mortalAt(deadly: number): Process {
  let count = 0;
  const process: Process = { dead: false };
  process.onEffect = () => {
    count += 1;
    if (count === deadly) process.dead = true;
  };
  return process;
}

describe.each(SETTINGS)('an attempt, %s', (setting) => {
  it('runs to its end and leaves nothing unanswered', async () => {
    const world = createEngineWorld(setting);
    const outcome = await world.rotate();
    expect(outcome).toMatchObject({
      kind: 'finished',
      attempt: { phase: setting === 'single-phase' ? 'published' : 'settled', failure: undefined },
    });
    expect(world.tenant.counts.activations).toBe(1);
    world.expectConverged();
    const entry = await world.journal.load('tenant.test/application-under-rotation', {
      signal: new AbortController().signal,
    });
    expect(entry.unansweredUntil).toBeUndefined();
  });

  it('G1: the candidate is durable whenever the secret changes', async () => {
    const world = createEngineWorld(setting);
    const seen: boolean[] = [];
    world.tenant.onActivated = (value) => {
      void world
        .attempt()
        .then((attempt) => seen.push(attempt?.candidate.equals(value) === true && attempt.phase === 'activating'));
    };
    await world.rotate();
    expect(seen).toEqual([true]);
  });

  it('G2: converges after death at every effect', async () => {
    let deaths = 0;
    for (let deadly = 1; ; deadly++) {
      const world = createEngineWorld(setting, { seed: deadly });
      const process = mortalAt(deadly);
      await workUntilDeath(world, process);
      if (!process.dead) break;
      deaths += 1;
      await world.expectNothingLost();
      await world.clock.run(world.clock.sleep(2 * MINUTE)); // The lease of the dead runs out.
      await world.finish();
      await world.clock.run(world.clock.sleep(3 * MINUTE)); // And so do the requests it may have left.
      const again = await world.rotate();
      expect(again, `after death at effect ${deadly}`).toMatchObject({ kind: 'finished' });
      world.expectConverged();
    }
    expect(deaths).toBeGreaterThan(30);
  });

  it.each([
    { kind: 'lost-before' },
    { kind: 'lost-after' },
    { kind: 'late', milliseconds: 90_000 },
    { kind: 'never-answered', effect: true },
  ] as const)('G4: an ambiguous answer destroys nothing: $kind', async (fault) => {
    const world = createEngineWorld(setting);
    world.tenant.failNext(fault);
    expect(await world.rotate()).toMatchObject({ kind: 'finished' });
    world.expectConverged();
    await world.clock.run(world.clock.sleep(5 * MINUTE));
    world.expectConverged();
  });
});

describe('rule 2: while a request may still take effect', () => {
  it('is never forgotten, when the journal fails right after it was sent', async () => {
    const world = createEngineWorld('overlap');
    const saved: Attempt[] = [];
    let isOut = false;
    const failing = new RotationError({ code: 'JOURNAL_UNAVAILABLE', kind: 'not-applied', message: 'Out.' });
    const journal: Journal = {
      ...world.journal,
      now: (call) => {
        if (!isOut) return world.journal.now(call);
        isOut = false;
        return Promise.reject(failing);
      },
      save: async (attempt, ...rest) => {
        await world.journal.save(attempt, ...rest);
        saved.push(attempt);
      },
    };
    world.tenant.onActivated = () => {
      isOut = true;
    };
    const engine = createRotationEngine({ journal, leases: world.journal, clock: world.clock });
    await world.clock.run(async () => {
      await engine.begin(world.work(), { previous: world.stored('CLIENT_SECRET') });
      for (let visit = 0; visit < 10; visit++) {
        await world.clock.sleep(30_000);
        await engine.advance(world.work());
      }
    });
    expect((await world.attempt())?.phase).toBe('settled');
    const sent = saved.map((attempt) => attempt.requests.sent);
    expect(sent).toEqual([...sent].sort());
    expect(saved.filter((attempt) => attempt.requests.sent > 0 && attempt.phase === 'announced')).toEqual([]);
    world.expectConverged();
  });

  it('is not forgotten when an earlier save, given up on, arrives after the request was sent', async () => {
    const world = createEngineWorld('overlap');
    const process: Process = { dead: false };
    process.onEffect = (effect) => {
      process.dead = effect === 'after activate';
    };
    let delayed = 0;
    const journal: Journal = {
      ...world.journal,
      save: async (attempt, ...rest) => {
        await stayIfDead(process);
        if (attempt.phase !== 'announced' || delayed > 0) return world.journal.save(attempt, ...rest);
        delayed += 1;
        void world.clock.sleep(15_000).then(() => world.journal.save(attempt, ...rest).catch(() => {}));
        throw new RotationError({ code: 'JOURNAL_UNAVAILABLE', kind: 'unknown', message: 'No answer.' });
      },
    };
    const engine = createRotationEngine({
      journal,
      leases: world.journal,
      clock: world.clock,
      longestStayMilliseconds: 5_000,
    });
    const offer = { kind: 'overlap', overlapMilliseconds: 0 } as const;
    void engine.begin(world.work(process, { offer }), { previous: world.stored('CLIENT_SECRET') }).catch(() => {});
    await world.clock.run(world.clock.sleep(2 * MINUTE));
    expect(delayed).toBe(1);
    expect(world.tenant.counts.activations).toBe(1);
    expect((await world.attempt())?.requests.sent).toBe(1);
    const abandoning = world.clock.run(world.worker().abandon(world.work()));
    await expect(abandoning).rejects.toMatchObject({ code: 'ATTEMPT_IN_PROGRESS' });
  });

  it('no other value is sent, and the journal keeps the attempt', async () => {
    const world = createEngineWorld('single-phase');
    world.tenant.failNext({ kind: 'late', milliseconds: 100_000 });
    await world.rotate();
    const first = await world.attempt();
    const outcome = await world.clock.run(
      world.worker().begin(world.work(), { previous: world.stored('CLIENT_SECRET') }),
    );
    expect(outcome).toMatchObject({ kind: 'waiting', reason: 'late-requests' });
    expect((await world.attempt())?.id).toBe(first?.id);
    await world.clock.run(world.clock.sleep(2 * MINUTE));
    expect(await world.rotate()).toMatchObject({ kind: 'finished', attempt: { phase: 'published' } });
    await world.clock.run(world.clock.sleep(5 * MINUTE));
    world.expectConverged();
  });
});

describe('a remote side that refuses every candidate', () => {
  it('ends the attempt, with the previous secret live and stored, and the next one can begin', async () => {
    const world = createEngineWorld('overlap');
    const error = new RotationError({ code: 'CANDIDATE_REJECTED', kind: 'rejected-value', message: 'Refused.' });
    world.tenant.failNext({ kind: 'refused', error }, { kind: 'refused', error });
    expect(await world.rotate()).toMatchObject({
      kind: 'finished',
      attempt: { phase: 'parked', failure: { code: 'CANDIDATE_REJECTED' } },
    });
    expect(world.tenant.live().equals(world.tenant.initial)).toBe(true);
    expect(world.stored('CLIENT_SECRET')?.equals(world.tenant.initial)).toBe(true);
    const refused = world.tenant.sent.at(-1);
    expect(await world.rotate()).toMatchObject({ kind: 'finished', attempt: { phase: 'settled' } });
    expect(refused && world.tenant.live().equals(refused)).toBe(false);
    world.expectConverged();
  });
});

describe('what a parked attempt leaves behind', () => {
  const BY_HAND = new Secret('changed-by-hand-Xw81mZq0Lk');

  /** Parks because somebody stored a secret while a request had no answer; the candidate becomes live afterwards. */
  const parkedWithLiveCandidate = async (setting: Setting) => {
    const world = createEngineWorld(setting);
    world.tenant.failNext({ kind: 'late', milliseconds: 110_000 }, ...Array.from({ length: 4 }, () => LOST));
    void world.clock.sleep(61_000).then(() => {
      world.store.put({ name: 'CLIENT_SECRET', value: BY_HAND });
      world.tenant.changeByHand(BY_HAND);
    });
    const parked = await world.rotate();
    expect(parked).toMatchObject({ kind: 'finished', attempt: { phase: 'parked' } });
    await world.clock.run(world.clock.sleep(6 * MINUTE));
    expect(world.tenant.live().equals(parked.attempt.candidate)).toBe(true);
    return { world, candidate: parked.attempt.candidate };
  };
  const LOST = { kind: 'lost-before' } as const;

  it.each(['overlap', 'vault'] as const)('is not overwritten while it is live, %s', async (setting) => {
    const { world, candidate } = await parkedWithLiveCandidate(setting);
    await expect(world.rotate()).rejects.toMatchObject({ code: 'STORED_SECRET_NOT_LIVE' });
    let lost = 0;
    world.tenant.onActivated = () => {
      if (!world.stored('CLIENT_SECRET')?.equals(candidate)) lost += 1;
    };
    expect(await world.rotate({ previous: undefined, overwrite: true })).toMatchObject({
      kind: 'finished',
      attempt: { phase: 'settled' },
    });
    expect(lost).toBe(0);
    world.expectConverged();
  });

  it('is not made live again after somebody else has replaced it', async () => {
    const world = createEngineWorld('overlap');
    world.tenant.onActivated = () => {
      world.tenant.onActivated = undefined;
      void world.clock.sleep(10_000).then(() => world.tenant.changeByHand(BY_HAND));
    };
    const parked = await world.rotate();
    expect(parked).toMatchObject({ kind: 'finished', attempt: { phase: 'parked' } });
    await world.clock.run(world.clock.sleep(3 * MINUTE));
    await world.rotate({ previous: undefined, overwrite: true });
    expect(world.tenant.sent.filter((value) => value.equals(parked.attempt.candidate))).toHaveLength(1);
    world.expectConverged();
  });

  it('is not taken up either when the attempt after it is abandoned', async () => {
    const world = createEngineWorld('overlap');
    world.tenant.onActivated = () => {
      world.tenant.onActivated = undefined;
      void world.clock.sleep(10_000).then(() => world.tenant.changeByHand(BY_HAND));
    };
    const parked = await world.rotate();
    expect(parked).toMatchObject({ kind: 'finished', attempt: { phase: 'parked' } });
    await world.clock.run(world.clock.sleep(3 * MINUTE));
    const decided = { previous: undefined, overwrite: true };
    const failing = { ...world.store, update: () => Promise.reject(new TypeError('Out of order.')) };
    const begun = world.worker().begin(world.work(undefined, { store: failing }), decided);
    await expect(world.clock.run(begun)).rejects.toThrow('Out of order.');
    expect((await world.attempt())?.phase).toBe('prepared');
    await world.rotate({ ...decided, compromised: true });
    expect(world.tenant.sent.filter((value) => value.equals(parked.attempt.candidate))).toHaveLength(1);
    world.expectConverged();
  });

  it('stays while Auth0 does not say whether it is live', async () => {
    const { world, candidate } = await parkedWithLiveCandidate('overlap');
    world.tenant.answerProbes('unknown', 1_000);
    await expect(world.rotate({ overwrite: true })).rejects.toMatchObject({ code: 'AUTH0_UNAVAILABLE' });
    expect((await world.attempt())?.candidate.equals(candidate)).toBe(true);
  });
});

describe('a secret that somebody else stores during the overlap', () => {
  const during = async (value: (world: EngineWorld) => Secret) => {
    const world = createEngineWorld('overlap');
    const stored = value(world);
    void world.clock.sleep(30_000).then(() => world.store.put({ name: 'CLIENT_SECRET', value: stored }));
    return { world, outcome: await world.rotate() };
  };

  it('parks the attempt before anything is sent', async () => {
    const { world, outcome } = await during(() => new Secret('stored-by-hand-Zk3vQ8wLr1'));
    expect(outcome).toMatchObject({
      kind: 'finished',
      attempt: { phase: 'parked', failure: { code: 'STORE_CHANGED_ELSEWHERE' } },
    });
    expect(world.tenant.counts.activations).toBe(0);
  });

  it('changes nothing when it is the same one', async () => {
    const { world, outcome } = await during((started) => started.tenant.initial);
    expect(outcome).toMatchObject({ kind: 'finished', attempt: { phase: 'settled' } });
    world.expectConverged();
  });
});

describe("rule 4: in a store that shares the journal's transaction", () => {
  it('shows [b, a] before the window closes, and [b, b] after it', async () => {
    const world = createEngineWorld('vault');
    let activatedAt = 0;
    world.tenant.onActivated = () => {
      activatedAt = world.clock.monotonic();
    };
    const shown: string[] = [];
    const look = () => {
      const [current, fallback] = [world.stored('CLIENT_SECRET'), world.stored('FALLBACK')];
      const name = (value?: Secret) => (value === undefined ? '-' : value.equals(world.tenant.initial) ? 'a' : 'b');
      const pair = `${name(current)}${name(fallback)}`;
      if (shown.at(-1) !== pair) shown.push(pair);
    };
    let over = false;
    const watching = (async () => {
      while (!over) {
        look();
        await world.clock.sleep(100);
      }
    })();
    await world.rotate();
    over = true;
    look();
    await world.clock.run(watching);
    expect(shown).toEqual(['a-', 'ab', 'ba', 'bb']);
    expect(world.clock.monotonic() - activatedAt).toBeGreaterThanOrEqual(30_000);
  });
});

describe('rule 6: the moment people plan for', () => {
  it('activates at the planned time, however early it was announced', async () => {
    const world = createEngineWorld('overlap');
    const activateAt = world.clock.now() + 30 * MINUTE;
    let activatedAt = 0;
    world.tenant.onActivated = () => {
      activatedAt = world.clock.now();
    };
    await world.rotate({ activateAt });
    expect(activatedAt).toBeGreaterThanOrEqual(activateAt);
    expect(activatedAt).toBeLessThan(activateAt + MINUTE);
  });
});

describe('rule 7: a compromised secret', () => {
  const begin = (world: EngineWorld, compromised: boolean) =>
    world.clock.run(world.worker().begin(world.work(), { previous: world.stored('CLIENT_SECRET'), compromised }));

  it('does not wait for an overlap', async () => {
    const world = createEngineWorld('overlap');
    const began = world.clock.monotonic();
    let activatedAt = Number.POSITIVE_INFINITY;
    world.tenant.onActivated = () => {
      activatedAt = world.clock.monotonic();
    };
    await world.rotate({ compromised: true });
    expect(activatedAt - began).toBeLessThan(5_000);
    world.expectConverged();
  });

  it('replaces at once a candidate that was never sent', async () => {
    const world = createEngineWorld('overlap');
    await begin(world, false);
    const announced = world.stored('FALLBACK');
    await world.rotate({ compromised: true });
    expect(world.tenant.sent.some((value) => announced?.equals(value))).toBe(false);
    world.expectConverged();
  });

  it('first finishes a candidate that may have been sent', async () => {
    const world = createEngineWorld('overlap');
    const process: Process = { dead: false };
    process.onEffect = (effect) => {
      process.dead = effect === 'after activate';
    };
    await workUntilDeath(world, process);
    const undecided = world.stored('FALLBACK');
    await world.clock.run(world.clock.sleep(MINUTE));
    await world.rotate({ compromised: true });
    expect(undecided && world.tenant.live().equals(undecided)).toBe(true);
    world.expectConverged();
    await world.clock.run(world.clock.sleep(2 * MINUTE));
    await world.rotate({ compromised: true });
    expect(world.tenant.history).toHaveLength(3);
    world.expectConverged();
  });

  it('is never restored', async () => {
    const world = createEngineWorld('single-phase');
    const outcome = await rotateIntoRefusingStore(world, { compromised: true });
    expect(outcome).toMatchObject({ kind: 'stopped', error: { code: 'STORE_FORBIDDEN' } });
    expect(world.tenant.live().equals(world.tenant.initial)).toBe(false);
    await world.expectNothingLost();
  });
});

describe('rule 8: restoring', () => {
  it('puts the previous secret back when the store refuses the new one for good, and proves it', async () => {
    const world = createEngineWorld('single-phase');
    const outcome = await rotateIntoRefusingStore(world, {});
    expect(outcome).toMatchObject({
      kind: 'finished',
      attempt: { phase: 'restored', failure: { code: 'STORE_FORBIDDEN' } },
    });
    expect(world.tenant.live().equals(world.tenant.initial)).toBe(true);
    expect((await world.attempt())?.evidence?.spanMilliseconds).toBeGreaterThanOrEqual(30_000);
    expect(world.stored('CLIENT_SECRET')?.equals(world.tenant.initial)).toBe(true);
  });

  it('waits for a late request before it sends the previous secret', async () => {
    const world = createEngineWorld('single-phase');
    world.tenant.failNext({ kind: 'late', milliseconds: 60_000 });
    await rotateIntoRefusingStore(world, {});
    await world.clock.run(world.clock.sleep(5 * MINUTE));
    expect(world.tenant.live().equals(world.tenant.initial)).toBe(true);
    expect(world.stored('CLIENT_SECRET')?.equals(world.tenant.initial)).toBe(true);
  });

  it('is not done with a fallback name: applications run on the candidate already', async () => {
    const world = createEngineWorld('overlap');
    const outcome = await rotateIntoRefusingStore(world, {});
    expect(outcome).toMatchObject({ kind: 'stopped', attempt: { phase: 'proven' } });
    expect(world.stored('FALLBACK')?.equals(world.tenant.live())).toBe(true);
  });
});

/** Rotates while the mapped secret cannot be written. */
async function rotateIntoRefusingStore(world: EngineWorld, request: { compromised?: boolean }) {
  const refusal = new RotationError({ code: 'STORE_FORBIDDEN', kind: 'configuration', message: 'No permission.' });
  const store = {
    ...world.store,
    update: (...write: Parameters<typeof world.store.update>) =>
      write[0].name === 'CLIENT_SECRET' ? Promise.reject(refusal) : world.store.update(...write),
  };
  return world.clock.run(async () => {
    const engine = world.worker();
    const work = world.work(undefined, { store });
    let outcome = await engine.begin(work, { previous: world.stored('CLIENT_SECRET'), ...request });
    for (let visit = 0; visit < 20; visit++) {
      if (outcome.kind !== 'waiting') break;
      await world.clock.sleep(Math.max(outcome.until - world.clock.now(), 1));
      const next = await engine.advance(work);
      if (next === undefined) break;
      outcome = next;
    }
    return outcome;
  });
}

describe('G5 and rule 9: one worker at a time', () => {
  it('refuses a second attempt and a second worker', async () => {
    const world = createEngineWorld('overlap');
    const request = { previous: world.stored('CLIENT_SECRET') };
    await world.clock.run(world.worker().begin(world.work(), request));
    await expect(world.clock.run(world.worker().begin(world.work(), request))).rejects.toMatchObject({
      code: 'ATTEMPT_IN_PROGRESS',
    });
    const both = await world.clock.run(
      Promise.allSettled([world.worker().advance(world.work()), world.worker().advance(world.work())]),
    );
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('lets a worker that lost its lease commit and send nothing', async () => {
    const world = createEngineWorld('single-phase');
    let thaw: () => void = () => {};
    const frozen = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    const steps = world.tenant.steps();
    let probes = 0;
    const slow = {
      ...steps,
      // Freezes before the first request is sent, for longer than the lease lasts.
      probe: async (...given: Parameters<typeof steps.probe>) => {
        probes += 1;
        if (probes === 1) await frozen;
        return steps.probe(...given);
      },
    };
    const stale = world
      .worker()
      .begin(world.work(undefined, { steps: slow }), { previous: world.stored('CLIENT_SECRET') });
    stale.catch(() => {});
    await world.clock.run(world.clock.sleep(2 * MINUTE));
    await world.finish();
    const sent = world.tenant.counts.activations;
    const decided = await world.attempt();
    thaw();
    await world.clock.run(Promise.allSettled([stale]));
    expect(world.tenant.counts.activations).toBe(sent);
    expect(await world.attempt()).toEqual(decided);
    world.expectConverged();
  });

  it('lets a worker that was frozen between two requests of one step write nothing', async () => {
    const world = createEngineWorld('single-phase');
    let frozenUntil = 0;
    let froze = false;
    const thawed = async () => {
      while (world.clock.monotonic() < frozenUntil) await world.clock.sleep(frozenUntil - world.clock.monotonic());
    };
    // A frozen process sees its answers before its timers: both come at once when it goes on.
    const clock: Clock = {
      ...world.clock,
      sleep: async (...given) => {
        await world.clock.sleep(...given);
        await thawed();
      },
    };
    const store: SecretStore = {
      ...world.store,
      read: async (...given) => {
        const found = await world.store.read(...given);
        if (!froze && world.tenant.counts.activations > 0) {
          froze = true;
          frozenUntil = world.clock.monotonic() + 5 * MINUTE;
        }
        await thawed();
        return found;
      },
    };
    const engine = createRotationEngine({ journal: world.journal, leases: world.journal, clock });
    const previous = world.stored('CLIENT_SECRET');
    await world.clock.run(async () => {
      const stale = engine.begin(world.work(undefined, { store }), { previous }).catch(() => undefined);
      await world.clock.sleep(2 * MINUTE);
      const other = world.worker();
      await other.advance(world.work());
      await other.begin(world.work(), { previous: world.stored('CLIENT_SECRET') });
      await stale;
    });
    expect(froze).toBe(true);
    expect(world.tenant.history).toHaveLength(3);
    world.expectConverged();
  });

  it('does not let a stale fencing token save', async () => {
    const world = createEngineWorld('overlap');
    const call = { signal: new AbortController().signal };
    const key = world.tenant.steps().applicationKey;
    const old = await world.journal.acquire(key, 1_000, call);
    await world.clock.run(world.clock.sleep(2_000));
    await world.journal.acquire(key, 1_000, call);
    await world.clock.run(world.clock.sleep(2_000));
    await world.rotate();
    const attempt = await world.attempt();
    if (!old || !attempt) throw new Error('expected a lease and an attempt');
    await expect(world.journal.save(attempt, old, call)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });
});

describe('rule 9: leases', () => {
  it('renews its lease while it works', async () => {
    const world = createEngineWorld('single-phase');
    const engine = createRotationEngine({
      journal: world.journal,
      leases: world.journal,
      clock: world.clock,
      leaseMilliseconds: 4_000,
    });
    const outcome = await world.clock.run(engine.begin(world.work(), { previous: world.stored('CLIENT_SECRET') }));
    expect(outcome).toMatchObject({ kind: 'finished', attempt: { phase: 'published' } });
  });

  it('keeps its lease while it stays for a wait that is longer', async () => {
    const world = createEngineWorld('overlap');
    const engine = createRotationEngine({
      journal: world.journal,
      leases: world.journal,
      clock: world.clock,
      longestStayMilliseconds: 10 * MINUTE,
    });
    const offer = { kind: 'overlap', overlapMilliseconds: 5 * MINUTE } as const;
    const begun = engine.begin(world.work(undefined, { offer }), { previous: world.stored('CLIENT_SECRET') });
    expect(await world.clock.run(begun)).toMatchObject({ kind: 'finished', attempt: { phase: 'settled' } });
    world.expectConverged();
  });

  it('sends nothing under a lease that is over, even when it was just renewed', async () => {
    const world = createEngineWorld('single-phase');
    const leases: Leases = {
      ...world.journal,
      acquire: async (...asked) => {
        const lease = await world.journal.acquire(...asked);
        return lease && { ...lease, expiresAtMonotonic: world.clock.monotonic() };
      },
      renew: async (lease) => ({ ...lease, expiresAtMonotonic: world.clock.monotonic() }),
    };
    const engine = createRotationEngine({ journal: world.journal, leases, clock: world.clock });
    const begun = engine.begin(world.work(), { previous: world.stored('CLIENT_SECRET') });
    await expect(world.clock.run(begun)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(world.tenant.counts).toMatchObject({ activations: 0, probes: 0 });
  });

  it("counts a dead worker's request as under way until the attempt was taken over", async () => {
    const world = createEngineWorld('single-phase');
    const process: Process = { dead: false };
    process.onEffect = (effect) => {
      process.dead = effect === 'after activate';
    };
    await workUntilDeath(world, process);
    await world.clock.run(world.clock.sleep(100_000));
    const takenOverAt = world.clock.now();
    await world.finish();
    const entry = await world.journal.load('tenant.test/application-under-rotation', {
      signal: new AbortController().signal,
    });
    expect(entry.unansweredUntil).toBeGreaterThanOrEqual(takenOverAt + 120_000);
  });
});

describe('rule 10: giving up and going on', () => {
  it('abandons an announced attempt: the fallback name holds the current secret again', async () => {
    const world = createEngineWorld('overlap');
    await world.clock.run(world.worker().begin(world.work(), { previous: world.stored('CLIENT_SECRET') }));
    expect(await world.clock.run(world.worker().abandon(world.work()))).toMatchObject({ phase: 'abandoned' });
    expect(world.tenant.counts.activations).toBe(0);
    world.expectConverged();
    expect(await world.rotate()).toMatchObject({ kind: 'finished' });
    world.expectConverged();
  });

  it('does not abandon an attempt whose request may have been sent', async () => {
    const world = createEngineWorld('overlap');
    const process: Process = { dead: false };
    process.onEffect = (effect) => {
      process.dead = effect === 'before activate';
    };
    await workUntilDeath(world, process);
    await world.clock.run(world.clock.sleep(2 * MINUTE));
    await expect(world.clock.run(world.worker().abandon(world.work()))).rejects.toMatchObject({
      code: 'ATTEMPT_IN_PROGRESS',
    });
  });

  it('leaves the attempt of another rotation of the application alone', async () => {
    const world = createEngineWorld('overlap');
    const previous = world.tenant.initial;
    await world.clock.run(world.worker().begin(world.work(), { previous }));
    const before = await world.attempt();
    expect(before?.phase).toBe('announced');

    const elsewhere = createMemoryStore({ clock: world.clock });
    const other = world.work(undefined, { rotationId: 'rotation-2', store: elsewhere });
    const drives: readonly (() => Promise<unknown>)[] = [
      () => world.worker().advance(other),
      () => world.worker().abandon(other),
      () => world.worker().begin(other, { previous, compromised: true }),
    ];
    for (const drive of drives) {
      await expect(world.clock.run(drive())).rejects.toMatchObject({ code: 'ATTEMPT_IN_PROGRESS', kind: 'refused' });
    }
    expect(await world.attempt()).toEqual(before);
    expect(elsewhere.contents().size).toBe(0);
    expect(world.tenant.counts.activations).toBe(0);
    await world.finish();
    world.expectConverged();
  });

  it('G7: advancing at rest does nothing', async () => {
    const world = createEngineWorld('overlap');
    await world.rotate();
    expect(await world.finish()).toBeUndefined();
    expect(world.tenant.counts.activations).toBe(1);
  });

  it('G9: never activates or overwrites a foreign value under the fallback name', async () => {
    const world = createEngineWorld('overlap');
    const foreign = new Secret('somebody-elses-value-8KdRw2');
    world.store.put({ name: 'FALLBACK', value: foreign });
    expect(await world.rotate()).toMatchObject({ kind: 'stopped', error: { code: 'FALLBACK_FOREIGN' } });
    expect(world.tenant.counts.activations).toBe(0);
    expect(world.stored('FALLBACK')?.equals(foreign)).toBe(true);
  });

  it('G9: refuses mapped names that hold something else before anything is changed', async () => {
    const world = createEngineWorld('overlap');
    world.store.put({ name: 'CLIENT_SECRET', value: new Secret('of-somebody-else-0123456789') });
    await expect(world.rotate({ previous: world.tenant.initial })).rejects.toMatchObject({ code: 'STORE_NAME_TAKEN' });
    expect(world.tenant.counts.activations).toBe(0);
    expect(await world.attempt()).toBeUndefined();
  });
});
