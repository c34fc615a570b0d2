/** What every journal and its leases promise, as cases that any implementation can be run against. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Secret } from '../../base/secret.js';
import { type Attempt, LATE_REQUEST_MILLISECONDS } from '../../engine/attempt.js';
import type { Journal, Lease, Leases, SecretStore } from '../../engine/ports.js';
import {
  AT_LEISURE,
  type ContractCase,
  type ContractRunner,
  type Disposable,
  failsWith,
  promised,
  registerContract,
} from './contract.js';

/** An empty journal on a clock that the suite moves. */
export interface JournalSubject extends Disposable {
  readonly journal: Journal;
  readonly leases: Leases;
  /** Moves the clock that leases expire on. */
  advance(milliseconds: number): Promise<void> | void;
  /** The holder's monotonic clock, see `Lease.expiresAtMonotonic`. */
  monotonic(): number;
  /** The store that shares the journal's transaction; undefined when there is none. */
  readonly store?: SecretStore;
}

/** One promise of a journal, as a test. */
export type JournalCase = ContractCase<JournalSubject>;

const APPLICATION = 'acme.eu.auth0.com/application-1';
const LEASE_MILLISECONDS = 30_000;

/** The cases. Each can be run alone against a fresh subject. */
export const journalCases: readonly JournalCase[] = [
  {
    title: 'knows nothing of an application it never saw',
    async run({ journal }) {
      const entry = await journal.load(APPLICATION, AT_LEISURE);
      promised(entry.attempt === undefined && entry.unansweredUntil === undefined, 'the entry is empty');
    },
  },
  {
    title: 'gives back the attempt it saved, secrets included',
    async run(subject) {
      const attempt = sampleAttempt({ previous: madeUp() });
      await subject.journal.save(attempt, await leaseOf(subject), AT_LEISURE);
      const { attempt: loaded } = await subject.journal.load(APPLICATION, AT_LEISURE);
      promised(loaded?.candidate.equals(attempt.candidate) === true, 'the candidate is kept');
      promised(attempt.previous !== undefined, 'the sample has a previous secret');
      promised(loaded.previous?.equals(attempt.previous) === true, 'the previous secret is kept');
      promised(JSON.stringify(loaded) === JSON.stringify(attempt), 'everything else is kept');
    },
  },
  {
    title: 'replaces the state before',
    async run(subject) {
      const lease = await leaseOf(subject);
      const attempt = sampleAttempt();
      await subject.journal.save(attempt, lease, AT_LEISURE);
      await subject.journal.save({ ...attempt, phase: 'announced', announcedAt: 5 }, lease, AT_LEISURE);
      const { attempt: loaded } = await subject.journal.load(APPLICATION, AT_LEISURE);
      promised(loaded?.phase === 'announced' && loaded.announcedAt === 5, 'the newer state is kept');
    },
  },
  {
    title: 'keeps applications apart',
    async run(subject) {
      await subject.journal.save(sampleAttempt(), await leaseOf(subject), AT_LEISURE);
      const other = await subject.leases.acquire('another application', LEASE_MILLISECONDS, AT_LEISURE);
      promised(other !== undefined, 'another application can be leased meanwhile');
      const entry = await subject.journal.load('another application', AT_LEISURE);
      promised(entry.attempt === undefined, 'it has no attempt');
    },
  },
  {
    title: 'leases an application to one worker at a time',
    async run(subject) {
      const lease = await leaseOf(subject);
      const second = await subject.leases.acquire(APPLICATION, LEASE_MILLISECONDS, AT_LEISURE);
      promised(second === undefined, 'a second worker gets no lease');
      await subject.leases.release(lease, AT_LEISURE);
      const third = await subject.leases.acquire(APPLICATION, LEASE_MILLISECONDS, AT_LEISURE);
      promised(third !== undefined, 'a lease that was given back can be had');
      promised(third.fencingToken > lease.fencingToken, 'its fencing token is newer');
    },
  },
  {
    title: 'lets a lease run out',
    async run(subject) {
      const lease = await leaseOf(subject);
      await subject.advance(LEASE_MILLISECONDS - 1_000);
      const early = await subject.leases.acquire(APPLICATION, LEASE_MILLISECONDS, AT_LEISURE);
      promised(early === undefined, 'it lasts as long as was asked for');
      await subject.advance(2_000);
      const next = await subject.leases.acquire(APPLICATION, LEASE_MILLISECONDS, AT_LEISURE);
      promised(next !== undefined && next.fencingToken > lease.fencingToken, 'another worker gets a newer one');
    },
  },
  {
    title: 'tells the end of a lease on the holder’s monotonic clock',
    async run(subject) {
      const before = subject.monotonic();
      const lease = await leaseOf(subject);
      const expected = before + LEASE_MILLISECONDS;
      promised(lease.expiresAtMonotonic >= expected, 'it is on the holder’s monotonic clock');
      promised(lease.expiresAtMonotonic <= subject.monotonic() + LEASE_MILLISECONDS, 'it is not counted longer');
    },
  },
  {
    title: 'prolongs a lease without a new token',
    async run(subject) {
      const lease = await leaseOf(subject);
      await subject.advance(LEASE_MILLISECONDS - 1_000);
      const renewed = await subject.leases.renew(lease, LEASE_MILLISECONDS, AT_LEISURE);
      promised(renewed.fencingToken === lease.fencingToken, 'the token stays');
      promised(renewed.expiresAtMonotonic > lease.expiresAtMonotonic, 'it ends later');
      await subject.advance(LEASE_MILLISECONDS - 1_000);
      const other = await subject.leases.acquire(APPLICATION, LEASE_MILLISECONDS, AT_LEISURE);
      promised(other === undefined, 'it is still held');
    },
  },
  {
    title: 'does not prolong a lease that ran out or passed on',
    async run(subject) {
      const lease = await leaseOf(subject);
      await subject.advance(LEASE_MILLISECONDS + 1_000);
      await failsWith(subject.leases.renew(lease, LEASE_MILLISECONDS, AT_LEISURE), 'LEASE_LOST');
      const next = await leaseOf(subject);
      await failsWith(subject.leases.renew(lease, LEASE_MILLISECONDS, AT_LEISURE), 'LEASE_LOST');
      const still = await subject.leases.renew(next, LEASE_MILLISECONDS, AT_LEISURE);
      promised(still.fencingToken === next.fencingToken, 'the new holder keeps it');
    },
  },
  {
    title: 'lets a lease be given back twice, and never another worker’s',
    async run(subject) {
      const lease = await leaseOf(subject);
      await subject.leases.release(lease, AT_LEISURE);
      await subject.leases.release(lease, AT_LEISURE);
      await leaseOf(subject);
      await subject.leases.release(lease, AT_LEISURE);
      const third = await subject.leases.acquire(APPLICATION, LEASE_MILLISECONDS, AT_LEISURE);
      promised(third === undefined, 'the second worker still holds it');
    },
  },
  {
    title: 'refuses a save under a lease that passed on, and saves nothing of it',
    async run(subject) {
      const stale = await leaseOf(subject);
      const attempt = sampleAttempt();
      await subject.journal.save(attempt, stale, AT_LEISURE);
      await subject.advance(LEASE_MILLISECONDS + 1_000);
      const fresh = await leaseOf(subject);
      await failsWith(subject.journal.save({ ...attempt, phase: 'activating' }, stale, AT_LEISURE), 'LEASE_LOST');
      const { attempt: loaded } = await subject.journal.load(APPLICATION, AT_LEISURE);
      promised(loaded?.phase === 'prepared', 'the state before still stands');
      await subject.journal.save({ ...attempt, phase: 'abandoned' }, fresh, AT_LEISURE);
    },
  },
  {
    title: 'refuses a state that is older than the one it holds',
    async run(subject) {
      const lease = await leaseOf(subject);
      const attempt = sampleAttempt({ revision: 4 });
      await subject.journal.save({ ...attempt, phase: 'activating', revision: 6 }, lease, AT_LEISURE);
      await failsWith(subject.journal.save({ ...attempt, revision: 5 }, lease, AT_LEISURE), 'LEASE_LOST');
      const { attempt: loaded } = await subject.journal.load(APPLICATION, AT_LEISURE);
      promised(loaded?.phase === 'activating' && loaded.revision === 6, 'the newer state still stands');
      await subject.journal.save({ ...attempt, phase: 'parked', revision: 6 }, lease, AT_LEISURE);
      await subject.journal.save(sampleAttempt({ revision: 0 }), lease, AT_LEISURE);
    },
  },
  {
    title: 'remembers, across attempts, how long an unanswered request may still take effect',
    async run(subject) {
      const lease = await leaseOf(subject);
      const sentAt = (await subject.journal.now(AT_LEISURE)) - 1_000;
      const first = sampleAttempt({
        phase: 'parked',
        requests: { sent: 1, inFlightSince: undefined, lastUnansweredAt: sentAt },
      });
      await subject.journal.save(first, lease, AT_LEISURE);
      const ended = await subject.journal.load(APPLICATION, AT_LEISURE);
      promised(ended.unansweredUntil === sentAt + LATE_REQUEST_MILLISECONDS, 'it is known once the attempt ended');
      for (const phase of ['prepared', 'announced', 'activating'] as const) {
        await subject.journal.save({ ...sampleAttempt(), id: 'the next one', phase }, lease, AT_LEISURE);
      }
      const next = await subject.journal.load(APPLICATION, AT_LEISURE);
      promised(next.attempt?.id === 'the next one', 'the next attempt is in hand');
      promised(next.unansweredUntil === sentAt + LATE_REQUEST_MILLISECONDS, 'the request before is not forgotten');
    },
  },
  {
    title: 'leaves nothing to wait for when every request was answered',
    async run(subject) {
      const lease = await leaseOf(subject);
      const requests = { sent: 2, inFlightSince: undefined, lastUnansweredAt: undefined };
      await subject.journal.save(sampleAttempt({ phase: 'settled', requests }), lease, AT_LEISURE);
      await subject.journal.save(sampleAttempt(), lease, AT_LEISURE);
      const entry = await subject.journal.load(APPLICATION, AT_LEISURE);
      promised(entry.unansweredUntil === undefined, 'there is nothing to wait for');
    },
  },
  {
    title: 'does nothing in a call whose time is over',
    async run(subject) {
      const lease = await leaseOf(subject);
      const over = { signal: AbortSignal.abort() };
      await failsWith(subject.journal.save(sampleAttempt(), lease, over), undefined);
      const { attempt } = await subject.journal.load(APPLICATION, AT_LEISURE);
      promised(attempt === undefined, 'nothing was saved');
    },
  },
  {
    title: 'commits an attempt and its writes together, or neither',
    async run(subject) {
      const { store, journal } = subject;
      if (store === undefined) return;
      promised(store.sharesJournalTransaction, 'the store says that it shares the transaction');
      const lease = await leaseOf(subject);
      const attempt = sampleAttempt();
      const write = { name: 'AUTH0_CLIENT_SECRET', value: madeUp() };
      await journal.save(attempt, lease, AT_LEISURE, [write]);
      promised(await reads(store, write.name, write.value), 'the write is in the store');

      const newer = { name: 'AUTH0_CLIENT_SECRET', value: madeUp() };
      const invalid = { name: 'no/name', value: madeUp() };
      await failsWith(
        journal.save({ ...attempt, phase: 'published' }, lease, AT_LEISURE, [newer, invalid]),
        'SECRET_NAME_INVALID',
      );
      promised(await reads(store, write.name, write.value), 'of a failed save no write is kept');
      const { attempt: loaded } = await journal.load(APPLICATION, AT_LEISURE);
      promised(loaded?.phase === 'prepared', 'of a failed save no attempt is kept');

      await subject.advance(LEASE_MILLISECONDS + 1_000);
      await leaseOf(subject);
      await failsWith(journal.save(attempt, lease, AT_LEISURE, [newer]), 'LEASE_LOST');
      promised(await reads(store, write.name, write.value), 'under a lost lease no write is kept');
    },
  },
];

/**
 * Registers the cases for one implementation.
 *
 * @param suite its name, how to make an empty journal, and the test runner's functions.
 */
export function journalContract(
  suite: ContractRunner & { readonly name: string; readonly create: () => Promise<JournalSubject> | JournalSubject },
): void {
  registerContract(suite, `${suite.name} keeps the journal contract`, journalCases, suite.create);
}

/**
 * An attempt that was just prepared, with a made-up candidate.
 *
 * @param changes what differs.
 */
export function sampleAttempt(changes: Partial<Attempt> = {}): Attempt {
  return {
    id: randomUUID(),
    revision: 0,
    rotationId: 'rotation-1',
    applicationKey: APPLICATION,
    applicationId: 'application-1',
    phase: 'prepared',
    offer: { kind: 'overlap', overlapMilliseconds: 120_000 },
    settleMilliseconds: 30_000,
    compromised: false,
    overwrite: false,
    direction: 'forward',
    previous: undefined,
    candidate: madeUp(),
    replaceable: undefined,
    refusedCandidates: 0,
    preparedAt: 1,
    announcedAt: undefined,
    activateAt: undefined,
    requests: { sent: 0, inFlightSince: undefined, lastUnansweredAt: undefined },
    acknowledgedAt: undefined,
    evidence: undefined,
    failure: undefined,
    failures: 0,
    finishedAt: undefined,
    ...changes,
  };
}

async function leaseOf({ leases }: JournalSubject): Promise<Lease> {
  const lease = await leases.acquire(APPLICATION, LEASE_MILLISECONDS, AT_LEISURE);
  promised(lease !== undefined, 'a free application can be leased');
  return lease;
}

async function reads(store: SecretStore, name: string, value: Secret): Promise<boolean> {
  return (await store.read([name], AT_LEISURE)).get(name)?.value.equals(value) === true;
}

function madeUp(): Secret {
  return new Secret(randomBytes(32).toString('base64url'));
}
