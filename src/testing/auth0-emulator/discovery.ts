/** `GET /.well-known/openid-configuration`: enough for OAuth clients that find their endpoints by it. */
import { jsonAnswer } from './answer.js';
import { answerOnly, type Decision, type TenantView } from './operation.js';

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
export function decideDiscovery(view: TenantView): Decision {
  return answerOnly(
    jsonAnswer(200, {
      issuer: view.issuer,
      authorization_endpoint: `${view.origin}/authorize`,
      token_endpoint: `${view.origin}/oauth/token`,
      revocation_endpoint: `${view.origin}/oauth/revoke`,
      jwks_uri: `${view.origin}/.well-known/jwks.json`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    }),
  );
}
