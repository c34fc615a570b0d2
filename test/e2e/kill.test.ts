/**
 * SIGKILL at every step of a rotation. The steps are found, not listed: an undisturbed run is counted request by
 * request, and then a process is killed at each of them, once before its effect and once after. Whatever it leaves
 * behind, the live secret stands in the store, and the same command run again converges.
 */
import { expect, test } from 'vitest';
import { QUICK } from './support/command.js';
import { bothMoments, live, requestsOf, type Scenario } from './support/deaths.js';
import { FALLBACK } from './support/world.js';

const OVERLAP: Scenario = { flags: QUICK, candidate: FALLBACK, changes: 1 };

test('G1, G2: killed at any request, before or after its effect, it converges when it is run again', {
  timeout: 10 * 60_000, // However busy the machine is.
}, async () => {
  const requests = await requestsOf(OVERLAP);
  const moments = bothMoments(requests.length);
  const { kills, problems } = await live(
    OVERLAP,
    moments.map((deadly) => ({ deaths: [{ command: 'rotate', ...deadly }], last: 'rotate' })),
  );
  console.log(`${kills} kills at ${requests.length} requests of a rotation with overlap`);
  expect(problems).toEqual([]);
  // Probes may be a few more or fewer; the steps that change something are all there.
  expect(requests.filter((name) => /update-client|create|update /.test(name)).length).toBeGreaterThanOrEqual(4);
  expect(kills).toBeGreaterThanOrEqual(moments.length - 6);
});
