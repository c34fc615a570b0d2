/** What the steps of an attempt work with, what they come to, and how they record it. */
import type { Call, Clock } from '../../base/clock.js';
import { RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { RotationSteps } from '../../provider/contract.js';
import type { Attempt, AttemptFailure } from '../attempt.js';
import type { PlaceNames } from '../place.js';
import type { EngineEvent, EngineObserver, SecretStore, SecretWrite } from '../ports.js';
import { type AttemptEvent, evolve } from '../transition.js';

/** Why an attempt waits. */
export type WaitReason = Extract<EngineEvent, { type: 'wait-started' }>['reason'];

/** Where attempts are made durable while they run: a journal under a lease, or a store that is its own journal. */
export interface AttemptRecord {
  /** @throws `LEASE_LOST` when another worker has taken over; nothing was saved then. */
  save(attempt: Attempt, writes?: readonly SecretWrite[]): Promise<void>;
  /** The durable clock, in milliseconds. */
  now(): Promise<number>;
}

/** A wait for one candidate, and when it began on the process's monotonic clock. */
export interface BegunWait {
  readonly candidate: Secret;
  readonly since: number;
}

export interface AttemptEnvironment {
  readonly steps: RotationSteps<unknown>;
  readonly store: SecretStore;
  readonly names: PlaceNames;
  readonly record: AttemptRecord;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  /**
   * Runs work that sends something, under a deadline that ends before the right to send does.
   * @throws `LEASE_LOST` before anything is sent when the right has ended.
   */
  guarded<T>(work: (call: Call) => Promise<T>): Promise<T>;
  /**
   * Waits, and keeps the right to send meanwhile.
   * @throws `LEASE_LOST` when the right has ended, the signal's reason when the wait is ended early.
   */
  rest(milliseconds: number): Promise<void>;
  /** Ends waits early. */
  readonly signal: AbortSignal;
  /** Whether this run stays for a wait, or leaves the attempt for whoever comes next. */
  stays(reason: WaitReason, milliseconds: number): boolean;
  /**
   * Waits up to this long start again in full after a restart. A run that stays for less must not restart them: then
   * no run would ever see their end.
   */
  readonly longestRestartedWait: number;
  /** The waits this process has begun; kept between its runs, gone with it. */
  readonly waitsSince: Map<string, BegunWait>;
  /**
   * Whether there is no journal but the store. Then the times in it tell who wrote last, and a store that refuses the
   * candidate keeps no record of a restore either.
   */
  readonly storeIsJournal: boolean;
}

/** What a run came to, for one attempt. */
export type AttemptOutcome =
  | { readonly kind: 'finished'; readonly attempt: Attempt }
  /** Nothing can be done before a time, on the durable clock. */
  | { readonly kind: 'waiting'; readonly attempt: Attempt; readonly reason: WaitReason; readonly until: number }
  /** It cannot go on now; whoever comes next goes on from here. */
  | { readonly kind: 'stopped'; readonly attempt: Attempt; readonly error: RotationError }
  /** Another run finished a rotation in the same store meanwhile; this attempt was never sent. */
  | { readonly kind: 'superseded'; readonly attempt: Attempt };

/** What one step came to. */
export type StepResult =
  /** The attempt goes on. */
  | { readonly kind: 'next'; readonly attempt: Attempt; readonly confirmed?: boolean }
  /** The step may be tried again after a pause. */
  | { readonly kind: 'retry'; readonly attempt: Attempt; readonly error: RotationError }
  /** The run ends. */
  | { readonly kind: 'end'; readonly outcome: AttemptOutcome };

export type Performer = (attempt: Attempt, environment: AttemptEnvironment) => Promise<StepResult>;

export async function save(
  attempt: Attempt,
  event: AttemptEvent,
  environment: AttemptEnvironment,
  writes?: readonly SecretWrite[],
): Promise<Attempt> {
  const next = evolve(attempt, event);
  await environment.record.save(next, writes);
  return next;
}

export async function park(
  attempt: Attempt,
  error: RotationError,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  const at = await environment.record.now();
  return goOn(await save(attempt, { type: 'parked', failure: asFailure(error), at }, environment));
}

export function goOn(attempt: Attempt): StepResult {
  return { kind: 'next', attempt };
}

export function stopped(attempt: Attempt, error: RotationError): AttemptOutcome {
  return { kind: 'stopped', attempt, error };
}

export function stopWith(attempt: Attempt, error: RotationError | undefined): StepResult {
  return { kind: 'end', outcome: stopped(attempt, error ?? undecided('The attempt could not go on.')) };
}

export function tellFailure(
  attempt: Attempt,
  step: string,
  error: RotationError,
  environment: AttemptEnvironment,
): void {
  const { code, message } = error;
  environment.observer({ type: 'step-failed', attemptId: attempt.id, step, code, message });
}

export function isFinal(error: RotationError): boolean {
  return error.kind === 'configuration' || error.kind === 'refused';
}

export function undecided(message: string): RotationError {
  return new RotationError({ code: 'UNDECIDED', kind: 'unknown', message });
}

export function notProven(message: string): RotationError {
  return new RotationError({ code: 'NOT_PROVEN', kind: 'unknown', message });
}

/** Keeps of an error what an attempt remembers. */
export function asFailure(error: RotationError): AttemptFailure {
  const { code, kind, message, action, retryAfterMilliseconds } = error;
  return { code, kind, message, action, retryAfterMilliseconds };
}

/** The error an attempt remembers; undefined when it remembers none. */
export function failureAsError(attempt: Attempt): RotationError | undefined {
  const { failure } = attempt;
  if (failure === undefined) return undefined;
  const { retryAfterMilliseconds, ...rest } = failure;
  return new RotationError({ ...rest, ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }) });
}
