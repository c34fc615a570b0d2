/** Runs anything that needs the client secret, with whichever value Auth0 accepts at that moment. */
import { bounded, orAborted } from './bounded.js';
import type { Snapshot } from './pair-memory.js';
import { isClientSecretRefusal, isResponse } from './refusal.js';
import { DEFAULT_BUDGET_MILLISECONDS, drawRounds, WINDOW_MILLISECONDS } from './rounds.js';
import { internalsOf, type PairInternals, type SecretPair } from './secret-pair.js';

/** How long to go on, and what counts as a refused secret. */
export interface SecretFallbackOptions {
  /** Ends the whole thing; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Tells a refused secret from every other outcome. It gets what the attempt returned or threw.
   * @default isClientSecretRefusal
   */
  readonly isBadSecret?: ((outcome: unknown) => boolean | Promise<boolean>) | undefined;
  /**
   * How long to go on after all values were first refused, in milliseconds. No round starts later.
   * @default 35000: Auth0's propagation window of up to 30 s, and some room
   */
  readonly budgetMilliseconds?: number | undefined;
}

/** How long one round waits for a re-read before it goes on with the known values, in milliseconds. */
const REREAD_PATIENCE_MILLISECONDS = 2_000;

type Outcome<T> =
  | { readonly kind: 'returned'; readonly value: T }
  | { readonly kind: 'thrown'; readonly error: unknown };
type Round<T> = { readonly kind: 'refused'; readonly last: Outcome<T>; readonly snapshot: Snapshot } | Outcome<T>;

/**
 * Runs an attempt with the value accepted last, then with the other one, but only when the secret itself was refused.
 * When both are refused it reads the pair again and goes on alternating, with short spread pauses, until the budget is
 * spent. Every other outcome is handed on at once and unchanged, after one try.
 *
 * Once a whole window has passed over values that never worked, later calls try them and the source once and give up at once,
 * until a value is accepted or the source gives another one: a wrong secret shall not hold every request for 35 s.
 *
 * @param pair the secrets.
 * @param attempt does the work with one secret: returns or throws, and bounds itself in time. It may run some eighteen
 *   times, one at a time, each time only because the one before it was refused. The signal is the caller's.
 * @returns what the attempt returned; when all was in vain and the attempt returns its refusals (a fetch `Response`
 *   say), the last of them.
 * @throws what the attempt threw, the last refusal when all was in vain, the signal's reason, or `SecretSourceError`
 *   when no value is known at all; `TypeError` for a budget that is no number.
 * @see https://auth0.com/docs/get-started/applications/rotate-client-secret
 */
export async function withSecretFallback<T>(
  pair: SecretPair,
  attempt: (secret: string, signal: AbortSignal | undefined) => T | Promise<T>,
  options: SecretFallbackOptions = {},
): Promise<T> {
  const { memory, clock, random } = internalsOf(pair);
  const { signal, budgetMilliseconds = DEFAULT_BUDGET_MILLISECONDS } = options;
  if (!(budgetMilliseconds >= 0 && Number.isFinite(budgetMilliseconds))) {
    throw new TypeError('Give a number of milliseconds, zero or more, for `budgetMilliseconds`.');
  }

  let round = await tryEach(memory, attempt, options);
  const refusedAt = clock.monotonic();
  const elapsed = () => clock.monotonic() - refusedAt;

  let triedAt = 0;
  const starts = drawRounds(budgetMilliseconds, random);
  for (const [index, start] of starts.entries()) {
    if (round.kind !== 'refused') break;
    const next = starts[index + 1];
    if (next !== undefined && elapsed() > next) continue; // Slow answers: no burst of the rounds that were missed.
    if (elapsed() >= budgetMilliseconds) break;
    if (start > elapsed()) await clock.sleep(start - elapsed(), signal);
    const patience = Math.min(REREAD_PATIENCE_MILLISECONDS, budgetMilliseconds - elapsed());
    await reread(pair, round.snapshot, patience, signal);
    // Values long known to be dead, and still no others: the round before this one was all there is to do.
    if (index === 0 && memory.isExhausted()) break;
    discard(round.last);
    triedAt = elapsed();
    round = await tryEach(memory, attempt, options);
  }

  if (round.kind !== 'refused') return settle(round);
  // Refusals within one window prove nothing, so that a caller in a hurry must not condemn the values for the others.
  if (triedAt > WINDOW_MILLISECONDS) memory.exhausted(round.snapshot);
  return settle(round.last);
}

/** Tries each value once, until one is not refused. */
async function tryEach<T>(
  memory: PairInternals['memory'],
  attempt: (secret: string, signal: AbortSignal | undefined) => T | Promise<T>,
  options: SecretFallbackOptions,
): Promise<Round<T>> {
  const { signal, isBadSecret = isClientSecretRefusal } = options;
  const snapshot = await memory.snapshot(signal);
  let last: Outcome<T> | undefined;
  for (const secret of snapshot.secrets) {
    signal?.throwIfAborted();
    if (last) discard(last);
    const outcome = await observe(async () => attempt(secret, signal), signal);
    const refused = await isBadSecret(outcome.kind === 'returned' ? outcome.value : outcome.error);
    if (!refused) {
      if (showsAcceptance(outcome)) memory.accepted(secret);
      return outcome;
    }
    last = outcome;
  }
  if (!last) throw new TypeError('A pair without values.');
  return { kind: 'refused', last, snapshot };
}

async function observe<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<Outcome<T>> {
  try {
    return { kind: 'returned', value: await orAborted(work(), signal) };
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'thrown', error };
  }
}

/** A failure for another reason says nothing about the secret, and a returned 500 is one. */
function showsAcceptance(outcome: Outcome<unknown>): boolean {
  return outcome.kind === 'returned' && (!isResponse(outcome.value) || outcome.value.ok);
}

/** Reads the pair again; a source that fails or is slow must not keep the known values from being tried. */
async function reread(
  pair: SecretPair,
  snapshot: Snapshot,
  patienceMilliseconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { memory, clock } = internalsOf(pair);
  try {
    await bounded(clock, patienceMilliseconds, signal, (limited) => memory.reread(snapshot.reading, limited));
  } catch {
    signal?.throwIfAborted();
  }
}

/** An answer nobody will read holds a connection until its body is cancelled. */
function discard(outcome: Outcome<unknown>): void {
  if (outcome.kind !== 'returned' || !isResponse(outcome.value) || outcome.value.bodyUsed) return;
  outcome.value.body?.cancel().catch(() => {});
}

function settle<T>(outcome: Outcome<T>): T {
  if (outcome.kind === 'thrown') throw outcome.error;
  return outcome.value;
}
