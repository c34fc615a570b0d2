/** Secrets in memory, for tests, simulations and embedding. The same promises as any other store. */
import { type Clock, systemClock } from '../base/clock.js';
import type { Secret } from '../base/secret.js';
import type { SecretStore, SecretWrite, StoredSecret } from '../engine/ports.js';
import { duplicated, nameTaken, secretGone } from './failures.js';
import { type EffectHooks, interruptible } from './interruptible.js';
import { checkName, isWritten, plainNote } from './writable.js';

/** One operation on a store, as a hook sees it. */
export type StoreOperation =
  | { readonly type: 'read'; readonly effect: 'read'; readonly names: readonly string[] }
  | { readonly type: 'create'; readonly effect: 'write'; readonly name: string }
  | { readonly type: 'update'; readonly effect: 'write'; readonly name: string }
  | { readonly type: 'now'; readonly effect: 'read' };

/** What a memory store may be made with. Everything has a default. */
export interface MemoryStoreOptions {
  /** @default the clock of this machine */
  readonly clock?: Clock;
  /** Where a test or a simulation steps in. */
  readonly hooks?: EffectHooks<StoreOperation>;
  /** @default 'memory' */
  readonly description?: string;
}

/** A store with a back door: what another writer would do, and what really stands there. */
export interface MemoryStore extends SecretStore {
  /** Writes as somebody else would: no hook, no question asked. Replaces all copies of the name. */
  put(write: SecretWrite): void;
  /** Adds one more secret of the name, as two creates at once would leave it behind. */
  addCopy(write: SecretWrite): void;
  /** Removes all copies of the name. */
  remove(name: string): void;
  /** Every copy of every secret. */
  contents(): ReadonlyMap<string, readonly MemorySecret[]>;
}

/** One copy of a secret as the memory store holds it. */
export interface MemorySecret {
  readonly value: Secret;
  readonly note: string | undefined;
  /** Milliseconds on the store's clock. */
  readonly updatedAt: number;
}

/**
 * Keeps secrets in memory.
 *
 * @param options clock and hooks.
 * @returns a store; see `SecretStore` for what its methods promise.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return memoryStoreOver(new Map(), false, options);
}

/** @internal A store over contents that something else may share. */
export function memoryStoreOver(
  contents: Map<string, readonly MemorySecret[]>,
  sharesJournalTransaction: boolean,
  options: MemoryStoreOptions,
): MemoryStore {
  const clock = options.clock ?? systemClock;
  const hooks = options.hooks ?? {};
  const written = (write: SecretWrite): MemorySecret => memorySecret(write, clock.now());

  return {
    description: options.description ?? 'memory',
    sharesJournalTransaction,
    async read(names, call) {
      for (const name of names) checkName(name);
      return await interruptible({ type: 'read', effect: 'read', names }, hooks, call, () => pick(names, contents));
    },
    async create(write, call) {
      checkName(write.name);
      await interruptible({ type: 'create', effect: 'write', name: write.name }, hooks, call, () => {
        const [stored, ...copies] = contents.get(write.name) ?? [];
        if (stored === undefined) contents.set(write.name, [written(write)]);
        else if (copies.length > 0) throw duplicated(write.name, copies.length + 1);
        else if (!isWritten(write, stored)) throw nameTaken(write.name);
      });
    },
    async update(write, call) {
      checkName(write.name);
      await interruptible({ type: 'update', effect: 'write', name: write.name }, hooks, call, () => {
        const [stored, ...copies] = contents.get(write.name) ?? [];
        if (stored === undefined) throw secretGone(write.name);
        contents.set(write.name, [memorySecret(write, clock.now(), stored), ...copies]);
        if (copies.length > 0) throw duplicated(write.name, copies.length + 1);
      });
    },
    now: (call) => interruptible({ type: 'now', effect: 'read' }, hooks, call, () => clock.now()),
    put(write) {
      contents.set(write.name, [written(write)]);
    },
    addCopy(write) {
      contents.set(write.name, [...(contents.get(write.name) ?? []), written(write)]);
    },
    remove(name) {
      contents.delete(name);
    },
    contents: () => new Map(contents),
  };
}

/** @internal The stored form of a write over what stood there before. */
export function memorySecret(write: SecretWrite, updatedAt: number, before?: MemorySecret): MemorySecret {
  return { value: write.value, note: plainNote(write.note ?? before?.note), updatedAt };
}

function pick(
  names: readonly string[],
  contents: ReadonlyMap<string, readonly MemorySecret[]>,
): ReadonlyMap<string, StoredSecret> {
  const found = new Map<string, StoredSecret>();
  for (const name of names) {
    const copies = contents.get(name) ?? [];
    const [first] = copies;
    if (first !== undefined) found.set(name, { ...first, copies: copies.length });
  }
  return found;
}
