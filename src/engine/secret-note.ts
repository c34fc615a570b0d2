/**
 * The note beside a candidate in the store. It is no secret: it tells a person who keeps the value, and the next run
 * what a run that may have died knew.
 */
const SIGNATURE = 'Kept by auth0-client-secret-rotation';

export interface SecretNote {
  /** The overlap the candidate was announced with, in milliseconds. No later run shortens it. */
  readonly overlapMilliseconds: number;
  /** A request that carries this value had no answer when the note was written; it may still take effect. */
  readonly unanswered: boolean;
}

/** Writes the note: `Kept by auth0-client-secret-rotation; overlap 120s; a request may be under way`. */
export function formatNote(note: SecretNote): string {
  const parts = [SIGNATURE, `overlap ${Math.ceil(note.overlapMilliseconds / 1_000)}s`];
  if (note.unanswered) parts.push('a request may be under way');
  return parts.join('; ');
}

/** Reads a note. @returns undefined when the text is absent or not ours. */
export function parseNote(text: string | undefined): SecretNote | undefined {
  const match = text?.match(
    /^Kept by auth0-client-secret-rotation; overlap (\d{1,9})s(; a request may be under way)?$/,
  );
  if (!match) return undefined;
  return { overlapMilliseconds: Number(match[1]) * 1_000, unanswered: match[2] !== undefined };
}
