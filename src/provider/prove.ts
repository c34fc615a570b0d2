/**
 * Proof by probing. While the remote side's nodes may disagree, one acceptance proves nothing and one refusal proves
 * nothing; a row of the same answer over some time does.
 */
import type { Call, Clock } from '../base/clock.js';
import type { Secret } from '../base/secret.js';
import type { Evidence, ProbeOutcome } from './contract.js';

export interface ProofPolicy {
  /** How many probes in a row must be answered alike. */
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

/** How often each answer was given. */
export type ProbeCounts = Readonly<Record<ProbeOutcome, number>>;

export type Proof =
  | { readonly proven: true; readonly evidence: Evidence }
  /** No row came about. `seen` counts the answers; `seen.accepted > 0` means that the value was live somewhere. */
  | { readonly proven: false; readonly seen: ProbeCounts };

/** What a row of like answers shows about a value, either way. */
export type Verdict =
  | { readonly verdict: 'live'; readonly evidence: Evidence }
  | { readonly verdict: 'dead' }
  | { readonly verdict: 'unclear'; readonly seen: ProbeCounts };

/** Asks the remote side once whether it accepts a value. */
export type Probe = (value: Secret, call: Call) => Promise<ProbeOutcome>;

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
  probe: Probe,
  value: Secret,
  policy: ProofPolicy,
  clock: Clock,
  call: Call,
): Promise<Proof> {
  const end = await probeForRow(probe, value, policy, clock, call, (outcome) => outcome === 'accepted');
  return end.row
    ? { proven: true, evidence: evidenceOf(value, end.row, end.seen, clock) }
    : { proven: false, seen: end.seen };
}

/**
 * Probes a value until a row of refusals shows that it is worthless, or patience runs out. The counterpart of `prove`.
 *
 * @param probe asks the remote side once.
 * @param value the secret that should be refused.
 * @param policy how long a row of refusals must be and how long to try.
 * @param clock whose time counts.
 * @param call its signal ends the probing early; the signal's reason is thrown then.
 * @returns whether the row came about.
 */
export async function proveRefused(
  probe: Probe,
  value: Secret,
  policy: ProofPolicy,
  clock: Clock,
  call: Call,
): Promise<boolean> {
  const end = await probeForRow(probe, value, policy, clock, call, (outcome) => outcome === 'rejected');
  return end.row !== undefined;
}

/**
 * Probes a value until a row of acceptances or a row of refusals shows what it is, or patience runs out.
 *
 * @param probe asks the remote side once.
 * @param value the secret in question.
 * @param policy how long a row must be, for either answer, and how long to try.
 * @param clock whose time counts.
 * @param call its signal ends the probing early; the signal's reason is thrown then.
 */
export async function judge(
  probe: Probe,
  value: Secret,
  policy: ProofPolicy,
  clock: Clock,
  call: Call,
): Promise<Verdict> {
  const end = await probeForRow(probe, value, policy, clock, call, () => true);
  if (!end.row) return { verdict: 'unclear', seen: end.seen };
  return end.row.outcome === 'accepted'
    ? { verdict: 'live', evidence: evidenceOf(value, end.row, end.seen, clock) }
    : { verdict: 'dead' };
}

/** The row of like answers so far. Times are on the monotonic clock. */
interface Row {
  readonly outcome: 'accepted' | 'rejected';
  readonly length: number;
  /** When the first answer had come: the remote side decided before that. */
  readonly since: number;
  /** When the last question was sent: the remote side decided after that, however slow its answer was. */
  readonly until: number;
}

interface ProbingEnd {
  /** The complete row; undefined when patience ran out. */
  readonly row: Row | undefined;
  readonly seen: ProbeCounts;
}

async function probeForRow(
  probe: Probe,
  value: Secret,
  policy: ProofPolicy,
  clock: Clock,
  call: Call,
  counts: (outcome: 'accepted' | 'rejected') => boolean,
): Promise<ProbingEnd> {
  const started = clock.monotonic();
  const seen: Record<ProbeOutcome, number> = { accepted: 0, rejected: 0, unknown: 0 };
  let row: Row | undefined;
  for (;;) {
    call.signal.throwIfAborted();
    const sentAt = clock.monotonic();
    const outcome = await probe(value, call);
    const now = clock.monotonic();
    seen[outcome] += 1;
    if (outcome !== 'unknown') row = counts(outcome) ? continued(row, outcome, sentAt, now) : undefined;

    if (row && isComplete(row, policy)) return { row, seen };
    const elapsed = now - started;
    const rowMayFinish = row !== undefined && elapsed < policy.patienceMilliseconds + policy.spanMilliseconds;
    if (elapsed >= policy.patienceMilliseconds && !rowMayFinish) return { row: undefined, seen };
    const pause = row && outcome !== 'unknown' ? pauseInRow(row, policy, now) : elapsed < 10_000 ? 1_000 : 2_000;
    await clock.sleep(pause, call.signal);
  }
}

function continued(row: Row | undefined, outcome: Row['outcome'], sentAt: number, now: number): Row {
  if (row?.outcome !== outcome) return { outcome, length: 1, since: now, until: sentAt };
  return { ...row, length: row.length + 1, until: sentAt };
}

function isComplete(row: Row, policy: ProofPolicy): boolean {
  return row.length >= policy.accepted && row.until - row.since >= policy.spanMilliseconds;
}

/** Spreads the row evenly over its span, at most five seconds apart; only the rest of the span is waited for last. */
function pauseInRow(row: Row, policy: ProofPolicy, now: number): number {
  const even = Math.min(Math.ceil(policy.spanMilliseconds / Math.max(policy.accepted - 1, 1)), 5_000);
  const missing = Math.max(Math.ceil(row.since + policy.spanMilliseconds - now), 1);
  return row.length >= policy.accepted - 1 ? Math.min(even, missing) : even;
}

function evidenceOf(value: Secret, row: Row, seen: ProbeCounts, clock: Clock): Evidence {
  return {
    fingerprint: value.fingerprint(),
    accepted: row.length,
    spanMilliseconds: Math.round(row.until - row.since),
    probes: seen.accepted + seen.rejected + seen.unknown,
    provenAt: new Date(clock.now()).toISOString(),
  };
}
