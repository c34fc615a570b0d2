/** The end of the demo: one table, and what it says. Pure. */
import { formatDuration } from '../base/duration.js';
import type { DemoReport, SceneReport } from './report.js';

const COLUMN_WIDTH = 20;

/**
 * Writes the table.
 *
 * @returns lines of at most 80 characters.
 */
export function resultTable({ singlePhase, overlap }: DemoReport): readonly string[] {
  const scenes = [singlePhase, overlap];
  const names = [...new Set(scenes.flatMap((scene) => scene.secrets.map(({ name }) => name)))];
  const rows: [string, ...string[]][] = [
    ['', 'single-phase', 'with overlap'],
    ['requests', ...scenes.map(({ requests }) => String(requests))],
    ['failed requests', ...scenes.map(({ failed }) => String(failed))],
    ['longest gap', ...scenes.map(({ longestGapMs }) => gapText(longestGapMs))],
    ...names.map((name): [string, ...string[]] => [name, ...scenes.map((scene) => changeText(scene, name))]),
    ['stored secret is live', ...scenes.map(({ storedIsLive }) => (storedIsLive ? 'yes' : 'NO'))],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, ...cells]) =>
    [`  ${name.padEnd(width)}`, ...cells.map((cell) => cell.padStart(COLUMN_WIDTH))].join('  ').trimEnd(),
  );
}

/** What the table says, in a few lines. */
export function conclusion({ singlePhase, overlap, compression, passed }: DemoReport): readonly string[] {
  const { windowMs, auth0WindowMs } = compression;
  return [
    `With overlap ${failures(overlap)}.`,
    `Single-phase ${failures(singlePhase)}.`,
    `The window was ${formatDuration(windowMs)} here; at Auth0 it may be ${formatDuration(auth0WindowMs)}.`,
    ...(passed ? [] : ['The demo did not show what it is meant to show: see the table.']),
  ];
}

/** What the table's words mean. */
export const TABLE_NOTES: readonly string[] = [
  'Longest gap: the longest time in which no request of an instance succeeded.',
  'Secrets, before -> after, are shown by the first 8 digits of their SHA-256.',
];

function gapText(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

function changeText(scene: SceneReport, name: string): string {
  const found = scene.secrets.find((secret) => secret.name === name);
  if (found === undefined) return '-';
  const { before, after } = found;
  return before === after ? `${after ?? '-'} unchanged` : `${before ?? 'none'} -> ${after ?? 'none'}`;
}

function failures({ requests, failed }: SceneReport): string {
  if (failed === 0) return `none of ${requests} token requests failed`;
  return `${failed} of ${requests} token requests failed (${Math.round((failed / requests) * 100)} %)`;
}
