/** The public surface: the provider, its schemas, its errors, and the contract it fulfils. */
import {
  type Auth0ClientSecretProvider,
  createAuth0ClientSecretProvider,
} from './provider/auth0-client-secret/index.js';

export type { ManagementAccess, ManagementCredentials } from './auth0/access.js';
export type { Probe } from './auth0/probe.js';
export { type Call, type Clock, systemClock } from './base/clock.js';
export { ERROR_CATALOGUE, type ErrorCode } from './base/error-catalogue.js';
export { type FailureKind, RotationError, type RotationErrorOptions } from './base/errors.js';
export { Secret } from './base/secret.js';
export {
  AUTH0_CAPABILITIES,
  AUTH0_LIST_OPTION,
  type Auth0ClientSecretProvider,
  type Auth0ClientSecretProviderOptions,
  createAuth0ClientSecretProvider,
} from './provider/auth0-client-secret/index.js';
export {
  type Auth0ClientCredentials,
  type Auth0ClientCredentialsWire,
  type Auth0Connection,
  type Auth0ConnectionWire,
  type Auth0RotationParameters,
  type Auth0SecretsMapping,
  type CreateBody,
  connectionSchema,
  createBodySchema,
  credentialsSchema,
  generatedCredentialsSchema,
  parametersSchema,
  secretNameSchema,
  secretsMappingSchema,
  type UpdateBody,
  updateBodySchema,
} from './provider/auth0-client-secret/schemas.js';
export { duplicateNames, requireDistinctNames } from './provider/auth0-client-secret/secret-names.js';
export type * from './provider/contract.js';

/** The provider with its defaults, ready to be registered. Importing it sends nothing and loads nothing heavy. */
export const auth0ClientSecretProvider: Auth0ClientSecretProvider = createAuth0ClientSecretProvider();
