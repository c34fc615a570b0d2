/** What may be written to any store: checked before anything is sent, so that no store alters a secret on the way. */
import { RotationError } from '../base/errors.js';
import type { SecretWrite } from '../engine/ports.js';

/**
 * Refuses names that no secret manager takes as they are.
 *
 * @param name a mapped name.
 * @throws `SECRET_NAME_INVALID` for an empty name, one with `:` or `/`, with blanks around it or control characters
 *   in it, and for `.` and `..`, which change the address they are put into.
 */
export function checkName(name: string): void {
  if (/^\.{1,2}$/.test(name) || name === '' || name.trim() !== name || /[:/\p{Cc}]/u.test(name)) {
    throw new RotationError({
      code: 'SECRET_NAME_INVALID',
      kind: 'refused',
      message: `The secret name ${JSON.stringify(name)} cannot be used. Nothing was sent.`,
    });
  }
}

/**
 * A note as it is compared: Infisical trims comments and stores an empty one for none.
 *
 * @param note the text beside a value.
 */
export function plainNote(note: string | null | undefined): string | undefined {
  return note?.trim() || undefined;
}

/** Whether a stored secret is what a write asked for; a write without a note asks nothing of it. */
export function isWritten(
  write: SecretWrite,
  stored: Pick<SecretWrite, 'value'> & { note: string | undefined },
): boolean {
  const noteStands = write.note === undefined || plainNote(stored.note) === plainNote(write.note);
  return stored.value.equals(write.value) && noteStands;
}
