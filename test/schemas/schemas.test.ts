import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { rotationsConfigSchema } from '../../src/cli/config-schema.js';
import {
  connectionSchema,
  createBodySchema,
  generatedCredentialsSchema,
  parametersSchema,
  secretsMappingSchema,
  updateBodySchema,
} from '../../src/provider/auth0-client-secret/schemas.js';

const ZOD = {
  connection: connectionSchema,
  'create-body': createBodySchema,
  'generated-credentials': generatedCredentialsSchema,
  parameters: parametersSchema,
  'secrets-mapping': secretsMappingSchema,
  'update-body': updateBodySchema,
  'rotations-config': rotationsConfigSchema,
};

/** The request Infisical's documentation shows, field by field. */
const DOCUMENTED_REQUEST = {
  name: 'my-auth0-rotation',
  projectId: '3c90c3cc-0d44-4b50-8888-8dd25736052a',
  description: 'my client secret rotation',
  connectionId: '3c90c3cc-0d44-4b50-8888-8dd25736052a',
  environment: 'dev',
  secretPath: '/',
  isAutoRotationEnabled: true,
  rotationInterval: 30,
  rotateAtUtc: { hours: 0, minutes: 0 },
  parameters: { clientId: '...' },
  secretsMapping: { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' },
};

interface JsonSchema {
  readonly $id: string;
  readonly title: string;
  readonly description: string;
  readonly examples: readonly unknown[];
}

async function load(name: string): Promise<JsonSchema> {
  return JSON.parse(await readFile(new URL(`../../schemas/${name}.json`, import.meta.url), 'utf8'));
}

async function validator(name: string) {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(await load(name));
}

const createBody = (change: Record<string, unknown>) =>
  createBodySchema.safeParse({ ...DOCUMENTED_REQUEST, ...change });

describe('the request of the documentation', () => {
  test('is valid by JSON Schema and by Zod, and comes out as it went in', async () => {
    const validate = await validator('create-body');
    expect(validate(DOCUMENTED_REQUEST), JSON.stringify(validate.errors)).toBe(true);
    expect(createBodySchema.parse(DOCUMENTED_REQUEST)).toEqual(DOCUMENTED_REQUEST);
  });

  test.each([
    'name',
    'projectId',
    'connectionId',
    'environment',
    'secretPath',
    'rotationInterval',
    'parameters',
    'secretsMapping',
  ])('is not valid without %s', async (field) => {
    const { [field]: _, ...incomplete } = DOCUMENTED_REQUEST as Record<string, unknown>;
    expect(createBodySchema.safeParse(incomplete).success).toBe(false);
    expect((await validator('create-body'))(incomplete)).toBe(false);
  });
});

describe('the create body', () => {
  test.each([
    ['name', 'My-Rotation'],
    ['name', 'a--b'],
    ['name', '-a'],
    ['name', 'ü'],
    ['name', 'a'.repeat(65)],
    ['name', ''],
    ['description', 'd'.repeat(257)],
    ['connectionId', 'not-a-uuid'],
    ['environment', 'Dev Env'],
    ['environment', 'e'.repeat(65)],
    ['secretPath', '  '],
    ['rotationInterval', 0],
    ['rotationInterval', 'monthly'],
    ['rotationInterval', Number.POSITIVE_INFINITY],
    ['rotateAtUtc', { hours: 24, minutes: 0 }],
    ['rotateAtUtc', { hours: 0, minutes: 60 }],
    ['rotateAtUtc', { hours: 1 }],
    ['parameters', { clientId: ' ' }],
    ['parameters', { clientId: 'a', overlapSeconds: 2_592_001 }],
    ['parameters', { clientId: 'a', overlapSeconds: 1.5 }],
    ['parameters', { clientId: 'a', overlapSeconds: -1 }],
    ['secretsMapping', { clientId: 'A:B', clientSecret: 'C' }],
    ['secretsMapping', { clientId: 'A', clientSecret: 'C/D' }],
    ['secretsMapping', { clientId: 'A', clientSecret: ' ' }],
    ['secretsMapping', { clientId: 'A' }],
  ])('refuses %s %j', (field, value) => {
    expect(createBody({ [field]: value }).success).toBe(false);
  });

  test.each([
    ['name', ' my-rotation ', 'my-rotation'],
    ['description', null, null],
    ['description', ' d ', 'd'],
    ['secretPath', '/apps/web/', '/apps/web'],
    ['secretPath', '/', '/'],
    ['rotationInterval', '30', 30],
    ['rotationInterval', 1.5, 1.5],
    ['parameters', { clientId: ' a ' }, { clientId: 'a' }],
    ['parameters', { clientId: 'a', overlapSeconds: 2_592_000 }, { clientId: 'a', overlapSeconds: 2_592_000 }],
    ['secretsMapping', { clientId: ' A ', clientSecret: 'B.c' }, { clientId: 'A', clientSecret: 'B.c' }],
  ])('takes %s %j', (field, value, parsed) => {
    expect(createBody({ [field]: value })).toMatchObject({ success: true, data: { [field]: parsed } });
  });

  test('rotates on its own unless told otherwise', () => {
    const { isAutoRotationEnabled: _, ...body } = DOCUMENTED_REQUEST;
    expect(createBodySchema.parse(body).isAutoRotationEnabled).toBe(true);
  });

  test('leaves equal names to a later check: the wire answers those with another status', () => {
    expect(createBody({ secretsMapping: { clientId: 'A', clientSecret: 'A' } }).success).toBe(true);
  });

  test('takes the secret in use as a secret', () => {
    const body = createBodySchema.parse({ ...DOCUMENTED_REQUEST, currentClientSecret: 'canary-8Jd4Xn2Qv6' });
    expect(body.currentClientSecret).toBeInstanceOf(Secret);
    expect(JSON.stringify(body)).not.toContain('canary-8Jd4Xn2Qv6');
  });
});

describe('the update body', () => {
  test('changes nothing that is not named', () => {
    expect(updateBodySchema.parse({})).toEqual({});
  });

  test('drops what cannot be changed', () => {
    expect(updateBodySchema.parse({ connectionId: 'x', environment: 'y', secretPath: '/', name: 'n' })).toEqual({
      name: 'n',
    });
  });

  test('refuses half a mapping', () => {
    expect(updateBodySchema.safeParse({ secretsMapping: { clientId: 'A' } }).success).toBe(false);
  });
});

describe('the connection', () => {
  const wire = {
    domain: 'acme.eu.auth0.com',
    clientId: 'Q2J1rKz0v7mXnB5tYcW8uL3sPd6fGh9a',
    audience: 'https://acme.eu.auth0.com/api/v2/',
  };

  test('parses from the wire, its secret sealed', () => {
    const connection = connectionSchema.parse({ ...wire, clientSecret: 'canary-5Mz9Rt3Wb7', accessToken: 'old' });
    expect(connection).toEqual({
      domain: wire.domain,
      audience: wire.audience,
      credentials: { method: 'client-secret', clientId: wire.clientId, clientSecret: expect.any(Secret) },
    });
    expect(JSON.stringify(connection)).not.toContain('canary-5Mz9Rt3Wb7');
  });

  test('may use a private key', () => {
    const { credentials } = connectionSchema.parse({ ...wire, privateKey: 'pem-canary-2Xq' });
    expect(credentials.method).toBe('private-key-jwt');
  });

  test.each([[{}], [{ clientSecret: 'a', privateKey: 'b' }], [{ clientSecret: '' }]])(
    'needs one of secret and key, not %j',
    async (given) => {
      expect(connectionSchema.safeParse({ ...wire, ...given }).success).toBe(false);
      expect((await validator('connection'))({ ...wire, ...given })).toBe(false);
    },
  );

  test('repeats no secret in its complaints', () => {
    const { error } = connectionSchema.safeParse({ domain: 1, clientSecret: 'canary-4Kp7', privateKey: 'canary-9Vx2' });
    expect(JSON.stringify(error)).not.toMatch(/canary/);
  });
});

describe('generated credentials', () => {
  const set = { clientId: 'a', clientSecret: 'canary-6Tb1' };

  test('are one or two sets', () => {
    expect(generatedCredentialsSchema.safeParse([]).success).toBe(false);
    expect(generatedCredentialsSchema.safeParse([set]).success).toBe(true);
    expect(generatedCredentialsSchema.safeParse([set, set]).success).toBe(true);
    expect(generatedCredentialsSchema.safeParse([set, set, set]).success).toBe(false);
  });
});

describe('the JSON Schemas', () => {
  test('are these and no others', async () => {
    const files = await readdir(new URL('../../schemas/', import.meta.url));
    expect(files.sort()).toEqual(
      Object.keys(ZOD)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });

  test.each(Object.entries(ZOD))(
    '%s explains itself, needs no network, and its examples are valid',
    async (name, zod) => {
      const schema = await load(name);
      expect(schema.$id).toBe(`urn:auth0-client-secret-rotation:schema:${name}`);
      expect(schema.title).not.toBe('');
      expect(schema.description).not.toBe('');
      expect(schema.examples.length).toBeGreaterThan(0);
      const validate = await validator(name);
      for (const example of schema.examples) {
        expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
        expect(zod.safeParse(example).success).toBe(true);
      }
    },
  );
});

describe('generate-schemas --check', () => {
  const run = promisify(execFile);
  const root = new URL('../../', import.meta.url).pathname;
  const copies: string[] = [];

  afterAll(() => Promise.all(copies.map((copy) => rm(copy, { recursive: true, force: true }))));

  test('passes as committed, and names the file that differs', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'schemas-'));
    copies.push(copy);
    await Promise.all(
      ['src', 'scripts', 'schemas'].map((folder) => cp(join(root, folder), join(copy, folder), { recursive: true })),
    );
    await cp(join(root, 'package.json'), join(copy, 'package.json'));
    await mkdir(join(copy, 'schemas'), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const check = () =>
      run(join(root, 'node_modules/.bin/tsx'), ['scripts/generate-schemas.ts', '--check'], { cwd: copy });
    await check();

    const file = join(copy, 'schemas/parameters.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('2592000', '2592001'));
    await expect(check()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('parameters.json') });
  });
});
