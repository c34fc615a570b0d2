/**
 * The ports of the engine: everything it does to the world goes through one of these, so that a simulation can own
 * time, order, faults and death. Implementations live in `stores/` and in the platform.
 */
import type { Call } from '../base/clock.js';
import type { Secret } from '../base/secret.js';
import type { Attempt } from './attempt.js';

/** One secret as a store holds it. */
export interface StoredSecret {
  readonly value: Secret;
  /** A short text beside the value that is no secret, see `SecretNote`. */
  readonly note: string | undefined;
  /** When the value was last written, in milliseconds on the store's own clock; undefined when the store does not say. */
  readonly updatedAt: number | undefined;
  /** How many secrets of this name the store holds in this place. More than one is a fault a person must mend. */
  readonly copies: number;
}

/** A value to be written under a name. */
export interface SecretWrite {
  readonly name: string;
  readonly value: Secret;
  /** Text beside the value. Absent: what stands there stays, because it may be a person's own. Empty: removed. */
  readonly note?: string;
}

/**
 * Where mapped secrets live: one place (a folder of an environment of a project), bound when the store is made.
 * Every method sends at most the requests it names and stops at the call's deadline. Failures are `RotationError`s
 * whose kind says whether a write may have happened.
 */
export interface SecretStore {
  /** The place, for a person: `project 3c90…, environment dev, path /`. */
  readonly description: string;
  /** Whether the journal commits writes to this store in its own transaction, see `Journal.save`. */
  readonly sharesJournalTransaction: boolean;
  /**
   * Reads the named secrets. Names that are not there are absent from the answer. References are not expanded.
   * @throws `SECRET_NAME_INVALID` for a name that could not be written, so that no plan rests on one.
   */
  read(names: readonly string[], call: Call): Promise<ReadonlyMap<string, StoredSecret>>;
  /**
   * Creates a secret and reads it back.
   * @throws `STORE_NAME_TAKEN` when the name exists, `STORE_DUPLICATE` when more than one copy stands there afterwards.
   */
  create(write: SecretWrite, call: Call): Promise<void>;
  /** Updates an existing secret. @throws `STORE_CHANGED_ELSEWHERE` when it is gone. */
  update(write: SecretWrite, call: Call): Promise<void>;
  /** The store's clock in milliseconds, the one `updatedAt` is measured on; undefined when it cannot be told. */
  now(call: Call): Promise<number | undefined>;
}

/** The right to work on one application, held by one worker at a time, across machines. */
export interface Lease {
  readonly applicationKey: string;
  /** Grows with every lease of the application; the journal refuses a save that carries an older one. */
  readonly fencingToken: number;
  /** When the lease ends, on the holder's monotonic clock: counted from before it was asked for. */
  readonly expiresAtMonotonic: number;
}

/** Where leases are taken; usually the same thing as the journal. */
export interface Leases {
  /** @returns a lease, or undefined while another worker holds one. */
  acquire(applicationKey: string, milliseconds: number, call: Call): Promise<Lease | undefined>;
  /** @returns the prolonged lease. @throws `LEASE_LOST` when it has run out or passed on. */
  renew(lease: Lease, milliseconds: number, call: Call): Promise<Lease>;
  /** Gives the lease back. Doing it twice, or after it ran out, is harmless. */
  release(lease: Lease, call: Call): Promise<void>;
}

/** What the journal holds for one application. */
export interface JournalEntry {
  /** The attempt in hand or the last one that ended. */
  readonly attempt: Attempt | undefined;
  /**
   * Until when, in milliseconds on the journal's clock, a request of an earlier attempt may still take effect. No other
   * value is sent before. Undefined when every request was answered.
   */
  readonly unansweredUntil: number | undefined;
}

/** Where attempts are durable. A save that returned survives any crash. */
export interface Journal {
  load(applicationKey: string, call: Call): Promise<JournalEntry>;
  /**
   * Makes the attempt durable, replacing the state before it, and with it the writes, when the store shares the
   * journal's transaction. A save whose answer was given up may arrive after a later one: it must change nothing, or a
   * request that was sent since would be forgotten.
   * @throws `LEASE_LOST` when a newer lease exists, or the journal holds a higher revision of the same attempt; nothing
   *   was saved then.
   */
  save(attempt: Attempt, lease: Lease, call: Call, writes?: readonly SecretWrite[]): Promise<void>;
  /** The journal's clock in milliseconds: the one durable waits are measured on. */
  now(call: Call): Promise<number>;
}

/** Where progress is told. No secret reaches it. */
export type EngineObserver = (event: EngineEvent) => void;

/** Events are noun, then verb. */
export type EngineEvent =
  | {
      readonly type: 'phase-entered';
      readonly attemptId: string;
      readonly phase: Attempt['phase'];
      readonly at: number;
    }
  | {
      readonly type: 'wait-started';
      readonly attemptId: string;
      readonly reason: 'overlap' | 'settle' | 'late-requests' | 'retry' | 'rate-limit';
      readonly milliseconds: number;
    }
  | {
      readonly type: 'step-failed';
      readonly attemptId: string;
      readonly step: string;
      readonly code: string;
      readonly message: string;
    };
