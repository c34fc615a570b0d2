/** Places that cannot be right are refused before anything is sent. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/secret.js';
import { createInfisicalStore } from '../../../src/stores/infisical/index.js';
import { parsePlace } from '../../../src/stores/infisical/options.js';
import { canary } from '../support/infisical.js';

const place = { projectId: '3c90c3cc-0d44-4b50-8888-8dd25736052a', environment: 'dev' };

describe('the place', () => {
  it('describes itself', () => {
    const identity = { method: 'token', token: canary() } as const;
    const store = createInfisicalStore({ ...place, identity });
    expect(store.description).toBe(`project ${place.projectId}, environment dev, path /`);
    expect(store.sharesJournalTransaction).toBe(false);
    expect(inspect(store, { depth: 9, showHidden: true })).not.toContain(identity.token.reveal());
  });

  it.each([
    [undefined, 'https://app.infisical.com'],
    ['https://eu.infisical.com/', 'https://eu.infisical.com'],
    ['https://eu.infisical.com/api', 'https://eu.infisical.com'],
    ['https://eu.infisical.com/api/', 'https://eu.infisical.com'],
    ['https://tools.acme.example/infisical//', 'https://tools.acme.example/infisical'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://infisical.tools.svc:8080', 'http://infisical.tools.svc:8080'],
  ])('takes the site URL %s', (siteUrl, normal) => {
    expect(parsePlace({ ...place, ...(siteUrl === undefined ? {} : { siteUrl }) }).siteUrl).toBe(normal);
  });

  it('says when the way there is not encrypted, except on this machine', () => {
    const description = (siteUrl: string) => parsePlace({ ...place, siteUrl }).description;
    expect(description('http://infisical.tools.svc:8080')).toContain('unencrypted');
    for (const siteUrl of ['http://localhost:8080', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://acme.example']) {
      expect(description(siteUrl)).not.toContain('unencrypted');
    }
  });

  it.each([
    ['siteUrl', { siteUrl: 'app.infisical.com' }],
    ['siteUrl', { siteUrl: 'ftp://app.infisical.com' }],
    ['siteUrl', { siteUrl: 'https://user:hunter2-canary@app.infisical.com' }],
    ['siteUrl', { siteUrl: 'https://app.infisical.com?x=hunter2-canary' }],
    ['siteUrl', { siteUrl: 'https://app.infisical.com#x' }],
    ['siteUrl', { siteUrl: 'https://app.infisical.com?' }],
    ['siteUrl', { siteUrl: 'https://@app.infisical.com' }],
    ['siteUrl', { siteUrl: 'https:\\\\app.infisical.com\\@evil.example' }],
    ['siteUrl', { siteUrl: 'https://app.infi\tsical.com' }],
    ['siteUrl', { siteUrl: 'https://\u0430pp.infisical.com' }],
    ['projectId', { projectId: 'a b' }],
    ['environment', { environment: 'dev/../prod' }],
    ['secretPath', { secretPath: 'apps' }],
    ['secretPath', { secretPath: '/apps/../other' }],
    ['secretPath', { secretPath: '/apps//web' }],
    ['secretPath', { secretPath: '/apps/*' }],
  ])('refuses %s: %o', (field, wrong) => {
    const attempt = () => parsePlace({ ...place, ...wrong });
    expect(attempt).toThrow(expect.objectContaining({ code: 'SETTING_INVALID', kind: 'refused', field }));
    expect(attempt).not.toThrow(/hunter2-canary/);
  });

  it.each(['projectId', 'environment'] as const)('needs %s', (field) => {
    expect(() => parsePlace({ ...place, [field]: ' ' })).toThrow(
      expect.objectContaining({ code: 'SETTING_MISSING', field }),
    );
  });

  it('takes a path with a trailing slash', () => {
    expect(parsePlace({ ...place, secretPath: '/apps/web/' }).secretPath).toBe('/apps/web');
  });

  it.each([' st.token', 'st.to\nken', 'st.to\u2019ken', ''])('refuses a token no header can hold: %j', (text) => {
    const identity = { method: 'token', token: new Secret(text) } as const;
    expect(() => createInfisicalStore({ ...place, identity })).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', field: 'token' }),
    );
  });
});
