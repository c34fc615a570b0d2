/** Where mapped secrets live: Infisical, or memory. */
export * from './infisical/index.js';
export type { EffectHooks } from './interruptible.js';
export {
  createMemoryStore,
  type MemorySecret,
  type MemoryStore,
  type MemoryStoreOptions,
  type StoreOperation,
} from './memory.js';
export {
  createMemoryJournal,
  createMemoryVault,
  type JournalOperation,
  type MemoryJournal,
  type MemoryJournalOptions,
  type MemoryVault,
} from './memory-journal.js';
