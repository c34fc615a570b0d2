/** The `auth0-client-secret` provider: rotates the client secret of an Auth0 application. */
import { randomBytes } from 'node:crypto';
import type { ManagementAccess } from '../../auth0/access.js';
import { createManagementAccess } from '../../auth0/management.js';
import { createProbe, type Probe } from '../../auth0/probe.js';
import { parseTenant } from '../../auth0/tenant.js';
import { type Clock, systemClock } from '../../base/clock.js';
import type { ProviderCapabilities, ProviderListOption, RotationProvider } from '../contract.js';
import type { RandomBytes } from './candidate.js';
import { checkCredentials } from './check-credentials.js';
import { create } from './create.js';
import type { Auth0RotationTarget, HookDependencies } from './hook-run.js';
import { issueCredentials } from './issue-credentials.js';
import { revoke } from './revoke.js';
import { rotate } from './rotate.js';
import {
  type Auth0ClientCredentials,
  type Auth0Connection,
  type Auth0RotationParameters,
  type Auth0SecretsMapping,
  connectionSchema,
  generatedCredentialsSchema,
  parametersSchema,
  secretsMappingSchema,
} from './schemas.js';
import { getSecretsPayload } from './secrets-payload.js';
import { createSteps } from './steps.js';
import { rememberTenants, type TenantAccess } from './tenant-access.js';

/** What a provider may be made with. Everything has a default. */
export interface Auth0ClientSecretProviderOptions {
  /**
   * Origins trusted beyond the domain rules, for example `http://127.0.0.1:4455`.
   * @default none
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Sends the requests, for proxies and private networks. It must not follow redirects or retry on its own.
   * @default the global `fetch`
   */
  readonly fetch?: typeof fetch;
  /** @default the clock of this machine */
  readonly clock?: Clock;
  /** @default the operating system's secure randomness */
  readonly random?: RandomBytes;
  /** Stands in for the Management API, in tests and simulations. */
  readonly access?: (connection: Auth0Connection) => ManagementAccess;
  /** Stands in for the probe, in tests and simulations. */
  readonly probe?: (connection: Auth0Connection) => Probe;
}

/** The `auth0-client-secret` provider. */
export type Auth0ClientSecretProvider = RotationProvider<
  Auth0Connection,
  Auth0RotationParameters,
  Auth0SecretsMapping,
  Auth0ClientCredentials
>;

const TYPE = 'auth0-client-secret';
const NAME = 'Auth0 Client Secret';
const CONNECTION_APP = 'auth0';

/**
 * One application has one client secret, without overlap; for up to 30 seconds Auth0's nodes may accept either.
 * @see https://auth0.com/docs/get-started/applications/rotate-client-secret
 */
export const AUTH0_CAPABILITIES: ProviderCapabilities = {
  serverSideOverlap: false,
  settleMilliseconds: 30_000,
  idempotentActivation: true,
  rollback: true,
};

/** How the provider is offered in a list, as on Infisical's wire. */
export const AUTH0_LIST_OPTION: ProviderListOption = {
  name: NAME,
  type: TYPE,
  connection: CONNECTION_APP,
  template: { secretsMapping: { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' } },
};

/**
 * Makes the provider. Nothing is sent and nothing heavy is loaded before a hook or a step is called.
 *
 * @param options see `Auth0ClientSecretProviderOptions`.
 * @returns a plain object. Its tokens and pacing are shared by all rotations of a connection.
 */
export function createAuth0ClientSecretProvider(
  options: Auth0ClientSecretProviderOptions = {},
): Auth0ClientSecretProvider {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? randomBytes;
  const tenantOf = rememberTenants((connection) => openTenant(connection, options));
  const open = (target: Auth0RotationTarget) => createSteps(tenantOf(target.connection), target.parameters, random);
  const dependencies: HookDependencies = { open, clock, settleMilliseconds: AUTH0_CAPABILITIES.settleMilliseconds };
  return {
    specificationVersion: 'v1',
    type: TYPE,
    name: NAME,
    connectionApp: CONNECTION_APP,
    schemas: {
      connection: connectionSchema,
      parameters: parametersSchema,
      secretsMapping: secretsMappingSchema,
      generatedCredentials: generatedCredentialsSchema,
    },
    capabilities: AUTH0_CAPABILITIES,
    listOption: AUTH0_LIST_OPTION,
    open,
    create: (request) => create(dependencies, request),
    issueCredentials: (request) => issueCredentials(dependencies, request),
    rotate: (request) => rotate(dependencies, request),
    revoke: (request) => revoke(dependencies, request),
    checkCredentials: (request) => checkCredentials(dependencies, request),
    getSecretsPayload,
  };
}

function openTenant(connection: Auth0Connection, options: Auth0ClientSecretProviderOptions): TenantAccess {
  const tenant = parseTenant({
    domain: connection.domain,
    audience: connection.audience,
    allowedOrigins: options.allowedOrigins,
  });
  const shared = { tenant, fetch: options.fetch, clock: options.clock };
  return {
    access: options.access?.(connection) ?? createManagementAccess({ ...shared, credentials: connection.credentials }),
    probe: options.probe?.(connection) ?? createProbe(shared),
  };
}
