/** The pair of client secrets an application follows, as the application holds it. */
import { type Clock, systemClock } from './clock.js';
import { createPairMemory, type PairMemory } from './pair-memory.js';
import type { SecretSource } from './sources.js';

/** Where the pair is read from, and how often. */
export interface SecretPairOptions {
  /** Reads the pair: `fromEnvironment()`, or any function that asks a secret manager. */
  readonly read: SecretSource;
  /** How long one read may take, in milliseconds. @default 10000 */
  readonly readTimeoutMilliseconds?: number;
  /**
   * Reads the pair again, in the background of a request, when the last read is older than this, in milliseconds. With
   * it an application knows the next secret before the old one dies; without it, it reads again only after both values
   * were refused, which costs that request a moment.
   * @default Infinity
   */
  readonly refreshAfterMilliseconds?: number;
  /**
   * How long `verificationSecrets()` goes on naming a value that left the pair, in milliseconds. Meant for HS256: give
   * it the lifetime of the ID tokens (36000000 unless changed at Auth0). After a compromise it must be 0, for whoever
   * holds the old secret can sign tokens with it.
   * @default 0
   */
  readonly keepRetiredMilliseconds?: number;
  /** The time. @default the clock of this machine */
  readonly clock?: Clock;
  /** Numbers from 0 up to 1, for spreading the pauses. @default Math.random */
  readonly random?: () => number;
}

/** Holds the pair. It shows no secret under inspection, and none when it is serialised. */
export interface SecretPair {
  /**
   * The values to authenticate with, the one accepted last first. Reads the source when nothing is known yet.
   *
   * @returns one or two different values.
   * @throws `SecretSourceError`, or the signal's reason.
   */
  candidates(signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * The values to verify HS256 ID tokens with: the candidates, then the retired ones that are still kept. When none of
   * them verifies a token, call `refresh()` and try once more: a verifier never sees a refusal that would make it read.
   *
   * @throws `SecretSourceError`, or the signal's reason.
   */
  verificationSecrets(signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * Reads the source now. Callers at the same time share one read.
   *
   * @throws `SecretSourceError`, or the signal's reason. The values known before stay in use then.
   */
  refresh(signal?: AbortSignal): Promise<void>;
}

/** What the helpers beside the pair need of it and applications do not. */
export interface PairInternals {
  readonly memory: PairMemory;
  readonly clock: Clock;
  readonly random: () => number;
}

const internals = new WeakMap<SecretPair, PairInternals>();

/**
 * Makes a pair. Nothing is read before it is needed.
 *
 * @returns a pair to share between everything in the process that uses this client secret.
 * @throws `TypeError` when an option is not what it should be.
 */
export function createSecretPair(options: SecretPairOptions): SecretPair {
  const { readTimeoutMilliseconds = 10_000, refreshAfterMilliseconds = Number.POSITIVE_INFINITY } = options;
  const { keepRetiredMilliseconds = 0, clock = systemClock, random = Math.random } = options;
  if (typeof options.read !== 'function') throw new TypeError('Give `read`, a function that reads the pair.');
  for (const [name, value] of Object.entries({ readTimeoutMilliseconds, refreshAfterMilliseconds })) {
    if (!(value > 0)) throw new TypeError(`Give a positive number of milliseconds for \`${name}\`.`);
  }
  const { read } = options;
  const memory = createPairMemory({
    read,
    readTimeoutMilliseconds,
    refreshAfterMilliseconds,
    keepRetiredMilliseconds,
    clock,
  });
  const pair: SecretPair = Object.freeze({
    candidates: async (signal?: AbortSignal) => (await memory.snapshot(signal)).secrets,
    verificationSecrets: async (signal?: AbortSignal) => [
      ...(await memory.snapshot(signal)).secrets,
      ...memory.retired(),
    ],
    refresh: (signal?: AbortSignal) => memory.reread(Number.POSITIVE_INFINITY, signal),
  });
  internals.set(pair, { memory, clock, random });
  return pair;
}

/** Gives what belongs to a pair made here; throws `TypeError` for anything else. */
export function internalsOf(pair: SecretPair): PairInternals {
  const found = internals.get(pair);
  if (!found) throw new TypeError('Give a pair that createSecretPair made.');
  return found;
}
