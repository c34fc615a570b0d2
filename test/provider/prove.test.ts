import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import type { ProbeOutcome } from '../../src/provider/contract.js';
import { judge, ORDINARY_PROOF, proofAcrossWindow, prove, proveRefused } from '../../src/provider/prove.js';
import { createVirtualClock } from './virtual-clock.js';

const VALUE = new Secret('canary-3fV8kZ1qX6wN9rB4tL7mC2yH5dJ0sG');
const CALL = { signal: new AbortController().signal };
const OTHER_ANSWER = { accepted: 'rejected', rejected: 'accepted', unknown: 'unknown' } as const;

/** Answers as scripted, then for ever with the last answer. Each probe takes the given time. */
function scripted(outcomes: readonly ProbeOutcome[], milliseconds: number | readonly number[] = 0) {
  const clock = createVirtualClock();
  let asked = 0;
  const probe = async () => {
    const index = asked++;
    const takes = typeof milliseconds === 'number' ? milliseconds : (milliseconds[index] ?? 0);
    if (takes > 0) await clock.sleep(takes);
    return outcomes[Math.min(index, outcomes.length - 1)] ?? 'unknown';
  };
  return { clock, probe, asked: () => asked };
}

describe('prove', () => {
  test('takes three acceptances in a row over two seconds, and no more', async () => {
    const { clock, probe, asked } = scripted(['accepted']);
    const proof = await prove(probe, VALUE, ORDINARY_PROOF, clock, CALL);
    expect(proof).toMatchObject({ proven: true, evidence: { accepted: 3, probes: 3, spanMilliseconds: 2_000 } });
    expect(asked()).toBe(3);
    expect(clock.elapsed()).toBe(2_000);
  });

  test('says which value and when, without the value', async () => {
    const { clock, probe } = scripted(['accepted']);
    const proof = await prove(probe, VALUE, ORDINARY_PROOF, clock, CALL);
    expect(proof).toMatchObject({
      evidence: { fingerprint: VALUE.fingerprint(), provenAt: '2026-01-01T00:00:02.000Z' },
    });
    expect(JSON.stringify(proof)).not.toContain(VALUE.reveal());
  });

  test('starts the row again after a refusal', async () => {
    const { clock, probe } = scripted(['accepted', 'accepted', 'rejected', 'accepted']);
    const proof = await prove(probe, VALUE, ORDINARY_PROOF, clock, CALL);
    expect(proof).toMatchObject({ proven: true, evidence: { accepted: 3, probes: 6 } });
  });

  test('neither counts an answer that says nothing nor starts again for it', async () => {
    const { clock, probe } = scripted(['accepted', 'unknown', 'accepted', 'unknown', 'accepted']);
    const proof = await prove(probe, VALUE, ORDINARY_PROOF, clock, CALL);
    expect(proof).toMatchObject({ proven: true, evidence: { accepted: 3, probes: 5 } });
  });

  test('does not count the time an answer took: the remote side may have decided when it was asked', async () => {
    const slow = scripted(['accepted'], [0, 0, 60_000, 0]);
    const policy = { ...ORDINARY_PROOF, spanMilliseconds: 30_000 };
    const proof = await prove(slow.probe, VALUE, policy, slow.clock, CALL);
    expect(proof).toMatchObject({ proven: true, evidence: { accepted: 4 } });
  });

  test('gives up when patience runs out, and says what it saw', async () => {
    const { clock, probe } = scripted(['rejected']);
    const proof = await prove(probe, VALUE, ORDINARY_PROOF, clock, CALL);
    expect(proof).toMatchObject({ proven: false, seen: { accepted: 0, unknown: 0 } });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(45_000);
    expect(clock.elapsed()).toBeLessThan(50_000);
  });

  test('ends although the answers alternate for ever', async () => {
    const clock = createVirtualClock();
    let last: ProbeOutcome = 'rejected';
    const probe = async () => {
      last = OTHER_ANSWER[last];
      return last;
    };
    const proof = await prove(probe, VALUE, proofAcrossWindow(30_000), clock, CALL);
    expect(proof.proven).toBe(false);
    expect(clock.elapsed()).toBeLessThan(120_000);
  });

  test('lets a row that began in time be finished', async () => {
    const outcomes: ProbeOutcome[] = [...Array<ProbeOutcome>(26).fill('rejected'), 'accepted'];
    const { clock, probe } = scripted(outcomes);
    const proof = await prove(probe, VALUE, ORDINARY_PROOF, clock, CALL);
    expect(proof.proven).toBe(true);
  });

  test('across the window spans the window', async () => {
    const { clock, probe } = scripted(['accepted']);
    const proof = await prove(probe, VALUE, proofAcrossWindow(30_000), clock, CALL);
    expect(proof).toMatchObject({ proven: true, evidence: { spanMilliseconds: 30_000 } });
    expect(clock.elapsed()).toBe(30_000);
  });

  test('asks an unclear remote side no more often than once a second, even within a short row', async () => {
    const { clock, probe, asked } = scripted(['accepted', 'unknown']);
    const policy = { accepted: 3, spanMilliseconds: 0, patienceMilliseconds: 10_000 };
    await prove(probe, VALUE, policy, clock, CALL);
    expect(asked()).toBeLessThan(15);
  });

  test('ends with the signal', async () => {
    const { clock, probe } = scripted(['rejected']);
    const controller = new AbortController();
    void clock.sleep(5_000).then(() => controller.abort(new Error('ended')));
    await expect(prove(probe, VALUE, ORDINARY_PROOF, clock, { signal: controller.signal })).rejects.toThrow('ended');
  });
});

describe('judge', () => {
  test.each([
    ['accepted', 'live'],
    ['rejected', 'dead'],
    ['unknown', 'unclear'],
  ] as const)('of answers that are all %s says %s', async (outcome, verdict) => {
    const { clock, probe } = scripted([outcome]);
    expect(await judge(probe, VALUE, proofAcrossWindow(30_000), clock, CALL)).toMatchObject({ verdict });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(30_000);
  });

  test('is not taken in by a value on its way out', async () => {
    const { clock, probe } = scripted(['accepted', 'accepted', 'accepted', 'rejected']);
    expect(await judge(probe, VALUE, proofAcrossWindow(30_000), clock, CALL)).toEqual({ verdict: 'dead' });
  });
});

describe('proveRefused', () => {
  test('takes a row of refusals, acceptances before it notwithstanding', async () => {
    const { clock, probe, asked } = scripted(['accepted', 'accepted', 'accepted', 'accepted', 'rejected']);
    expect(await proveRefused(probe, VALUE, ORDINARY_PROOF, clock, CALL)).toBe(true);
    expect(asked()).toBe(7);
  });

  test('is not had while the value is accepted', async () => {
    const { clock, probe } = scripted(['accepted']);
    expect(await proveRefused(probe, VALUE, ORDINARY_PROOF, clock, CALL)).toBe(false);
  });
});
