/** Remembers whether a run has written to its store: only a run that has not may say that nothing was changed. */
import { RotationError } from '../base/errors.js';
import type { SecretStore, SecretWrite } from './ports.js';

export interface NotedWrites {
  /** The store, watched. */
  readonly store: SecretStore;
  /** Whether anything was written, or may have been. */
  readonly mayHaveWritten: boolean;
}

/** Watches a store from now on. */
export function noteWrites(store: SecretStore): NotedWrites {
  let mayHaveWritten = false;
  const noted = async (write: Promise<void>) => {
    try {
      await write;
      mayHaveWritten = true;
    } catch (thrown) {
      mayHaveWritten ||= !isCertainlyRefused(thrown);
      throw thrown;
    }
  };
  return {
    store: {
      description: store.description,
      sharesJournalTransaction: store.sharesJournalTransaction,
      read: (names, call) => store.read(names, call),
      create: (write: SecretWrite, call) => noted(store.create(write, call)),
      update: (write: SecretWrite, call) => noted(store.update(write, call)),
      now: (call) => store.now(call),
    },
    get mayHaveWritten() {
      return mayHaveWritten;
    },
  };
}

/** Copies are found by reading back what was written. */
function isCertainlyRefused(thrown: unknown): boolean {
  if (!RotationError.isInstance(thrown) || thrown.code === 'STORE_DUPLICATE') return false;
  return thrown.kind !== 'unknown' && thrown.kind !== 'defect';
}
