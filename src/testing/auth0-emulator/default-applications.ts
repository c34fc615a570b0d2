/** The applications a tenant starts with: one of each kind that a rotation has to tell apart. */
import type { ApplicationSeed } from './application.js';
import type { ManagementClientSeed } from './tenant-contract.js';

/** The API of the default tenant, which some applications may get tokens for. */
export const DEFAULT_API = { audience: 'https://api.acme.example/', scopes: ['read:orders', 'write:orders'] } as const;

const GRANT = [{ audience: DEFAULT_API.audience, scopes: DEFAULT_API.scopes }];

/** The default population, to which the management client is added. The first two are what people rotate. */
export function defaultApplications(): readonly ApplicationSeed[] {
  return [
    {
      name: 'Order Worker',
      description: 'A machine-to-machine application that reads and writes orders',
      app_type: 'non_interactive',
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'],
      jwt_configuration: { alg: 'RS256' },
      grants: GRANT,
    },
    {
      name: 'Web Shop',
      description: 'A web application with a confidential back end',
      app_type: 'regular_web',
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      jwt_configuration: { alg: 'RS256' },
      grants: GRANT,
    },
    {
      // No algorithm was ever set: Auth0 signs its ID tokens with the client secret.
      name: 'Back Office',
      app_type: 'regular_web',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'client_credentials'],
      grants: GRANT,
    },
    {
      name: 'Storefront',
      app_type: 'spa',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      jwt_configuration: { alg: 'RS256' },
    },
    {
      name: 'Payment Worker',
      app_type: 'non_interactive',
      client_authentication_methods: { private_key_jwt: { credentials: [{ id: 'cred_4bY8cQ2nRzWk5vXsT7uJ1e' }] } },
      grant_types: ['client_credentials'],
      jwt_configuration: { alg: 'RS256' },
      grants: GRANT,
    },
    {
      name: 'Legacy Reports',
      app_type: 'regular_web',
      oidc_conformant: false,
      grant_types: ['authorization_code', 'client_credentials'],
      jwt_configuration: { alg: 'HS256', secret_encoded: true },
      grants: GRANT,
    },
    { name: 'All Applications', global: true, grant_types: ['authorization_code'] },
    {
      name: 'Partner Assistant',
      app_type: 'regular_web',
      is_first_party: false,
      grant_types: ['authorization_code'],
      jwt_configuration: { alg: 'RS256' },
      external_metadata_type: 'cimd',
      external_client_id: 'https://partner.example/client.json',
    },
  ];
}

const MANAGEMENT_SCOPES = ['read:clients', 'update:client_keys'];

/**
 * The client that may use the Management API, as one application among the others.
 *
 * @param seed what is known of it; with public keys it authenticates by `private_key_jwt`, otherwise by a secret.
 * @param audience the audience of management tokens.
 */
export function managementApplication(seed: ManagementClientSeed, audience: string): ApplicationSeed {
  const { scopes, publicKeys, ...identity } = seed;
  const application: ApplicationSeed = {
    name: 'Secret Rotation',
    description: 'The management client that rotates secrets',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    jwt_configuration: { alg: 'RS256' },
    grants: [{ audience, scopes: scopes ?? MANAGEMENT_SCOPES }],
    ...identity,
  };
  if (publicKeys === undefined || publicKeys.length === 0) {
    return { ...application, token_endpoint_auth_method: 'client_secret_post' };
  }
  const credentials = [{ id: 'cred_8mH1dLq5TfVx0wPz3yRk6s' }];
  return { ...application, publicKeys, client_authentication_methods: { private_key_jwt: { credentials } } };
}
