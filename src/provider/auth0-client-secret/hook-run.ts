/**
 * What every hook runs on: the steps of one rotation, each request under a deadline, and the signal that ends it early.
 */
import { type Call, type Clock, DeadlineExceeded, withDeadline } from '../../base/clock.js';
import { RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { HookContext, ProbeOutcome, RotationSteps, RotationTarget } from '../contract.js';
import type { Auth0ClientCredentials, Auth0Connection, Auth0RotationParameters } from './schemas.js';

export type Auth0RotationTarget = RotationTarget<Auth0Connection, Auth0RotationParameters>;
export type Auth0RotationSteps = RotationSteps<Auth0ClientCredentials>;

/** What the hooks are made from. */
export interface HookDependencies {
  readonly open: (target: Auth0RotationTarget) => Auth0RotationSteps;
  readonly clock: Clock;
  readonly settleMilliseconds: number;
}

/** One run of a hook. */
export interface HookRun {
  readonly steps: Auth0RotationSteps;
  readonly clock: Clock;
  readonly settleMilliseconds: number;
  /** Ends when the caller's signal does. */
  readonly call: Call;
}

/** How long one step may take, a token request before it included. */
const STEP_MILLISECONDS = 60_000;

/**
 * Runs a hook on the steps of its target.
 *
 * @param dependencies what the provider was made with.
 * @param request the target, and the caller's clock and signal, if any.
 * @param work the hook itself.
 * @returns what the work returns.
 * @throws what the work throws; `INTERRUPTED`, kind `unknown`, when the caller's signal ended it.
 */
export async function runHook<Answer>(
  dependencies: HookDependencies,
  request: HookContext & Auth0RotationTarget,
  work: (run: HookRun) => Promise<Answer>,
): Promise<Answer> {
  const clock = request.clock ?? dependencies.clock;
  const signal = request.signal ?? new AbortController().signal;
  const steps = withStepDeadlines(dependencies.open(request), clock);
  try {
    signal.throwIfAborted();
    return await work({ steps, clock, settleMilliseconds: dependencies.settleMilliseconds, call: { signal } });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    throw new RotationError({
      code: 'INTERRUPTED',
      kind: 'unknown',
      message: 'The work was ended before it was done. A request that was already sent may still take effect.',
    });
  }
}

/** Puts every step that sends something under a deadline; a step that hangs ends as one without an answer. */
function withStepDeadlines(steps: Auth0RotationSteps, clock: Clock): Auth0RotationSteps {
  const limited = <Answer>(call: Call, work: (call: Call) => Promise<Answer>) =>
    withDeadline(clock, STEP_MILLISECONDS, call, work);
  return {
    ...steps,
    preflight: (consent, call) =>
      limited(call, (inner) => steps.preflight(consent, inner)).catch((error) => throwTimedOut(error, 'not-applied')),
    activate: (value, call) =>
      limited(call, (inner) => steps.activate(value, inner)).catch((error) => throwTimedOut(error, 'unknown')),
    destroy: (call) => limited(call, (inner) => steps.destroy(inner)).catch((error) => throwTimedOut(error, 'unknown')),
    probe: (value, call) => probeOnce(steps, value, call, limited),
  };
}

/** A probe that fails says nothing about the value, whatever the reason. Only the caller's signal ends the probing. */
async function probeOnce(
  steps: Auth0RotationSteps,
  value: Secret,
  call: Call,
  limited: (call: Call, work: (call: Call) => Promise<ProbeOutcome>) => Promise<ProbeOutcome>,
): Promise<ProbeOutcome> {
  try {
    return await limited(call, (inner) => steps.probe(value, inner));
  } catch {
    call.signal.throwIfAborted();
    return 'unknown';
  }
}

function throwTimedOut(error: unknown, kind: 'not-applied' | 'unknown'): never {
  if (!(error instanceof DeadlineExceeded)) throw error;
  throw new RotationError({
    code: 'AUTH0_UNREACHABLE',
    kind,
    message: `Auth0 did not answer within ${STEP_MILLISECONDS / 1_000} s.${kind === 'not-applied' ? ' Nothing was changed.' : ''}`,
  });
}
