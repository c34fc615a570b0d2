/** What a debugger, a logger or a crash reporter would see. */
import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createPacer } from '../../src/auth0/pacer.js';
import { createProbe } from '../../src/auth0/probe.js';
import { systemClock } from '../../src/base/clock.js';
import { Secret } from '../../src/base/secret.js';
import { json, text } from './support/server.js';
import {
  ACCESS_TOKEN,
  APPLICATION,
  applicationAnswer,
  CANDIDATE,
  freeCall,
  MANAGEMENT_SECRET,
  rejection,
  startTenant,
} from './support/tenant.js';

const SECRETS = [MANAGEMENT_SECRET, ACCESS_TOKEN, CANDIDATE];
const candidate = new Secret(CANDIDATE);

/** Everything a thing can be made to show. */
function shownBy(thing: unknown): string {
  const deep = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true } as const;
  return [
    inspect(thing, deep),
    inspect(thing, { ...deep, customInspect: false }),
    JSON.stringify(thing),
    format('%s %o %O %j', thing, thing, thing, thing),
    String(thing),
    thing instanceof Error ? `${thing.stack}` : '',
  ].join('\n');
}

function expectSilence(thing: unknown) {
  const shown = shownBy(thing);
  for (const secret of SECRETS) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      expect(shown).not.toContain(form);
    }
  }
}

describe('nothing shows a secret', () => {
  it('the access, its tenant, the probe and the pacer, before and after use', async () => {
    const pacer = createPacer({ clock: systemClock });
    const auth0 = await startTenant(
      { api: applicationAnswer, revoke: (_, response) => text(response, 200, '') },
      { pacer },
    );
    const probe = createProbe({ tenant: auth0.tenant, pacer });
    const everything = [auth0.access, auth0.tenant, probe, pacer];
    for (const thing of everything) expectSilence(thing);
    await auth0.access.setClientSecret(APPLICATION, candidate, freeCall());
    await auth0.access.replaceClientSecret(APPLICATION, freeCall());
    await probe(APPLICATION, candidate, freeCall());
    for (const thing of everything) expectSilence(thing);
    expectSilence(await auth0.access.application(APPLICATION, freeCall()));
    expectSilence(await auth0.access.scopes(freeCall()));
  });

  const echo = `${CANDIDATE} ${MANAGEMENT_SECRET} ${ACCESS_TOKEN}`;
  const echoed = {
    error: echo,
    error_description: echo,
    message: echo,
    errorCode: CANDIDATE,
    client_secret: CANDIDATE,
  };

  it.each([200, 307, 400, 401, 403, 404, 409, 429, 500])(
    'errors of status %i that echo what was sent',
    async (status) => {
      const auth0 = await startTenant({
        api: (_, response) =>
          json(
            response,
            status,
            { statusCode: status, ...echoed },
            { 'x-echo': echo, location: '/', 'retry-after': '0' },
          ),
      });
      expectSilence(await rejection(auth0.access.setClientSecret(APPLICATION, candidate, freeCall())));
      expectSilence(await rejection(auth0.access.replaceClientSecret(APPLICATION, freeCall())));
      expectSilence(await rejection(auth0.access.application(APPLICATION, freeCall())));
    },
  );

  it.each([200, 307, 400, 401, 403, 404, 429, 500])(
    'token errors of status %i that echo what was sent',
    async (status) => {
      const auth0 = await startTenant({ token: (_, response) => json(response, status, echoed, { location: '/' }) });
      expectSilence(await rejection(auth0.access.scopes(freeCall())));
    },
  );

  it('errors of a transport that puts the request into its own error', async () => {
    const auth0 = await startTenant();
    const access = auth0.open({
      fetch: (url, init) => {
        const failure = new Error(`${url} ${JSON.stringify(init)} ${CANDIDATE}`, { cause: { init, code: CANDIDATE } });
        return Promise.reject(Object.assign(failure, { request: init }));
      },
    });
    expectSilence(await rejection(access.scopes(freeCall())));
  });

  it('error codes that end in a secret of lower-case letters', async () => {
    const lowerCase = 'canarysecretoflowercaseletters';
    const auth0 = await startTenant({
      api: (_, response) => json(response, 400, { statusCode: 400, errorCode: `invalid_${lowerCase}` }),
    });
    const error = await rejection(auth0.access.setClientSecret(APPLICATION, new Secret(lowerCase), freeCall()));
    expect(shownBy(error)).not.toContain(lowerCase);
  });
});
