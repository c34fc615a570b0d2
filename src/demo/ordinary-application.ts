/**
 * An application that knows nothing of rotations but is well made: it holds the mapped secret, and when that is refused
 * it reads the store again and, if it finds another value, tries at once with that. Most applications do less: they
 * read their secret when they start, and need a restart.
 */
import type { Clock } from '../base/clock.js';
import type { Secret } from '../base/secret.js';
import { isClientSecretRefusal } from '../consumer/refusal.js';
import type { Application } from './application.js';
import type { ReadSecrets } from './secret-reader.js';
import type { RequestToken } from './token-request.js';

export interface OrdinaryApplicationOptions {
  readonly readSecrets: ReadSecrets;
  readonly requestToken: RequestToken;
  /**
   * The least time between two reads, in milliseconds: a store with a rate limit must not be asked by every refused
   * request. Requests that are refused at the same time share one read.
   */
  readonly rereadMilliseconds: number;
  readonly clock: Clock;
}

/** Makes one instance. It reads its secret with the first request. */
export function createOrdinaryApplication(options: OrdinaryApplicationOptions): Application {
  const { readSecrets, requestToken, rereadMilliseconds, clock } = options;
  let held: Secret | undefined;
  let reading: Promise<Secret> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  function read(): Promise<Secret> {
    reading ??= readSecrets()
      .then(({ current }) => {
        held = current;
        return current;
      })
      .finally(() => {
        readAt = clock.monotonic();
        reading = undefined;
      });
    return reading;
  }

  /** What is known after a refusal: from another request's read, or from one of its own when the last is old enough. */
  async function afterRefusal(refused: Secret): Promise<Secret> {
    if (held !== undefined && !held.equals(refused)) return held;
    if (reading === undefined && clock.monotonic() - readAt < rereadMilliseconds) return refused;
    return await read();
  }

  return {
    async request() {
      const secret = held ?? (await read());
      try {
        await requestToken(secret);
      } catch (refusal) {
        if (!(await isClientSecretRefusal(refusal))) throw refusal;
        const next = await afterRefusal(secret);
        if (next.equals(secret)) throw refusal;
        await requestToken(next);
      }
    },
  };
}
