/**
 * Does the emulator agree with Auth0's own OpenAPI description? That file is not part of this repository; it is read
 * from `AUTH0_OPENAPI_FILE`, or from where it usually lies. Without it a smaller, built-in check runs, and says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EmulatedTenant } from '../../../src/testing/index.js';
import {
  ALL_SCOPES,
  CANARY,
  clientIdOf,
  createTestTenant,
  manage,
  managementToken,
  postForm,
  type Reply,
  secretOf,
} from './helpers.js';

const USUAL_PLACE = '../../../../shared/reference/auth0-openapi.json';

interface OpenApiOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

/** What the checks below need to know about the API, whoever says it. */
interface Description {
  /** The statuses an operation may answer with. */
  readonly statuses: (path: string, method: string) => readonly string[];
  /** The scopes of which an operation takes any. */
  readonly scopes: (path: string, method: string) => readonly string[];
  readonly isValidResponse: (path: string, method: string, status: string, body: unknown) => boolean;
  readonly isValidUpdate: (body: unknown) => boolean;
  readonly isValidTokenRequest: (body: unknown) => boolean;
  readonly isValidQuery: (path: string, name: string, value: unknown) => boolean;
}

const CLIENTS = '/api/v2/clients';
const CLIENT = '/api/v2/clients/{id}';
const ROTATE = '/api/v2/clients/{id}/rotate-secret';

function describeFrom(file: string): Description {
  const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'auth0');
  const compiled = new Map<string, ValidateFunction>();
  const at = (...segments: readonly string[]) => {
    const pointer = segments.map((segment) => segment.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `auth0#/${encodeURI(pointer)}` });
    compiled.set(pointer, validate);
    return validate;
  };
  const operation = (path: string, method: string): OpenApiOperation => {
    const found = document.paths[path]?.[method];
    if (found === undefined) throw new Error(`${method} ${path} is not described.`);
    return found;
  };
  const update = at('components', 'schemas', 'UpdateClientRequestContent');
  const tokenRequest = at('components', 'schemas', 'Auth_ClientCredentialsGrant');
  return {
    statuses: (path, method) => Object.keys(operation(path, method).responses),
    scopes: (path, method) =>
      operation(path, method).security?.flatMap((each) => each['oAuth2ClientCredentials'] ?? []) ?? [],
    isValidResponse(path, method, status, body) {
      const content = operation(path, method).responses[status]?.content;
      if (content === undefined || !('application/json' in content)) return true;
      return at('paths', path, method, 'responses', status, 'content', 'application/json', 'schema')(body);
    },
    isValidUpdate: (body) => update(body),
    isValidTokenRequest: (body) => tokenRequest(body),
    isValidQuery(path, name, value) {
      const parameter = operation(path, 'get').parameters?.find((each) => each.name === name && each.in === 'query');
      if (parameter === undefined) throw new Error(`${name} is no query parameter of ${path}.`);
      return ajv.validate(parameter.schema, value);
    },
  };
}

/** The little that can be checked without the file: the shapes this package relies on. */
const builtIn: Description = {
  statuses: (path) => ({ '/oauth/revoke': ['200', '400', '401'] })[path] ?? ['200', '400', '401', '403', '404', '429'],
  scopes: (path, method) => {
    if (path === ROTATE) return ['update:client_keys'];
    return method === 'patch'
      ? [
          'update:clients',
          'update:client_keys',
          'update:client_credentials',
          'update:client_token_vault_privileged_access',
        ]
      : ['read:clients', 'read:client_keys', 'read:client_credentials', 'read:client_summary'];
  },
  isValidResponse(path, _method, status, body) {
    if (path === '/oauth/revoke' && status === '200') return true;
    if (typeof body !== 'object' || body === null) return false;
    if (path === CLIENTS && status === '200') return Array.isArray(body) || 'clients' in body;
    if (path.startsWith('/oauth/'))
      return status === '200' ? 'access_token' in body && 'expires_in' in body : 'error' in body;
    return true;
  },
  isValidUpdate(body) {
    if (typeof body !== 'object' || body === null || Array.isArray(body) || 'surprise' in body) return false;
    const { client_secret, name, description } = body as Readonly<Record<string, unknown>>;
    const isText = (value: unknown) => value === undefined || typeof value === 'string';
    if (Object.keys(body).length === 0) return false;
    return isText(client_secret) && client_secret !== '' && isText(name) && isText(description);
  },
  isValidTokenRequest: (body) => ['grant_type', 'client_id', 'client_secret'].every((key) => key in (body as object)),
  isValidQuery: (_path, name, value) =>
    Number.isInteger(value) &&
    Number(value) >= (name === 'take' ? 1 : 0) &&
    Number(value) <= (name === 'page' ? Number.POSITIVE_INFINITY : 100),
};

function findFile(): string | undefined {
  const named = process.env['AUTH0_OPENAPI_FILE'];
  if (named !== undefined && named !== '') return named;
  const usual = fileURLToPath(new URL(USUAL_PLACE, import.meta.url));
  return existsSync(usual) ? usual : undefined;
}

const file = findFile();
if (file === undefined) {
  process.stderr.write(
    "\nNOTICE: Auth0's OpenAPI file is not here (set AUTH0_OPENAPI_FILE), so the emulator is NOT checked against it; only a small built-in check runs.\n\n",
  );
}
const description = file === undefined ? builtIn : describeFrom(file);

async function open(scopes: readonly string[] = ALL_SCOPES) {
  const { tenant } = createTestTenant({ managementClient: { scopes } });
  const token = await managementToken(tenant);
  const clientId = clientIdOf(tenant, 'Web Shop');
  return { tenant, token, clientId };
}

function expectAgreement(path: string, method: string, answer: Reply): void {
  const status = String(answer.status);
  expect([path, method, description.statuses(path, method)]).toEqual([path, method, expect.arrayContaining([status])]);
  const body = answer.json ?? answer.text;
  expect([path, method, status, description.isValidResponse(path, method, status, body)]).toEqual([
    path,
    method,
    status,
    true,
  ]);
}

describe(`the emulator and ${file === undefined ? 'the built-in description (the OpenAPI file is absent)' : "Auth0's OpenAPI"}`, () => {
  it('agree on the answers about applications, of every kind and for every scope', async () => {
    for (const scopes of [
      ALL_SCOPES,
      ['read:clients'],
      ['read:client_summary'],
      ['read:client_keys'],
      ['read:roles'],
    ]) {
      const { tenant, token } = await open(scopes);
      for (const { clientId } of tenant.applications()) {
        expectAgreement(CLIENT, 'get', await manage(tenant, token, 'GET', `/clients/${clientId}`));
      }
      for (const query of ['', '?include_totals=true', '?take=2', '?fields=client_secret', '?per_page=1000']) {
        expectAgreement(CLIENTS, 'get', await manage(tenant, token, 'GET', `/clients${query}`));
      }
      expectAgreement(CLIENT, 'get', await manage(tenant, token, 'GET', '/clients/nobody'));
    }
    const { tenant } = await open();
    expectAgreement(CLIENT, 'get', await manage(tenant, 'nonsense', 'GET', '/clients/nobody'));
  });

  it('agree on the answers to changes', async () => {
    const { tenant, token, clientId } = await open();
    for (const [id, body] of [
      [clientId, { client_secret: CANARY.reveal() }],
      [clientId, {}],
      [clientId, { client_secret: '' }],
      ['nobody', { client_secret: CANARY.reveal() }],
      [clientIdOf(tenant, 'Payment Worker'), { client_secret: CANARY.reveal() }],
    ] as const) {
      expectAgreement(CLIENT, 'patch', await manage(tenant, token, 'PATCH', `/clients/${id}`, body));
      expectAgreement(ROTATE, 'post', await manage(tenant, token, 'POST', `/clients/${id}/rotate-secret`));
    }
  });

  it('agree on the answers about tokens', async () => {
    const { tenant } = await open();
    const clientId = clientIdOf(tenant, 'Order Worker');
    const right = { client_id: clientId, client_secret: secretOf(tenant, clientId).reveal() };
    const grant = { ...right, grant_type: 'client_credentials', audience: 'https://api.acme.example/' };
    expect(description.isValidTokenRequest(grant)).toBe(true);
    for (const parameters of [
      grant,
      { ...grant, client_secret: 'wrong' },
      { ...grant, audience: 'https://nobody.example/' },
      { ...grant, grant_type: 'refresh_token' },
      { ...grant, grant_type: 'magic' },
      {},
    ]) {
      expectAgreement('/oauth/token', 'post', await postForm(tenant, '/oauth/token', parameters));
    }
    for (const parameters of [{ ...right, token: 'x' }, { ...right, client_secret: 'wrong', token: 'x' }, right]) {
      expectAgreement('/oauth/revoke', 'post', await postForm(tenant, '/oauth/revoke', parameters));
    }
  });

  it('agree on the scopes of every operation', async () => {
    const operations = [
      [CLIENTS, 'get', () => '/clients'],
      [CLIENT, 'get', (id: string) => `/clients/${id}`],
      [CLIENT, 'patch', (id: string) => `/clients/${id}`],
      [ROTATE, 'post', (id: string) => `/clients/${id}/rotate-secret`],
    ] as const;
    const everyScope = new Set(operations.flatMap(([path, method]) => description.scopes(path, method)));
    expect(everyScope.size).toBe(8);
    for (const scope of [...everyScope, 'read:roles']) {
      const { tenant, token, clientId } = await open([scope]);
      for (const [path, method, target] of operations) {
        // An empty change is refused too, but only after the scopes were found to be enough.
        const body = method === 'patch' ? {} : undefined;
        const { status } = await manage(tenant, token, method.toUpperCase(), target(clientId), body);
        const ifEnough = method === 'patch' ? 400 : 200;
        const isEnough = description.scopes(path, method).includes(scope);
        expect([scope, path, method, status]).toEqual([scope, path, method, isEnough ? ifEnough : 403]);
      }
    }
  });

  it('agree on the paging parameters', async () => {
    const { tenant, token } = await open();
    for (const name of ['page', 'per_page', 'take']) {
      for (const value of [-1, 0, 1, 50, 100, 101, 1.5]) {
        const { status } = await manage(tenant, token, 'GET', `/clients?${name}=${value}`);
        const isValid = description.isValidQuery(CLIENTS, name, value);
        expect([name, value, status]).toEqual([name, value, isValid ? 200 : 400]);
      }
    }
  });

  it('agree on which bodies may change an application', async () => {
    const oddValue = fc.constantFrom<unknown>(null, '', 0, 1.5, true, [], {}, 'x', '<x>', 'x'.repeat(141));
    const orOdd = (arbitrary: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: oddValue });
    const properties = {
      client_secret: orOdd(fc.string({ minLength: 1 })),
      ...(file === undefined
        ? {}
        : {
            name: orOdd(fc.string({ minLength: 1 })),
            description: orOdd(fc.string()),
            app_type: orOdd(fc.constantFrom('spa', 'native', 'regular_web', 'non_interactive', 'toaster')),
            token_endpoint_auth_method: orOdd(
              fc.constantFrom('none', 'client_secret_post', 'client_secret_basic', null),
            ),
            grant_types: orOdd(fc.array(fc.constantFrom('client_credentials', 'authorization_code', ''))),
            is_first_party: orOdd(fc.boolean()),
            oidc_conformant: orOdd(fc.boolean()),
            jwt_configuration: orOdd(
              fc.record(
                {
                  alg: orOdd(fc.constantFrom('HS256', 'RS256', 'RS512', 'PS256', 'none')),
                  secret_encoded: orOdd(fc.boolean()),
                  lifetime_in_seconds: orOdd(fc.nat()),
                },
                { requiredKeys: [] },
              ),
            ),
          }),
      surprise: fc.boolean(),
    };
    const body = fc.oneof(
      { weight: 9, arbitrary: fc.record(properties, { requiredKeys: [] }) },
      { weight: 1, arbitrary: oddValue },
    );
    const { tenant, token, clientId } = await open();
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        const status = await statusOfUpdate(tenant, token, clientId, value);
        expect([value, status]).toEqual([value, description.isValidUpdate(value) ? 200 : 400]);
      }),
      { numRuns: 500, seed: 20_260_101 },
    );
  });
});

async function statusOfUpdate(
  tenant: EmulatedTenant,
  token: string,
  clientId: string,
  value: unknown,
): Promise<number> {
  return (await manage(tenant, token, 'PATCH', `/clients/${clientId}`, value)).status;
}
