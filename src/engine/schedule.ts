/**
 * When a rotation is due: the arithmetic of the wire contract, in UTC and pure.
 */
const DAY_MILLISECONDS = 86_400_000;

/** A time of day in UTC. */
export interface TimeOfDay {
  readonly hours: number;
  readonly minutes: number;
}

/** The settings and the history of a rotation that decide when it is due. */
export interface Schedule {
  readonly isAutoRotationEnabled: boolean;
  /** In days, one or more. */
  readonly rotationInterval: number;
  readonly rotateAtUtc: TimeOfDay;
  readonly rotationStatus: 'success' | 'failed';
  readonly lastRotatedAt: Date;
  /** Creating a rotation counts as manual. */
  readonly isLastRotationManual: boolean;
}

/**
 * Says when the next rotation is due.
 *
 * After a failure it is the next calendar day. Otherwise it is the day of the last rotation plus the interval, at the
 * wanted time of day; a manual rotation at or after that time counts for the day after it, so that the interval is
 * never shorter than asked.
 *
 * @param schedule the rotation's settings and history.
 * @param now used after a failure only.
 * @returns the time, or null when rotation is not automatic.
 * @see https://infisical.com/docs/documentation/platform/secret-rotation/overview
 */
export function nextRotationAt(schedule: Schedule, now: Date): Date | null {
  const { rotateAtUtc, lastRotatedAt } = schedule;
  if (!schedule.isAutoRotationEnabled) return null;
  if (schedule.rotationStatus === 'failed') return atTimeOfDay(now, rotateAtUtc, 1);
  const minuteOfDay = lastRotatedAt.getUTCHours() * 60 + lastRotatedAt.getUTCMinutes();
  const isPastTimeOfDay = minuteOfDay >= rotateAtUtc.hours * 60 + rotateAtUtc.minutes;
  const extraDay = schedule.isLastRotationManual && isPastTimeOfDay ? 1 : 0;
  return atTimeOfDay(lastRotatedAt, rotateAtUtc, schedule.rotationInterval + extraDay);
}

/**
 * Says when a scheduled rotation has to announce its candidate so that its activation falls on the due time: that is
 * the moment people plan for.
 *
 * @param dueAt the rotation's due time.
 * @param overlapMilliseconds how long the candidate is offered before.
 */
export function announceAt(dueAt: Date, overlapMilliseconds: number): Date {
  return new Date(dueAt.getTime() - overlapMilliseconds);
}

function atTimeOfDay(day: Date, time: TimeOfDay, daysLater: number): Date {
  const midnight = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate());
  return new Date(midnight + daysLater * DAY_MILLISECONDS + (time.hours * 60 + time.minutes) * 60_000);
}
