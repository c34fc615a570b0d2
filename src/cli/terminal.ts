/**
 * What a run writes: lines for a person on stderr, the answer on stdout. Everything passes here, so that no secret that
 * was read gets out and no foreign text (the name of an application) can steer the terminal.
 */
import { styleText } from 'node:util';
import { type Secret, scrub } from '../base/secret.js';
import type { Host } from './host.js';

export type Style = 'plain' | 'strong' | 'faint' | 'good' | 'warning' | 'bad';

export interface Terminal {
  /** Registers a value that must never be written. */
  keepSecret(secret: Secret): void;
  /** Writes a line for a person to stderr. */
  note(text: string, style?: Style): void;
  /** Writes a line for a person to stderr, unless this run has written the same one before. */
  noteOnce(text: string, style?: Style): void;
  /** Draws over the last drawn line on stderr; only on a terminal. */
  redraw(text: string): void;
  /** Takes the drawn line away. */
  clearDrawn(): void;
  /** Whether lines can be drawn over. */
  readonly canRedraw: boolean;
  /** Writes a line of the answer for a person to stdout. */
  say(text: string, style?: Style): void;
  /** Writes the one JSON object of the answer to stdout. */
  answer(value: object): void;
}

const CLEAR_LINE = '\r\u001b[2K';
const STYLES = { strong: 'bold', faint: 'dim', good: 'green', warning: 'yellow', bad: 'red' } as const;

/** Makes the terminal of one run. */
export function createTerminal(host: Pick<Host, 'stdout' | 'stderr' | 'environment'>): Terminal {
  const secrets: Secret[] = [];
  const isDumb = host.environment['TERM'] === 'dumb';
  const noColor = (host.environment['NO_COLOR'] ?? '') !== '' || isDumb; // https://no-color.org
  let drawn = false;

  const clean = (text: string) => printable(scrub(text, secrets));
  const styled = (text: string, style: Style, isTerminal: boolean) =>
    style === 'plain' || noColor || !isTerminal ? text : styleText(STYLES[style], text, { validateStream: false });
  const clearDrawn = () => {
    if (drawn) host.stderr.write(CLEAR_LINE);
    drawn = false;
  };
  const note = (text: string, style: Style = 'plain') => {
    clearDrawn();
    host.stderr.write(`${styled(clean(text), style, host.stderr.isTerminal)}\n`);
  };
  const told = new Set<string>();
  return {
    canRedraw: host.stderr.isTerminal && !isDumb,
    keepSecret: (secret) => void secrets.push(secret),
    clearDrawn,
    note,
    noteOnce(text, style) {
      if (!told.has(text)) note(text, style);
      told.add(text);
    },
    redraw(text) {
      host.stderr.write(`${CLEAR_LINE}${clean(text).slice(0, Math.max(host.stderr.columns - 1, 10))}`);
      drawn = true;
    },
    say(text, style = 'plain') {
      clearDrawn();
      host.stdout.write(`${styled(clean(text), style, host.stdout.isTerminal)}\n`);
    },
    answer(value) {
      clearDrawn();
      const text = JSON.stringify(value, (_key, part: unknown) =>
        typeof part === 'string' ? scrub(part, secrets) : part,
      );
      host.stdout.write(`${text}\n`);
    },
  };
}

/** Replaces what could move the cursor, colour the screen or turn the reading direction. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
