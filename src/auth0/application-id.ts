/** The one shape of client id that may go into a path: an id such as `..` would name another resource. */
import { RotationError } from '../base/errors.js';

/** Whether a text has the shape of an Auth0 client id: 1 to 128 letters, digits, `_` or `-`. */
export function isApplicationId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/.test(text);
}

/**
 * Checks the client id of an application.
 *
 * @param text the id as the Auth0 dashboard shows it: 1 to 128 letters, digits, `_` or `-`.
 * @returns the same text.
 * @throws `APPLICATION_ID_INVALID`, without repeating the text: what stands in a wrong field may be a secret.
 */
export function parseApplicationId(text: string): string {
  if (isApplicationId(text)) return text;
  throw new RotationError({
    code: 'APPLICATION_ID_INVALID',
    kind: 'refused',
    field: 'clientId',
    message:
      'The client id of the application holds something other than letters, digits, "_" and "-". Nothing was sent.',
  });
}
