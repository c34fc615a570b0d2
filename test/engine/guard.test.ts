/** The deadline of an operation, and whose account of it counts. */
import { describe, expect, it } from 'vitest';
import { RotationError } from '../../src/base/errors.js';
import { withOperationDeadline } from '../../src/engine/guard.js';
import { createVirtualClock } from '../../src/testing/virtual-clock.js';

const NEVER = new AbortController().signal;

/** Work that waits until it is told to stop, and then ends as it is told to. */
function untilStopped<T>(end: () => Promise<T>) {
  return ({ signal }: { readonly signal: AbortSignal }) =>
    new Promise<T>((resolve, reject) => {
      signal.addEventListener('abort', () => end().then(resolve, reject), { once: true });
    });
}

describe('the deadline of an operation', () => {
  it('lets the work say what became of it', async () => {
    const clock = createVirtualClock();
    const told = new RotationError({
      code: 'STORE_RATE_LIMITED',
      kind: 'rate-limited',
      message: 'Nothing was sent.',
      retryAfterMilliseconds: 40_000,
    });
    const work = withOperationDeadline(
      clock,
      20_000,
      NEVER,
      untilStopped(() => Promise.reject(told)),
    );
    await expect(clock.run(work)).rejects.toBe(told);
    expect(clock.monotonic()).toBe(20_000);
  });

  it('takes an answer that comes with the deadline', async () => {
    const clock = createVirtualClock();
    const work = withOperationDeadline(
      clock,
      20_000,
      NEVER,
      untilStopped(async () => 'answered'),
    );
    expect(await clock.run(work)).toBe('answered');
  });

  it.each([
    ['does not stop', () => new Promise<never>(() => {})],
    ['stops with an error that is none of ours', untilStopped(() => Promise.reject(new Error('aborted')))],
  ])('is not certain of anything when the work %s', async (_what, body) => {
    const clock = createVirtualClock();
    await expect(clock.run(withOperationDeadline(clock, 20_000, NEVER, body))).rejects.toMatchObject({
      code: 'UNDECIDED',
      kind: 'unknown',
    });
    expect(clock.monotonic()).toBeLessThan(21_000);
  });

  it('says nothing about work that failed in time', async () => {
    const clock = createVirtualClock();
    const failure = new TypeError('A defect.');
    await expect(clock.run(withOperationDeadline(clock, 20_000, NEVER, () => Promise.reject(failure)))).rejects.toBe(
      failure,
    );
  });
});
