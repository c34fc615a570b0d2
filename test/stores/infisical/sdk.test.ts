/** The parts of the SDK that are replaced are private: this pins them, so that an upgrade cannot lose the guard quietly. */
import { readdirSync, readFileSync } from 'node:fs';
import { InfisicalSDK } from '@infisical/sdk';
import { describe, expect, it } from 'vitest';
import { guardSdk, openSdk } from '../../../src/stores/infisical/sdk.js';
import { canary } from '../support/infisical.js';

const nothing = async () => ({});

describe('the SDK inside', () => {
  it('is pinned to the version whose transport is guarded', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
    expect(manifest.dependencies['@infisical/sdk']).toBe('5.0.2');
  });

  it('has the shape the guard expects, and sends everything through the guard', async () => {
    const sent: string[] = [];
    const token = canary();
    const sdk = await openSdk('http://127.0.0.1:9/base', token, async ({ method, url, headers }) => {
      sent.push(`${method} ${url.pathname}`);
      expect(url.origin).toBe('http://127.0.0.1:9');
      expect(headers['Authorization']).toBe(`Bearer ${token.reveal()}`);
      return {};
    });
    const place = { projectId: 'project-1', environment: 'dev' };
    await sdk.secrets().listSecrets(place);
    await sdk.secrets().createSecret('A', { ...place, secretValue: 'a' });
    await sdk.secrets().updateSecret('A', { ...place, secretValue: 'a' });
    await sdk.folders().listFolders(place);
    await sdk.folders().create({ ...place, name: 'a', path: '/' });
    await sdk.auth().universalAuth.login({ clientId: 'a', clientSecret: 'b' });
    expect(sent).toEqual([
      'GET /base/api/v3/secrets/raw',
      'POST /base/api/v3/secrets/raw/A',
      'PATCH /base/api/v3/secrets/raw/A',
      'GET /base/api/v1/folders',
      'POST /base/api/v1/folders',
      'POST /base/api/v1/auth/universal-auth/login',
    ]);
  });

  it.each<[string, (sdk: Record<string, unknown>) => void]>([
    ['has no transport', (sdk) => delete sdk['apiClient']],
    ['calls its transport otherwise', (sdk) => Object.assign(sdk['apiClient'] as object, { request: undefined })],
    ['takes other parameters', (sdk) => Object.assign(sdk['apiClient'] as object, { request: async () => ({}) })],
    ['keeps its headers elsewhere', (sdk) => Object.assign(sdk['apiClient'] as object, { defaultHeaders: undefined })],
    ['has a second transport for secrets', (sdk) => Object.assign(sdk['secretsApi'] as object, { apiClient: {} })],
    ['has a second transport for logging in', (sdk) => Object.assign(sdk['authApi'] as object, { apiClient: {} })],
  ])('is refused when it %s', (_, change) => {
    const sdk = new InfisicalSDK();
    change(sdk as unknown as Record<string, unknown>);
    expect(() => guardSdk(sdk, nothing)).toThrow(expect.objectContaining({ code: 'DEFECT', kind: 'defect' }));
  });

  it('is loaded at the first request and not before', () => {
    for (const file of readdirSync('src/stores', { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      expect(readFileSync(`src/stores/${file}`, 'utf8')).not.toMatch(/^import (?!type\b)[^;]*@infisical\/sdk/m);
    }
  });
});
