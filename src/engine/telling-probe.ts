/** Proof is worth something only where a wrong value is refused. */
import type { Call } from '../base/clock.js';
import { RotationError } from '../base/errors.js';
import type { RotationSteps } from '../provider/contract.js';

/**
 * Asks about a value that nobody uses. Changes nothing.
 *
 * @throws `APPLICATION_PUBLIC` when it is accepted: the application does not use its secret, or something between here
 *   and the remote side answers in its place.
 */
export async function refuseUntellingProbe(steps: RotationSteps<unknown>, call: Call): Promise<void> {
  if ((await steps.probe(steps.prepareCandidate(), call)) !== 'accepted') return;
  throw new RotationError({
    code: 'APPLICATION_PUBLIC',
    kind: 'refused',
    message: `A made-up client secret of ${steps.applicationId} was accepted: nothing could be proven. Nothing was changed.`,
  });
}
