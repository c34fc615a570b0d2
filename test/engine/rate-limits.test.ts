/** Waiting out rate limits: as long as told, not for ever. */
import { describe, expect, it } from 'vitest';
import { RotationError } from '../../src/base/errors.js';
import { planOneShot } from '../../src/engine/index.js';
import type { EngineEvent } from '../../src/engine/ports.js';
import { waitingOutRateLimits } from '../../src/engine/rate-limits.js';
import { createVirtualClock } from '../../src/testing/virtual-clock.js';
import { createWorld } from './support/one-shot-world.js';

const NEVER = new AbortController().signal;

function limited(retryAfterMilliseconds?: number): RotationError {
  const told = retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds };
  return new RotationError({ code: 'STORE_RATE_LIMITED', kind: 'rate-limited', message: 'Not now.', ...told });
}

/** Runs work that fails with each of the errors in turn, and then answers. */
function failing(errors: readonly RotationError[], signal = NEVER) {
  const clock = createVirtualClock();
  const waits: number[] = [];
  const left = [...errors];
  const work = async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'done';
  };
  const tell = (milliseconds: number) => void waits.push(milliseconds);
  return { waits, end: clock.run(() => waitingOutRateLimits(work, clock, signal, tell)) };
}

describe('rate limits', () => {
  it('are waited out as long as they say, and a little longer each time when they do not', async () => {
    const { waits, end } = failing([limited(40_000), limited(), limited()]);
    expect(await end).toBe('done');
    expect(waits).toEqual([40_000, 2_000, 4_000]);
  });

  it.each([
    ['a limit of hours', [limited(3_600_000)]],
    ['a limit that does not end', Array.from({ length: 20 }, () => limited(100))],
    ['another failure', [new RotationError({ code: 'STORE_UNAVAILABLE', kind: 'not-applied', message: 'Down.' })]],
  ])('%s is for a later run', async (_what, errors) => {
    const { waits, end } = failing(errors);
    const thrown = await end.catch((error: unknown) => error);
    expect(errors.indexOf(thrown as RotationError)).toBe(waits.length);
    expect(waits.length).toBeLessThan(10);
  });

  it('are not waited for by a run that was told to end', async () => {
    const { waits, end } = failing([limited(40_000)], AbortSignal.abort(new Error('SIGINT')));
    await expect(end).rejects.toMatchObject({ code: 'STORE_RATE_LIMITED' });
    expect(waits).toEqual([]);
  });

  it('hold up a plan, and do not refuse it', async () => {
    const world = createWorld();
    const options = world.options();
    const waits: EngineEvent[] = [];
    let refusals = 2;
    const store = {
      ...options.store,
      read: (...read: Parameters<typeof options.store.read>) => {
        refusals -= 1;
        return refusals < 0 ? options.store.read(...read) : Promise.reject(limited(30_000));
      },
    };
    const plan = planOneShot({ ...options, store, observer: (event) => waits.push(event) });
    expect((await world.clock.run(plan)).action).toBe('rotate');
    expect(waits).toMatchObject([
      { type: 'wait-started', reason: 'rate-limit', milliseconds: 30_000 },
      { type: 'wait-started', reason: 'rate-limit', milliseconds: 30_000 },
    ]);
  });
});
