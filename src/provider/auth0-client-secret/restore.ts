/** Putting the previous secret back. It is an activation like any other, and proven across the window. */
import type { Secret } from '../../base/secret.js';
import { proofAcrossWindow, prove } from '../prove.js';
import { activate } from './activate.js';
import type { HookRun } from './hook-run.js';
import { mayHaveHappened, type SentRequests, waitOutLateRequests } from './sent-requests.js';

export type Restoration =
  /** The previous secret is live, proven across the window. */
  | 'restored'
  /** No request to put it back took effect, nor will one: what was live before still is. */
  | 'not-sent'
  /** A request was sent, and nothing proves what is live now. */
  | 'undecided';

/**
 * Puts the previous secret back and proves it. Waits first until no request that carried another value can take effect.
 *
 * @param run the hook's run.
 * @param previous the secret to put back.
 * @param earlier the requests that carried the other value.
 * @param shownLive whether that other value was shown to be live.
 * @returns what became of it. An interruption by the caller's signal counts as `not-sent` or `undecided`; nothing is
 *   thrown.
 */
export async function restore(
  run: HookRun,
  previous: Secret,
  earlier: SentRequests,
  shownLive: boolean,
): Promise<Restoration> {
  let state: Restoration = 'not-sent';
  try {
    await waitOutLateRequests(run, earlier, shownLive);
    state = 'undecided';
    const activation = await activate(run, previous);
    if (activation.status === 'refused') state = 'not-sent';
    const policy = proofAcrossWindow(run.settleMilliseconds);
    const proof = await prove(run.steps.probe, previous, policy, run.clock, run.call);
    if (proof.proven) state = 'restored';
    if (activation.status !== 'refused' && mayHaveHappened(activation.requests)) {
      await waitOutLateRequests(run, activation.requests, proof.proven);
    }
  } catch {
    // Only the caller's signal gets here: the steps inside report what they meet.
  }
  return state;
}
