/** A store or journal in memory has no wire, but its callers have deadlines all the same. */
import { type Call, DeadlineExceeded } from '../base/clock.js';
import type { ErrorCode } from '../base/error-catalogue.js';
import { RotationError } from '../base/errors.js';

/** Where a test or a simulation may step in. What a hook throws is thrown to the caller. */
export interface EffectHooks<Operation> {
  /**
   * Runs before the effect. Throwing is a fault before the effect; waiting past the caller's deadline is an effect that
   * comes late.
   */
  readonly beforeEffect?: (operation: Operation) => void | Promise<void>;
  /** Runs after the effect. Throwing is an answer that was lost. */
  readonly afterEffect?: (operation: Operation) => void | Promise<void>;
}

/**
 * Carries out one operation with its hooks.
 *
 * @param operation what is told to the hooks.
 * @param call when its signal aborts, the caller is told so at once. What had begun goes on, as a request on a wire
 *   would, and may still take effect.
 * @param effect the operation itself; it is not interrupted.
 * @param timeoutCode the code for a deadline that passed.
 * @throws what the effect or a hook throws, or, when the signal came first, `INTERRUPTED` or the timeout code:
 *   `not-applied` when nothing had begun or nothing is written, `unknown` otherwise.
 */
export async function interruptible<Operation extends { readonly effect: 'read' | 'write' }, T>(
  operation: Operation,
  hooks: EffectHooks<Operation>,
  call: Call,
  effect: () => T,
  timeoutCode: ErrorCode = 'STORE_UNAVAILABLE',
): Promise<T> {
  const { signal } = call;
  if (signal.aborted) throw interrupted(signal, 'not-applied', timeoutCode);
  const work = (async () => {
    await hooks.beforeEffect?.(operation);
    const result = effect();
    await hooks.afterEffect?.(operation);
    return result;
  })();
  return await new Promise<T>((resolve, reject) => {
    const onAbort = () =>
      reject(interrupted(signal, operation.effect === 'write' ? 'unknown' : 'not-applied', timeoutCode));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function interrupted(signal: AbortSignal, kind: 'not-applied' | 'unknown', timeoutCode: ErrorCode): RotationError {
  const timedOut = signal.reason instanceof DeadlineExceeded;
  return new RotationError({
    code: timedOut ? timeoutCode : 'INTERRUPTED',
    kind,
    message: `${timedOut ? 'The time was over' : 'The run was ended'} before an answer came. ${
      kind === 'unknown' ? 'The change may or may not happen.' : 'Nothing was changed.'
    }`,
  });
}
