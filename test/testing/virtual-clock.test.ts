import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DeadlineExceeded, withDeadline } from '../../src/base/clock.js';
import { createVirtualClock } from '../../src/testing/virtual-clock.js';

describe('the virtual clock', () => {
  it('stands still until it is moved', async () => {
    const clock = createVirtualClock();
    let woke = false;
    void clock.sleep(10).then(() => {
      woke = true;
    });
    await clock.advance(9);
    expect(woke).toBe(false);
    await clock.advance(1);
    expect(woke).toBe(true);
    expect(clock.monotonic()).toBe(10);
  });

  it('ends waits at their own moments, in order, those that are set off on the way among them', async () => {
    const clock = createVirtualClock();
    const seen: [string, number][] = [];
    const note = (name: string) => seen.push([name, clock.monotonic()]);
    void clock.sleep(30).then(() => note('thirty'));
    void clock.sleep(10).then(async () => {
      note('ten');
      await clock.sleep(5);
      note('fifteen');
    });
    void clock.sleep(10).then(() => note('ten again'));
    await clock.advance(100);
    expect(seen).toEqual([
      ['ten', 10],
      ['ten again', 10],
      ['fifteen', 15],
      ['thirty', 30],
    ]);
    expect(clock.monotonic()).toBe(100);
  });

  it('runs work to its end, jumping from wait to wait', async () => {
    const clock = createVirtualClock({ startsAt: 1_000 });
    const day = 86_400_000;
    const result = await clock.run(async () => {
      for (let count = 0; count < 30; count += 1) await clock.sleep(day);
      return clock.now();
    });
    expect(result).toBe(1_000 + 30 * day);
  });

  it('gives deadlines their full time', async () => {
    const clock = createVirtualClock();
    const hanging = withDeadline(clock, 5_000, undefined, () => new Promise(() => {}));
    await expect(clock.run(hanging)).rejects.toBeInstanceOf(DeadlineExceeded);
    expect(clock.monotonic()).toBe(5_000);
    expect(clock.waiting).toBe(0);
  });

  it('lets go of a wait that is aborted, and gives the reason', async () => {
    const clock = createVirtualClock();
    const controller = new AbortController();
    const waiting = clock.sleep(1_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.waiting).toBe(0);
    await expect(clock.sleep(1_000, controller.signal)).rejects.toThrow('enough');
  });

  it('does not jump while work of the real world is held', async () => {
    const clock = createVirtualClock();
    const makeKeys = promisify(generateKeyPair);
    await clock.run(async () => {
      const deadline = clock.sleep(1);
      await clock.hold(makeKeys('rsa', { modulusLength: 1024 }));
      expect(clock.monotonic()).toBe(0);
      await deadline;
    });
  });

  it('steps the wall clock without touching waits', async () => {
    const clock = createVirtualClock({ startsAt: 0 });
    const waiting = clock.sleep(10);
    clock.stepWallClock(-3_600_000);
    await clock.run(waiting);
    expect(clock.monotonic()).toBe(10);
    expect(clock.now()).toBe(10 - 3_600_000);
  });

  it('says so when the work can never end', async () => {
    const clock = createVirtualClock({ patienceMilliseconds: 20 });
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow('neither on this clock');
  });
});
