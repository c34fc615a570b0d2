/** The examples marked `run` print what they say, each in a process of its own. */
import { expect, test } from 'vitest';
import { BLOCKS, placeOf } from './support/documents.js';
import { promisedOutput, runExample } from './support/run-example.js';

const running = BLOCKS.filter(({ language, marks }) => language === 'ts' && marks.includes('run'));

test('there are some', () => {
  expect(running.length).toBeGreaterThan(7);
});

test.concurrent.each(running.map((block) => [placeOf(block), block] as const))(
  '%s prints what it says',
  async (_, { text }) => {
    const promised = promisedOutput(text);
    expect(promised.length).toBeGreaterThan(0);
    expect(await runExample(text)).toEqual(promised);
  },
  60_000,
);
