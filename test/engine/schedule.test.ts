/** Schedule arithmetic against the vectors of the wire contract. */
import { describe, expect, it } from 'vitest';
import { announceAt, nextRotationAt, type Schedule } from '../../src/engine/schedule.js';

const NOW = new Date('2026-03-05T17:00:00Z');

function schedule(
  lastRotatedAt: string,
  rotateAt: string,
  rotationInterval: number,
  isLastRotationManual: boolean,
): Schedule {
  const [hours = 0, minutes = 0] = rotateAt.split(':').map(Number);
  return {
    isAutoRotationEnabled: true,
    rotationStatus: 'success',
    rotationInterval,
    rotateAtUtc: { hours, minutes },
    lastRotatedAt: new Date(lastRotatedAt),
    isLastRotationManual,
  };
}

describe('nextRotationAt', () => {
  it.each([
    ['2026-01-10T09:30:00Z', '00:00', 30, true, '2026-02-10T00:00:00.000Z'],
    ['2026-01-10T09:30:00Z', '12:00', 30, true, '2026-02-09T12:00:00.000Z'],
    ['2026-01-10T12:00:59Z', '12:00', 30, true, '2026-02-10T12:00:00.000Z'],
    ['2026-01-10T11:59:59Z', '12:00', 30, true, '2026-02-09T12:00:00.000Z'],
    ['2026-02-10T00:00:05Z', '00:00', 30, false, '2026-03-12T00:00:00.000Z'],
    ['2026-02-11T00:01:00Z', '23:59', 30, false, '2026-03-13T23:59:00.000Z'],
    ['2026-01-10T00:00:00Z', '00:00', 1, true, '2026-01-12T00:00:00.000Z'],
  ] as const)('last %s, at %s, every %d days, manual %s: %s', (last, rotateAt, interval, manual, next) => {
    expect(nextRotationAt(schedule(last, rotateAt, interval, manual), NOW)?.toISOString()).toBe(next);
  });

  it('is the next calendar day at the wanted time after a failure, counted from now', () => {
    const failed: Schedule = { ...schedule('2026-01-10T09:30:00Z', '08:15', 30, false), rotationStatus: 'failed' };
    expect(nextRotationAt(failed, NOW)?.toISOString()).toBe('2026-03-06T08:15:00.000Z');
  });

  it('is null when rotation is not automatic, after a failure too', () => {
    const off: Schedule = { ...schedule('2026-01-10T09:30:00Z', '00:00', 30, true), isAutoRotationEnabled: false };
    expect(nextRotationAt(off, NOW)).toBeNull();
    expect(nextRotationAt({ ...off, rotationStatus: 'failed' }, NOW)).toBeNull();
  });
});

describe('announceAt', () => {
  it('lets the activation fall on the due time', () => {
    expect(announceAt(new Date('2026-02-10T00:00:00Z'), 3_600_000).toISOString()).toBe('2026-02-09T23:00:00.000Z');
  });
});
