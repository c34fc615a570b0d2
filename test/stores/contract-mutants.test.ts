/** A suite is worth as much as what it catches: for every case, an implementation broken on purpose that must fail it. */
import { describe, expect, it } from 'vitest';
import { RotationError } from '../../src/base/errors.js';
import { Secret } from '../../src/base/secret.js';
import type { Attempt } from '../../src/engine/attempt.js';
import type { Lease, SecretStore, SecretWrite, StoredSecret } from '../../src/engine/ports.js';
import {
  createMemoryJournal,
  createMemoryStore,
  createMemoryVault,
  type MemoryJournal,
  type MemoryStore,
} from '../../src/stores/index.js';
import type { ContractCase } from '../../src/testing/contracts/contract.js';
import { type JournalSubject, journalCases } from '../../src/testing/contracts/journal.js';
import { type SecretStoreSubject, secretStoreCases } from '../../src/testing/contracts/secret-store.js';
import { createManualClock } from './support/manual-clock.js';
import { memorySubject } from './support/memory-subject.js';

type StoreMutation = (memory: MemoryStore) => Partial<SecretStore>;

const overwrite = (memory: MemoryStore) => async (write: SecretWrite) => memory.put(write);
const mapRead =
  (memory: MemoryStore, change: (secret: StoredSecret) => StoredSecret): SecretStore['read'] =>
  async (names, call) =>
    new Map([...(await memory.read(names, call))].map(([name, secret]) => [name, change(secret)]));

const BROKEN_STORES: Readonly<Record<string, StoreMutation>> = {
  'reads nothing where nothing is': () => ({
    read: async (names) =>
      new Map(names.map((name) => [name, { value: new Secret(''), note: undefined, updatedAt: 0, copies: 1 }])),
  }),
  'keeps what it creates, with its note, in one copy': (memory) => ({
    create: ({ name, value }, call) => memory.create({ name, value }, call),
  }),
  'keeps no note when none is given': (memory) => ({
    read: mapRead(memory, (secret) => ({ ...secret, note: secret.note ?? '' })),
  }),
  'refuses to create over another value, and leaves it alone': (memory) => ({ create: overwrite(memory) }),
  'takes a create of what stands there already for done': (memory) => ({
    create: async (write, call) => {
      if (memory.contents().has(write.name)) throw taken('');
      await memory.create(write, call);
    },
  }),
  'refuses to create over the same value with another note': (memory) => ({
    create: async (write, call) => {
      const stored = memory.contents().get(write.name)?.[0];
      if (stored?.value.equals(write.value) !== true) await memory.create(write, call);
    },
  }),
  'updates value and note': (memory) => ({
    update: async ({ name, value }) => memory.put({ name, value, note: 'before' }),
  }),
  'leaves the note alone when an update has none': (memory) => ({
    update: async ({ name, value, note }) => memory.put({ name, value, note: note ?? '' }),
  }),
  'removes the note when an update has an empty one': (memory) => ({
    update: (write, call) => {
      const note = write.note || memory.contents().get(write.name)?.[0]?.note;
      return memory.update({ ...write, ...(note === undefined ? {} : { note }) }, call);
    },
  }),
  'does not create by updating': (memory) => ({ update: overwrite(memory) }),
  'sees what others wrote': (memory) => {
    let cached: ReadonlyMap<string, StoredSecret> | undefined;
    return {
      read: async (names, call) => {
        cached ??= await memory.read(names, call);
        return cached;
      },
    };
  },
  'reads the names it is asked for and no others': (memory) => ({
    read: (_, call) => memory.read([...memory.contents().keys()], call),
  }),
  'reads references as they stand': (memory) => ({
    read: mapRead(memory, (secret) => ({
      ...secret,
      value: secret.value.reveal().startsWith('$') ? new Secret('expanded') : secret.value,
    })),
  }),
  'keeps every value exactly, or refuses it before anything changes': (memory) => ({
    create: (write, call) => memory.create({ ...write, value: new Secret(write.value.reveal().trim()) }, call),
  }),
  'refuses names that lead elsewhere': (memory) => ({ create: overwrite(memory) }),
  'creates one copy when the same create is asked for twice at once': (memory) => ({
    create: async (write, call) => {
      const free = !memory.contents().has(write.name);
      await Promise.resolve();
      if (free) memory.addCopy(write);
      else await memory.create(write, call);
    },
  }),
  'counts copies, and does not take them for a success': (memory) => ({
    read: mapRead(memory, (secret) => ({ ...secret, copies: 1 })),
  }),
  'changes nothing in a call whose time is over': (memory) => ({
    update: async (write) => {
      memory.put(write);
      throw new RotationError({ code: 'INTERRUPTED', kind: 'not-applied', message: 'Ended.' });
    },
  }),
  'dates its secrets on its own clock': (memory) => ({
    now: async (call) => ((await memory.now(call)) ?? 0) + 3_600_000,
  }),
};

type JournalMutation = (journal: MemoryJournal) => Partial<MemoryJournal>;

const BROKEN_JOURNALS: Readonly<Record<string, JournalMutation>> = {
  'knows nothing of an application it never saw': () => ({
    load: async () => ({ attempt: undefined, unansweredUntil: 0 }),
  }),
  'gives back the attempt it saved, secrets included': (journal) => ({
    save: (attempt, ...rest) => journal.save({ ...attempt, previous: undefined }, ...rest),
  }),
  'replaces the state before': (journal) => {
    let saved = false;
    return {
      save: async (...parameters) => {
        if (!saved) await journal.save(...parameters);
        saved = true;
      },
    };
  },
  'keeps applications apart': (journal) => {
    let only: Attempt | undefined;
    return {
      save: async (attempt, ...rest) => {
        only = attempt;
        await journal.save(attempt, ...rest);
      },
      load: async () => ({ attempt: only, unansweredUntil: undefined }),
    };
  },
  'leases an application to one worker at a time': () => ({ acquire: leaseForEverybody() }),
  'lets a lease run out': (journal) => ({
    acquire: (key, _, call) => journal.acquire(key, Number.MAX_SAFE_INTEGER, call),
  }),
  'tells the end of a lease on the holder’s monotonic clock': (journal) => ({
    acquire: async (key, milliseconds, call) => {
      const lease = await journal.acquire(key, milliseconds, call);
      return lease && { ...lease, expiresAtMonotonic: Date.now() + milliseconds };
    },
  }),
  'prolongs a lease without a new token': () => ({ renew: async (lease) => lease }),
  'does not prolong a lease that ran out or passed on': () => ({
    renew: async (lease, milliseconds) => ({ ...lease, expiresAtMonotonic: milliseconds }),
  }),
  'lets a lease be given back twice, and never another worker’s': (journal) => {
    const held: Lease[] = [];
    return {
      acquire: async (...parameters) => {
        const lease = await journal.acquire(...parameters);
        if (lease !== undefined) held.push(lease);
        return lease;
      },
      release: async (_, call) => {
        for (const lease of held) await journal.release(lease, call);
      },
    };
  },
  'refuses a save under a lease that passed on, and saves nothing of it': (journal) => {
    const newest = newestLease(journal);
    return {
      acquire: newest.acquire,
      save: (attempt, lease, ...rest) => journal.save(attempt, newest.get() ?? lease, ...rest),
    };
  },
  'refuses a state that is older than the one it holds': (journal) => ({
    save: (attempt, ...rest) => journal.save({ ...attempt, revision: Number.MAX_SAFE_INTEGER }, ...rest),
  }),
  'remembers, across attempts, how long an unanswered request may still take effect': (journal) => ({
    load: async (key, call) => ({ ...(await journal.load(key, call)), unansweredUntil: undefined }),
  }),
  'leaves nothing to wait for when every request was answered': (journal) => ({
    load: async (key, call) => ({ ...(await journal.load(key, call)), unansweredUntil: 1 }),
  }),
  'does nothing in a call whose time is over': (journal) => ({
    save: async (attempt, lease, call, writes) => {
      await journal.save(attempt, lease, { signal: new AbortController().signal }, writes);
      call.signal.throwIfAborted();
    },
  }),
};

describe('the secret store contract', () => {
  it('has a broken implementation for every case', () => {
    expect(Object.keys(BROKEN_STORES).sort()).toEqual(titles(secretStoreCases));
  });

  for (const { title, run } of secretStoreCases) {
    it(`catches a store that breaks: ${title}`, async () => {
      const memory = createMemoryStore();
      const broken: SecretStoreSubject = {
        ...memorySubject(memory),
        store: { ...memory, ...BROKEN_STORES[title]?.(memory) },
      };
      await expect(run(broken)).rejects.toThrow();
      await run(memorySubject(createMemoryStore()));
    });
  }

  it('catches an error that shows a secret', async () => {
    const memory = createMemoryStore();
    const store: SecretStore = {
      ...memory,
      create: async ({ value }) => {
        throw taken(value.reveal());
      },
    };
    const refusing = secretStoreCases.find(({ title }) => title.startsWith('refuses to create over another value'));
    await expect(refusing?.run({ ...memorySubject(memory), store })).rejects.toThrow('no secret is in an error');
  });
});

describe('the journal contract', () => {
  const together = 'commits an attempt and its writes together, or neither';

  it('has a broken implementation for every case', () => {
    expect([...Object.keys(BROKEN_JOURNALS), together].sort()).toEqual(titles(journalCases));
  });

  for (const { title, run } of journalCases) {
    if (title === together) continue;
    it(`catches a journal that breaks: ${title}`, async () => {
      await expect(run(journalSubject(BROKEN_JOURNALS[title]))).rejects.toThrow();
      await run(journalSubject(() => ({})));
    });
  }

  it.each<[string, (journal: MemoryJournal, store: MemoryStore) => MemoryJournal['save']]>([
    [
      'writes first and asks for the lease later',
      (journal, store) =>
        async (attempt, lease, call, writes = []) => {
          for (const write of writes) store.put(write);
          await journal.save(attempt, lease, call);
        },
    ],
    [
      'saves the attempt before it checks the writes',
      (journal) => async (attempt, lease, call, writes) => {
        await journal.save(attempt, lease, call);
        await journal.save(attempt, lease, call, writes);
      },
    ],
  ])('catches a vault that %s', async (_, mutate) => {
    const clock = createManualClock();
    const { journal, store } = createMemoryVault({ clock });
    const broken = { ...journal, save: mutate(journal, store) };
    const found = journalCases.find(({ title }) => title === together);
    const subject = { journal: broken, leases: journal, store, advance: clock.advance, monotonic: clock.monotonic };
    await expect(found?.run(subject)).rejects.toThrow();
  });
});

function titles(cases: readonly ContractCase<never>[]): readonly string[] {
  return cases.map(({ title }) => title).sort();
}

function taken(detail: string): RotationError {
  return new RotationError({ code: 'STORE_NAME_TAKEN', kind: 'configuration', message: `Taken. ${detail}` });
}

function journalSubject(mutate: JournalMutation | undefined): JournalSubject {
  const clock = createManualClock();
  const right = createMemoryJournal({ clock });
  const broken = { ...right, ...mutate?.(right) };
  return { journal: broken, leases: broken, advance: clock.advance, monotonic: clock.monotonic };
}

function leaseForEverybody(): MemoryJournal['acquire'] {
  let fencingToken = 0;
  return async (applicationKey, milliseconds) => {
    fencingToken += 1;
    return { applicationKey, fencingToken, expiresAtMonotonic: milliseconds };
  };
}

function newestLease(journal: MemoryJournal): { acquire: MemoryJournal['acquire']; get: () => Lease | undefined } {
  let newest: Lease | undefined;
  return {
    acquire: async (...parameters) => {
      const lease = await journal.acquire(...parameters);
      newest = lease ?? newest;
      return lease;
    },
    get: () => newest,
  };
}
