/** The examples marked `run` print what they say. */
import { beforeAll, expect, test } from 'vitest';
import { BLOCKS, placeOf } from './support/documents.js';
import { type ExampleRun, promisedOutput, runExamples } from './support/run-examples.js';

const running = BLOCKS.filter(({ language, marks }) => language === 'ts' && marks.includes('run'));
/** Shows that an example that throws is noticed. */
const THROWS = "console.log('before');\nthrow new Error('on purpose');\nexport {};\n";

let runs: readonly ExampleRun[];
beforeAll(async () => {
  runs = await runExamples([...running.map(({ text }) => text), THROWS]);
}, 60_000);

test('there are some', () => {
  expect(running.length).toBeGreaterThan(7);
});

test.each(running.map((block, index) => [placeOf(block), block.text, index] as const))(
  '%s prints what it says',
  (_place, text, index) => {
    const promised = promisedOutput(text);
    expect(promised.length).toBeGreaterThan(0);
    expect(runs[index]).toEqual({ printed: promised, thrown: null });
  },
);

test('one that throws is noticed', () => {
  expect(runs.at(-1)).toEqual({ printed: ['before'], thrown: expect.stringContaining('on purpose') });
});
