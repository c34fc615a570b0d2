/**
 * Draws `docs/demo.svg` from what a real run of the demo measured:
 *
 *   npm run --silent demo -- --json | npx tsx scripts/draw-demo.ts
 *
 * The picture has its own background in light and in dark, and needs no font of its own.
 */
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type DemoReport, demoReportSchema, type SceneReport } from '../src/demo/report.js';
import type { Phase } from '../src/engine/attempt.js';

const TARGET = new URL('../docs/demo.svg', import.meta.url);

const WIDTH = 880;
const LEFT = 24;
const CHART_WIDTH = WIDTH - 2 * LEFT;
const CHART_HEIGHT = 84;
const LABELS_HEIGHT = 66;
const SCENE_HEIGHT = 40 + LABELS_HEIGHT + CHART_HEIGHT + 34;
const HEADER_HEIGHT = 62;
/** Slices that make one bar. */
const SLICES_PER_BAR = 2;
const LABEL_LINE = 15;

/** Pixels for a millisecond and for a request, the same for both scenes. */
interface Scale {
  readonly horizontal: number;
  readonly vertical: number;
}

const PHASE_LABELS: Readonly<Partial<Record<Phase, string>>> = {
  announced: 'announced',
  activated: 'activated at Auth0',
  proven: 'proven',
  published: 'published',
  settled: 'settled',
};

function draw({ singlePhase, overlap, compression }: DemoReport): string {
  const height = HEADER_HEIGHT + 2 * SCENE_HEIGHT + 8;
  const scale: Scale = {
    horizontal: CHART_WIDTH / Math.max(durationOf(singlePhase), durationOf(overlap)),
    vertical:
      CHART_HEIGHT / Math.max(...[singlePhase, overlap].flatMap(barsOf).map((bar) => bar.succeeded + bar.failed), 1),
  };
  const { instances, requestsPerSecond, windowMs, auth0WindowMs } = compression;
  const subtitle = `${instances} instances of an application, ${requestsPerSecond} token requests/s. Auth0's nodes may disagree for ${auth0WindowMs / 1_000} s after a change; in this run for ${windowMs / 1_000} s.`;
  const scenes = [
    { title: 'Single-phase', scene: singlePhase, isOverlap: false },
    { title: 'With overlap', scene: overlap, isOverlap: true },
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">`,
    '<title id="title">Two rotations of an Auth0 client secret under live traffic</title>',
    `<desc id="description">${escaped(scenes.map(({ title, scene }) => `${title}: ${countsOf(scene)}.`).join(' '))}</desc>`,
    STYLE,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    `<text class="heading" x="${LEFT}" y="30">Token requests while the client secret is rotated</text>`,
    `<text class="faint" x="${LEFT}" y="50">${escaped(subtitle)}</text>`,
    LEGEND,
    ...scenes.map(({ title, scene, isOverlap }, index) =>
      drawScene(title, scene, isOverlap, HEADER_HEIGHT + index * SCENE_HEIGHT, scale),
    ),
    '</svg>',
    '',
  ].join('\n');
}

const LEGEND = [
  `<rect class="good" x="${WIDTH - LEFT - 152}" y="20" width="10" height="10"/>`,
  `<text class="label" x="${WIDTH - LEFT - 138}" y="29">succeeded</text>`,
  `<rect class="bad" x="${WIDTH - LEFT - 56}" y="20" width="10" height="10"/>`,
  `<text class="label" x="${WIDTH - LEFT - 42}" y="29">failed</text>`,
].join('\n');

const STYLE = `<style>
  text { font: 13px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
  .card { fill: #ffffff; stroke: #d1d9e0; }
  .heading { font-size: 16px; font-weight: 600; }
  .title { font-size: 14px; font-weight: 600; }
  .faint, .label { font-size: 12px; fill: #59636e; }
  .good { fill: #2da44e; }
  .bad { fill: #cf222e; }
  .line { stroke: #59636e; stroke-width: 1; }
  .window { fill: #818b98; opacity: 0.18; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .card { fill: #0d1117; stroke: #3d444d; }
    .faint, .label { fill: #9198a1; }
    .good { fill: #3fb950; }
    .bad { fill: #f85149; }
    .line { stroke: #9198a1; }
  }
</style>`;

function drawScene(title: string, scene: SceneReport, isOverlap: boolean, top: number, scale: Scale): string {
  const chartTop = top + 40 + LABELS_HEIGHT;
  const chartBottom = chartTop + CHART_HEIGHT;
  const x = (milliseconds: number) => rounded(LEFT + milliseconds * scale.horizontal);
  const end = x(durationOf(scene));
  return [
    `<text class="title" x="${LEFT}" y="${top + 20}">${title}<tspan class="${isOverlap && scene.failed === 0 ? 'good' : 'bad'}" dx="10">${countsOf(scene)}</tspan></text>`,
    drawWindow(scene, x, chartTop),
    ...drawBars(scene, x, scale, chartBottom),
    `<path class="line" d="M${LEFT} ${chartBottom}H${end}"/>`,
    ...drawLabels(scene, isOverlap, x, top + 44, chartBottom),
    ...drawSeconds(scene, x, chartBottom),
  ].join('\n');
}

/** The time in which the nodes disagree: from the activation to the last node's switch. */
function drawWindow(scene: SceneReport, x: (milliseconds: number) => number, chartTop: number): string {
  const from = scene.timeline.find((moment) => moment.event === 'phase' && moment.phase === 'activated')?.atMs ?? 0;
  const until = scene.timeline.findLast((moment) => moment.event === 'nodes')?.atMs ?? from;
  const width = rounded(x(until) - x(from));
  return [
    `<rect class="window" x="${x(from)}" y="${chartTop - 16}" width="${width}" height="${CHART_HEIGHT + 16}"/>`,
    `<text class="label" x="${x(until) - 6}" y="${chartTop - 4}" text-anchor="end">Auth0's nodes disagree</text>`,
  ].join('\n');
}

interface Bar {
  readonly from: number;
  readonly succeeded: number;
  readonly failed: number;
}

function barsOf({ traffic }: SceneReport): readonly Bar[] {
  const { sliceMs, succeeded, failed } = traffic;
  return Array.from({ length: Math.ceil(succeeded.length / SLICES_PER_BAR) }, (_, index) => {
    const within = (values: readonly number[]) =>
      values.slice(index * SLICES_PER_BAR, (index + 1) * SLICES_PER_BAR).reduce((sum, value) => sum + value, 0);
    return { from: index * SLICES_PER_BAR * sliceMs, succeeded: within(succeeded), failed: within(failed) };
  });
}

function drawBars(scene: SceneReport, x: (ms: number) => number, scale: Scale, bottom: number): string[] {
  const width = rounded(scene.traffic.sliceMs * SLICES_PER_BAR * scale.horizontal - 1);
  const part = (className: string, from: number, height: number, above: number) =>
    height === 0
      ? []
      : [
          `<rect class="${className}" x="${x(from)}" y="${rounded(bottom - above - height)}" width="${width}" height="${rounded(height)}"/>`,
        ];
  return barsOf(scene).flatMap(({ from, succeeded, failed }) => {
    const bad = failed * scale.vertical;
    return [...part('bad', from, bad, 0), ...part('good', from, succeeded * scale.vertical, bad)];
  });
}

/** Phases that happen at almost the same moment share a line; labels that would overlap go below one another. */
function drawLabels(
  scene: SceneReport,
  isOverlap: boolean,
  x: (ms: number) => number,
  top: number,
  bottom: number,
): string[] {
  const groups: { at: number; labels: string[] }[] = [];
  for (const moment of scene.timeline) {
    const label = moment.event === 'phase' ? PHASE_LABELS[moment.phase] : undefined;
    // Single-phase nothing is announced to anyone: the secret is only kept safe.
    if (label === undefined || (moment.event === 'phase' && moment.phase === 'announced' && !isOverlap)) continue;
    const last = groups.at(-1);
    if (last !== undefined && moment.atMs - last.at < 250) last.labels.push(label);
    else groups.push({ at: moment.atMs, labels: [label] });
  }
  return groups.flatMap(({ at, labels }) => {
    const lines = labels.map(
      (label, index) => `<text class="label" x="${x(at) + 5}" y="${top + 10 + index * LABEL_LINE}">${label}</text>`,
    );
    return [`<path class="line" d="M${x(at)} ${top}V${bottom}"/>`, ...lines];
  });
}

function drawSeconds(scene: SceneReport, x: (ms: number) => number, bottom: number): string[] {
  const seconds = Math.floor(durationOf(scene) / 1_000);
  return Array.from({ length: seconds + 1 }, (_, second) => {
    const anchor = second === 0 ? 'start' : 'middle';
    return `<text class="faint" x="${x(second * 1_000)}" y="${bottom + 17}" text-anchor="${anchor}">${second} s</text>`;
  });
}

function durationOf({ traffic }: SceneReport): number {
  return traffic.succeeded.length * traffic.sliceMs;
}

function countsOf({ requests, failed, longestGapMs }: SceneReport): string {
  const gap = longestGapMs < 1_000 ? `${longestGapMs} ms` : `${(longestGapMs / 1_000).toFixed(1)} s`;
  return `${failed} of ${requests} requests failed, longest gap ${gap}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const report = demoReportSchema.parse(JSON.parse(await text(process.stdin)));
await writeFile(TARGET, draw(report));
console.log(`Written: ${fileURLToPath(TARGET)}`);
