/**
 * Proof by probing. While the remote side's nodes may disagree, one acceptance proves nothing and one refusal proves
 * nothing; a row of acceptances over some time does.
 */
import type { Call, Clock } from '../base/clock.js';
import type { Secret } from '../base/secret.js';
import type { Evidence, ProbeOutcome } from './contract.js';

export interface ProofPolicy {
  /** How many probes in a row must be accepted. */
  readonly accepted: number;
  /** The least time from the first to the last of them, in milliseconds. */
  readonly spanMilliseconds: number;
  /** How long to go on when the row does not come about, in milliseconds. A row that has begun may be finished. */
  readonly patienceMilliseconds: number;
}

/** The least that counts as proof: three accepted probes in a row over two seconds, tried for 45 seconds. */
export const ORDINARY_PROOF: ProofPolicy = { accepted: 3, spanMilliseconds: 2_000, patienceMilliseconds: 45_000 };

/**
 * The proof for adopting, restoring and revoking: the row spans the time in which nodes may disagree, so that a value
 * on its way out cannot pass.
 *
 * @param settleMilliseconds the provider's settle time.
 */
export function proofAcrossWindow(settleMilliseconds: number): ProofPolicy {
  return {
    accepted: ORDINARY_PROOF.accepted,
    spanMilliseconds: Math.max(settleMilliseconds, ORDINARY_PROOF.spanMilliseconds),
    patienceMilliseconds: ORDINARY_PROOF.patienceMilliseconds + settleMilliseconds,
  };
}

export type Proof =
  | { readonly proven: true; readonly evidence: Evidence }
  /** No row came about. `seen` counts the answers; `seen.accepted > 0` means that the value was live somewhere. */
  | { readonly proven: false; readonly seen: Readonly<Record<ProbeOutcome, number>> };

/** The row of acceptances so far. Times are on the monotonic clock. */
interface Row {
  readonly accepted: number;
  readonly since: number;
  readonly until: number;
}

/**
 * Probes a value until it is proven or patience runs out. A refusal starts the row again; an answer that says nothing
 * neither counts nor starts it again.
 *
 * @param probe asks the remote side once.
 * @param value the secret to prove.
 * @param policy what counts as proof and how long to try.
 * @param clock whose time counts.
 * @param call its signal ends the probing early; the signal's reason is thrown then.
 */
export async function prove(
  probe: (value: Secret, call: Call) => Promise<ProbeOutcome>,
  value: Secret,
  policy: ProofPolicy,
  clock: Clock,
  call: Call,
): Promise<Proof> {
  const started = clock.monotonic();
  const seen: Record<ProbeOutcome, number> = { accepted: 0, rejected: 0, unknown: 0 };
  let row: Row | undefined;
  for (;;) {
    call.signal.throwIfAborted();
    const outcome = await probe(value, call);
    const now = clock.monotonic();
    seen[outcome] += 1;
    if (outcome === 'accepted') row = { accepted: (row?.accepted ?? 0) + 1, since: row?.since ?? now, until: now };
    if (outcome === 'rejected') row = undefined;

    if (row && row.accepted >= policy.accepted && row.until - row.since >= policy.spanMilliseconds) {
      const probes = seen.accepted + seen.rejected + seen.unknown;
      return { proven: true, evidence: evidenceOf(value, row, probes, clock) };
    }
    const elapsed = now - started;
    const rowMayFinish = row !== undefined && elapsed < policy.patienceMilliseconds + policy.spanMilliseconds;
    if (elapsed >= policy.patienceMilliseconds && !rowMayFinish) return { proven: false, seen };
    await clock.sleep(pauseBeforeNext(policy, row !== undefined, elapsed), call.signal);
  }
}

/** Spreads the row evenly over its span; without a row, asks every second at first and less often later. */
function pauseBeforeNext(policy: ProofPolicy, inRow: boolean, elapsed: number): number {
  if (inRow) return Math.min(Math.ceil(policy.spanMilliseconds / Math.max(policy.accepted - 1, 1)), 5_000);
  return elapsed < 10_000 ? 1_000 : 2_000;
}

function evidenceOf(value: Secret, row: Row, probes: number, clock: Clock): Evidence {
  return {
    fingerprint: value.fingerprint(),
    accepted: row.accepted,
    spanMilliseconds: Math.round(row.until - row.since),
    probes,
    provenAt: new Date(clock.now()).toISOString(),
  };
}
