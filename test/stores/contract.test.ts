import { describe, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { createMemoryJournal, createMemoryStore, createMemoryVault } from '../../src/stores/index.js';
import { journalContract } from '../../src/testing/contracts/journal.js';
import { secretStoreContract } from '../../src/testing/contracts/secret-store.js';
import { startInfisicalStandIn } from '../../src/testing/infisical-stand-in/index.js';
import { storeFor } from './support/infisical.js';
import { createManualClock } from './support/manual-clock.js';
import { memorySubject } from './support/memory-subject.js';

secretStoreContract({ name: 'memory', describe, it, create: () => memorySubject(createMemoryStore()) });
secretStoreContract({ name: 'a vault', describe, it, create: () => memorySubject(createMemoryVault().store) });

for (const racyCreates of [false, true]) {
  secretStoreContract({
    name: `infisical${racyCreates ? ' with racy creates' : ''}`,
    describe,
    it,
    create: async () => {
      const standIn = await startInfisicalStandIn({ racyCreates });
      return {
        store: storeFor(standIn),
        truth: (name) =>
          standIn
            .secretsIn()
            .filter((secret) => secret.name === name)
            .map(({ value, comment }) => ({ value, note: comment })),
        put: (name, value, comment) => standIn.set({ name, value, ...(comment === undefined ? {} : { comment }) }),
        addCopy: (name, value) => standIn.set({ name, value, copy: true }),
        close: () => standIn.close(),
      };
    },
  });
}

journalContract({
  name: 'memory',
  describe,
  it,
  create: () => {
    const clock = createManualClock();
    const journal = createMemoryJournal({ clock });
    return { journal, leases: journal, advance: clock.advance, monotonic: clock.monotonic };
  },
});

journalContract({
  name: 'a vault',
  describe,
  it,
  create: () => {
    const clock = createManualClock();
    const { journal, store } = createMemoryVault({ clock });
    store.put({ name: 'UNRELATED', value: new Secret('unrelated') });
    return { journal, leases: journal, store, advance: clock.advance, monotonic: clock.monotonic };
  },
});
