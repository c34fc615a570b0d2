/** `PATCH /api/v2/clients/{id}`: the idempotent way to set a client secret. */
import { z } from 'zod';
import { Secret } from '../../base/secret.js';
import { jsonAnswer, managementError } from './answer.js';
import { type EmulatedApplication, isDescribedByMetadataDocument, usesKeys } from './application.js';
import { visibleClient, wholeClient } from './client-rendering.js';
import { CLIENT_MISSING, refuseScopes } from './management-access.js';
import { answerOnly, type Decision, type ManagementRequest, onApplication, type TenantView } from './operation.js';
import { readJson } from './tenant-request.js';
import { refuseBody, refuseFields } from './validation.js';

const APP_TYPES = [
  'native',
  'spa',
  'regular_web',
  'non_interactive',
  'resource_server',
  'express_configuration',
  'rms',
  'box',
  'cloudbees',
  'concur',
  'dropbox',
  'mscrm',
  'echosign',
  'egnyte',
  'newrelic',
  'office365',
  'salesforce',
  'sentry',
  'sharepoint',
  'slack',
  'springcm',
  'zendesk',
  'zoom',
  'sso_integration',
  'oag',
] as const;

/** The part of Auth0's schema that the emulator knows; every other property is refused as an additional one. */
const Body = z
  .strictObject({
    client_secret: z.string().min(1).optional(),
    name: z
      .string()
      .regex(/^[^<>]+$/)
      .optional(),
    description: z.string().max(140).optional(),
    app_type: z.enum(APP_TYPES).optional(),
    token_endpoint_auth_method: z.enum(['none', 'client_secret_post', 'client_secret_basic']).nullable().optional(),
    grant_types: z.array(z.string().min(1)).optional(),
    is_first_party: z.boolean().optional(),
    oidc_conformant: z.boolean().optional(),
    jwt_configuration: z
      .strictObject({
        alg: z.enum(['HS256', 'RS256', 'RS512', 'PS256']).optional(),
        secret_encoded: z.boolean().optional(),
        lifetime_in_seconds: z.int().optional(),
      })
      .optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Too few properties defined, minimum 1');

type Body = z.infer<typeof Body>;

const SCOPES = [
  'update:clients',
  'update:client_keys',
  'update:client_credentials',
  'update:client_token_vault_privileged_access',
] as const;

/** @see https://auth0.com/docs/api/management/v2/clients/patch-clients-by-id */
export function decideUpdateClient(view: TenantView, asked: ManagementRequest, clientId: string): Decision {
  const refusal = refuseScopes(asked.scopes, SCOPES);
  if (refusal !== undefined) return answerOnly(refusal);
  const body = Body.safeParse(readBody(asked));
  if (!body.success) return answerOnly(refuseBody(body.error));
  const forbidden = Object.keys(body.data).filter((field) => !mayUpdate(field, asked.scopes));
  if (forbidden.length > 0) return answerOnly(refuseFields('updated', forbidden));
  return onApplication(view, clientId, CLIENT_MISSING, (application) => {
    if (body.data.client_secret !== undefined && !mayHoldSecret(application)) {
      // Auth0 does not say what it answers here, only that such applications share no secret.
      return { answer: managementError(400, 'This client may not have a client secret', 'invalid_body') };
    }
    const after = update(application, body.data);
    return {
      answer: jsonAnswer(200, show(view, asked, after)),
      commit: () => view.state.replace(after, 'update-client'),
    };
  });
}

function readBody({ request }: ManagementRequest): unknown {
  const text = request.body ?? '';
  const isForm = (request.header('content-type') ?? '').includes('x-www-form-urlencoded');
  return isForm ? Object.fromEntries(new URLSearchParams(text)) : readJson(text);
}

function mayUpdate(field: string, scopes: readonly string[]): boolean {
  return scopes.includes(field === 'client_secret' ? 'update:client_keys' : 'update:clients');
}

function mayHoldSecret({ fields }: EmulatedApplication): boolean {
  return !usesKeys(fields) && !isDescribedByMetadataDocument(fields);
}

function update(application: EmulatedApplication, body: Body): EmulatedApplication {
  const { client_secret, jwt_configuration, ...fields } = body;
  return {
    ...application,
    clientSecret: client_secret === undefined ? application.clientSecret : new Secret(client_secret),
    fields: {
      ...application.fields,
      ...definedOnly(fields),
      jwt_configuration: { ...application.fields.jwt_configuration, ...definedOnly(jwt_configuration ?? {}) },
    },
  };
}

function definedOnly(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function show(view: TenantView, asked: ManagementRequest, application: EmulatedApplication) {
  // What can be changed can be seen in the answer, whichever scope it took; only the secret is a question of its own.
  const scopes = ['read:clients', ...asked.scopes];
  const client = visibleClient(wholeClient(application, view.name), scopes);
  const secret = view.openQuestions.updateShowsSecret ? application.clientSecret : undefined;
  return secret === undefined ? client : { ...client, client_secret: secret.reveal() };
}
