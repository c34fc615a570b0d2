/** An application of the emulated tenant: what Auth0 keeps of it, and what a test says to get one. */
import { createPublicKey, type JsonWebKey, KeyObject } from 'node:crypto';
import { Secret } from '../../base/secret.js';
import type { Randomness } from '../randomness.js';

/** The properties of an application as they are written on the wire, its id and secret apart. */
export interface ClientFields {
  readonly name: string;
  readonly description?: string;
  readonly app_type?: string;
  readonly token_endpoint_auth_method?: 'none' | 'client_secret_post' | 'client_secret_basic' | null;
  /** Key-based authentication, such as `private_key_jwt`; then the application has no client secret. */
  readonly client_authentication_methods?: Readonly<Record<string, unknown>> | null;
  readonly grant_types?: readonly string[];
  readonly jwt_configuration?: {
    readonly alg?: string;
    readonly secret_encoded?: boolean;
    readonly lifetime_in_seconds?: number;
  };
  readonly is_first_party?: boolean;
  readonly oidc_conformant?: boolean;
  readonly global?: boolean;
  readonly external_metadata_type?: string;
  readonly external_client_id?: string;
  /** Any other property that the tenant should show. */
  readonly [field: string]: unknown;
}

/** What an application may ask of an API with `client_credentials`. */
export interface ClientGrant {
  readonly audience: string;
  readonly scopes: readonly string[];
}

/** An application to be put into a tenant. */
export interface ApplicationSeed extends ClientFields {
  /** @default a generated one of 32 letters and digits. */
  readonly clientId?: string;
  /** `null` for an application without one. @default a generated one of 64 characters, or none where a key is used. */
  readonly clientSecret?: Secret | string | null;
  readonly grants?: readonly ClientGrant[];
  /** Public keys that verify its client assertions: PEM, JWK or a key object. */
  readonly publicKeys?: readonly (string | JsonWebKey | KeyObject)[];
}

/** An application as the tenant holds it. Never changed in place. */
export interface EmulatedApplication {
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly fields: ClientFields;
  readonly grants: readonly ClientGrant[];
  readonly publicKeys: readonly KeyObject[];
}

/**
 * Turns a seed into an application, filling in what Auth0 fills in.
 *
 * @param seed what the test wants.
 * @param randomness where ids and secrets come from.
 */
export function createApplication(seed: ApplicationSeed, randomness: Randomness): EmulatedApplication {
  const { clientId, clientSecret, grants, publicKeys, ...fields } = seed;
  return {
    clientId: clientId ?? generateClientId(randomness),
    clientSecret: chooseSecret(seed, randomness),
    fields: {
      is_first_party: true,
      oidc_conformant: true,
      global: false,
      ...fields,
      jwt_configuration: { secret_encoded: false, lifetime_in_seconds: 36_000, ...fields.jwt_configuration },
    },
    grants: grants ?? [],
    publicKeys: (publicKeys ?? []).map(asPublicKey),
  };
}

/** A client secret in the shape of Auth0's own: 64 characters of the base64url alphabet, 384 bits. */
export function generateClientSecret(randomness: Randomness): Secret {
  return new Secret(Buffer.from(randomness.bytes(48)).toString('base64url'));
}

/** Whether the application authenticates by a key, so that it has no client secret. */
export function usesKeys(fields: ClientFields): boolean {
  return fields.client_authentication_methods !== undefined && fields.client_authentication_methods !== null;
}

/** Whether the application is described by a metadata document, so that it may not share a secret. */
export function isDescribedByMetadataDocument(fields: ClientFields): boolean {
  return fields.external_metadata_type === 'cimd';
}

function chooseSecret(seed: ApplicationSeed, randomness: Randomness): Secret | undefined {
  const given = seed.clientSecret;
  if (given === null) return undefined;
  if (typeof given === 'string') return new Secret(given);
  if (given !== undefined) return given;
  return usesKeys(seed) || isDescribedByMetadataDocument(seed) ? undefined : generateClientSecret(randomness);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function generateClientId(randomness: Randomness): string {
  return Array.from(randomness.bytes(32), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}

function asPublicKey(key: string | JsonWebKey | KeyObject): KeyObject {
  if (key instanceof KeyObject) return key;
  return typeof key === 'string' ? createPublicKey(key) : createPublicKey({ key, format: 'jwk' });
}
