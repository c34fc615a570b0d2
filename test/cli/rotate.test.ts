/** `rotate`: plan, confirmation, answers and exit codes, with a rotation that does as it is told. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RotationError } from '../../src/base/errors.js';
import { interruptedError } from '../../src/cli/failures.js';
import type { OneShotStatus } from '../../src/engine/one-shot-types.js';
import {
  APPLICATION,
  CANARIES,
  COMPLETE_ENVIRONMENT,
  errorOf,
  fakeClock,
  leaks,
  planOf,
  resultOf,
  run,
} from './fakes.js';

const ROTATE = ['rotate', '--application', APPLICATION];
const refusal = new RotationError({
  code: 'APPLICATION_UNKNOWN',
  kind: 'configuration',
  message: 'There is no such application.',
});

describe('the answer', () => {
  test.each<[OneShotStatus, number]>([
    ['success', 0],
    ['pending', 0],
    ['refused', 2],
    ['failed', 3],
    ['undecided', 4],
  ])('%s ends with exit code %i', async (status, code) => {
    const outcome = await run([...ROTATE, '--yes', '--json'], { rotate: (settings) => resultOf(settings, { status }) });
    expect(outcome.code).toBe(code);
    expect(outcome.json()).toMatchObject({ status });
  });

  test('has exactly the documented fields', async () => {
    const outcome = await run([...ROTATE, '--yes', '--json']);
    expect(Object.keys(outcome.json()).sort()).toEqual(
      [
        'applicationId',
        'attemptId',
        'error',
        'evidence',
        'finishedAt',
        'phase',
        'startedAt',
        'status',
        'warnings',
      ].sort(),
    );
    const pending = await run([...ROTATE, '--yes', '--json'], {
      rotate: (settings) =>
        resultOf(settings, { status: 'pending', phase: 'announced', resumeAt: '2026-03-04T12:00:00.000Z' }),
    });
    expect(pending.json()).toMatchObject({ status: 'pending', resumeAt: '2026-03-04T12:00:00.000Z' });
  });

  test('a refused plan is answered in the same fields, and nothing is rotated', async () => {
    const outcome = await run([...ROTATE, '--yes', '--json'], { plan: () => Promise.reject(refusal) });
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({
      status: 'refused',
      phase: null,
      applicationId: APPLICATION,
      attemptId: null,
      evidence: {},
      error: { code: 'APPLICATION_UNKNOWN' },
    });
    expect(outcome.done).toEqual(['network', `plan ${APPLICATION}`]);
  });

  test('is text for a person without --json: good news on stdout, an error on stderr', async () => {
    const good = await run([...ROTATE, '--yes']);
    expect(good.stdout).toContain('Done. The stored client secret is the live one.');
    expect(good.stdout).toContain('3 probes accepted in a row over 2 s (secret 1a2b3c4d)');
    const bad = await run([...ROTATE, '--yes'], { plan: () => Promise.reject(refusal) });
    expect(bad.stdout).toBe('');
    expect(bad.stderr).toContain('Refused. Nothing was changed.');
    expect(bad.stderr).toContain('What to do: Check the client id');
    expect(bad.stderr).toContain('Code: APPLICATION_UNKNOWN');
  });

  test('the network is prepared before anything is put together', async () => {
    const order: string[] = [];
    await run([...ROTATE, '--yes'], {
      services: {
        prepareNetwork: async () => void order.push('network'),
        assemble: async () => {
          order.push('assemble');
          throw refusal;
        },
      },
    });
    expect(order).toEqual(['network', 'assemble']);
  });
});

describe('the plan', () => {
  test('is shown on stderr: target, names, changes, warnings', async () => {
    const outcome = await run([...ROTATE, '--dry-run', '--secret-path', '/web', '--overlap', '5m'], {
      plan: (settings) =>
        planOf(settings, { warnings: [{ code: 'SCOPES_WIDE', message: 'More scopes than needed.' }] }),
    });
    for (const part of [
      'acme.eu.auth0.com',
      `Acme Web (${APPLICATION})`,
      'https://app.infisical.com',
      'environment prod, path /web',
      'AUTH0_CLIENT_ID',
      'AUTH0_CLIENT_SECRET_FALLBACK',
      'the stored secret is the live one',
      'overlap 5 min, settle 30 s',
      'AUTH0_CLIENT_SECRET gets a new value',
      'More scopes than needed. (SCOPES_WIDE)',
      'RS256',
    ]) {
      expect(outcome.stderr).toContain(part);
    }
  });

  test('--dry-run stops there', async () => {
    const outcome = await run([...ROTATE, '--dry-run', '--json']);
    expect(outcome.code).toBe(0);
    expect(outcome.json()).toMatchObject({ status: 'planned', phase: null, applicationId: APPLICATION, error: null });
    expect(outcome.done).toEqual(['network', `plan ${APPLICATION}`]);
  });

  test('the name of an application cannot steer the terminal', async () => {
    const outcome = await run([...ROTATE, '--dry-run'], {
      terminal: true,
      plan: (settings) => {
        const plan = planOf(settings);
        return { ...plan, application: { ...plan.application, applicationName: 'A\u001b[2Jb\u202ec\nd' } };
      },
    });
    expect(outcome.stderr).not.toContain('\u001b[2J');
    expect(outcome.stderr).not.toContain('\u202e');
    expect(outcome.stderr).not.toContain('c\nd');
  });
});

describe('the confirmation', () => {
  test('without a terminal and without --yes nothing is changed', async () => {
    const outcome = await run([...ROTATE, '--json']);
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({ status: 'refused', error: { code: 'CONFIRMATION_REQUIRED' } });
    expect(outcome.done).not.toContain(`rotate ${APPLICATION}`);
  });

  test('in a terminal a person is asked about the target, and yes rotates', async () => {
    const questions: string[] = [];
    const outcome = await run(ROTATE, {
      terminal: true,
      confirm: async (question) => {
        questions.push(question);
        return true;
      },
    });
    expect(questions).toEqual(['Go ahead with Acme Web at acme.eu.auth0.com?']);
    expect(outcome.code).toBe(0);
    expect(outcome.done).toContain(`rotate ${APPLICATION}`);
  });

  test('no changes nothing', async () => {
    const outcome = await run([...ROTATE, '--json'], { terminal: true, confirm: async () => false });
    expect(outcome.code).toBe(2);
    expect(errorOf(outcome)).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      message: 'It was not confirmed; nothing was changed.',
    });
    expect(outcome.done).not.toContain(`rotate ${APPLICATION}`);
  });

  test('nobody is asked when there is nothing to do', async () => {
    const outcome = await run(ROTATE, { plan: (settings) => planOf(settings, { action: 'nothing', changes: [] }) });
    expect(outcome.code).toBe(0);
  });

  test('a plan that aged while the person thought is made again', async () => {
    const clock = fakeClock();
    const slowly = async () => {
      clock.advance(61_000);
      return true;
    };
    const same = await run(ROTATE, { terminal: true, clock, confirm: slowly });
    expect(same.done.filter((step) => step.startsWith('plan'))).toHaveLength(2);
    expect(same.code).toBe(0);
    const changed = await run([...ROTATE, '--json'], {
      terminal: true,
      clock,
      confirm: slowly,
      plan: (settings, call) => planOf(settings, call === 1 ? {} : { situation: 'undecided', action: 'resume' }),
    });
    expect(changed.code).toBe(2);
    expect(errorOf(changed).code).toBe('STORE_CHANGED_ELSEWHERE');
    expect(changed.done).not.toContain(`rotate ${APPLICATION}`);
  });
});

describe('the end before the end', () => {
  const endable = () => {
    const controller = new AbortController();
    let force: (error: Error) => void = () => {};
    const forced = new Promise<never>((_resolve, reject) => {
      force = reject;
    });
    forced.catch(() => {});
    return {
      interruption: { signal: controller.signal, forced },
      end: () => controller.abort(interruptedError()),
      force: (error: Error) => force(error),
    };
  };

  test('a signal while rotating: undecided, run again, and the phase that was reached', async () => {
    const { interruption, end } = endable();
    const outcome = await run([...ROTATE, '--yes', '--json'], {
      interruption,
      rotate: async (_settings, { observer, signal }) => {
        observer({ type: 'phase-entered', attemptId: 'attempt-9', phase: 'announced', at: 0 });
        end();
        signal.throwIfAborted();
        throw new Error('not reached');
      },
    });
    expect(outcome.code).toBe(4);
    expect(outcome.json()).toMatchObject({
      status: 'undecided',
      phase: 'announced',
      attemptId: 'attempt-9',
      error: { code: 'INTERRUPTED', action: 'Run it again; it goes on where it stopped.' },
    });
  });

  test('whatever the signal makes things below throw is an interruption', async () => {
    const { interruption, end } = endable();
    const outcome = await run([...ROTATE, '--yes', '--json'], {
      interruption,
      rotate: async () => {
        end();
        throw new DOMException('aborted', 'AbortError');
      },
    });
    expect(outcome.code).toBe(4);
    expect(errorOf(outcome).code).toBe('INTERRUPTED');
  });

  test('a second signal does not wait for a rotation that hangs', async () => {
    const { interruption, end, force } = endable();
    const outcome = await run([...ROTATE, '--yes', '--json'], {
      interruption,
      rotate: async () => {
        end();
        force(interruptedError());
        await pause(60_000, undefined, { ref: false });
        throw new Error('not reached');
      },
    });
    expect(outcome.code).toBe(4);
    expect(errorOf(outcome).code).toBe('INTERRUPTED');
  });

  test('a signal while the question stands rotates nothing', async () => {
    const { interruption, end } = endable();
    const outcome = await run([...ROTATE, '--json'], {
      terminal: true,
      interruption,
      confirm: async () => {
        end();
        return false;
      },
    });
    expect(outcome.code).toBe(4);
    expect(outcome.done).not.toContain(`rotate ${APPLICATION}`);
  });

  test('an exception nobody expected is a defect: exit code 1, and nothing of its message', async () => {
    const outcome = await run([...ROTATE, '--yes', '--json'], {
      rotate: () => Promise.reject(new TypeError(`cannot read ${CANARIES.management}`)),
    });
    expect(outcome.code).toBe(1);
    expect(outcome.json()).toMatchObject({ status: 'undecided', error: { code: 'DEFECT' } });
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
    expect(leaks(outcome)).toEqual([]);
  });

  test('an exception nobody caught is a defect, even after a signal', async () => {
    const { interruption, end, force } = endable();
    const outcome = await run([...ROTATE, '--yes', '--json'], {
      interruption,
      rotate: async () => {
        end();
        force(new RotationError({ code: 'DEFECT', kind: 'defect', message: 'Something was thrown (TypeError).' }));
        await pause(60_000, undefined, { ref: false });
        throw new Error('not reached');
      },
    });
    expect(outcome.code).toBe(1);
  });

  test('the origin of a defect is shown on request, without its message', async () => {
    const outcome = await run([...ROTATE, '--yes', '--json'], {
      environment: { ...COMPLETE_ENVIRONMENT, AUTH0_ROTATION_DEBUG: '1' },
      rotate: () => Promise.reject(new TypeError(`cannot read ${CANARIES.current}`)),
    });
    expect(outcome.stderr).toMatch(/^\s+at /m);
    expect(outcome.stderr).toContain('Unexpected: TypeError');
    expect(leaks(outcome)).toEqual([]);
    expect(outcome.json()).toMatchObject({ error: { code: 'DEFECT' } });
  });

  test('an error thrown before any phase, of a kind that changed nothing, is a refusal', async () => {
    const outcome = await run([...ROTATE, '--yes', '--json'], { rotate: () => Promise.reject(refusal) });
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({ status: 'refused' });
    const unknown = new RotationError({ code: 'AUTH0_UNAVAILABLE', kind: 'unknown', message: 'No answer.' });
    const outcome2 = await run([...ROTATE, '--yes', '--json'], { rotate: () => Promise.reject(unknown) });
    expect(outcome2.code).toBe(4);
    expect(outcome2.json()).toMatchObject({ status: 'undecided' });
  });
});

describe('no secret gets out', () => {
  test.each([['--json'], ['--yes']])('not even when everything below repeats it (%s)', async (flag) => {
    const text = `${CANARIES.management} ${encodeURIComponent(CANARIES.infisical)} ${Buffer.from(CANARIES.infisical).toString('base64')}`;
    const outcome = await run([...ROTATE, '--yes', flag], {
      terminal: true,
      plan: (settings) => {
        const plan = planOf(settings, { changes: [text], place: text, warnings: [{ code: 'W', message: text }] });
        return { ...plan, application: { ...plan.application, applicationName: text } };
      },
      rotate: (settings, { observer }) => {
        observer({ type: 'step-failed', attemptId: 'a', step: 'activate', code: 'X', message: text });
        return resultOf(settings, { status: 'failed', error: { code: 'NOT_PROVEN', message: text, action: text } });
      },
    });
    expect(outcome.code).toBe(3);
    expect(leaks(outcome)).toEqual([]);
    expect(outcome.stderr + outcome.stdout).toContain('[secret]');
  });
});
