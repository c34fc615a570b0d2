/**
 * Activating one value, through answers that are lost, late or wrong. It is only ever the same value that is sent
 * again: doing that is harmless, while a different one could make two requests race for which secret is live.
 */
import { asRotationError, type RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { Evidence } from '../contract.js';
import { ORDINARY_PROOF, prove } from '../prove.js';
import type { HookRun } from './hook-run.js';
import { mayHaveHappened, NOTHING_SENT, type SentRequests, withAcknowledged, withUnanswered } from './sent-requests.js';

export type Activation =
  /** The value was acknowledged, or probes showed it to be live; then the evidence is there. */
  | { readonly status: 'activated'; readonly requests: SentRequests; readonly evidence: Evidence | undefined }
  /** It certainly did not happen, and the error says why. */
  | { readonly status: 'refused'; readonly error: RotationError }
  /** It may have happened, or may still happen. */
  | { readonly status: 'undecided'; readonly requests: SentRequests; readonly error: RotationError };

const MOST_REQUESTS = 4;
const FIRST_PAUSE_MILLISECONDS = 1_000;
/** A rate limit that lasts longer than this is for the caller to wait out. */
const LONGEST_PAUSE_MILLISECONDS = 120_000;

/**
 * Activates a value: one request, and the same again, a few times at most, while it certainly did not happen or nothing
 * shows that it did. After a request without an answer it looks by probing, for as long as nodes may disagree, before
 * it sends the next.
 *
 * @param run the hook's run.
 * @param value the value to make the live secret.
 * @returns what became of it. Nothing is thrown but the caller's signal.
 */
export async function activate(run: HookRun, value: Secret): Promise<Activation> {
  let requests = NOTHING_SENT;
  for (let sent = 1; ; sent += 1) {
    const error = await sendOnce(run, value);
    if (!error) return { status: 'activated', requests: withAcknowledged(requests), evidence: undefined };

    if (isAmbiguous(error)) {
      requests = withUnanswered(requests, run.clock.monotonic());
      const evidence = await look(run, value);
      if (evidence) return { status: 'activated', requests, evidence };
    }
    const pause = Math.max(error.retryAfterMilliseconds ?? 0, FIRST_PAUSE_MILLISECONDS * 2 ** (sent - 1));
    if (!mayBeSentAgain(error) || sent === MOST_REQUESTS || pause > LONGEST_PAUSE_MILLISECONDS) {
      return mayHaveHappened(requests) ? { status: 'undecided', requests, error } : { status: 'refused', error };
    }
    await run.clock.sleep(pause, run.call.signal);
  }
}

async function sendOnce(run: HookRun, value: Secret): Promise<RotationError | undefined> {
  try {
    await run.steps.activate(value, run.call);
    return undefined;
  } catch (error) {
    run.call.signal.throwIfAborted();
    return asRotationError(error);
  }
}

/** What was not expected is treated as a request without an answer: nothing says that it did not happen. */
function isAmbiguous(error: RotationError): boolean {
  return error.kind === 'unknown' || error.kind === 'defect';
}

function mayBeSentAgain(error: RotationError): boolean {
  return isAmbiguous(error) || error.kind === 'not-applied' || error.kind === 'rate-limited';
}

async function look(run: HookRun, value: Secret): Promise<Evidence | undefined> {
  const policy = { ...ORDINARY_PROOF, patienceMilliseconds: run.settleMilliseconds };
  const proof = await prove(run.steps.probe, value, policy, run.clock, run.call);
  return proof.proven ? proof.evidence : undefined;
}
