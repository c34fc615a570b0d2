/** What every secret store promises, as cases that any implementation can be run against. */
import { randomBytes } from 'node:crypto';
import { Secret } from '../../base/secret.js';
import type { SecretStore } from '../../engine/ports.js';
import {
  AT_LEISURE,
  type ContractCase,
  type ContractRunner,
  type Disposable,
  failsWith,
  hidesSecrets,
  promised,
  registerContract,
} from './contract.js';

/** A secret as it really stands in the store, seen past the store's own methods. */
export interface StoreTruth {
  readonly value: string;
  /** Undefined or empty for none. */
  readonly note: string | undefined;
}

/** A store that holds nothing, with a back door to the truth. */
export interface SecretStoreSubject extends Disposable {
  readonly store: SecretStore;
  /** Every copy of a name. */
  truth(name: string): Promise<readonly StoreTruth[]> | readonly StoreTruth[];
  /** Writes as somebody else would, without the store. */
  put(name: string, value: string, note?: string): Promise<void> | void;
  /** Adds one more secret of a name. Leave it out where names are unique by construction. */
  addCopy?(name: string, value: string): Promise<void> | void;
}

/** One promise of a secret store, as a test. */
export type SecretStoreCase = ContractCase<SecretStoreSubject>;

const NAME = 'AUTH0_CLIENT_SECRET';

/** The cases. Each can be run alone against a fresh subject. */
export const secretStoreCases: readonly SecretStoreCase[] = [
  {
    title: 'reads nothing where nothing is',
    async run({ store }) {
      const found = await store.read([NAME, 'AUTH0_CLIENT_ID'], AT_LEISURE);
      promised(found.size === 0, 'names that are not there are absent');
    },
  },
  {
    title: 'keeps what it creates, with its note, in one copy',
    async run({ store, truth }) {
      const value = madeUp();
      await store.create({ name: NAME, value, note: 'a note' }, AT_LEISURE);
      holds(await truth(NAME), [{ value, note: 'a note' }]);
      const stored = (await store.read([NAME], AT_LEISURE)).get(NAME);
      promised(stored?.value.equals(value) === true, 'the value is read as it was created');
      promised(stored.note === 'a note' && stored.copies === 1, 'the note and the number of copies are read');
    },
  },
  {
    title: 'keeps no note when none is given',
    async run({ store }) {
      await store.create({ name: NAME, value: madeUp() }, AT_LEISURE);
      const stored = (await store.read([NAME], AT_LEISURE)).get(NAME);
      promised(stored !== undefined && stored.note === undefined, 'there is no note');
    },
  },
  {
    title: 'refuses to create over another value, and leaves it alone',
    async run({ store, truth, put }) {
      const [theirs, ours] = [madeUp(), madeUp()];
      await put(NAME, theirs.reveal(), 'theirs');
      const error = await failsWith(store.create({ name: NAME, value: ours }, AT_LEISURE), 'STORE_NAME_TAKEN');
      promised(error.kind !== 'unknown', 'it is clear that nothing was changed');
      hidesSecrets(error, [theirs, ours]);
      holds(await truth(NAME), [{ value: theirs, note: 'theirs' }]);
    },
  },
  {
    title: 'takes a create of what stands there already for done',
    async run({ store, truth }) {
      const write = { name: NAME, value: madeUp(), note: 'a note' };
      await store.create(write, AT_LEISURE);
      await store.create(write, AT_LEISURE);
      holds(await truth(NAME), [{ value: write.value, note: 'a note' }]);
    },
  },
  {
    title: 'refuses to create over the same value with another note',
    async run({ store, truth, put }) {
      const value = madeUp();
      await put(NAME, value.reveal(), 'theirs');
      await failsWith(store.create({ name: NAME, value, note: 'ours' }, AT_LEISURE), 'STORE_NAME_TAKEN');
      holds(await truth(NAME), [{ value, note: 'theirs' }]);
    },
  },
  {
    title: 'updates value and note',
    async run({ store, truth, put }) {
      const value = madeUp();
      await put(NAME, madeUp().reveal(), 'before');
      await store.update({ name: NAME, value, note: 'after' }, AT_LEISURE);
      holds(await truth(NAME), [{ value, note: 'after' }]);
    },
  },
  {
    title: 'leaves the note alone when an update has none',
    async run({ store, truth, put }) {
      const value = madeUp();
      await put(NAME, madeUp().reveal(), 'before');
      await store.update({ name: NAME, value }, AT_LEISURE);
      holds(await truth(NAME), [{ value, note: 'before' }]);
    },
  },
  {
    title: 'removes the note when an update has an empty one',
    async run({ store, truth, put }) {
      const value = madeUp();
      await put(NAME, madeUp().reveal(), 'before');
      await store.update({ name: NAME, value, note: '' }, AT_LEISURE);
      holds(await truth(NAME), [{ value, note: undefined }]);
    },
  },
  {
    title: 'does not create by updating',
    async run({ store, truth }) {
      const error = await failsWith(
        store.update({ name: NAME, value: madeUp() }, AT_LEISURE),
        'STORE_CHANGED_ELSEWHERE',
      );
      promised(error.kind !== 'unknown', 'it is clear that nothing was changed');
      holds(await truth(NAME), []);
    },
  },
  {
    title: 'sees what others wrote',
    async run({ store, put }) {
      const [first, second] = [madeUp(), madeUp()];
      await put(NAME, first.reveal());
      promised(await reads(store, NAME, first), 'the value is read');
      await put(NAME, second.reveal());
      promised(await reads(store, NAME, second), 'the newer value is read');
    },
  },
  {
    title: 'reads the names it is asked for and no others',
    async run({ store, put }) {
      await put(NAME, madeUp().reveal());
      await put(`${NAME}_FALLBACK`, madeUp().reveal());
      const found = await store.read([NAME], AT_LEISURE);
      promised([...found.keys()].join() === NAME, 'only the named secret is in the answer');
    },
  },
  {
    title: 'reads references as they stand',
    async run({ store, put }) {
      const reference = new Secret(['$', '{OTHER}'].join(''));
      await put('OTHER', madeUp().reveal());
      await put(NAME, reference.reveal());
      promised(await reads(store, NAME, reference), 'the reference is not expanded');
    },
  },
  {
    title: 'keeps every value exactly, or refuses it before anything changes',
    async run({ store, truth }) {
      const awkward = ['a+/=_-.~%', 'quote"\\back', 'ünïcödé', ' blanks around ', 'newline\n', 'tab\tinside'];
      for (const [index, text] of awkward.entries()) {
        const name = `${NAME}_${index}`;
        const value = new Secret(`${text}${index === 3 ? ' ' : ''}`);
        const refused = await store.create({ name, value }, AT_LEISURE).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refused === undefined) holds(await truth(name), [{ value, note: undefined }]);
        else holds(await truth(name), []);
      }
    },
  },
  {
    // When they are read already: no plan may rest on them.
    title: 'refuses names that lead elsewhere',
    async run({ store }) {
      for (const name of ['', '.', '..', 'a/b', 'a:b', ' a', 'a\n']) {
        for (const work of [
          () => store.read([NAME, name], AT_LEISURE),
          () => store.create({ name, value: madeUp() }, AT_LEISURE),
          () => store.update({ name, value: madeUp() }, AT_LEISURE),
        ]) {
          const error = await failsWith(work(), 'SECRET_NAME_INVALID');
          promised(error.kind === 'refused', 'nothing was sent');
        }
      }
    },
  },
  {
    title: 'creates one copy when the same create is asked for twice at once',
    async run({ store, truth }) {
      const [one, other] = [madeUp(), madeUp()];
      const results = await Promise.allSettled(
        [one, other].map((value) => store.create({ name: NAME, value }, AT_LEISURE)),
      );
      promised(results.filter(({ status }) => status === 'fulfilled').length === 1, 'one of the two is refused');
      promised((await truth(NAME)).length === 1, 'there is one copy');
    },
  },
  {
    title: 'counts copies, and does not take them for a success',
    async run({ store, put, addCopy }) {
      if (addCopy === undefined) return;
      await put(NAME, madeUp().reveal());
      await addCopy(NAME, madeUp().reveal());
      const stored = (await store.read([NAME], AT_LEISURE)).get(NAME);
      promised(stored?.copies === 2, 'both copies are counted');
      await failsWith(store.create({ name: NAME, value: madeUp() }, AT_LEISURE), 'STORE_DUPLICATE');
      await failsWith(store.update({ name: NAME, value: madeUp() }, AT_LEISURE), 'STORE_DUPLICATE');
    },
  },
  {
    title: 'changes nothing in a call whose time is over',
    async run({ store, truth, put }) {
      const value = madeUp();
      await put(NAME, value.reveal());
      const over = { signal: AbortSignal.abort() };
      for (const work of [
        store.update({ name: NAME, value: madeUp() }, over),
        store.create({ name: `${NAME}_FALLBACK`, value: madeUp() }, over),
        store.read([NAME], over),
      ]) {
        const error = await failsWith(work, undefined);
        promised(error.kind === 'not-applied', 'it is clear that nothing was sent');
      }
      holds(await truth(NAME), [{ value, note: undefined }]);
      holds(await truth(`${NAME}_FALLBACK`), []);
    },
  },
  {
    title: 'dates its secrets on its own clock',
    async run({ store }) {
      await store.create({ name: NAME, value: madeUp() }, AT_LEISURE);
      const created = (await store.read([NAME], AT_LEISURE)).get(NAME)?.updatedAt;
      await store.update({ name: NAME, value: madeUp() }, AT_LEISURE);
      const updated = (await store.read([NAME], AT_LEISURE)).get(NAME)?.updatedAt;
      const now = await store.now(AT_LEISURE);
      if (created === undefined || updated === undefined || now === undefined) return;
      promised(updated >= created, 'an update does not go back in time');
      // Clocks told by HTTP headers are good to a second.
      promised(Math.abs(now - updated) < 5_000, 'what was written just now was written just now');
    },
  },
];

/**
 * Registers the cases for one implementation.
 *
 * @param suite its name, how to make an empty store, and the test runner's functions.
 */
export function secretStoreContract(
  suite: ContractRunner & {
    readonly name: string;
    readonly create: () => Promise<SecretStoreSubject> | SecretStoreSubject;
  },
): void {
  registerContract(suite, `${suite.name} keeps the secret store contract`, secretStoreCases, suite.create);
}

function madeUp(): Secret {
  return new Secret(randomBytes(32).toString('base64url'));
}

async function reads(store: SecretStore, name: string, value: Secret): Promise<boolean> {
  return (await store.read([name], AT_LEISURE)).get(name)?.value.equals(value) === true;
}

function holds(
  truth: readonly StoreTruth[],
  expected: readonly { readonly value: Secret; readonly note: string | undefined }[],
): void {
  promised(truth.length === expected.length, `there are ${expected.length} copies, but ${truth.length} stand there`);
  for (const [index, { value, note }] of expected.entries()) {
    promised(truth[index]?.value === value.reveal(), 'the value stands there exactly');
    promised((truth[index]?.note || undefined) === note, 'the note stands there exactly');
  }
}
