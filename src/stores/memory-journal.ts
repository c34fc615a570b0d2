/**
 * Attempts and leases in memory, for tests, simulations and embedding; and a vault, where the journal and the store
 * share one transaction.
 */
import { type Call, type Clock, systemClock } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import { type Attempt, isFinished, unansweredUntil } from '../engine/attempt.js';
import type { Journal, JournalEntry, Lease, Leases, SecretWrite } from '../engine/ports.js';
import { type EffectHooks, interruptible } from './interruptible.js';
import {
  type MemorySecret,
  type MemoryStore,
  type MemoryStoreOptions,
  memorySecret,
  memoryStoreOver,
} from './memory.js';
import { checkName } from './writable.js';

/** One operation on a journal or its leases, as a hook sees it. */
export type JournalOperation =
  | { readonly type: 'load'; readonly effect: 'read'; readonly applicationKey: string }
  | { readonly type: 'save'; readonly effect: 'write'; readonly attempt: Attempt }
  | { readonly type: 'acquire' | 'renew' | 'release'; readonly effect: 'write'; readonly applicationKey: string }
  | { readonly type: 'now'; readonly effect: 'read' };

/** What a memory journal may be made with. Everything has a default. */
export interface MemoryJournalOptions {
  /** @default the clock of this machine */
  readonly clock?: Clock;
  /** Where a test or a simulation steps in. */
  readonly hooks?: EffectHooks<JournalOperation>;
}

/** Attempts and leases in memory, in one object. */
export interface MemoryJournal extends Journal, Leases {}

/** A journal and a store that share one transaction. */
export interface MemoryVault {
  readonly journal: MemoryJournal;
  readonly store: MemoryStore;
}

/** What is kept for one application. */
interface Kept {
  readonly attempt: Attempt | undefined;
  /** From attempts that were replaced, see `JournalEntry.unansweredUntil`. */
  readonly unansweredUntil: number | undefined;
}

interface Holding {
  readonly fencingToken: number;
  /** On the journal's monotonic clock; in the past once it was given back. */
  readonly expiresAt: number;
}

/** Applies writes in the same instant as a save; throws before anything is changed, or not at all. */
type Commit = (writes: readonly SecretWrite[]) => void;

/**
 * Keeps attempts and leases in memory.
 *
 * @param options clock and hooks. Durable times are on the clock's wall time, leases on its monotonic time.
 * @returns a journal that refuses writes to a store: it has none in its transaction.
 */
export function createMemoryJournal(options: MemoryJournalOptions = {}): MemoryJournal {
  return memoryJournalOver(options, (writes) => {
    if (writes.length === 0) return;
    throw new RotationError({
      code: 'DEFECT',
      kind: 'defect',
      message: 'This journal shares its transaction with no store, so it cannot write secrets. Nothing was saved.',
    });
  });
}

/**
 * A journal and a store that share one transaction: a save applies the attempt and the writes, or neither.
 *
 * @param options clock and hooks of the journal, and those of the store.
 */
export function createMemoryVault(
  options: MemoryJournalOptions & { readonly store?: Omit<MemoryStoreOptions, 'clock'> } = {},
): MemoryVault {
  const clock = options.clock ?? systemClock;
  const contents = new Map<string, readonly MemorySecret[]>();
  const store = memoryStoreOver(contents, true, { clock, ...options.store });
  const journal = memoryJournalOver({ ...options, clock }, (writes) => {
    for (const write of writes) checkName(write.name);
    for (const write of writes)
      contents.set(write.name, [memorySecret(write, clock.now(), contents.get(write.name)?.[0])]);
  });
  return { journal, store };
}

function memoryJournalOver(options: MemoryJournalOptions, commit: Commit): MemoryJournal {
  const clock = options.clock ?? systemClock;
  const hooks = options.hooks ?? {};
  const entries = new Map<string, Kept>();
  const holdings = new Map<string, Holding>();

  const run = <T>(operation: JournalOperation, call: Call, effect: () => T): Promise<T> =>
    interruptible(operation, hooks, call, effect, 'JOURNAL_UNAVAILABLE');

  const granted = (applicationKey: string, fencingToken: number, askedAt: number, milliseconds: number): Lease => {
    holdings.set(applicationKey, { fencingToken, expiresAt: clock.monotonic() + milliseconds });
    return { applicationKey, fencingToken, expiresAtMonotonic: askedAt + milliseconds };
  };

  return {
    load: (applicationKey, call) =>
      run({ type: 'load', effect: 'read', applicationKey }, call, () => entryOf(entries.get(applicationKey))),
    async save(attempt, lease, call, writes = []) {
      await run({ type: 'save', effect: 'write', attempt }, call, () => {
        const { applicationKey } = attempt;
        const newest = holdings.get(applicationKey)?.fencingToken ?? 0;
        if (lease.applicationKey !== applicationKey || lease.fencingToken !== newest) throw leaseLost();
        const held = entries.get(applicationKey)?.attempt;
        if (held?.id === attempt.id && held.revision > attempt.revision) throw leaseLost();
        commit(writes);
        entries.set(applicationKey, { attempt, unansweredUntil: carriedOver(entries.get(applicationKey), attempt) });
      });
    },
    now: (call) => run({ type: 'now', effect: 'read' }, call, () => clock.now()),

    acquire(applicationKey, milliseconds, call) {
      const askedAt = clock.monotonic();
      return run({ type: 'acquire', effect: 'write', applicationKey }, call, () => {
        const holding = holdings.get(applicationKey);
        if (holding !== undefined && holding.expiresAt > clock.monotonic()) return undefined;
        return granted(applicationKey, (holding?.fencingToken ?? 0) + 1, askedAt, milliseconds);
      });
    },
    renew(lease, milliseconds, call) {
      const { applicationKey, fencingToken } = lease;
      const askedAt = clock.monotonic();
      return run({ type: 'renew', effect: 'write', applicationKey }, call, () => {
        const holding = holdings.get(applicationKey);
        if (holding?.fencingToken !== fencingToken || holding.expiresAt <= clock.monotonic()) throw leaseLost();
        return granted(applicationKey, fencingToken, askedAt, milliseconds);
      });
    },
    async release(lease, call) {
      const { applicationKey, fencingToken } = lease;
      await run({ type: 'release', effect: 'write', applicationKey }, call, () => {
        if (holdings.get(applicationKey)?.fencingToken !== fencingToken) return;
        // The token stays: the next lease must get a newer one.
        holdings.set(applicationKey, { fencingToken, expiresAt: Number.NEGATIVE_INFINITY });
      });
    },
  };
}

/** A finished attempt counts as an earlier one; one in hand knows its own requests. */
function entryOf(kept: Kept | undefined): JournalEntry {
  const attempt = kept?.attempt;
  const own = attempt !== undefined && isFinished(attempt) ? unansweredUntil(attempt) : undefined;
  return { attempt, unansweredUntil: later(kept?.unansweredUntil, own) };
}

function carriedOver(kept: Kept | undefined, next: Attempt): number | undefined {
  const replaced =
    kept?.attempt !== undefined && kept.attempt.id !== next.id ? unansweredUntil(kept.attempt) : undefined;
  return later(kept?.unansweredUntil, replaced);
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

function leaseLost(): RotationError {
  return new RotationError({
    code: 'LEASE_LOST',
    kind: 'refused',
    message: 'The journal has gone on without this worker. Nothing was saved.',
  });
}
