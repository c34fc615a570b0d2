/** `GET /api/v2/clients/{id}`. */
import { z } from 'zod';
import { jsonAnswer } from './answer.js';
import { forbiddenFields, READ_SCOPES, readFieldSelection, visibleClient, wholeClient } from './client-rendering.js';
import { CLIENT_MISSING, refuseScopes } from './management-access.js';
import { answerOnly, type Decision, type ManagementRequest, onApplication, type TenantView } from './operation.js';
import { queryBoolean, refuseFields, refuseQuery } from './validation.js';

const Query = z.object({ fields: z.string().optional(), include_fields: queryBoolean.optional() });

/** @see https://auth0.com/docs/api/management/v2/clients/get-clients-by-id */
export function decideGetClient(view: TenantView, asked: ManagementRequest, clientId: string): Decision {
  const refusal = refuseScopes(asked.scopes, READ_SCOPES);
  if (refusal !== undefined) return answerOnly(refusal);
  const query = Query.safeParse(Object.fromEntries(asked.request.url.searchParams));
  if (!query.success) return answerOnly(refuseQuery(query.error));
  const selection = readFieldSelection(query.data);
  const forbidden = forbiddenFields(selection, asked.scopes);
  if (forbidden.length > 0 && view.openQuestions.hiddenField === 'refuse') {
    return answerOnly(refuseFields('read', forbidden));
  }
  return onApplication(view, clientId, CLIENT_MISSING, (application) => ({
    answer: jsonAnswer(200, visibleClient(wholeClient(application, view.name), asked.scopes, selection)),
  }));
}
