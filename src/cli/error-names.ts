/**
 * Lets errors from the rooms below name what the person gave – a flag, a variable, a place in the config file – in
 * place of the field those rooms know.
 */
import type { ErrorCode } from '../base/error-catalogue.js';
import { RotationError } from '../base/errors.js';
import type { OneShotError } from '../engine/one-shot-types.js';
import type { SecretKey, SettingKey } from './setting-table.js';
import type { RotationSettings } from './settings.js';

/** What the rooms below call a setting. */
const SETTING_OF_FIELD: Readonly<Record<string, SettingKey | SecretKey>> = {
  domain: 'auth0Domain',
  audience: 'auth0Audience',
  allowedOrigins: 'allowAuth0Origin',
  clientId: 'application',
  'parameters.clientId': 'application',
  privateKey: 'auth0PrivateKey',
  currentClientSecret: 'currentClientSecret',
  siteUrl: 'infisicalSiteUrl',
  token: 'infisicalToken',
  projectId: 'projectId',
  environment: 'environment',
  secretPath: 'secretPath',
};

/** The setting at fault when an error names none. */
const SETTING_OF_CODE: Readonly<Partial<Record<ErrorCode, SettingKey>>> = {
  AUTH0_UNREACHABLE: 'auth0Domain',
  AUTH0_REDIRECTED: 'auth0Domain',
  AUTH0_SCOPE_MISSING: 'auth0ClientId',
  APPLICATION_UNKNOWN: 'application',
  APPLICATION_PUBLIC: 'application',
  APPLICATION_USES_KEYS: 'application',
  APPLICATION_AUTHENTICATION_UNCLEAR: 'application',
  APPLICATION_GLOBAL: 'application',
  APPLICATION_CIMD: 'application',
  APPLICATION_IS_MANAGEMENT_CLIENT: 'application',
  HS256_NOT_ACCEPTED: 'application',
  STORE_UNREACHABLE: 'infisicalSiteUrl',
  STORE_REDIRECTED: 'infisicalSiteUrl',
  STORE_PROJECT_MISSING: 'projectId',
  STORE_FOLDER_MISSING: 'secretPath',
};

/**
 * Does some work and names the setting in the RotationError it throws.
 *
 * @throws what the work throws; a RotationError with the setting in `field` and before its message.
 */
export async function namedErrors<T>(settings: RotationSettings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!RotationError.isInstance(thrown)) throw thrown;
    const field = settingAtFault(settings, thrown);
    if (field === undefined) throw thrown;
    const { code, kind, message, action, status, retryAfterMilliseconds } = thrown;
    throw new RotationError({
      code,
      kind,
      message: `${field}: ${message}`,
      action,
      field,
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
    });
  }
}

/** Names the setting in the error of an answer. */
export function namedResult<Result extends { readonly error: OneShotError | null }>(
  settings: RotationSettings,
  result: Result,
): Result {
  if (result.error === null) return result;
  const field = settingAtFault(settings, result.error);
  if (field === undefined) return result;
  return { ...result, error: { ...result.error, message: `${field}: ${result.error.message}`, field } };
}

function settingAtFault(
  settings: RotationSettings,
  error: { readonly code: ErrorCode; readonly field?: string | undefined },
): string | undefined {
  if (error.code === 'AUTH0_CREDENTIALS_REJECTED') {
    const key: SecretKey =
      settings.auth0.credentials.method === 'client-secret' ? 'auth0ClientSecret' : 'auth0PrivateKey';
    return settings.fieldOf(key);
  }
  if (error.code === 'STORE_CREDENTIALS_REJECTED') {
    const key: SecretKey = settings.infisical.identity.method === 'token' ? 'infisicalToken' : 'infisicalClientSecret';
    return settings.fieldOf(key);
  }
  const key = error.field === undefined ? SETTING_OF_CODE[error.code] : SETTING_OF_FIELD[error.field];
  return key === undefined ? undefined : settings.fieldOf(key);
}
