/** `POST /oauth/token`: the client-credentials grant, and the refusals of the others. */
import { makeAccessToken } from './access-tokens.js';
import { type Answer, jsonAnswer, oauthError } from './answer.js';
import type { EmulatedApplication } from './application.js';
import { authenticateClient } from './client-authentication.js';
import { type AuthenticationRequest, answerOnly, type Decision, type TenantView } from './operation.js';
import { type Parameters, readParameters, readPresented } from './tenant-request.js';

/** What the tenant answers to a wrong secret and to an unknown application, whatever its documentation says. */
const UNAUTHORIZED = oauthError(401, 'access_denied', 'Unauthorized');

/**
 * Decides about a token request. The order is: readable, authenticated, grant allowed, audience known and granted.
 *
 * @see https://auth0.com/docs/api/authentication/client-credentials-flow/get-token
 */
export async function decideToken(view: TenantView, asked: AuthenticationRequest): Promise<Decision> {
  const parameters = readParameters(asked.request);
  if (parameters === undefined) return answerOnly(oauthError(400, 'invalid_request', 'Invalid request body'));
  const grantType = parameters['grant_type'];
  if (grantType === undefined) {
    return answerOnly(oauthError(400, 'invalid_request', 'Missing required parameter: grant_type'));
  }
  const { clientId, credentials } = readPresented(asked.request, parameters);
  if (clientId === undefined) {
    return answerOnly(oauthError(400, 'invalid_request', 'Missing required parameter: client_id'));
  }
  const application = view.state.get(clientId);
  if (application === undefined) return answerOnly(UNAUTHORIZED);
  const authenticated = await authenticateClient({
    application,
    credentials,
    acceptedSecret: asked.acceptedSecret(clientId),
    enforceMethod: view.openQuestions.enforceAuthenticationMethod,
    issuers: view.issuers,
    now: view.clock.now(),
  });
  if (!authenticated) return answerOnly(UNAUTHORIZED);
  const refusal = refuseGrant(application, grantType, parameters);
  return refusal === undefined ? decideClientCredentials(view, application, parameters) : answerOnly(refusal);
}

const USER_GRANTS: Readonly<Record<string, { readonly parameter: string; readonly refusal: Answer }>> = {
  authorization_code: {
    parameter: 'code',
    refusal: oauthError(403, 'invalid_grant', 'Invalid authorization code'),
  },
  refresh_token: {
    parameter: 'refresh_token',
    refusal: oauthError(403, 'invalid_grant', 'Unknown or invalid refresh token.'),
  },
};

/** The emulator has no users, so every grant but client credentials ends in a refusal. */
function refuseGrant(application: EmulatedApplication, grantType: string, parameters: Parameters): Answer | undefined {
  const ofUsers = USER_GRANTS[grantType];
  if (grantType !== 'client_credentials' && ofUsers === undefined) {
    return oauthError(400, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`);
  }
  if (!(application.fields.grant_types ?? []).includes(grantType)) {
    return oauthError(403, 'unauthorized_client', `Grant type '${grantType}' not allowed for the client.`);
  }
  if (ofUsers === undefined) return undefined;
  return parameters[ofUsers.parameter] === undefined
    ? oauthError(400, 'invalid_request', `Missing required parameter: ${ofUsers.parameter}`)
    : ofUsers.refusal;
}

function decideClientCredentials(view: TenantView, application: EmulatedApplication, parameters: Parameters): Decision {
  const asked = parameters['audience'] ?? view.defaultAudience;
  if (asked === undefined) {
    const text = 'No audience parameter was provided, and no default audience has been configured';
    return answerOnly(oauthError(403, 'access_denied', text));
  }
  const isManagement = view.managementAudiences.has(asked);
  const audience = isManagement ? view.managementAudience : asked;
  if (!isManagement && !view.apis.some((api) => api.audience === audience)) {
    return answerOnly(oauthError(403, 'access_denied', `Service not found: ${asked}`));
  }
  const grant = application.grants.find((each) => each.audience === audience);
  if (grant === undefined) {
    const text = `Client is not authorized to access "${asked}". You need to create a "client-grant" associated to this API.`;
    return answerOnly(oauthError(403, 'access_denied', text));
  }
  const wanted = (parameters['scope'] ?? '').split(' ').filter((scope) => scope !== '');
  const missing = wanted.filter((scope) => !grant.scopes.includes(scope));
  if (missing.length > 0) {
    return answerOnly(oauthError(403, 'access_denied', `Client has not been granted scopes: ${missing.join(', ')}`));
  }
  const scopes = wanted.length > 0 ? wanted : grant.scopes;
  return () => {
    const { clientId } = application;
    const lifetimeSeconds = view.tokenLifetimeSeconds;
    const facts = { clientId, audience, scopes, issuer: view.issuer, lifetimeSeconds };
    const token = makeAccessToken(facts, view.clock, view.randomness);
    return {
      answer: jsonAnswer(200, {
        access_token: token.value,
        ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
        expires_in: lifetimeSeconds,
        token_type: 'Bearer',
      }),
      commit: () => (isManagement ? view.tokens.keep(token) : view.countQuotaToken(clientId)),
    };
  };
}
