/** Signals and uncaught exceptions: the first signal asks, the second insists, an exception is a defect. */
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenForEnd } from '../../src/cli/interruption.js';
import { CANARIES } from './fakes.js';

function listening() {
  const source = new EventEmitter();
  const told: string[] = [];
  return { source, told, interruption: listenForEnd(source, () => told.push('ending')) };
}

/** Whether a promise is still waiting. */
const isPending = async (promise: Promise<never>) =>
  (await Promise.race([promise.catch(() => 'settled'), new Promise((resolve) => setImmediate(resolve, 'pending'))])) ===
  'pending';

test.each(['SIGINT', 'SIGTERM'])('the first %s asks the run to end, and tells the person once', async (signal) => {
  const { source, told, interruption } = listening();
  expect(interruption.signal.aborted).toBe(false);
  source.emit(signal);
  expect(interruption.signal.reason).toMatchObject({ code: 'INTERRUPTED' });
  expect(told).toEqual(['ending']);
  expect(await isPending(interruption.forced)).toBe(true);
});

test('the second insists', async () => {
  const { source, told, interruption } = listening();
  source.emit('SIGTERM');
  source.emit('SIGINT');
  await expect(interruption.forced).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(told).toEqual(['ending']);
});

test.each(['uncaughtException', 'unhandledRejection'])(
  '%s is a defect that keeps nothing of the message',
  async (event) => {
    const { source, interruption } = listening();
    source.emit(event, new TypeError(CANARIES.management));
    await expect(interruption.forced).rejects.toMatchObject({ code: 'DEFECT' });
    await expect(interruption.forced).rejects.not.toThrow(CANARIES.management);
  },
);
