/** The parts of Auth0's client objects that this package reads. Everything else, secrets among it, is dropped here. */
import { z } from 'zod';
import type { Auth0Application, Auth0ApplicationSummary } from './access.js';

const applicationBody = z.object({
  client_id: z.string(),
  name: z.string().nullish(),
  app_type: z.string().nullish(),
  token_endpoint_auth_method: z.string().nullish(),
  client_authentication_methods: z.record(z.string(), z.unknown()).nullish(),
  global: z.boolean().nullish(),
  external_metadata_type: z.string().nullish(),
  jwt_configuration: z.object({ alg: z.string().nullish(), secret_encoded: z.boolean().nullish() }).nullish(),
  grant_types: z.array(z.string()).nullish(),
});

/** What is asked of Auth0 for one application. Never `client_secret`. */
const FIELDS = [
  'client_id',
  'name',
  'app_type',
  'token_endpoint_auth_method',
  'global',
  'external_metadata_type',
  'jwt_configuration',
  'grant_types',
];

/**
 * The `fields` parameter of `GET /clients/{id}`.
 *
 * @param canSeeKeys whether the token shows key-based authentication; asking without it may be answered 403.
 */
export function applicationFields(canSeeKeys: boolean): string {
  return [...FIELDS, ...(canSeeKeys ? ['client_authentication_methods'] : [])].join(',');
}

/**
 * Reads the answer of `GET /clients/{id}`.
 *
 * @param body of the answer.
 * @param clientId that was asked for.
 * @param canSeeKeys whether an absent list of key-based methods means that there are none.
 * @returns the application, or undefined when the body is no application or another one.
 */
export function readApplication(body: unknown, clientId: string, canSeeKeys: boolean): Auth0Application | undefined {
  const parsed = applicationBody.safeParse(body);
  if (!parsed.success || parsed.data.client_id !== clientId) return undefined;
  const { data } = parsed;
  const methods = data.client_authentication_methods;
  return {
    clientId,
    name: printable(data.name),
    applicationType: printable(data.app_type),
    tokenEndpointAuthenticationMethod: printable(data.token_endpoint_auth_method),
    keyAuthenticationMethods: methods ? methodNames(methods) : canSeeKeys ? [] : undefined,
    isGlobal: data.global ?? false,
    externalMetadataType: printable(data.external_metadata_type),
    signingAlgorithm: printable(data.jwt_configuration?.alg) ?? 'HS256',
    secretEncoded: data.jwt_configuration?.secret_encoded ?? false,
    grantTypes: (data.grant_types ?? []).flatMap((grant) => printable(grant) ?? []),
  };
}

const pageBody = z.object({
  total: z.number().optional(),
  clients: z.array(z.object({ client_id: z.string(), name: z.string().nullish(), app_type: z.string().nullish() })),
});

/** One page of the list. */
export interface ApplicationPage {
  readonly applications: readonly Auth0ApplicationSummary[];
  /** How many there are in all, as the answer claims. */
  readonly total: number | undefined;
}

/** The `fields` parameter of `GET /clients`. */
export const SUMMARY_FIELDS = 'client_id,name,app_type';

/**
 * Reads the answer of `GET /clients`.
 *
 * @param body of the answer.
 * @returns the page, or undefined when the body is not a list of applications.
 */
export function readApplicationPage(body: unknown): ApplicationPage | undefined {
  const parsed = pageBody.safeParse(body);
  if (!parsed.success) return undefined;
  return {
    total: parsed.data.total,
    applications: parsed.data.clients.map((client) => ({
      clientId: client.client_id,
      name: printable(client.name) ?? client.client_id,
      applicationType: printable(client.app_type),
    })),
  };
}

function methodNames(methods: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(methods).flatMap(([name, value]) => (value == null ? [] : (printable(name) ?? [])));
}

const LONGEST_TEXT = 200;

/** Foreign text that will be shown in a terminal: no control characters, no end without end. */
function printable(text: string | null | undefined): string | undefined {
  if (text == null) return undefined;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, LONGEST_TEXT);
}
