/**
 * What a pair remembers: the two values, which of them was accepted last, and whether both are known to be dead.
 * Everything lives in a closure, so that no inspection of the pair shows a secret.
 */
import { bounded, orAborted, TimeLimitPassed } from './bounded.js';
import type { Clock } from './clock.js';
import { SecretSourceError } from './errors.js';
import type { SecretSource, SecretValues } from './sources.js';

export interface PairMemoryOptions {
  readonly read: SecretSource;
  readonly readTimeoutMilliseconds: number;
  readonly refreshAfterMilliseconds: number;
  readonly keepRetiredMilliseconds: number;
  readonly clock: Clock;
}

/** The values at one moment. */
export interface Snapshot {
  /** One or two different values, the one accepted last first. */
  readonly secrets: readonly string[];
  /** Counts the successful reads, so that whoever was refused can tell whether the pair has been read since. */
  readonly reading: number;
}

export interface PairMemory {
  /** The values; reads them when none are known yet. Throws `SecretSourceError`, or the signal's reason. */
  snapshot(signal: AbortSignal | undefined): Promise<Snapshot>;
  /**
   * Reads the values anew, unless that has been done since the given reading. One read at a time, shared by all.
   * Throws `SecretSourceError`, or the signal's reason; the known values stay then.
   */
  reread(since: number, signal: AbortSignal | undefined): Promise<void>;
  /** The value was accepted: it goes first from now on. The other one stays. */
  accepted(secret: string): void;
  /** The values of this reading were refused for longer than nodes may disagree. */
  exhausted(reading: Snapshot): void;
  /** True while the values are known to be dead: none was accepted since, and the source gave no others. */
  isExhausted(): boolean;
  /** Values that have left the pair not longer ago than `keepRetiredMilliseconds`, the newest first. */
  retired(): readonly string[];
}

/** Makes an empty memory. Nothing is read before it is needed. */
export function createPairMemory(options: PairMemoryOptions): PairMemory {
  const { clock } = options;
  let values: readonly string[] = [];
  let preferred: string | undefined;
  let exhausted = false;
  let reading = 0;
  let readAt = 0;
  let running: Promise<void> | undefined;
  let retired: readonly { readonly secret: string; readonly at: number }[] = [];

  function adopt(next: readonly string[]): void {
    const gone = values.filter((secret) => !next.includes(secret));
    if (gone.length > 0 || next.length !== values.length) exhausted = false;
    const at = clock.now();
    retired = [...gone.map((secret) => ({ secret, at })), ...retired].filter(
      (entry) => !next.includes(entry.secret) && at - entry.at < options.keepRetiredMilliseconds,
    );
    values = next;
    if (preferred !== undefined && !next.includes(preferred)) preferred = undefined;
    reading += 1;
  }

  async function readOnce(): Promise<void> {
    try {
      // What comes after the limit is dropped: an old answer must not replace a newer one.
      adopt(valuesOf(await bounded(clock, options.readTimeoutMilliseconds, undefined, options.read)));
    } catch (thrown) {
      throw sourceError(thrown, options.readTimeoutMilliseconds);
    } finally {
      readAt = clock.monotonic(); // After a failure too, or a broken source would be asked by every request.
      running = undefined;
    }
  }

  function read(): Promise<void> {
    if (!running) {
      running = readOnce();
      running.catch(() => {}); // It may be nobody's concern any more when it fails.
    }
    return running;
  }

  return {
    async snapshot(signal) {
      signal?.throwIfAborted();
      if (values.length === 0) await orAborted(read(), signal);
      else if (clock.monotonic() - readAt >= options.refreshAfterMilliseconds) read();
      const secrets = preferred === undefined ? values : [preferred, ...values.filter((value) => value !== preferred)];
      return { secrets, reading };
    },
    async reread(since, signal) {
      signal?.throwIfAborted();
      if (reading > since) return;
      await orAborted(read(), signal);
    },
    accepted(secret) {
      if (!values.includes(secret)) return;
      preferred = secret;
      exhausted = false;
    },
    exhausted(snapshot) {
      // Unchanged since: a value that has come in the meantime has not had its chance.
      if (values.every((value) => snapshot.secrets.includes(value))) exhausted = true;
    },
    isExhausted: () => exhausted,
    retired: () => {
      const now = clock.now();
      return retired.filter((entry) => now - entry.at < options.keepRetiredMilliseconds).map((entry) => entry.secret);
    },
  };
}

function valuesOf(read: SecretValues): readonly string[] {
  const { current, fallback } = read;
  if (typeof current !== 'string' || current === '') {
    throw new SecretSourceError('unusable', 'The source of the client secret gave no current secret.');
  }
  if (fallback === undefined || fallback === null || fallback === '' || fallback === current) return [current];
  if (typeof fallback !== 'string') {
    throw new SecretSourceError('unusable', 'The source of the client secret gave a fallback that is not text.');
  }
  return [current, fallback];
}

/** A foreign error may echo what was read, so that only its type is named. */
function sourceError(thrown: unknown, limit: number): SecretSourceError {
  if (thrown instanceof SecretSourceError) return thrown;
  if (thrown instanceof TimeLimitPassed) {
    return new SecretSourceError('timeout', `The source of the client secret did not answer within ${limit} ms.`);
  }
  const type = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return new SecretSourceError('failed', `The source of the client secret failed (${type}).`);
}
