import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import * as surface from '../../src/index.js';

describe('the public surface', () => {
  test('offers a provider that is registered in one line', () => {
    const registry = new Map([surface.auth0ClientSecretProvider].map((provider) => [provider.type, provider]));
    expect(registry.get('auth0-client-secret')?.specificationVersion).toBe('v1');
  });

  test('is what it says', () => {
    expect(Object.keys(surface).sort()).toMatchInlineSnapshot(`
      [
        "AUTH0_CAPABILITIES",
        "AUTH0_LIST_OPTION",
        "ERROR_CATALOGUE",
        "RotationError",
        "Secret",
        "auth0ClientSecretProvider",
        "connectionSchema",
        "createAuth0ClientSecretProvider",
        "createBodySchema",
        "credentialsSchema",
        "duplicateNames",
        "generatedCredentialsSchema",
        "parametersSchema",
        "requireDistinctNames",
        "secretNameSchema",
        "secretsMappingSchema",
        "systemClock",
        "updateBodySchema",
      ]
    `);
  });

  test('loads nothing heavy when it is imported', async () => {
    const hook = 'export const load = (url, context, next) => { process._rawDebug(url); return next(url, context); };';
    const script = `
      import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
      await import('./src/index.ts');
    `;
    const { stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: new URL('../..', import.meta.url).pathname },
    );
    const loaded = stderr.split('\n').filter((line) => line.startsWith('file:'));
    expect(loaded.some((url) => url.endsWith('/src/index.ts'))).toBe(true);
    expect(loaded.filter((url) => /node_modules\/(auth0|@infisical|jose|undici|yaml|@clack)\//.test(url))).toEqual([]);
  });
});
