/** An application as the Management API shows it: which properties each scope makes visible. */
import type { EmulatedApplication } from './application.js';

const SUMMARY_FIELDS: ReadonlySet<string> = new Set(['client_id', 'app_type', 'name', 'description']);

const KEY_FIELDS: ReadonlySet<string> = new Set([
  'client_secret',
  'client_authentication_methods',
  'encryption_key',
  'signing_key',
  'signing_keys',
]);

/** Any of these lets a client read applications at all. */
export const READ_SCOPES = [
  'read:clients',
  'read:client_keys',
  'read:client_credentials',
  'read:client_summary',
] as const;

const KEY_SCOPES = ['read:client_keys', 'read:client_credentials'] as const;
const SETTINGS_SCOPES = ['read:clients', 'read:client_keys'] as const;

/** Which properties a request wants to see. */
export type FieldSelection =
  | { readonly kind: 'all' }
  | { readonly kind: 'only' | 'without'; readonly fields: readonly string[] };

/** Reads `fields` and `include_fields`. */
export function readFieldSelection(query: {
  fields?: string | undefined;
  include_fields?: boolean | undefined;
}): FieldSelection {
  const fields = (query.fields ?? '').split(',').filter((field) => field !== '');
  if (fields.length === 0) return { kind: 'all' };
  return { kind: query.include_fields === false ? 'without' : 'only', fields };
}

/**
 * Whether some scopes show a property.
 *
 * @see https://auth0.com/docs/api/management/v2/clients/get-clients-by-id
 */
function isVisible(field: string, scopes: readonly string[]): boolean {
  if (SUMMARY_FIELDS.has(field)) return READ_SCOPES.some((scope) => scopes.includes(scope));
  const needed = KEY_FIELDS.has(field) ? KEY_SCOPES : SETTINGS_SCOPES;
  return needed.some((scope) => scopes.includes(scope));
}

/** The properties a request asks for by name and may not see. */
export function forbiddenFields(selection: FieldSelection, scopes: readonly string[]): readonly string[] {
  return selection.kind === 'only' ? selection.fields.filter((field) => !isVisible(field, scopes)) : [];
}

/** Everything the tenant could show of an application. */
export function wholeClient(application: EmulatedApplication, tenantName: string): Record<string, unknown> {
  const { clientId, clientSecret, fields } = application;
  return {
    tenant: tenantName,
    ...fields,
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret.reveal() }),
  };
}

/** The selected properties that the scopes make visible. */
export function visibleClient(
  client: Readonly<Record<string, unknown>>,
  scopes: readonly string[],
  selection: FieldSelection = { kind: 'all' },
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(client).filter(([field]) => isVisible(field, scopes) && isSelected(field, selection)),
  );
}

function isSelected(field: string, selection: FieldSelection): boolean {
  if (selection.kind === 'all') return true;
  return selection.fields.includes(field) === (selection.kind === 'only');
}
