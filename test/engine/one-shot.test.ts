/** One-shot rotation, judged by what the tenant and the store hold. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RotationError } from '../../src/base/errors.js';
import { Secret } from '../../src/base/secret.js';
import { checkOneShot, planOneShot, recoverOneShot, rotateOneShot } from '../../src/engine/index.js';
import type { OneShotOptions } from '../../src/engine/one-shot-types.js';
import type { EngineEvent, SecretStore, SecretWrite } from '../../src/engine/ports.js';
import {
  createWorld,
  expectConverged,
  expectNothingLost,
  isLiveStored,
  NAMES,
  type Process,
  runUntilDeath,
  type World,
} from './support/one-shot-world.js';

const BY_HAND = new Secret('changed-by-hand-LmVt83kQzP0x5YwR');
const MINUTE = 60_000;

/** Kills a run at its n-th effect; false when the run has fewer. */
async function dieAt(world: World, deadly: number, overrides = {}): Promise<boolean> {
  let count = 0;
  const process: Process = { dead: false };
  process.onEffect = () => {
    count += 1;
    if (count === deadly) process.dead = true;
  };
  await runUntilDeath(world, process, overrides);
  return process.dead;
}

describe('a rotation with overlap', () => {
  it('announces, activates once, proves, and publishes after the window', async () => {
    const world = createWorld();
    const events: EngineEvent[] = [];
    const result = await world.rotate({ observer: (event) => events.push(event) });
    expect(result).toMatchObject({
      status: 'success',
      phase: 'settled',
      error: null,
      applicationId: 'application-under-rotation',
    });
    expect(result.evidence).toMatchObject({ fingerprint: world.tenant.live().fingerprint() });
    expect(world.tenant.counts.activations).toBe(1);
    expect(world.tenant.live().equals(world.tenant.initial)).toBe(false);
    expectConverged(world);
    expect(events.flatMap((event) => (event.type === 'phase-entered' ? [event.phase] : []))).toEqual(
      ['prepared', 'announced', 'activating', 'activated', 'proven', 'published', 'settled'].filter(
        (phase) => phase !== 'activating',
      ),
    );
  });

  it('G8, rule 4: offers every value any node accepts, from announcement to the end of the window', async () => {
    const world = createWorld({ seed: 5 });
    let activatedAt = 0;
    let publishedAt = 0;
    world.tenant.onActivated = () => {
      activatedAt = world.clock.monotonic();
    };
    const watch = watchWhile(world, () => {
      const offered = world.offered();
      for (const accepted of world.tenant.acceptedSomewhere()) {
        expect(offered.some((value) => value.equals(accepted))).toBe(true);
      }
      if (publishedAt === 0 && activatedAt > 0 && world.stored('clientSecret')?.equals(world.tenant.live())) {
        publishedAt = world.clock.monotonic();
      }
    });
    await world.rotate();
    await watch.end();
    expect(watch.looks()).toBeGreaterThan(1_000);
    expect(publishedAt - activatedAt).toBeGreaterThanOrEqual(30_000);
  });

  it('rotates again and again', async () => {
    const world = createWorld();
    for (let round = 1; round <= 3; round++) {
      expect((await world.rotate()).status).toBe('success');
      expectConverged(world);
      expect(world.tenant.counts.activations).toBe(round);
    }
  });
});

describe('what G1 to G4 promise', () => {
  it('G1: whenever the secret changes, the new one already stands in the store', async () => {
    const world = createWorld();
    const stored: [boolean | undefined, boolean | undefined][] = [];
    world.tenant.onActivated = (value) => {
      stored.push([
        world.stored('candidate')?.equals(value),
        world.stored('clientSecret')?.equals(world.tenant.initial),
      ]);
    };
    await world.rotate();
    expect(stored).toEqual([[true, true]]);
  });

  it.each([
    ['with overlap', {}],
    ['single-phase', { announces: false, names: { ...NAMES, candidate: 'AUTH0_CLIENT_SECRET_PENDING' } }],
    ['first secret', { firstSecret: true }],
    ['compromised', { compromised: true }],
  ])(
    'G2: converges after death at every effect, %s',
    async (_name, { firstSecret, ...overrides }: Partial<OneShotOptions> & { firstSecret?: boolean }) => {
      let deaths = 0;
      for (let deadly = 1; ; deadly++) {
        const world = createWorld({ seed: deadly });
        if (firstSecret) world.store.remove(NAMES.clientSecret);
        const died = await dieAt(world, deadly, overrides);
        if (!died) break;
        deaths += 1;
        if (!firstSecret || world.tenant.counts.activations > 0) expectNothingLost(world);
        const result = await world.rotate(overrides);
        expect(result.status, `after death at effect ${deadly}`).toBe('success');
        expectConverged(world);
      }
      expect(deaths).toBeGreaterThan(20);
    },
  );

  it('G2: converges after a death and a death of the run that followed', async () => {
    let pairs = 0;
    for (let first = 1; ; first += 3) {
      for (let second = 1; ; second += 5) {
        const world = createWorld({ seed: first * 100 + second });
        if (!(await dieAt(world, first))) return expect(pairs).toBeGreaterThan(50);
        const diedAgain = await dieAt(world, second);
        expectNothingLost(world);
        expect((await world.rotate()).status).toBe('success');
        expectConverged(world);
        pairs += 1;
        if (!diedAgain) break;
      }
    }
  });

  it('G3: is not satisfied with an acknowledgement', async () => {
    const world = createWorld();
    world.tenant.lies = true;
    const result = await world.rotate();
    expect(result.status).toBe('undecided');
    expect(result.error?.code).toBe('NOT_PROVEN');
    expect(world.stored('clientSecret')?.equals(world.tenant.initial)).toBe(true);
    expectNothingLost(world);
    world.tenant.lies = false;
    expect((await world.rotate()).status).toBe('success');
    expectConverged(world);
  });

  it.each([
    { kind: 'lost-before' },
    { kind: 'lost-after' },
    { kind: 'late', milliseconds: 3_000 },
    { kind: 'late', milliseconds: 100_000 },
    { kind: 'never-answered', effect: true },
    { kind: 'never-answered', effect: false },
  ] as const)('G4: an answer that says nothing destroys nothing: $kind', async (fault) => {
    const world = createWorld();
    world.tenant.failNext(fault, fault);
    const result = await world.rotate();
    expect(result.status).toBe('success');
    expectConverged(world);
    expect(new Set(world.tenant.sent.map((value) => value.fingerprint())).size).toBe(1);
    await world.clock.run(world.clock.sleep(2 * MINUTE));
    expectConverged(world);
  });

  it('G4: keeps both values when no answer ever comes, and says so', async () => {
    const world = createWorld();
    world.tenant.failNext(...Array.from({ length: 5 }, () => ({ kind: 'lost-before' }) as const));
    const result = await world.rotate();
    expect(result).toMatchObject({ status: 'undecided', phase: 'activating' });
    expectNothingLost(world);
    expect((await world.rotate()).status).toBe('success');
    expectConverged(world);
  });

  it('G6: shows no secret in results, events, plans and errors', async () => {
    const world = createWorld();
    const told: unknown[] = [];
    const options = { observer: (event: EngineEvent) => told.push(event) };
    world.tenant.failNext({ kind: 'lost-after' });
    told.push(await world.clock.run(planOneShot(world.options())));
    told.push(await world.rotate(options));
    world.tenant.changeByHand(BY_HAND);
    await world.clock.run(world.clock.sleep(31_000));
    told.push(await world.clock.run(checkOneShot(world.options())));
    told.push(await world.clock.run(planOneShot(world.options()).catch((thrown: unknown) => thrown)));
    const text = told
      .map((item) => `${JSON.stringify(item)}${inspect(item, { depth: 20, showHidden: true })}`)
      .join('\n');
    for (const secret of [...world.tenant.history, ...world.tenant.sent]) {
      const value = secret.reveal();
      for (let at = 0; at + 12 <= value.length; at += 6) expect(text).not.toContain(value.slice(at, at + 12));
    }
  });

  it('G7: recovering, checking and planning at rest change nothing', async () => {
    const world = createWorld();
    await world.rotate();
    const before = world.store.contents().get(NAMES.clientSecret)?.[0];
    expect(await world.clock.run(recoverOneShot(world.options()))).toMatchObject({ status: 'success', phase: null });
    expect(await world.clock.run(checkOneShot(world.options()))).toMatchObject({ status: 'healthy', error: null });
    await world.clock.run(planOneShot(world.options()));
    expect(world.tenant.counts.activations).toBe(1);
    expect(world.store.contents().get(NAMES.clientSecret)?.[0]).toBe(before);
  });
});

describe('rule 2: an undecided candidate is activated again, never replaced', () => {
  it('goes on with the candidate of a run that died', async () => {
    const world = createWorld();
    const process: Process = { dead: false };
    process.onEffect = (effect) => {
      process.dead = effect === 'before activate';
    };
    await runUntilDeath(world, process);
    const announced = world.stored('candidate');
    await world.rotate();
    expect(announced?.equals(world.tenant.live())).toBe(true);
  });

  it('sends no other value while a request of a dead run may still take effect', async () => {
    const world = createWorld();
    world.tenant.failNext({ kind: 'late', milliseconds: 100_000 });
    const process: Process = { dead: false };
    process.onEffect = (effect) => {
      process.dead = effect === 'after activate' || world.tenant.counts.activations > 0;
    };
    await runUntilDeath(world, process, { overlapMilliseconds: 0 });
    expect(world.tenant.counts.activations).toBe(1);
    const early = { overlapMilliseconds: 0 };
    expect((await world.rotate(early)).status).toBe('success');
    expect((await world.rotate(early)).status).toBe('success');
    await world.clock.run(world.clock.sleep(5 * MINUTE));
    expect(world.tenant.history.length).toBeGreaterThanOrEqual(3);
    expectConverged(world);
  });

  it('does not hold up a rotation that follows an undisturbed one', async () => {
    const world = createWorld({ propagationMilliseconds: 0 });
    const options = { overlapMilliseconds: 0, settleMilliseconds: 0 };
    await world.rotate(options);
    const began = world.clock.monotonic();
    await world.rotate(options);
    expect(world.clock.monotonic() - began).toBeLessThan(20_000);
  });

  it('replaces a candidate only when Auth0 refuses the value itself', async () => {
    const world = createWorld();
    const error = new RotationError({ code: 'CANDIDATE_REJECTED', kind: 'rejected-value', message: 'Refused.' });
    world.tenant.failNext({ kind: 'refused', error });
    expect((await world.rotate()).status).toBe('success');
    expect(new Set(world.tenant.sent.map((value) => value.fingerprint())).size).toBe(2);
    expectConverged(world);
  });

  it('keeps a refused candidate that an earlier request without an answer has made live', async () => {
    const world = createWorld();
    const error = new RotationError({ code: 'CANDIDATE_REJECTED', kind: 'rejected-value', message: 'Refused.' });
    world.tenant.failNext({ kind: 'late', milliseconds: 60_000 }, { kind: 'refused', error });
    expect((await world.rotate()).status).toBe('success');
    expect(new Set(world.tenant.sent.map((value) => value.fingerprint())).size).toBe(1);
    expectConverged(world);
  });

  it('keeps a refused candidate that another run has made live', async () => {
    const world = createWorld();
    const error = new RotationError({ code: 'CANDIDATE_REJECTED', kind: 'rejected-value', message: 'Refused.' });
    world.tenant.failNext(undefined, { kind: 'refused', error });
    let lost = 0;
    const watch = watchWhile(world, () => {
      if (!isLiveStored(world)) lost += 1;
    });
    const runs = Promise.all([world.rotateHere(), world.clock.sleep(5_000).then(() => world.rotateHere())]);
    const results = await world.clock.run(runs);
    await watch.end();
    expect(results.map((result) => result.status)).toEqual(['success', 'success']);
    expect(lost).toBe(0);
    expect(new Set(world.tenant.sent.map((value) => value.fingerprint())).size).toBe(1);
    expectConverged(world);
  });

  it('gives a value up that is refused for ever, and says so', async () => {
    const world = createWorld();
    const error = new RotationError({ code: 'CANDIDATE_REJECTED', kind: 'rejected-value', message: 'Refused.' });
    world.tenant.failNext(...Array.from({ length: 20 }, () => ({ kind: 'refused', error }) as const));
    const result = await world.rotate();
    expect(result).toMatchObject({ status: 'failed', error: { code: 'CANDIDATE_REJECTED' } });
    expect(world.stored('clientSecret')?.equals(world.tenant.initial)).toBe(true);
  });
});

describe('rule 3: one answer proves nothing', () => {
  it('takes three acceptances in a row over two seconds', async () => {
    const world = createWorld();
    const result = await world.rotate();
    expect(result.evidence).toMatchObject({ accepted: expect.any(Number) });
    expect((result.evidence as { accepted: number }).accepted).toBeGreaterThanOrEqual(3);
    expect((result.evidence as { spanMilliseconds: number }).spanMilliseconds).toBeGreaterThanOrEqual(2_000);
  });

  it('takes a refusal inside the window for no drift', async () => {
    const world = createWorld({ nodes: 5, seed: 3 });
    const next = new Secret('stored-and-live-elsewhere-0123456789');
    world.store.put({ name: NAMES.clientSecret, value: next });
    world.tenant.changeByHand(next);
    expect((await world.rotate()).status).toBe('success');
    expectConverged(world);
  });

  it('parks when neither value is accepted just before the request, and sends nothing', async () => {
    const world = createWorld();
    const process: Process = { dead: false };
    world.clock.sleep(60_000).then(() => world.tenant.changeByHand(BY_HAND));
    const result = await world.rotate({}, process);
    expect(result).toMatchObject({ status: 'undecided', phase: 'parked', error: { code: 'SECRET_CHANGED_ELSEWHERE' } });
    expect(world.tenant.counts.activations).toBe(0);
    // A person decides: with --overwrite it goes ahead and heals the drift.
    await expect(world.rotate()).rejects.toMatchObject({ code: 'SECRET_CHANGED_ELSEWHERE' });
    expect((await world.rotate({ overwrite: true })).status).toBe('success');
    expectConverged(world);
  });

  it('notices after the window that someone else changed the secret', async () => {
    const world = createWorld();
    world.tenant.onActivated = () => {
      void world.clock.sleep(10_000).then(() => world.tenant.changeByHand(BY_HAND));
    };
    const result = await world.rotate();
    expect(result).toMatchObject({ status: 'undecided', phase: 'parked', error: { code: 'SECRET_CHANGED_ELSEWHERE' } });
    expect(world.tenant.live().equals(BY_HAND)).toBe(true);
    expect(world.tenant.counts.activations).toBe(1);
  });

  it('says that it does not know when probes are not answered', async () => {
    const world = createWorld();
    world.tenant.answerProbes('unknown', 1_000);
    await expect(world.rotate()).rejects.toMatchObject({ code: 'AUTH0_UNAVAILABLE' });
    expect(world.stored('candidate')).toBeUndefined();
  });
});

describe('rule 5: overlaps', () => {
  const DAY = 86_400_000;

  it("leaves a long overlap announced and goes on when it is over, by the store's clock", async () => {
    const world = createWorld();
    const long = { overlapMilliseconds: 3 * DAY };
    const first = await world.rotate(long);
    expect(first).toMatchObject({ status: 'pending', phase: 'announced', error: null });
    const resumeAt = Date.parse(first.resumeAt ?? '');
    expect(resumeAt - world.clock.now()).toBeGreaterThan(3 * DAY - MINUTE);

    await world.clock.run(world.clock.sleep(2 * DAY));
    const second = await world.rotate(long);
    expect(second.status).toBe('pending');
    expect(Math.abs(Date.parse(second.resumeAt ?? '') - resumeAt)).toBeLessThan(5_000);
    expect(second.attemptId).toBe(first.attemptId);
    expect(world.tenant.counts.activations).toBe(0);

    await world.clock.run(world.clock.sleep(DAY));
    expect((await world.rotate(long)).status).toBe('success');
    expectConverged(world);
  });

  it('is not shortened by a later run with a shorter overlap', async () => {
    const world = createWorld();
    await world.rotate({ overlapMilliseconds: DAY });
    const second = await world.rotate({ overlapMilliseconds: 0 });
    expect(second.status).toBe('pending');
    expect(world.tenant.counts.activations).toBe(0);
  });

  it('comes to its end in runs that stay for less than a short overlap', async () => {
    const world = createWorld();
    const brief = { overlapMilliseconds: 5 * MINUTE, waitMilliseconds: MINUTE };
    const first = await world.rotate(brief);
    expect(first.status).toBe('pending');
    await world.clock.run(world.clock.sleep(3 * MINUTE));
    expect(await world.rotate(brief)).toMatchObject({ status: 'pending', attemptId: first.attemptId });
    expect(world.tenant.counts.activations).toBe(0);
    await world.clock.run(world.clock.sleep(2 * MINUTE));
    expect((await world.rotate(brief)).status).toBe('success');
    expectConverged(world);
  });

  it('starts a short overlap again in full after a restart', async () => {
    const world = createWorld();
    const process: Process = { dead: false };
    void world.clock.sleep(100_000).then(() => {
      process.dead = true;
    });
    await runUntilDeath(world, process);
    const began = world.clock.monotonic();
    let activatedAt = 0;
    world.tenant.onActivated = () => {
      activatedAt = world.clock.monotonic();
    };
    await world.rotate();
    expect(activatedAt - began).toBeGreaterThanOrEqual(120_000);
  });

  it('waits out a short overlap on the monotonic clock, whatever the wall clock does', async () => {
    const world = createWorld();
    const began = world.clock.monotonic();
    let activatedAt = 0;
    world.tenant.onActivated = () => {
      activatedAt = world.clock.monotonic();
    };
    void world.clock.sleep(10_000).then(() => world.clock.stepWallClock(DAY));
    expect((await world.rotate()).status).toBe('success');
    expect(activatedAt - began).toBeGreaterThanOrEqual(120_000);
  });

  it('does not wait for an overlap again when the candidate is already live', async () => {
    const world = createWorld();
    await dieAfterActivation(world);
    await world.clock.run(world.clock.sleep(31_000));
    const began = world.clock.monotonic();
    expect((await world.rotate()).status).toBe('success');
    expect(world.clock.monotonic() - began).toBeLessThan(100_000);
    expectConverged(world);
  });
});

describe('rule 7: a compromised secret', () => {
  it('is replaced without an overlap', async () => {
    const world = createWorld();
    let activatedAt = Number.POSITIVE_INFINITY;
    world.tenant.onActivated = () => {
      activatedAt = world.clock.monotonic();
    };
    const began = world.clock.monotonic();
    const result = await world.rotate({ compromised: true });
    expect(result.status).toBe('success');
    expect(activatedAt - began).toBeLessThan(5_000);
    expect(result.warnings.map((warning) => warning.code)).toContain('TOKENS_LIVE_ON');
    expectConverged(world);
  });

  it('finishes an announced candidate first, then replaces it by a fresh one', async () => {
    const world = createWorld();
    await world.rotate({ overlapMilliseconds: 86_400_000 });
    const announced = world.stored('candidate');
    const result = await world.rotate({ compromised: true });
    expect(result.status).toBe('success');
    expect(world.tenant.history).toHaveLength(3);
    expect(announced && world.tenant.history[1]?.equals(announced)).toBe(true);
    expectConverged(world);
  });
});

describe('two runs at once', () => {
  it.each([0, 1_000, 5_000, 19_000, 60_000, 121_000, 140_000])(
    'find each other, started %d ms apart',
    async (apart) => {
      const world = createWorld({ seed: apart + 1 });
      let lost = 0;
      world.tenant.onActivated = () => {
        if (!isLiveStored(world)) lost += 1;
      };
      const run = async () => {
        try {
          return (await world.rotateHere()).status;
        } catch (thrown) {
          return RotationError.isInstance(thrown) ? thrown.code : thrown;
        }
      };
      const statuses = await world.clock.run(Promise.all([run(), world.clock.sleep(apart).then(run)]));
      expect(statuses).toContain('success');
      expect(lost).toBe(0);
      await world.clock.run(world.clock.sleep(5 * MINUTE));
      expectNothingLost(world);
      await world.rotate();
      expectConverged(world);
    },
  );
});

describe('two runs, one with a longer overlap', () => {
  const together = async (isChanged: boolean) => {
    const world = createWorld();
    world.store.remove(NAMES.clientSecret);
    if (isChanged) void world.clock.sleep(4 * MINUTE).then(() => world.tenant.changeByHand(BY_HAND));
    const results = await world.clock.run(
      Promise.all([
        world.rotateHere(),
        world.clock.sleep(10_000).then(() => world.rotateHere({ overlapMilliseconds: 6 * MINUTE })),
      ]),
    );
    return { world, results };
  };

  it('the second sends nothing once the first has published the candidate', async () => {
    const { world, results } = await together(false);
    expect(results.map((result) => result.status)).toEqual(['success', 'success']);
    expect(world.tenant.counts.activations).toBe(1);
    expectConverged(world);
  });

  it('the second makes nothing live again that somebody has replaced since', async () => {
    const { world, results } = await together(true);
    expect(results[1]).toMatchObject({ status: 'undecided', error: { code: 'SECRET_CHANGED_ELSEWHERE' } });
    expect(world.tenant.counts.activations).toBe(1);
    expect(world.tenant.live().equals(BY_HAND)).toBe(true);
  });
});

describe('two runs whose writes are slow', () => {
  it('re-read directly before they send, and give way to the candidate that stands there', async () => {
    const world = createWorld();
    let lost = 0;
    world.tenant.onActivated = () => {
      if (!isLiveStored(world)) lost += 1;
    };
    // The second run has read the name before the first wrote it, and writes 15 s later.
    const run = async (slowness: number) => {
      const options = world.options();
      const store = {
        ...options.store,
        update: async (...write: Parameters<typeof options.store.update>) => {
          await world.clock.sleep(slowness);
          await options.store.update(...write);
        },
      };
      return (await world.rotateHere({ store })).status;
    };
    world.store.put({ name: NAMES.candidate, value: world.tenant.initial });
    await world.clock.run(Promise.all([run(0), run(15_000)]));
    expect(lost).toBe(0);
    expect(new Set(world.tenant.sent.map((value) => value.fingerprint())).size).toBe(1);
    await world.rotate();
    expectConverged(world);
  });
});

describe('what stands in the store already', () => {
  it('does not adopt over a candidate that a dead run may still activate', async () => {
    const world = createWorld();
    world.tenant.failNext({ kind: 'late', milliseconds: 100_000 });
    const process: Process = { dead: false };
    process.onEffect = () => {
      process.dead = world.tenant.counts.activations > 0;
    };
    await runUntilDeath(world, process, { overlapMilliseconds: 0 });
    const result = await world.rotate({ adopt: world.tenant.initial });
    expect(result).toMatchObject({ status: 'refused', error: { code: 'SUPPLIED_SECRET_NOT_LIVE' } });
    expectNothingLost(world);
    expect((await world.rotate()).status).toBe('success');
    expectConverged(world);
  });

  it.each([
    ['that stands beside the secret in use', true],
    ['where nothing else is stored', false],
  ])('does not adopt over the candidate of a run that is still waiting, %s', async (_name, isStored) => {
    const world = createWorld({ seed: 4 });
    if (!isStored) world.store.remove(NAMES.clientSecret);
    let lost = 0;
    const watch = watchWhile(world, () => {
      if (world.tenant.counts.activations > 0 && !isLiveStored(world)) lost += 1;
    });
    const [waiting, adopting] = await world.clock.run(
      Promise.all([
        world.rotateHere({ overlapMilliseconds: 3 * MINUTE }),
        world.clock.sleep(10_000).then(() => world.rotateHere({ adopt: world.tenant.initial })),
      ]),
    );
    await watch.end();
    expect(lost).toBe(0);
    // The run that waited sees that its candidate was overtaken, and gives way to the person.
    expect(waiting).toMatchObject({ status: 'undecided', phase: 'parked' });
    expect(adopting.status).toBe('success');
    expect(world.tenant.counts.activations).toBe(0);
    expectConverged(world);
  });

  it('does not give a candidate back that somebody has stored another secret after', async () => {
    const world = createWorld({ seed: 2 });
    const process: Process = { dead: false };
    world.tenant.failNext({ kind: 'late', milliseconds: 100_000 });
    process.onEffect = () => {
      process.dead = world.tenant.counts.activations > 0;
    };
    await runUntilDeath(world, process, { overlapMilliseconds: 0 });
    const undecided = world.stored('candidate');
    void world.clock.sleep(130_000).then(() => {
      world.tenant.changeByHand(BY_HAND);
      world.store.put({ name: NAMES.clientSecret, value: BY_HAND });
    });
    expect((await world.rotate({ adopt: world.tenant.initial })).status).toBe('refused');
    expect((await world.rotate()).status).toBe('success');
    expect(world.tenant.sent.filter((value) => undecided?.equals(value))).toHaveLength(1);
    expectConverged(world);
  });

  it('leaves a candidate alone that another run announces while the supplied secret is being proven', async () => {
    const world = createWorld();
    const announced = world.tenant.steps().prepareCandidate();
    void world.clock.sleep(10_000).then(() => world.store.put({ name: NAMES.candidate, value: announced }));
    expect((await world.rotate({ adopt: world.tenant.initial })).status).toBe('success');
    expect(world.stored('candidate')?.equals(announced)).toBe(true);
  });

  it('adopts the secret in use without changing it, proven across the window', async () => {
    const world = createWorld();
    world.tenant.changeByHand(BY_HAND);
    await world.clock.run(world.clock.sleep(31_000));
    const result = await world.rotate({ adopt: BY_HAND });
    expect(result).toMatchObject({ status: 'success', phase: 'settled' });
    expect((result.evidence as { spanMilliseconds: number }).spanMilliseconds).toBeGreaterThanOrEqual(30_000);
    expect(world.tenant.counts.activations).toBe(0);
    expectConverged(world);
  });

  it('does not adopt a secret that Auth0 does not accept', async () => {
    const world = createWorld();
    await expect(world.rotate({ adopt: BY_HAND })).rejects.toMatchObject({ code: 'SUPPLIED_SECRET_NOT_LIVE' });
    expect(world.stored('clientSecret')?.equals(world.tenant.initial)).toBe(true);
  });

  it.each([
    ['beside a current secret', true],
    ['beside a candidate alone', false],
  ])('says that it does not know when probes of the supplied secret are not answered, %s', async (_, hasCurrent) => {
    const world = createWorld();
    if (!hasCurrent) {
      world.store.put({ name: NAMES.candidate, value: world.tenant.steps().prepareCandidate() });
      world.store.remove(NAMES.clientSecret);
    }
    const options = world.options({ adopt: world.tenant.initial });
    const plan = await world.clock.run(planOneShot(options));
    world.tenant.answerProbes('unknown', 10_000);
    await expect(world.clock.run(planOneShot(options))).rejects.toMatchObject({ code: 'AUTH0_UNAVAILABLE' });
    const result = await world.clock.run(rotateOneShot(options, plan));
    expect(result).toMatchObject({ status: 'refused', error: { code: 'AUTH0_UNAVAILABLE' } });
  });

  it.each([1, 2, 1_000])('overwrites no value that may be live: %d probes without an answer', async (unanswered) => {
    const world = createWorld();
    world.tenant.changeByHand(BY_HAND);
    world.store.put({ name: NAMES.candidate, value: BY_HAND });
    await world.clock.run(world.clock.sleep(MINUTE));
    const process: Process = { dead: false };
    process.onEffect = (effect) => {
      if (effect === 'after update')
        expect(world.offered().some((value) => value.equals(world.tenant.live()))).toBe(true);
    };
    const options = world.options({ overwrite: true }, process);
    const plan = await world.clock.run(planOneShot(options));
    world.tenant.answerProbes('unknown', unanswered);
    const result = await world.clock.run(rotateOneShot(options, plan));
    expect(result.error?.code).toBe(unanswered === 1_000 ? 'AUTH0_UNAVAILABLE' : undefined);
    expectNothingLost(world);
    world.tenant.answerProbes('unknown', 0);
    expect((await world.rotate({ overwrite: true })).status).toBe('success');
    expectConverged(world);
  });

  it.each(['', 'pasted with its newline\n'])('heals a stored value no store takes back: %j', async (stored) => {
    const world = createWorld();
    world.store.put({ name: NAMES.clientSecret, value: new Secret(stored) });
    const { store } = world.options();
    // As Infisical, which holds such values and alters them when they are written.
    const particular = (write: SecretWrite) => {
      if (write.value.reveal() !== stored) return;
      throw new RotationError({ code: 'STORE_REFUSED', kind: 'refused', message: 'It would not come back.' });
    };
    const refusing: SecretStore = {
      ...store,
      create: async (write, call) => {
        particular(write);
        await store.create(write, call);
      },
      update: async (write, call) => {
        particular(write);
        await store.update(write, call);
      },
    };
    expect(await world.rotate({ overwrite: true, store: refusing })).toMatchObject({
      status: 'success',
      error: null,
    });
    expectConverged(world);
  });

  it('sets a first secret where none is stored', async () => {
    const world = createWorld();
    world.store.remove(NAMES.clientSecret);
    world.store.remove(NAMES.clientId);
    const result = await world.rotate();
    expect(result.status).toBe('success');
    expect(result.warnings.map((warning) => warning.code)).toContain('PREVIOUS_SECRET_UNKNOWN');
    expect(world.stored('clientId')?.reveal()).toBe('application-under-rotation');
    expectConverged(world);
  });

  it('refuses a stored secret that is not live, and replaces it only when told to', async () => {
    const world = createWorld();
    world.tenant.changeByHand(BY_HAND);
    await world.clock.run(world.clock.sleep(31_000));
    await expect(world.rotate()).rejects.toMatchObject({ code: 'STORED_SECRET_NOT_LIVE' });
    expect(await world.clock.run(checkOneShot(world.options()))).toMatchObject({ status: 'not-live' });
    expect(world.tenant.counts.activations).toBe(0);
    expect(world.stored('candidate')).toBeUndefined();
    expect((await world.rotate({ overwrite: true })).status).toBe('success');
    expectConverged(world);
  });

  it('never activates a foreign value under the fallback name', async () => {
    const world = createWorld();
    const foreign = new Secret('somebody-elses-value-8KdRw2');
    world.store.put({ name: NAMES.candidate, value: foreign });
    await expect(world.rotate()).rejects.toMatchObject({ code: 'FALLBACK_FOREIGN' });
    expect((await world.rotate({ overwrite: true })).status).toBe('success');
    expect(world.tenant.sent.some((value) => value.equals(foreign))).toBe(false);
    expectConverged(world);
  });

  it('keeps a foreign value that is the live one until another is live', async () => {
    const world = createWorld();
    const foreign = new Secret('set-by-hand-and-stored-as-fallback-8KdRw2');
    world.store.put({ name: NAMES.candidate, value: foreign });
    world.tenant.changeByHand(foreign);
    await world.clock.run(world.clock.sleep(31_000));
    const kept: (boolean | undefined)[] = [];
    world.tenant.onActivated = () => kept.push(world.stored('clientSecret')?.equals(foreign));
    expect((await world.rotate({ overwrite: true })).status).toBe('success');
    expect(kept).toEqual([true]);
    expectConverged(world);
  });

  it('does not bring an old secret back after a secret was changed and stored by hand', async () => {
    const world = createWorld();
    await world.rotate();
    const old = world.tenant.live();
    await world.clock.run(world.clock.sleep(MINUTE));
    world.tenant.changeByHand(BY_HAND);
    world.store.put({ name: NAMES.clientSecret, value: BY_HAND });
    await world.clock.run(world.clock.sleep(MINUTE));
    const result = await world.rotate();
    expect(result.status).toBe('success');
    expect(result.warnings.map((warning) => warning.code)).toContain('STALE_CANDIDATE');
    expect(world.tenant.live().equals(old)).toBe(false);
    expect(world.tenant.sent.filter((value) => value.equals(old))).toHaveLength(1);
    expectConverged(world);
  });

  it.each([
    ['a person decides', false, 'refused'],
    ['it is kept when a person has decided', true, 'success'],
  ] as const)(
    'does not lose an overtaken candidate that a late request has made live: %s',
    async (_name, overwrite, status) => {
      const world = createWorld();
      world.tenant.failNext({ kind: 'late', milliseconds: 100_000 });
      const process: Process = { dead: false };
      process.onEffect = () => {
        process.dead = world.tenant.counts.activations > 0;
      };
      await runUntilDeath(world, process, { overlapMilliseconds: 0 });
      const undecided = world.stored('candidate');
      world.tenant.changeByHand(BY_HAND);
      world.store.put({ name: NAMES.clientSecret, value: BY_HAND });
      await world.clock.run(world.clock.sleep(35_000));
      let lost = 0;
      const watch = watchWhile(world, () => {
        if (!isLiveStored(world)) lost += 1;
      });
      const result = await world.rotate({ overwrite });
      await watch.end();
      expect(undecided && world.tenant.history[2]?.equals(undecided)).toBe(true);
      expect(lost).toBe(0);
      expect(result).toMatchObject({ status, error: overwrite ? null : { code: 'STORED_SECRET_NOT_LIVE' } });
      if (overwrite) expectConverged(world);
    },
  );

  it('makes a new secret with --overwrite, and not the old one live that somebody else has replaced', async () => {
    const world = createWorld();
    await dieAfterActivation(world);
    const old = world.tenant.live();
    await world.clock.run(world.clock.sleep(MINUTE));
    world.tenant.changeByHand(BY_HAND);
    await world.clock.run(world.clock.sleep(MINUTE));
    expect((await world.rotate({ overwrite: true })).status).toBe('success');
    expect(world.tenant.sent.filter((value) => value.equals(old))).toHaveLength(1);
    expectConverged(world);
  });

  it('makes a new secret with --overwrite, even when the change by hand shows only after the plan was made', async () => {
    const world = createWorld();
    await world.rotate({ overlapMilliseconds: 86_400_000 });
    const plan = await world.clock.run(planOneShot(world.options({ overwrite: true })));
    expect(plan.action).toBe('resume');
    world.tenant.changeByHand(BY_HAND);
    await world.clock.run(world.clock.sleep(31_000));
    const options = world.options({ overwrite: true, overlapMilliseconds: 0 });
    expect((await world.clock.run(rotateOneShot(options, plan))).status).toBe('success');
    expect(world.tenant.history).toHaveLength(3);
    expectConverged(world);
  });

  it('does not take a plan to go on for done when somebody has stored another secret since', async () => {
    const world = createWorld();
    await world.rotate({ overlapMilliseconds: 86_400_000 });
    const plan = await world.clock.run(planOneShot(world.options()));
    await world.clock.run(world.clock.sleep(1_000));
    world.tenant.changeByHand(BY_HAND);
    world.store.put({ name: NAMES.clientSecret, value: BY_HAND });
    await world.clock.run(world.clock.sleep(31_000));
    const result = await world.clock.run(rotateOneShot(world.options(), plan));
    expect(result).toMatchObject({ status: 'success', phase: 'settled' });
    expectConverged(world);
  });

  it('goes on with no candidate, even with --overwrite, while Auth0 does not say whether anything is live', async () => {
    const world = createWorld();
    await dieAfterActivation(world);
    await world.clock.run(world.clock.sleep(MINUTE));
    world.tenant.changeByHand(BY_HAND);
    await world.clock.run(world.clock.sleep(MINUTE));
    const plan = await world.clock.run(planOneShot(world.options({ overwrite: true })));
    world.tenant.answerProbes('unknown', 1_000);
    const result = await world.clock.run(rotateOneShot(world.options({ overwrite: true }), plan));
    expect(result.error?.code).toBe('AUTH0_UNAVAILABLE');
    expect(world.tenant.counts.activations).toBe(1);
  });

  it('does not replace a value, even with --overwrite, while Auth0 does not say whether it is live', async () => {
    const world = createWorld();
    world.tenant.changeByHand(BY_HAND);
    world.store.put({ name: NAMES.candidate, value: BY_HAND });
    await world.clock.run(world.clock.sleep(MINUTE));
    const plan = await world.clock.run(planOneShot(world.options({ overwrite: true })));
    world.tenant.answerProbes('unknown', 1_000);
    const result = await world.clock.run(rotateOneShot(world.options({ overwrite: true }), plan));
    expect(result).toMatchObject({ status: 'refused', error: { code: 'AUTH0_UNAVAILABLE' } });
    expectNothingLost(world);
  });

  it.each([{ overwrite: false }, { overwrite: true }])(
    'does not send a candidate once somebody has stored a secret after it: %j',
    async (options) => {
      const world = createWorld();
      const long = { overlapMilliseconds: 3.5 * MINUTE, ...options };
      const waiting = world.clock.run(async () => {
        const first = world.rotateHere(long);
        await world.clock.sleep(MINUTE);
        world.store.put({ name: NAMES.clientSecret, value: BY_HAND });
        world.tenant.changeByHand(BY_HAND);
        // The next run takes the candidate for nobody's, and makes another while the first still waits.
        await world.clock.sleep(MINUTE);
        return Promise.all([first, world.rotateHere(options)]);
      });
      const [first, second] = await waiting;
      expect(first.status).toBe('undecided');
      expect(second.status).toBe('success');
      expect(world.tenant.counts.activations).toBe(1);
      expectConverged(world);
    },
  );

  it('refuses two copies of one name', async () => {
    const world = createWorld();
    world.store.addCopy({ name: NAMES.clientSecret, value: BY_HAND });
    await expect(world.rotate()).rejects.toMatchObject({ code: 'STORE_DUPLICATE' });
  });

  it('refuses a client id name that holds something else', async () => {
    const world = createWorld();
    world.store.put({ name: NAMES.clientId, value: new Secret('another-application') });
    await expect(world.rotate()).rejects.toMatchObject({ code: 'STORE_NAME_TAKEN', field: NAMES.clientId });
  });

  it('finds the candidate that an interrupted run of the other mode left', async () => {
    const world = createWorld();
    await world.rotate({ overlapMilliseconds: 86_400_000 });
    const names = { ...NAMES, candidate: 'AUTH0_CLIENT_SECRET_PENDING', otherCandidates: [NAMES.candidate] };
    await expect(world.rotate({ announces: false, names })).rejects.toMatchObject({ code: 'ATTEMPT_IN_PROGRESS' });
  });
});

describe('failures of the store', () => {
  it('goes on after a write without an answer', async () => {
    const world = createWorld();
    const options = world.options();
    let lost = 0;
    const store = {
      ...options.store,
      update: async (...write: Parameters<typeof options.store.update>) => {
        await options.store.update(...write);
        if (lost++ < 2) throw new RotationError({ code: 'STORE_UNAVAILABLE', kind: 'unknown', message: 'Lost.' });
      },
    };
    expect((await world.rotate({ store })).status).toBe('success');
    expectConverged(world);
  });

  it('changes nothing at Auth0 when the candidate cannot be stored', async () => {
    const world = createWorld();
    const options = world.options();
    const forbidden = new RotationError({ code: 'STORE_FORBIDDEN', kind: 'configuration', message: 'No.' });
    const store = {
      ...options.store,
      create: () => Promise.reject(forbidden),
      update: () => Promise.reject(forbidden),
    };
    expect(await world.rotate({ store })).toMatchObject({ status: 'refused', error: { code: 'STORE_FORBIDDEN' } });
    expect(world.tenant.counts.activations).toBe(0);
  });

  it('does not say that nothing was changed once a name was made', async () => {
    const world = createWorld();
    const options = world.options();
    const forbidden = new RotationError({ code: 'STORE_FORBIDDEN', kind: 'configuration', message: 'No.' });
    const store = { ...options.store, update: () => Promise.reject(forbidden) };
    expect(await world.rotate({ store })).toMatchObject({ status: 'failed', error: { code: 'STORE_FORBIDDEN' } });
    expect(world.stored('candidate')?.equals(world.tenant.initial)).toBe(true);
    expect(world.tenant.counts.activations).toBe(0);
    // The next run writes nothing before it is refused.
    expect(await world.rotate({ store })).toMatchObject({ status: 'refused', error: { code: 'STORE_FORBIDDEN' } });
  });

  it('keeps the live secret under the fallback name when the mapped one cannot be written', async () => {
    const world = createWorld();
    const options = world.options();
    const store = {
      ...options.store,
      update: (...write: Parameters<typeof options.store.update>) =>
        write[0].name === NAMES.clientSecret
          ? Promise.reject(new RotationError({ code: 'STORE_FORBIDDEN', kind: 'configuration', message: 'No.' }))
          : options.store.update(...write),
    };
    expect(await world.rotate({ store })).toMatchObject({ status: 'undecided', error: { code: 'STORE_FORBIDDEN' } });
    expectNothingLost(world);
    expect((await world.rotate()).status).toBe('success');
    expectConverged(world);
  });
});

describe('rule 3: what was confirmed before a pause is confirmed again after it', () => {
  it('does not publish a secret that somebody else has replaced while the store was out', async () => {
    const world = createWorld();
    const { store } = world.options();
    const outage = new RotationError({
      code: 'STORE_RATE_LIMITED',
      kind: 'rate-limited',
      message: 'Wait.',
      retryAfterMilliseconds: 2 * MINUTE,
    });
    let failures = 0;
    const failing: typeof store = {
      ...store,
      update: (write, call) => {
        if (write.name !== NAMES.clientSecret || failures > 0) return store.update(write, call);
        failures += 1;
        void world.clock.sleep(30_000).then(() => world.tenant.changeByHand(BY_HAND));
        return Promise.reject(outage);
      },
    };
    const result = await world.rotate({ store: failing });
    expect(result).toMatchObject({ status: 'undecided', error: { code: 'SECRET_CHANGED_ELSEWHERE' } });
    expect(world.stored('clientSecret')?.equals(world.tenant.initial)).toBe(true);
  });
});

describe('a status says no more than is known', () => {
  const outage = new RotationError({ code: 'STORE_UNAVAILABLE', kind: 'not-applied', message: 'Out.' });

  it('is undecided when the store fails right after the new secret was sent', async () => {
    const world = createWorld();
    const { store } = world.options();
    let isOut = false;
    world.tenant.onActivated = () => {
      isOut = true;
    };
    const failing = {
      ...store,
      now: (...call: Parameters<typeof store.now>) => (isOut ? Promise.reject(outage) : store.now(...call)),
    };
    expect(await world.rotate({ store: failing })).toMatchObject({ status: 'undecided', phase: 'published' });
    expect((await world.rotate()).status).toBe('success');
    expectConverged(world);
  });

  it('is undecided when an earlier run left a candidate and the store fails before anything can be found out', async () => {
    const world = createWorld();
    await dieAfterActivation(world);
    const { store } = world.options();
    const failing = { ...store, now: () => Promise.reject(outage) };
    expect(await world.rotate({ store: failing })).toMatchObject({ status: 'undecided', phase: 'announced' });
    expect((await world.rotate()).status).toBe('success');
    expectConverged(world);
  });

  it("asks for the store's time again when it was not told once", async () => {
    const world = createWorld();
    const { store } = world.options();
    let asked = 0;
    const failing = {
      ...store,
      // The second question is how much of the overlap is left.
      now: (...call: Parameters<typeof store.now>) => (++asked === 2 ? Promise.reject(outage) : store.now(...call)),
    };
    expect((await world.rotate({ store: failing })).status).toBe('success');
    expectConverged(world);
  });
});

describe('rule 9: deadlines', () => {
  it('aborts a request that gets no answer, and sends it again only then', async () => {
    const world = createWorld();
    const sentAt: number[] = [];
    const steps = world.options().steps;
    const watched = {
      ...steps,
      activate: (...call: Parameters<typeof steps.activate>) => {
        sentAt.push(world.clock.monotonic());
        return steps.activate(...call);
      },
    };
    world.tenant.failNext({ kind: 'never-answered', effect: false });
    expect((await world.rotate({ steps: watched })).status).toBe('success');
    expect(sentAt).toHaveLength(2);
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThanOrEqual(20_000);
  });

  it('an interrupted run says that it can be run again', async () => {
    const world = createWorld();
    const controller = new AbortController();
    void world.clock.sleep(60_000).then(() => controller.abort(new Error('SIGINT')));
    const result = await world.rotate({ signal: controller.signal });
    expect(result).toMatchObject({ status: 'undecided', phase: 'announced', error: { code: 'INTERRUPTED' } });
    expect((await world.rotate()).status).toBe('success');
    expectConverged(world);
  });
});

async function dieAfterActivation(world: World): Promise<void> {
  const process: Process = { dead: false };
  process.onEffect = (effect) => {
    process.dead = effect === 'after activate';
  };
  await runUntilDeath(world, process);
  expect(world.tenant.counts.activations).toBe(1);
}

/** Looks every 50 ms of virtual time until it is ended. */
function watchWhile(world: World, look: () => void) {
  let over = false;
  let looks = 0;
  const watching = (async () => {
    while (!over) {
      look();
      looks += 1;
      await world.clock.sleep(50);
    }
  })();
  watching.catch(() => {});
  return {
    looks: () => looks,
    end: async () => {
      over = true;
      look();
      await world.clock.run(watching);
    },
  };
}

describe('proof where none can be had', () => {
  it('refuses an application that accepts a made-up secret', async () => {
    const world = createWorld();
    world.tenant.answerProbes('accepted', 1);
    await expect(world.rotate()).rejects.toMatchObject({ code: 'APPLICATION_PUBLIC' });
    expect(world.tenant.counts.activations).toBe(0);
  });
});
