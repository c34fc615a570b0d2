/** Short ways to talk to a tenant in process, as the emulator's own tests need them. */
import { Secret } from '../../../src/base/secret.js';
import {
  type Auth0TenantOptions,
  createAuth0Tenant,
  createVirtualClock,
  type EmulatedTenant,
  seededRandomness,
} from '../../../src/testing/index.js';

export const ALL_SCOPES = [
  'read:clients',
  'read:client_keys',
  'read:client_credentials',
  'read:client_summary',
  'update:clients',
  'update:client_keys',
];

/** High entropy, made up, and easy to find wherever it should not be. */
export const CANARY = new Secret('canary-Jx7fQ2mV9tLr4KzW8bNc3YpHs6DgUa1EeRo5ViTq0MwXhBnZ');
export const OTHER_CANARY = new Secret('canary-Zp3sKd8vTq6WmXc1RfLh9BnYg4JtUe7AoVi2NrQs5GwHxDkM');

/** A tenant on a clock of its own, with chance that repeats. */
export function createTestTenant(options: Auth0TenantOptions & { readonly seed?: number } = {}) {
  const clock = createVirtualClock();
  const { seed = 7, ...rest } = options;
  const tenant = createAuth0Tenant({ clock, randomness: seededRandomness(seed), ...rest });
  return { clock, tenant };
}

/** The id of the application of that name. */
export function clientIdOf(tenant: EmulatedTenant, name: string): string {
  const found = tenant.applications().find(({ fields }) => fields.name === name);
  if (found === undefined) throw new Error(`No application is called ${name}.`);
  return found.clientId;
}

/** The secret an application has now; a test that asks for one knows that there is one. */
export function secretOf(tenant: EmulatedTenant, clientId: string): Secret {
  const secret = tenant.secretOf(clientId);
  if (secret === undefined) throw new Error(`${clientId} has no secret.`);
  return secret;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The properties the tests look at; an answer holds those of its own kind. */
  readonly json: ReplyBody;
  /** The answer as a list of applications; empty when it is none. */
  readonly list: readonly ListedClient[];
}

export interface ListedClient {
  readonly client_id: string;
  readonly name: string;
}

interface ReplyBody extends ListedClient {
  readonly access_token: string;
  readonly scope: string;
  readonly error: string;
  readonly errorCode: string;
  readonly message: string;
  readonly client_secret: string;
  readonly clients: readonly ListedClient[];
  readonly next?: string;
}

export async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  const value = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined;
  const list = Array.isArray(value) ? value : [];
  return { status: response.status, headers: response.headers, text, json: value, list };
}

export async function postForm(
  tenant: EmulatedTenant,
  path: string,
  parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const body = new URLSearchParams(parameters);
  return reply(await tenant.fetch(tenant.origin + path, { method: 'POST', body, headers }));
}

export async function postJson(tenant: EmulatedTenant, path: string, value: unknown): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  return reply(await tenant.fetch(tenant.origin + path, { method: 'POST', headers, body: JSON.stringify(value) }));
}

/** Asks whether the node whose turn it is accepts a secret. */
export async function probe(tenant: EmulatedTenant, clientId: string, secret: Secret): Promise<number> {
  const parameters = { client_id: clientId, client_secret: secret.reveal(), token: 'nobody-issued-this' };
  return (await postForm(tenant, '/oauth/revoke', parameters)).status;
}

export async function managementToken(tenant: EmulatedTenant): Promise<string> {
  const answer = await postForm(tenant, '/oauth/token', {
    grant_type: 'client_credentials',
    client_id: tenant.managementClientId,
    client_secret: secretOf(tenant, tenant.managementClientId).reveal(),
    audience: tenant.managementAudience,
  });
  return answer.json.access_token;
}

/** Calls the Management API below `/api/v2`. */
export async function manage(
  tenant: EmulatedTenant,
  token: string,
  method: string,
  path: string,
  value?: unknown,
): Promise<Reply> {
  return reply(await manageRaw(tenant, token, method, path, value));
}

export function manageRaw(
  tenant: EmulatedTenant,
  token: string,
  method: string,
  path: string,
  value?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  return tenant.fetch(`${tenant.origin}/api/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(value === undefined ? {} : { body: JSON.stringify(value) }),
    ...(signal === undefined ? {} : { signal }),
  });
}
