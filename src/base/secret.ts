/**
 * A value that must never be printed.
 *
 * Every client secret, token and private key travels through the package inside a `Secret`. Printing, logging,
 * serialising or inspecting one shows a placeholder; only `reveal()` gives the value, and it is called at the last
 * moment: when a request body is built or a store is written.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

const PLACEHOLDER = '[secret]';

/** Holds a value that no printing, inspecting or serialising shows. */
export class Secret {
  readonly #value: string;

  /** @param value the secret text, exactly as it is sent or stored. */
  constructor(value: string) {
    this.#value = value;
  }

  /** Gives the value itself. Call it where the value leaves the process, and keep the answer in no variable. */
  reveal(): string {
    return this.#value;
  }

  /** Tells whether two secrets hold the same text, in constant time. */
  equals(other: Secret): boolean {
    return timingSafeEqual(digest(this.#value), digest(other.#value));
  }

  /**
   * A short name for the value that says nothing about it: the first eight hexadecimal digits of its SHA-256.
   * Good for telling two secrets apart in evidence and tables. Meaningful only for values of high entropy.
   */
  fingerprint(): string {
    return digest(this.#value).toString('hex').slice(0, 8);
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }

  [Symbol.toPrimitive](): string {
    return PLACEHOLDER;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return PLACEHOLDER;
  }
}

/** A piece of a secret this long, in characters, is not shown either: senders cut what they echo. */
const SHORTEST_PIECE = 12;
/** A secret shorter than this is none, and replacing it would garble the message. */
const SHORTEST_SECRET = 4;

/**
 * Replaces every occurrence of the given secrets in a text, for messages that come from elsewhere and may echo what
 * was sent. The raw, URL-encoded, JSON-escaped and base64 forms are all replaced, and so is every piece of them of
 * twelve characters or more.
 *
 * @param text the message to clean.
 * @param secrets the values that must not appear in it.
 * @returns the text with a placeholder where a secret stood.
 */
export function scrub(text: string, secrets: Iterable<Secret>): string {
  const forms = [...secrets].flatMap((secret) => writtenForms(secret.reveal()));
  const clean = withoutPieces(text, new Set(forms.flatMap(piecesOf)));
  return forms.reduce((cleaner, form) => cleaner.replaceAll(form, PLACEHOLDER), clean);
}

function writtenForms(value: string): string[] {
  if (value.length < SHORTEST_SECRET) return [];
  const forms = [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64'),
  ];
  return [...new Set(forms)].sort((left, right) => right.length - left.length);
}

/** Every piece of the shortest length that is not shown; none of a form that is shorter. */
function piecesOf(form: string): string[] {
  const count = Math.max(form.length - SHORTEST_PIECE + 1, 0);
  return Array.from({ length: count }, (_, start) => form.slice(start, start + SHORTEST_PIECE));
}

/** Replaces each stretch of the text that is made of these pieces. */
function withoutPieces(text: string, pieces: ReadonlySet<string>): string {
  const isPiece = (start: number) => pieces.has(text.slice(start, start + SHORTEST_PIECE));
  let clean = '';
  let kept = 0;
  for (let start = 0; start + SHORTEST_PIECE <= text.length; start += 1) {
    if (!isPiece(start)) continue;
    clean += text.slice(kept, start) + PLACEHOLDER;
    while (isPiece(start + 1)) start += 1;
    kept = start + SHORTEST_PIECE;
    start = kept - 1;
  }
  return clean + text.slice(kept);
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
