/** `check` and `recover`: their answers, exit codes, and what they never do. */
import { expect, test } from 'vitest';
import { RotationError } from '../../src/base/errors.js';
import { interruptedError } from '../../src/cli/failures.js';
import type { CheckStatus, OneShotStatus } from '../../src/engine/one-shot-types.js';
import { APPLICATION, CANARIES, checkOf, leaks, resultOf, run } from './fakes.js';

test.each<[CheckStatus, number]>([
  ['healthy', 0],
  ['refused', 2],
  ['not-live', 3],
  ['interrupted', 4],
])('check: %s ends with exit code %i', async (status, code) => {
  const outcome = await run(['check', '--application', APPLICATION, '--json'], {
    check: (settings) => checkOf(settings, { status }),
  });
  expect(outcome.code).toBe(code);
  expect(outcome.json()).toMatchObject({ status, applicationId: APPLICATION });
  expect(Object.keys(outcome.json()).sort()).toEqual(['applicationId', 'error', 'plan', 'status', 'warnings']);
  expect(outcome.done).toEqual(['network', `check ${APPLICATION}`]);
});

test('check shows a person what a rotation would do', async () => {
  const outcome = await run(['check', '--application', APPLICATION]);
  expect(outcome.stdout).toContain('Healthy.');
  expect(outcome.stderr).toContain('AUTH0_CLIENT_SECRET gets a new value');
});

test('check answers an exception with code 1 and a refusal with code 2', async () => {
  const defect = await run(['check', '--application', APPLICATION, '--json'], {
    check: () => Promise.reject(new TypeError(CANARIES.management)),
  });
  expect(defect.code).toBe(1);
  expect(leaks(defect)).toEqual([]);
  const refused = await run(['check', '--application', APPLICATION, '--json'], {
    check: () =>
      Promise.reject(new RotationError({ code: 'AUTH0_UNREACHABLE', kind: 'not-applied', message: 'No way.' })),
  });
  expect(refused.code).toBe(2);
  expect(refused.json()).toMatchObject({ status: 'refused', plan: null, error: { code: 'AUTH0_UNREACHABLE' } });
});

test('an interrupted check does not claim that an attempt waits', async () => {
  const controller = new AbortController();
  const outcome = await run(['check', '--application', APPLICATION, '--json'], {
    interruption: { signal: controller.signal, forced: new Promise(() => {}) },
    check: () => {
      controller.abort(interruptedError());
      throw interruptedError();
    },
  });
  expect(outcome.code).toBe(2);
  expect(outcome.json()).toMatchObject({ status: 'refused', error: { code: 'INTERRUPTED' } });
});

test.each<[OneShotStatus, number]>([
  ['success', 0],
  ['pending', 0],
  ['refused', 2],
  ['failed', 3],
  ['undecided', 4],
])('recover: %s ends with exit code %i', async (status, code) => {
  const outcome = await run(['recover', '--application', APPLICATION, '--json'], {
    recover: (settings) => resultOf(settings, { status }),
  });
  expect(outcome.code).toBe(code);
  expect(outcome.json()).toMatchObject({ status });
});

test('recover asks nothing and rotates nothing', async () => {
  const outcome = await run(['recover', '--application', APPLICATION], { terminal: true });
  expect(outcome.done).toEqual(['network', `recover ${APPLICATION}`]);
});

test('recover tells an exception apart from a refusal', async () => {
  const defect = await run(['recover', '--application', APPLICATION, '--json'], {
    recover: () => Promise.reject(new TypeError('x')),
  });
  expect(defect.code).toBe(1);
  expect(defect.json()).toMatchObject({ status: 'undecided', error: { code: 'DEFECT' } });
});

test.each(['rotate', 'check', 'recover'])(
  '%s takes every argument of the others, so that a script can swap the name',
  async (command) => {
    const outcome = await run([
      command,
      '--application',
      APPLICATION,
      '--yes',
      '--json',
      '--overlap',
      '5m',
      '--overwrite',
    ]);
    expect(outcome.code).toBe(0);
  },
);
