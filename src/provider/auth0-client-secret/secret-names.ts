/**
 * The names in a secrets mapping must differ. The schema does not check it, because the wire answers a mapping with
 * equal names with 400 and a mapping of the wrong shape with 422.
 */
import { RotationError } from '../../base/errors.js';
import type { Auth0SecretsMapping } from './schemas.js';

/**
 * Finds names that are used more than once.
 *
 * @param mapping the secrets mapping.
 * @returns each such name once; none when all differ.
 */
export function duplicateNames(mapping: Auth0SecretsMapping): readonly string[] {
  const names = Object.values(mapping).filter((name) => name !== undefined);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/**
 * Requires every mapped name to differ from the others.
 *
 * @param mapping the secrets mapping.
 * @throws `SECRET_NAME_DUPLICATE`, kind `refused`.
 */
export function requireDistinctNames(mapping: Auth0SecretsMapping): void {
  const duplicates = duplicateNames(mapping);
  if (duplicates.length === 0) return;
  throw new RotationError({
    code: 'SECRET_NAME_DUPLICATE',
    kind: 'refused',
    message: `The secrets mapping uses a name more than once: ${duplicates.join(', ')}. Nothing was changed.`,
    field: 'secretsMapping',
  });
}
