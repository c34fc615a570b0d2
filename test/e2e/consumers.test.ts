/** G8 end to end: applications that follow `[current, fallback]` see no failed token request through a rotation. */
import { InfisicalSDK } from '@infisical/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { createSecretPair, createTokenClient, type SecretValues } from '../../src/consumer/index.js';
import { seededRandomness } from '../../src/testing/randomness.js';
import { run } from './support/command.js';
import { problemsOfOffer, problemsOfRest } from './support/expectations.js';
import { CURRENT, createWorld, FALLBACK, type World } from './support/world.js';

/** Auth0's window of 30 s, made short enough to wait for. */
const WINDOW_MILLISECONDS = 2_500;
const CONSUMERS = 6;
const PAUSE_MILLISECONDS = 20;

interface Traffic {
  readonly requests: number;
  readonly failures: readonly string[];
}

/** Asks again and again until it is told to stop. */
async function hammer(ask: () => Promise<unknown>, world: World, until: AbortSignal): Promise<Traffic> {
  let requests = 0;
  const failures: string[] = [];
  while (!until.aborted) {
    requests += 1;
    await ask().catch((error: unknown) => failures.push(error instanceof Error ? error.message : String(error)));
    await world.later(PAUSE_MILLISECONDS);
  }
  return { requests, failures };
}

/** Reads the pair as an application does, with an SDK that nobody touched. */
async function readerOf(world: World): Promise<() => Promise<SecretValues>> {
  const { siteUrl, projectId, environment, clientId, clientSecret } = world.infisical.describe();
  const sdk = await new InfisicalSDK({ siteUrl }).auth().universalAuth.login({ clientId, clientSecret });
  return async () => {
    const { secrets } = await sdk.secrets().listSecrets({ projectId, environment, secretPath: '/' });
    const stored = (name: string) => secrets.find(({ secretKey }) => secretKey === name)?.secretValue;
    return { current: stored(CURRENT) ?? '', fallback: stored(FALLBACK) };
  };
}

test('G8: no failed token request while the secret changes under live traffic', { timeout: 180_000 }, async () => {
  const world = await createWorld({
    seed: 7,
    auth0: {
      nodes: 3,
      propagationMilliseconds: WINDOW_MILLISECONDS,
      switchAfter: ({ node }) => [100, 1_200, WINDOW_MILLISECONDS][node] ?? 0,
    },
  });
  onTestFinished(() => world.close());
  const withheld = new Set<string>();
  world.watch(() => {
    for (const problem of problemsOfOffer(world)) withheld.add(problem);
  });
  const read = await readerOf(world);
  const over = new AbortController();
  const tokenEndpoint = `${world.auth0.origin}/oauth/token`;
  const consumers = Array.from({ length: CONSUMERS }, (_, index) => {
    const random = seededRandomness(index);
    const pair = createSecretPair({ read, refreshAfterMilliseconds: 300, random: () => random.fraction() });
    // The budget is that of the real window, scaled like the window.
    const client = createTokenClient({ tokenEndpoint, clientId: world.clientId, pair, budgetMilliseconds: 3_500 });
    const ask = () => client.request({ grant: 'client_credentials' }, { fresh: true });
    return hammer(ask, world, over.signal);
  });
  // One that knows only the secret it started with: it shows that there was something to ride through.
  const deaf = createSecretPair({ read: () => ({ current: world.initial }) });
  const deafClient = createTokenClient({ tokenEndpoint, clientId: world.clientId, pair: deaf, budgetMilliseconds: 0 });
  const control = hammer(
    () => deafClient.request({ grant: 'client_credentials' }, { fresh: true }),
    world,
    over.signal,
  );

  const { code, stderr } = await run(world, 'rotate', ['--overlap', '1s', '--settle', '3s']);
  await world.later(1_000);
  over.abort();
  const traffic = await Promise.all(consumers);

  expect(code, stderr).toBe(0);
  expect(problemsOfRest(world)).toEqual([]);
  expect(world.changes()).toBe(1);
  expect([...withheld]).toEqual([]);
  expect(traffic.flatMap(({ failures }) => failures)).toEqual([]);
  for (const { requests } of traffic) expect(requests).toBeGreaterThan(50);
  expect((await control).failures.length).toBeGreaterThan(10);
});
