/** How values are altered on their way in and out: trimmed when stored, references expanded when read. */
import { type Contents, latest, type StandInPlace } from './contents.js';

/** Blanks around a value go; trailing newlines become one. */
export function trimmed(value: string): string {
  return value.endsWith('\n') ? `${value.trim()}\n` : value.trim();
}

/**
 * Replaces `${NAME}` by the secret of the same folder and `${environment.folder.NAME}` by one from elsewhere in the
 * project. A reference to nothing becomes nothing.
 *
 * @param depth how many references may lie inside each other.
 */
export function expanded(contents: Contents, place: StandInPlace, value: string, depth = 10): string {
  if (depth === 0) return value;
  return value.replace(/\$\{([^}]+)\}/g, (_, reference: string) => {
    const parts = reference.trim().split('.');
    const name = parts.at(-1) ?? '';
    const [environment, ...folders] = parts.slice(0, -1);
    const from = environment === undefined ? place : { ...place, environment, path: `/${folders.join('/')}` };
    const secret = contents.copiesOf({ ...from, name }).at(-1);
    return secret === undefined ? '' : expanded(contents, from, latest(secret).value, depth - 1);
  });
}
