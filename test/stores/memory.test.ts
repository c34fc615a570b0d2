/** What the memory store and journal offer beyond the contracts: hooks, effects that come late, and their clock. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DeadlineExceeded } from '../../src/base/clock.js';
import { createMemoryJournal, createMemoryStore, createMemoryVault } from '../../src/stores/index.js';
import { sampleAttempt } from '../../src/testing/contracts/journal.js';
import { AT_LEISURE, canary, failureOf, gate, NAME } from './support/infisical.js';
import { createManualClock } from './support/manual-clock.js';

describe('the memory store', () => {
  it('lets a hook fail a write before its effect, and lose its answer after it', async () => {
    const faults = { before: true, after: false };
    const store = createMemoryStore({
      hooks: {
        beforeEffect: () => {
          if (faults.before) throw new Error('before');
        },
        afterEffect: () => {
          if (faults.after) throw new Error('after');
        },
      },
    });
    await expect(store.create({ name: NAME, value: canary() }, AT_LEISURE)).rejects.toThrow('before');
    expect(store.contents().size).toBe(0);
    Object.assign(faults, { before: false, after: true });
    await expect(store.create({ name: NAME, value: canary() }, AT_LEISURE)).rejects.toThrow('after');
    expect(store.contents().size).toBe(1);
  });

  it('tells the caller at once when the time is over, and the effect may still come', async () => {
    const held = gate();
    const store = createMemoryStore({ hooks: { beforeEffect: () => held.opened } });
    const controller = new AbortController();
    const work = failureOf(store.create({ name: NAME, value: canary() }, controller));
    controller.abort(new DeadlineExceeded(5));
    expect(await work).toMatchObject({ code: 'STORE_UNAVAILABLE', kind: 'unknown' });
    expect(store.contents().size).toBe(0);
    held.open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.contents().size).toBe(1);
  });

  it('is dated by its clock', async () => {
    const clock = createManualClock(5_000);
    const store = createMemoryStore({ clock });
    await store.create({ name: NAME, value: canary() }, AT_LEISURE);
    clock.advance(1_000);
    expect((await store.read([NAME], AT_LEISURE)).get(NAME)?.updatedAt).toBe(5_000);
    expect(await store.now(AT_LEISURE)).toBe(6_000);
  });

  it('shows no value when it is inspected', async () => {
    const value = canary();
    const { store } = createMemoryVault();
    store.put({ name: NAME, value });
    expect(inspect(store.contents(), { depth: 9 }) + inspect(store, { depth: 9 })).not.toContain(value.reveal());
  });
});

describe('the memory journal', () => {
  it('counts a lease from before it was asked for: the wait for the answer is lost', async () => {
    const clock = createManualClock();
    const slow = { beforeEffect: () => clock.advance(4_000) };
    const journal = createMemoryJournal({ clock, hooks: slow });
    const lease = await journal.acquire('application', 30_000, AT_LEISURE);
    expect(lease?.expiresAtMonotonic).toBe(30_000);
  });

  it('refuses writes, because no store shares its transaction', async () => {
    const journal = createMemoryJournal();
    const attempt = sampleAttempt();
    const lease = await journal.acquire(attempt.applicationKey, 30_000, AT_LEISURE);
    const write = { name: NAME, value: canary() };
    const save = async () => {
      if (lease !== undefined) await journal.save(attempt, lease, AT_LEISURE, [write]);
    };
    expect(await failureOf(save())).toMatchObject({ code: 'DEFECT' });
    expect((await journal.load(attempt.applicationKey, AT_LEISURE)).attempt).toBeUndefined();
  });

  it('refuses a save under the lease of another application, or under none it gave', async () => {
    const journal = createMemoryJournal();
    const attempt = sampleAttempt();
    const other = await journal.acquire('another', 30_000, AT_LEISURE);
    const forged = { applicationKey: attempt.applicationKey, fencingToken: 7, expiresAtMonotonic: 1e9 };
    for (const lease of [other, forged]) {
      if (lease === undefined) continue;
      expect(await failureOf(journal.save(attempt, lease, AT_LEISURE))).toMatchObject({ code: 'LEASE_LOST' });
    }
  });

  it('says that the journal is unavailable, not the store', async () => {
    const journal = createMemoryJournal({ hooks: { beforeEffect: () => new Promise(() => {}) } });
    const controller = new AbortController();
    const work = failureOf(journal.load('application', controller));
    controller.abort(new DeadlineExceeded(5));
    expect(await work).toMatchObject({ code: 'JOURNAL_UNAVAILABLE', kind: 'not-applied' });
  });
});
