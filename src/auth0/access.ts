/**
 * What the rest of the package may ask of an Auth0 tenant: a port, so that tests and simulations can own it.
 * The real one is made by `createManagementAccess`, over the official `auth0` client.
 */
import type { Call } from '../base/clock.js';
import type { Secret } from '../base/secret.js';

/** A tenant as we reach it. Made by `parseTenant` from what a person typed. */
export interface Auth0Tenant {
  /** Where requests go: `https://acme.eu.auth0.com`. */
  readonly origin: string;
  /** The Management API audience, with its trailing slash. */
  readonly audience: string;
  /** The tenant's identity for pacing, leases and messages: the host of the audience, so that a custom domain and the
   * tenant domain share it. */
  readonly key: string;
}

/** How the management client proves who it is. */
export type ManagementCredentials =
  | { readonly method: 'client-secret'; readonly clientId: string; readonly clientSecret: Secret }
  | { readonly method: 'private-key-jwt'; readonly clientId: string; readonly privateKey: Secret };

/** The facts about an application that decide whether its secret can be rotated. Never its secrets. */
export interface Auth0Application {
  readonly clientId: string;
  readonly name: string | undefined;
  /** `regular_web`, `non_interactive`, `spa`, `native`, … */
  readonly applicationType: string | undefined;
  /** `none`, `client_secret_post`, `client_secret_basic`; undefined when never set or when a key is used. */
  readonly tokenEndpointAuthenticationMethod: string | undefined;
  /** Names of key-based methods (`private_key_jwt`, `tls_client_auth`, …); undefined when the scope does not show them. */
  readonly keyAuthenticationMethods: readonly string[] | undefined;
  readonly isGlobal: boolean;
  /** `cimd` for applications described by a metadata document. */
  readonly externalMetadataType: string | undefined;
  /** What signs its ID tokens. An absent algorithm is HS256. */
  readonly signingAlgorithm: string;
  /** Legacy: the secret is base64-decoded before it signs. */
  readonly secretEncoded: boolean;
  readonly grantTypes: readonly string[];
}

/** One line of the list of applications. */
export interface Auth0ApplicationSummary {
  readonly clientId: string;
  readonly name: string;
  readonly applicationType: string | undefined;
}

/** The Management API as this package uses it. Every method sends the requests it names, each at most once. */
export interface ManagementAccess {
  readonly tenant: Auth0Tenant;
  readonly managementClientId: string;
  /** The scopes of the management token. Fetches a token when none is cached. */
  scopes(call: Call): Promise<ReadonlySet<string>>;
  /** `GET /clients/{id}` without its secrets. Throws `APPLICATION_UNKNOWN` when there is none. */
  application(clientId: string, call: Call): Promise<Auth0Application>;
  /** `GET /clients`, page by page, without secrets and without the tenant's own global client. */
  applications(call: Call): AsyncIterable<Auth0ApplicationSummary>;
  /** `PATCH /clients/{id}` with `client_secret` alone: one request. Resolves only on an acknowledgement. */
  setClientSecret(clientId: string, secret: Secret, call: Call): Promise<void>;
  /** `POST /clients/{id}/rotate-secret`: one request, the answer's secret is discarded. */
  replaceClientSecret(clientId: string, call: Call): Promise<void>;
}
