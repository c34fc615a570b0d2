/**
 * Rule 2 end to end: a change sent by a process that died takes effect later. Until it no longer can, nothing else is
 * sent, so that it never brings back an older secret.
 */
import { expect, onTestFinished, test } from 'vitest';
import { faults } from '../../src/testing/auth0-emulator/index.js';
import { QUICK, run, runUntil, start } from './support/command.js';
import { problemsOfLoss, problemsOfRest } from './support/expectations.js';
import { createVirtualWorld } from './support/virtual-world.js';
import { createWorld, FALLBACK } from './support/world.js';

const A_MINUTE = 60_000;
const AT_ONCE = ['--overlap', '0s', '--settle', '0s'];
const WAITS_FOR_IT = 'until earlier requests can no longer take effect';

test('a change that a killed process sent takes effect while the next rotation waits for it', {
  timeout: 5 * A_MINUTE,
}, async () => {
  let later = 0;
  const world = await createWorld({ infisical: { clock: { now: () => Date.now() + later } } });
  onTestFinished(() => world.close());

  // It dies having sent its one request, which has no effect yet.
  let arrive = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const died = await runUntil(world, 'rotate', QUICK, {
    name: 'auth0 update-client',
    moment: 'before',
    late: () => arrival,
  });
  expect(died?.name).toBe('auth0 update-client');
  expect(world.changes()).toBe(0);
  const candidate = world.stored(FALLBACK);
  expect(problemsOfLoss(world)).toEqual([]);

  // The next run sends the same value again, and comes to its end before the late request does.
  const finished = await run(world, 'rotate', AT_ONCE);
  expect(finished.code, finished.stderr).toBe(0);
  expect([world.live(), world.changes()]).toEqual([candidate, 1]);
  expect(problemsOfRest(world)).toEqual([]);

  // Another one may not send another value yet. It announces none either.
  const waiting = start(world, 'rotate', AT_ONCE);
  await waiting.written(WAITS_FOR_IT);
  const effects = world.auth0.tenant.counters['update-client'].effects;
  arrive();
  while (world.auth0.tenant.counters['update-client'].effects === effects) await world.later(20);
  expect([world.live(), world.changes()]).toEqual([candidate, 1]);
  expect(problemsOfRest(world)).toEqual([]);
  waiting.child.kill('SIGKILL');
  await waiting.ended;

  // Once the request is older than two minutes it rotates at once. The store tells the time in whole seconds.
  later = 2 * A_MINUTE + 5_000;
  const last = await run(world, 'rotate', AT_ONCE);
  expect(last.code, last.stderr).toBe(0);
  expect(last.stderr).not.toContain(WAITS_FOR_IT);
  expect(world.changes()).toBe(2);
  expect(world.live()).not.toBe(candidate);
  expect(problemsOfRest(world)).toEqual([]);
});

test.each([5_000, 60_000, 115_000])(
  'a change that takes effect after %i ms never undoes the next rotation',
  async (lateness) => {
    const world = await createVirtualWorld({ seed: lateness });
    onTestFinished(() => world.close());
    world.tenant.inject(faults.lateEffect(lateness), { operation: 'update-client' });
    for (let round = 1; round <= 3; round += 1) {
      const { code, stdout } = await world.run('rotate', ['--overlap', '0s', '--settle', '30s']);
      expect(code, stdout).toBe(0);
      expect(problemsOfRest(world)).toEqual([]);
    }
    await world.pass(5 * A_MINUTE);
    expect(world.tenant.pendingEffects).toBe(0);
    expect(problemsOfRest(world)).toEqual([]);
  },
);
