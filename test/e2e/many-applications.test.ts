/** A config file with many applications: the store's rate limit holds the run up, and refuses none of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createVirtualWorld } from './support/virtual-world.js';
import { CLIENT_ID, CURRENT, FALLBACK } from './support/world.js';

const COUNT = 25;
/** What one address may ask of Infisical in a minute. */
const REQUESTS_PER_MINUTE = 40;

test('all are rotated in one run, within the limit', async () => {
  const applications = Array.from({ length: COUNT }, (_, index) => ({
    name: index === 0 ? 'Order Worker' : `Service ${index}`,
    token_endpoint_auth_method: 'client_secret_post' as const,
    jwt_configuration: { alg: 'RS256' },
  }));
  const world = await createVirtualWorld({
    seed: 1,
    tenant: { applications, propagationMilliseconds: 0 },
    infisical: { requestsPerMinute: REQUESTS_PER_MINUTE },
  });
  const folder = await mkdtemp(join(tmpdir(), 'auth0-rotation-'));
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });
  const clients = world.tenant.applications().filter(({ clientId }) => clientId !== world.tenant.managementClientId);
  expect(clients).toHaveLength(COUNT);
  const entries = clients.map(({ clientId, clientSecret }, index) => {
    const path = `/service-${index}`;
    world.infisical.set({ path, name: CURRENT, value: clientSecret?.reveal() ?? '' });
    return `  - { application: ${clientId}, secretPath: ${path} }`;
  });
  const config = join(folder, 'rotations.yaml');
  await writeFile(config, `defaults: { overlap: 0s, settle: 0s }\nrotations:\n${entries.join('\n')}\n`);

  const { code, stdout, stderr } = await world.run('rotate', ['--config', config]);

  expect(code, stdout).toBe(0);
  for (const [index, { clientId, clientSecret: before }] of clients.entries()) {
    const path = `/service-${index}`;
    const live = world.tenant.secretOf(clientId)?.reveal();
    expect(live).not.toBe(before?.reveal());
    expect([CLIENT_ID, CURRENT, FALLBACK].map((name) => world.stored(name, path))).toEqual([clientId, live, live]);
  }
  expect(stderr).toContain('asks for a pause');
  // Whoever keeps below the limit is never told to.
  expect(world.infisical.requests().filter(({ status }) => status !== 200)).toEqual([]);
});
