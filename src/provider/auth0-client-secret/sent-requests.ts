/**
 * What is known of the requests sent to change a secret. One without an answer may still take effect later, so no
 * request with another value follows it before it is too old to.
 */
import { LATE_REQUEST_MILLISECONDS } from '../late-requests.js';
import type { HookRun } from './hook-run.js';

/** The requests that carried one value. */
export interface SentRequests {
  /** Whether one of them was acknowledged. */
  readonly acknowledged: boolean;
  /** How many had no answer that says what became of them. */
  readonly unanswered: number;
  /** When the last of those was given up, on the monotonic clock. */
  readonly lastGivenUpAt: number | undefined;
}

export const NOTHING_SENT: SentRequests = { acknowledged: false, unanswered: 0, lastGivenUpAt: undefined };

/** The same requests and one more that was acknowledged. */
export function withAcknowledged(requests: SentRequests): SentRequests {
  return { ...requests, acknowledged: true };
}

/** The same requests and one more without an answer, given up at this time on the monotonic clock. */
export function withUnanswered(requests: SentRequests, givenUpAt: number): SentRequests {
  return { ...requests, unanswered: requests.unanswered + 1, lastGivenUpAt: givenUpAt };
}

/** Whether any of the requests may have changed, or may still change, the secret. */
export function mayHaveHappened(requests: SentRequests): boolean {
  return requests.acknowledged || requests.unanswered > 0;
}

/**
 * Waits until none of the requests can take effect any more.
 *
 * @param run the hook's run.
 * @param requests the requests that carried one value.
 * @param shownLive whether probes showed that value to be live: then, without an acknowledgement, one of the unanswered
 *   requests is spent.
 * @throws the signal's reason when the caller ends the hook.
 */
export async function waitOutLateRequests(run: HookRun, requests: SentRequests, shownLive: boolean): Promise<void> {
  const spent = shownLive && !requests.acknowledged ? 1 : 0;
  if (requests.lastGivenUpAt === undefined || requests.unanswered <= spent) return;
  const remaining = requests.lastGivenUpAt + LATE_REQUEST_MILLISECONDS - run.clock.monotonic();
  if (remaining > 0) await run.clock.sleep(remaining + 1, run.call.signal);
}
