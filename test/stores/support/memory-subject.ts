/** A memory store as the contract suite wants it. */
import { Secret } from '../../../src/base/secret.js';
import type { MemoryStore } from '../../../src/stores/index.js';
import type { SecretStoreSubject } from '../../../src/testing/contracts/secret-store.js';

export function memorySubject(memory: MemoryStore): SecretStoreSubject {
  const write = (name: string, value: string, note?: string) => ({
    name,
    value: new Secret(value),
    ...(note === undefined ? {} : { note }),
  });
  return {
    store: memory,
    truth: (name) => (memory.contents().get(name) ?? []).map(({ value, note }) => ({ value: value.reveal(), note })),
    put: (name, value, note) => memory.put(write(name, value, note)),
    addCopy: (name, value) => memory.addCopy(write(name, value)),
  };
}
