/** Failures that every store knows. */
import { RotationError } from '../base/errors.js';

/** A secret of this name is there already, and holds something else. Nothing was changed. */
export function nameTaken(name: string): RotationError {
  return new RotationError({
    code: 'STORE_NAME_TAKEN',
    kind: 'configuration',
    message: `A secret named ${name} exists already and holds something else. It was not changed.`,
  });
}

/** A secret that was to be updated is gone. Nothing was changed. */
export function secretGone(name: string): RotationError {
  return new RotationError({
    code: 'STORE_CHANGED_ELSEWHERE',
    kind: 'not-applied',
    message: `The secret ${name} is no longer there, so it was not updated.`,
  });
}

/** A name holds more than one secret; only a person can say which is right. */
export function duplicated(name: string, copies: number): RotationError {
  return new RotationError({
    code: 'STORE_DUPLICATE',
    kind: 'configuration',
    message: `There are ${copies} secrets named ${name} in one place. None was removed.`,
  });
}
