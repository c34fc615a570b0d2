/** `POST /oauth/revoke`: it checks who asks before it looks at the token, which makes it a probe of a secret. */
import { emptyAnswer, oauthError } from './answer.js';
import { authenticateClient } from './client-authentication.js';
import { type AuthenticationRequest, answerOnly, type Decision, type TenantView } from './operation.js';
import { readParameters, readPresented } from './tenant-request.js';

/**
 * Decides about a revocation. The emulator issues no refresh tokens, so a token is never found, which is a success.
 *
 * @see https://auth0.com/docs/api/authentication/refresh-token/revoke-refresh-token
 */
export async function decideRevoke(view: TenantView, asked: AuthenticationRequest): Promise<Decision> {
  const parameters = readParameters(asked.request);
  if (parameters === undefined) return answerOnly(oauthError(400, 'invalid_request', 'Invalid request body'));
  const { clientId, credentials } = readPresented(asked.request, parameters);
  if (clientId === undefined) {
    return answerOnly(oauthError(400, 'invalid_request', 'Missing required parameter: client_id'));
  }
  const application = view.state.get(clientId);
  const authenticated =
    application !== undefined &&
    (await authenticateClient({
      application,
      credentials,
      acceptedSecret: asked.acceptedSecret(clientId),
      enforceMethod: view.openQuestions.enforceAuthenticationMethod,
      issuers: view.issuers,
      now: view.clock.now(),
    }));
  if (!authenticated) return answerOnly(oauthError(401, 'invalid_client', 'Client authentication failed'));
  if (parameters['token'] === undefined) {
    return answerOnly(oauthError(400, 'invalid_request', 'Missing required parameter: token'));
  }
  return answerOnly(emptyAnswer);
}
