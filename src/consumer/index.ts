/**
 * What an application imports to ride through a rotation of its client secret. It depends on nothing but the standard
 * `fetch`, `AbortSignal` and their kin, so that it runs wherever the application does.
 */
export type { ClientAuthenticationMethod } from './client-authentication.js';
export type { Clock } from './clock.js';
export {
  SecretSourceError,
  type SecretSourceFailure,
  TokenError,
  type TokenErrorDetails,
  type TokenFailure,
} from './errors.js';
export { CLIENT_SECRET_PLACEHOLDER, createFollowingFetch, type FollowingFetchOptions } from './following-fetch.js';
export {
  createOpenidClientFallback,
  type OpenidClientAuthentication,
  type OpenidClientFallbackOptions,
  type OpenidClientRunner,
} from './openid-client.js';
export { isClientSecretRefusal } from './refusal.js';
export { createSecretPair, type SecretPair, type SecretPairOptions } from './secret-pair.js';
export type { TokenAnswer } from './send-token-request.js';
export { type EnvironmentSourceOptions, fromEnvironment, type SecretSource, type SecretValues } from './sources.js';
export {
  createTokenClient,
  type TokenClient,
  type TokenClientOptions,
  type TokenRequestOptions,
} from './token-client.js';
export type { TokenEndpoint } from './token-endpoint.js';
export type {
  AuthorizationCodeGrant,
  ClientCredentialsGrant,
  RefreshTokenGrant,
  TokenGrant,
} from './token-grant.js';
export { type SecretFallbackOptions, withSecretFallback } from './with-secret-fallback.js';
