/**
 * The journaled engine: one attempt per application at a time, durable between steps, under a lease with a fencing
 * token. A platform calls it when a rotation is due, when an attempt may go on, and when a person asks.
 */
import type { Clock } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import type { RotationSteps } from '../provider/contract.js';
import { type Attempt, isFinished, LONGEST_RESTARTED_WAIT_MILLISECONDS, mayHaveSent, type Offer } from './attempt.js';
import { OPERATION_MILLISECONDS, punctual, withOperationDeadline } from './guard.js';
import { newAttempt } from './new-attempt.js';
import { inheritFrom } from './parked.js';
import { type PlaceNames, readPlace, restCandidateName } from './place.js';
import type { EngineObserver, Journal, JournalEntry, Lease, Leases, SecretStore } from './ports.js';
import { runAttempt } from './run-attempt.js';
import { type AttemptEnvironment, type AttemptOutcome, asFailure, type BegunWait } from './steps/environment.js';
import { refuseUntellingProbe } from './telling-probe.js';
import { evolve } from './transition.js';

/** What the engine works with. */
export interface EngineOptions {
  readonly journal: Journal;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly observer?: EngineObserver;
  /** How long a lease lasts without being renewed, in milliseconds. @default 60_000 */
  readonly leaseMilliseconds?: number;
  /**
   * The longest wait this process stays for, in milliseconds; for longer ones the engine answers `waiting`.
   * @default 0
   */
  readonly longestStayMilliseconds?: number;
}

/** One rotation, as the engine works on it. */
export interface RotationWork {
  readonly rotationId: string;
  readonly steps: RotationSteps<unknown>;
  readonly store: SecretStore;
  readonly names: PlaceNames;
  readonly offer: Offer;
  readonly settleMilliseconds: number;
  readonly signal?: AbortSignal;
}

/** How an attempt is to begin. */
export interface BeginRequest {
  /** The secret in use, if it is known. */
  readonly previous: Secret | undefined;
  /** No overlap, a fresh secret at once. */
  readonly compromised?: boolean;
  /** A person decided that a secret changed elsewhere may be replaced. */
  readonly overwrite?: boolean;
  /** Not before this time on the journal's clock, in milliseconds. */
  readonly activateAt?: number;
}

/** Drives attempts: begins them, goes on with them, gives them up. */
export interface RotationEngine {
  /**
   * Begins an attempt and drives it as far as it goes now.
   *
   * A compromised secret does not wait for an attempt in hand: a candidate that was never sent is replaced, one that
   * may have been sent is finished first without an overlap, and the caller begins again then.
   *
   * @throws `ATTEMPT_IN_PROGRESS` while another attempt runs or another worker works on the application;
   *   `STORE_NAME_TAKEN` when a mapped name holds something else; what `inheritFrom` throws when the last attempt was
   *   parked. Nothing was changed then.
   */
  begin(work: RotationWork, request: BeginRequest): Promise<AttemptOutcome>;
  /**
   * Goes on with the attempt in hand, after a wait, a failure or a crash.
   * @returns undefined when there is none.
   * @throws `ATTEMPT_IN_PROGRESS` while another worker works on it, or when it is of another rotation.
   */
  advance(work: RotationWork): Promise<AttemptOutcome | undefined>;
  /**
   * Gives an attempt up before anything was sent: the fallback name holds the current secret again.
   * @throws `ATTEMPT_IN_PROGRESS` when a request may have been sent, for the attempt has to be finished then, or when it
   *   is of another rotation.
   */
  abandon(work: RotationWork): Promise<Attempt | undefined>;
}

/** Makes the engine. It holds no state but the waits it has begun; everything else is in the journal. */
export function createRotationEngine(options: EngineOptions): RotationEngine {
  const { journal, leases, clock } = options;
  const leaseMilliseconds = options.leaseMilliseconds ?? 60_000;
  const waitsSince = new Map<string, BegunWait>();

  async function underLease<T>(work: RotationWork, body: (held: HeldLease) => Promise<T>): Promise<T> {
    const held = await holdLease(work, leases, clock, leaseMilliseconds);
    try {
      return await body(held);
    } finally {
      await held.release();
    }
  }

  function environmentOf(work: RotationWork, held: HeldLease): AttemptEnvironment {
    return {
      steps: work.steps,
      store: punctual(work.store, clock),
      names: work.names,
      clock,
      observer: options.observer ?? (() => {}),
      signal: work.signal ?? new AbortController().signal,
      waitsSince,
      longestRestartedWait: LONGEST_RESTARTED_WAIT_MILLISECONDS,
      storeIsJournal: false,
      guarded: held.guarded,
      rest: held.rest,
      stays: (_reason, milliseconds) => milliseconds <= (options.longestStayMilliseconds ?? 0),
      record: {
        save: (attempt, writes) =>
          held.guarded((call) => journal.save(attempt, held.lease(), call, ...(writes === undefined ? [] : [writes]))),
        now: () => held.guarded((call) => journal.now(call)),
      },
    };
  }

  async function abandonUnsent(attempt: Attempt, environment: AttemptEnvironment): Promise<Attempt> {
    const { store, names, record } = environment;
    const { candidate } = names;
    const previous = attempt.previous;
    const abandoned = evolve(attempt, { type: 'abandoned', at: await record.now() });
    if (candidate === undefined || previous === undefined || attempt.phase === 'prepared') {
      await record.save(abandoned);
    } else if (store.sharesJournalTransaction) {
      await record.save(abandoned, [{ name: candidate, value: previous }]);
    } else {
      await environment.guarded((call) => restCandidateName(store, { ...names, candidate }, previous, call));
      await record.save(abandoned);
    }
    return abandoned;
  }

  return {
    begin: (work, request) =>
      underLease(work, async (held) => {
        const environment = environmentOf(work, held);
        const entry = await held.guarded((call) => journal.load(work.steps.applicationKey, call));
        const inHand = unfinished(entry);
        let last = entry.attempt;
        if (inHand !== undefined) {
          if (request.compromised !== true || isOfAnother(work, inHand)) throw inProgress(inHand);
          if (mayHaveSent(inHand)) {
            const hastened = { ...inHand, compromised: true };
            await environment.record.save(hastened);
            return runAttempt(await takenOver(hastened, environment), environment);
          }
          last = await abandonUnsent(inHand, environment);
        }
        // The journal keeps one attempt per application: while a request of the last one may take effect, it stays.
        const now = await environment.record.now();
        const stays = entry.unansweredUntil !== undefined && entry.unansweredUntil > now;
        const inherited = stays ? undefined : await inheritFrom(last, request.overwrite ?? false, environment);
        const attempt = newAttempt({
          rotationId: work.rotationId,
          steps: work.steps,
          offer: work.offer,
          settleMilliseconds: work.settleMilliseconds,
          compromised: request.compromised ?? false,
          overwrite: request.overwrite ?? false,
          previous: inherited?.kind === 'current' ? inherited.value : request.previous,
          replaceable: inherited?.kind === 'replaceable' ? inherited.value : undefined,
          candidate: work.steps.prepareCandidate(),
          now,
          ...(request.activateAt === undefined ? {} : { activateAt: request.activateAt }),
        });
        if (stays) return { kind: 'waiting', attempt, reason: 'late-requests', until: entry.unansweredUntil ?? now };
        await held.guarded((call) => refuseUntellingProbe(work.steps, call));
        await refuseTakenNames(work, attempt, held);
        await environment.record.save(attempt);
        return runAttempt(attempt, environment);
      }),

    advance: (work) =>
      underLease(work, async (held) => {
        const environment = environmentOf(work, held);
        const attempt = unfinished(await held.guarded((call) => journal.load(work.steps.applicationKey, call)));
        if (attempt === undefined) return undefined;
        if (isOfAnother(work, attempt)) throw inProgress(attempt);
        return runAttempt(await takenOver(attempt, environment), environment);
      }),

    abandon: (work) =>
      underLease(work, async (held) => {
        const attempt = unfinished(await held.guarded((call) => journal.load(work.steps.applicationKey, call)));
        if (attempt === undefined) return undefined;
        if (mayHaveSent(attempt) || isOfAnother(work, attempt)) throw inProgress(attempt);
        return abandonUnsent(attempt, environmentOf(work, held));
      }),
  };
}

/** A lease while it is held: renewed when half of it is gone, and never outlived by a request. */
interface HeldLease {
  lease(): Lease;
  guarded<T>(work: (call: { readonly signal: AbortSignal }) => Promise<T>): Promise<T>;
  /** Waits without losing the lease. */
  rest(milliseconds: number): Promise<void>;
  release(): Promise<void>;
}

/** Time that a request must end before its lease does, in milliseconds. */
const LEASE_MARGIN_MILLISECONDS = 1_000;

async function holdLease(
  work: RotationWork,
  leases: Leases,
  clock: Clock,
  leaseMilliseconds: number,
): Promise<HeldLease> {
  const signal = work.signal ?? new AbortController().signal;
  const operation = <T>(milliseconds: number, body: (call: { readonly signal: AbortSignal }) => Promise<T>) =>
    withOperationDeadline(clock, milliseconds, signal, body);
  let lease = await operation(OPERATION_MILLISECONDS, (call) =>
    leases.acquire(work.steps.applicationKey, leaseMilliseconds, call),
  ).then((acquired) => acquired ?? Promise.reject(busy(work)));

  async function renewed(): Promise<number> {
    const left = lease.expiresAtMonotonic - clock.monotonic();
    if (left >= leaseMilliseconds / 2) return left;
    lease = await operation(Math.max(left, 1), (call) => leases.renew(lease, leaseMilliseconds, call));
    return lease.expiresAtMonotonic - clock.monotonic();
  }

  return {
    lease: () => lease,
    rest: async (milliseconds) => {
      const until = clock.monotonic() + milliseconds;
      for (let left = milliseconds; left > 0; left = until - clock.monotonic()) {
        await renewed();
        await clock.sleep(Math.min(left, leaseMilliseconds / 4), signal);
      }
    },
    guarded: async (body) => {
      const left = await renewed();
      const allowed = Math.min(OPERATION_MILLISECONDS, left - LEASE_MARGIN_MILLISECONDS);
      if (allowed <= 0) throw leaseLost();
      return operation(allowed, body);
    },
    // Giving a lease back is a courtesy: it runs out by itself.
    release: () =>
      withOperationDeadline(clock, OPERATION_MILLISECONDS, new AbortController().signal, (call) =>
        leases.release(lease, call),
      ).catch(() => {}),
  };
}

/**
 * A request in flight when its worker stopped may have been sent at any moment until now.
 */
async function takenOver(attempt: Attempt, environment: AttemptEnvironment): Promise<Attempt> {
  if (attempt.requests.inFlightSince === undefined) return attempt;
  const failure = asFailure(
    new RotationError({ code: 'INTERRUPTED', kind: 'unknown', message: 'The run before was interrupted.' }),
  );
  const taken = evolve(attempt, { type: 'unanswered', at: await environment.record.now(), failure });
  await environment.record.save(taken);
  return taken;
}

async function refuseTakenNames(work: RotationWork, attempt: Attempt, held: HeldLease): Promise<void> {
  const place = await held.guarded((call) => readPlace(work.store, work.names, call));
  const expectations: readonly [name: string, found: Secret | undefined, expected: Secret | undefined][] = [
    [work.names.clientId, place.clientId?.value, new Secret(attempt.applicationId)],
    [work.names.clientSecret, place.current?.value, attempt.previous],
  ];
  for (const [name, found, expected] of expectations) {
    if (found === undefined || attempt.overwrite || (expected?.equals(found) ?? false)) continue;
    throw new RotationError({
      code: 'STORE_NAME_TAKEN',
      kind: 'refused',
      field: name,
      message: `${name} in ${work.store.description} already holds something else. Nothing was changed.`,
    });
  }
}

function unfinished(entry: JournalEntry): Attempt | undefined {
  return entry.attempt !== undefined && !isFinished(entry.attempt) ? entry.attempt : undefined;
}

/**
 * An attempt belongs to its rotation: driven for another one of the same application, its candidate would be sent
 * through that one's connection and stored in that one's place.
 */
function isOfAnother(work: RotationWork, attempt: Attempt): boolean {
  return attempt.rotationId !== work.rotationId;
}

function inProgress(attempt: Attempt): RotationError {
  return new RotationError({
    code: 'ATTEMPT_IN_PROGRESS',
    kind: 'refused',
    message: `An attempt to rotate ${attempt.applicationId} is ${attempt.phase}. Nothing was changed.`,
  });
}

function busy(work: RotationWork): RotationError {
  return new RotationError({
    code: 'ATTEMPT_IN_PROGRESS',
    kind: 'refused',
    message: `Another worker is working on ${work.steps.applicationId}. Nothing was changed.`,
  });
}

function leaseLost(): RotationError {
  return new RotationError({
    code: 'LEASE_LOST',
    kind: 'not-applied',
    message: 'The lease on the application ran out. Nothing more was sent.',
  });
}
