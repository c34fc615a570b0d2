/** The two kinds of application against a tenant that changes at once. */
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { TokenError } from '../../src/consumer/errors.js';
import { createFollowingApplication } from '../../src/demo/following-application.js';
import { createOrdinaryApplication } from '../../src/demo/ordinary-application.js';
import type { MappedSecrets } from '../../src/demo/secret-reader.js';
import { createVirtualClock } from '../../src/testing/virtual-clock.js';

const OLD = new Secret('canary-old-Zk3vT8qLx1RnWc6yBm');
const NEW = new Secret('canary-new-Hd5pQ9sMf2JgYa7uEk');

function world() {
  const clock = createVirtualClock();
  const state = { accepted: OLD, stored: { current: OLD, fallback: undefined } as MappedSecrets, reads: 0, tries: 0 };
  const refusal = { error: 'access_denied', status: 401 };
  const parts = {
    clock,
    readSecrets: async () => {
      state.reads += 1;
      return state.stored;
    },
    requestToken: async (secret: Secret) => {
      state.tries += 1;
      if (secret.equals(state.accepted)) return;
      throw new TokenError({ reason: 'refused', message: 'Refused.', ...refusal });
    },
  };
  return { clock, state, refusal, parts };
}

describe('the ordinary application', () => {
  /** One that has got a token with the old secret, and may read again. */
  async function running() {
    const scene = world();
    const application = createOrdinaryApplication({ ...scene.parts, rereadMilliseconds: 250 });
    await application.request();
    await scene.clock.advance(250);
    return { ...scene, application };
  }

  test('reads its secret once and holds it', async () => {
    const { application, state } = await running();
    for (let request = 0; request < 4; request += 1) await application.request();
    expect(state).toMatchObject({ reads: 1, tries: 5 });
  });

  test('refused, it reads again and gets through with what it finds', async () => {
    const { application, state } = await running();
    Object.assign(state, { accepted: NEW, stored: { current: NEW, fallback: undefined } });
    await application.request();
    expect(state).toMatchObject({ reads: 2, tries: 3 });
  });

  test('refused while nothing new is stored, it fails, and does not ask the store with every request', async () => {
    const { application, state, clock } = await running();
    state.accepted = NEW;
    const three = () => Promise.allSettled([1, 2, 3].map(() => application.request()));
    expect((await three()).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(state.reads).toBe(2);
    await three();
    expect(state.reads).toBe(2);
    await clock.advance(250);
    await three();
    expect(state.reads).toBe(3);
  });

  test('requests that are refused together share what one of them finds', async () => {
    const { application, state } = await running();
    Object.assign(state, { accepted: NEW, stored: { current: NEW, fallback: undefined } });
    await Promise.all([1, 2, 3].map(() => application.request()));
    expect(state).toMatchObject({ reads: 2, tries: 7 });
  });

  test('does not follow a fallback', async () => {
    const { application, state } = await running();
    Object.assign(state, { accepted: NEW, stored: { current: OLD, fallback: NEW } });
    await expect(application.request()).rejects.toMatchObject({ status: 401 });
  });

  test('does not try again after a failure that is no refusal of the secret', async () => {
    const { application, state, refusal } = await running();
    Object.assign(refusal, { status: 503, error: undefined });
    Object.assign(state, { accepted: NEW, stored: { current: NEW, fallback: undefined } });
    await expect(application.request()).rejects.toMatchObject({ status: 503 });
    expect(state).toMatchObject({ reads: 1, tries: 2 });
  });
});

describe('the following application', () => {
  const make = ({ parts }: ReturnType<typeof world>) =>
    createFollowingApplication({
      ...parts,
      refreshMilliseconds: 1_000,
      budgetMilliseconds: 35,
      signal: new AbortController().signal,
    });

  test('gets through with the fallback when the current secret is refused', async () => {
    const scene = world();
    scene.state.stored = { current: OLD, fallback: NEW };
    const application = make(scene);
    await application.request();
    scene.state.accepted = NEW;
    await application.request();
    expect(scene.state).toMatchObject({ reads: 1, tries: 3 });
  });

  test('fails when neither is accepted within its budget', async () => {
    const scene = world();
    scene.state.accepted = NEW;
    await expect(make(scene).request()).rejects.toMatchObject({ status: 401 });
  });
});
