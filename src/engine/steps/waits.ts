/** Waiting: in this process if the run stays for it, otherwise by saying until when. */
import type { RotationError } from '../../base/errors.js';
import type { Attempt } from '../attempt.js';
import { remainingOverlap } from '../waiting.js';
import { type AttemptEnvironment, goOn, type StepResult, type WaitReason } from './environment.js';

/** Waits in this process if the run stays for it; otherwise the run ends and says until when. */
export async function wait(
  attempt: Attempt,
  reason: WaitReason,
  milliseconds: number,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  if (milliseconds <= 0) return goOn(attempt);
  if (!environment.stays(reason, milliseconds)) {
    const until = (await environment.record.now()) + milliseconds;
    return { kind: 'end', outcome: { kind: 'waiting', attempt, reason, until } };
  }
  environment.observer({ type: 'wait-started', attemptId: attempt.id, reason, milliseconds });
  await environment.rest(milliseconds);
  return goOn(attempt);
}

/** Waits as long as the other side asked, or a little longer after each failure. */
export function waitAsTold(
  attempt: Attempt,
  error: RotationError,
  retries: number,
  environment: AttemptEnvironment,
): Promise<StepResult> {
  const backoff = Math.min(1_000 * 2 ** (retries - 1), 30_000);
  const reason = error.kind === 'rate-limited' ? 'rate-limit' : 'retry';
  return wait(attempt, reason, error.retryAfterMilliseconds ?? backoff, environment);
}

export async function overlapLeft(attempt: Attempt, environment: AttemptEnvironment): Promise<number> {
  if (attempt.phase !== 'announced') return 0;
  const now = await environment.record.now();
  const waited = waitedFor(attempt, 'overlap', environment);
  return remainingOverlap(attempt, { now, waited, longestRestarted: environment.longestRestartedWait });
}

/** Waits are remembered per application, so that what an attempt of another process left behind is bounded. */
function waitKey(attempt: Attempt, reason: 'overlap' | 'settle'): string {
  return `${attempt.applicationKey} ${reason}`;
}

/** How long this process has been waiting; the first question starts the wait. */
export function waitedFor(attempt: Attempt, reason: 'overlap' | 'settle', environment: AttemptEnvironment): number {
  const phases = reason === 'overlap' ? ['announced'] : ['activated', 'proven', 'published'];
  if (!phases.includes(attempt.phase)) return 0;
  return environment.clock.monotonic() - beginWait(attempt, reason, environment);
}

export function beginWait(attempt: Attempt, reason: 'overlap' | 'settle', environment: AttemptEnvironment): number {
  const begun = environment.waitsSince.get(waitKey(attempt, reason));
  return begun?.candidate.equals(attempt.candidate) ? begun.since : restartWait(attempt, reason, environment);
}

export function restartWait(attempt: Attempt, reason: 'overlap' | 'settle', environment: AttemptEnvironment): number {
  const since = environment.clock.monotonic();
  environment.waitsSince.set(waitKey(attempt, reason), { candidate: attempt.candidate, since });
  return since;
}

export function forgetWaits(attempt: Attempt, environment: AttemptEnvironment): void {
  environment.waitsSince.delete(waitKey(attempt, 'overlap'));
  environment.waitsSince.delete(waitKey(attempt, 'settle'));
}
