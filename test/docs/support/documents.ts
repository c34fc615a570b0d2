/** The documents as data: their fenced blocks, tables, headings and links. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the project, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Every document a reader of the project meets, by its path from the root. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('docs/', `file://${ROOT}`))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
];

/** A fenced block. */
export interface Block {
  readonly document: string;
  /** The line of its opening fence, from 1. */
  readonly line: number;
  /** The first word after the fence; empty when there is none. */
  readonly language: string;
  /** The other words: `run`, `schema=create-body`. */
  readonly marks: readonly string[];
  readonly text: string;
  /**
   * What the example takes as given, from a comment `<!-- given … -->` right before it: declarations a reader does not
   * need to see.
   */
  readonly given: string;
}

/** Reads a document. */
export function textOf(document: string): string {
  return readFileSync(ROOT + document, 'utf8');
}

/** Where a block stands, for the name of a test. */
export function placeOf(block: Block): string {
  return `${block.document}:${block.line}`;
}

/** The value of a mark such as `schema=create-body`. */
export function markOf(block: Block, name: string): string | undefined {
  return block.marks.find((mark) => mark.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Every fenced block of a document, in order. */
export function blocksOf(document: string): readonly Block[] {
  const lines = textOf(document).split('\n');
  const blocks: Block[] = [];
  let open: { readonly fence: string; readonly line: number; readonly info: string } | undefined;
  lines.forEach((line, index) => {
    const fence = /^(`{3,})(.*)$/.exec(line);
    if (open === undefined) {
      if (fence !== null) open = { fence: fence[1] ?? '', line: index + 1, info: fence[2] ?? '' };
      return;
    }
    if (line !== open.fence) return;
    const [language = '', ...marks] = open.info.trim().split(/\s+/);
    const text = `${lines.slice(open.line, index).join('\n')}\n`;
    blocks.push({ document, line: open.line, language, marks, text, given: givenBefore(lines, open.line - 1) });
    open = undefined;
  });
  if (open !== undefined) throw new Error(`${document}:${open.line}: the block does not end.`);
  return blocks;
}

function givenBefore(lines: readonly string[], fence: number): string {
  if (lines[fence - 1] !== '-->') return '';
  const begin = lines.lastIndexOf('<!-- given', fence);
  return begin < 0 ? '' : lines.slice(begin + 1, fence - 1).join('\n');
}

/** Every block of all documents. */
export const BLOCKS: readonly Block[] = DOCUMENTS.flatMap(blocksOf);

/** The text under a heading, up to the next heading of its level or above. */
export function sectionOf(document: string, heading: string): string {
  const lines = textOf(document).split('\n');
  const begin = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  const level = /^#+/.exec(lines[begin] ?? '')?.[0].length;
  if (level === undefined) throw new Error(`${document} has no heading "${heading}".`);
  const end = lines.findIndex((line, index) => index > begin && new RegExp(`^#{1,${level}} `).test(line));
  return lines.slice(begin + 1, end < 0 ? undefined : end).join('\n');
}

/** The rows of every table in a text, their cells trimmed. Head and rule are left out. */
export function rowsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const isHead = /^\|[-| :]+\|$/.test(lines[index + 1] ?? '');
    if (!line.startsWith('|') || isHead || /^\|[-| :]+\|$/.test(line)) return [];
    return [
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    ];
  });
}

/** A text without its fenced blocks and comments: what links and headings are looked for in. */
export function proseOf(document: string): string {
  return textOf(document)
    .replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '');
}
