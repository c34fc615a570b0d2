/** `POST /api/v2/clients/{id}/rotate-secret`: Auth0 chooses the next secret, and tells it once. */
import { jsonAnswer, managementError } from './answer.js';
import { generateClientSecret, isDescribedByMetadataDocument, usesKeys } from './application.js';
import { visibleClient, wholeClient } from './client-rendering.js';
import { CLIENT_MISSING, refuseScopes } from './management-access.js';
import { answerOnly, type Decision, type ManagementRequest, onApplication, type TenantView } from './operation.js';

/**
 * Decides about a rotation. Not idempotent: done twice, it makes two secrets, and the answer holds the first.
 *
 * @see https://auth0.com/docs/api/management/v2/clients/post-rotate-secret
 */
export function decideRotateSecret(view: TenantView, asked: ManagementRequest, clientId: string): Decision {
  const refusal = refuseScopes(asked.scopes, ['update:client_keys']);
  if (refusal !== undefined) return answerOnly(refusal);
  return onApplication(view, clientId, CLIENT_MISSING, (application) => {
    if (usesKeys(application.fields) || isDescribedByMetadataDocument(application.fields)) {
      // Auth0 documents that this cannot be done, but not what it answers.
      return { answer: managementError(400, 'The secret of this client cannot be rotated', 'operation_not_supported') };
    }
    const secret = generateClientSecret(view.randomness);
    const after = { ...application, clientSecret: secret };
    const client = visibleClient(wholeClient(after, view.name), ['read:clients', ...asked.scopes]);
    return {
      answer: jsonAnswer(200, { ...client, client_secret: secret.reveal() }),
      commit: () => view.state.replace(after, 'rotate-secret'),
    };
  });
}
