/** `GET /api/v2/clients`: pages by number or by checkpoint, filters, and the properties the scopes show. */
import { z } from 'zod';
import { jsonAnswer, managementError } from './answer.js';
import type { EmulatedApplication } from './application.js';
import { forbiddenFields, READ_SCOPES, readFieldSelection, visibleClient, wholeClient } from './client-rendering.js';
import { refuseScopes } from './management-access.js';
import { answerOnly, type Decision, type ManagementRequest, type TenantView } from './operation.js';
import { queryBoolean, refuseFields, refuseQuery } from './validation.js';

const Query = z.object({
  fields: z.string().optional(),
  include_fields: queryBoolean.optional(),
  page: z.coerce.number().int().min(0).default(0),
  per_page: z.coerce.number().int().min(0).max(100).default(50),
  include_totals: queryBoolean.default(false),
  from: z.string().optional(),
  take: z.coerce.number().int().min(1).max(100).optional(),
  is_global: queryBoolean.optional(),
  is_first_party: queryBoolean.optional(),
  app_type: z.string().optional(),
  external_client_id: z.string().min(1).max(120).optional(),
});

type Query = z.infer<typeof Query>;

/** @see https://auth0.com/docs/api/management/v2/clients/get-clients */
export function decideListClients(view: TenantView, asked: ManagementRequest): Decision {
  const refusal = refuseScopes(asked.scopes, READ_SCOPES);
  if (refusal !== undefined) return answerOnly(refusal);
  const parameters = asked.request.url.searchParams;
  if (parameters.has('q')) {
    return answerOnly(managementError(400, 'The emulator does not search by Lucene queries', 'invalid_query_string'));
  }
  const query = Query.safeParse(Object.fromEntries(parameters));
  if (!query.success) return answerOnly(refuseQuery(query.error));
  const selection = readFieldSelection(query.data);
  const forbidden = forbiddenFields(selection, asked.scopes);
  if (forbidden.length > 0 && view.openQuestions.hiddenField === 'refuse') {
    return answerOnly(refuseFields('read', forbidden));
  }
  return () => {
    const matching = [...view.state.all()].filter((application) => matches(application, query.data));
    const show = (applications: readonly EmulatedApplication[]) =>
      applications.map((each) => visibleClient(wholeClient(each, view.name), asked.scopes, selection));
    const { page, per_page, include_totals, from, take } = query.data;
    if (from !== undefined || take !== undefined) return { answer: checkpointPage(matching, show, from, take ?? 50) };
    const start = page * per_page;
    const clients = show(matching.slice(start, start + per_page));
    return {
      answer: jsonAnswer(200, include_totals ? { start, limit: per_page, total: matching.length, clients } : clients),
    };
  };
}

/** The checkpoint is the id of the last application that was shown. */
function checkpointPage(
  matching: readonly EmulatedApplication[],
  show: (applications: readonly EmulatedApplication[]) => unknown,
  from: string | undefined,
  take: number,
) {
  const start = from === undefined ? 0 : matching.findIndex((each) => each.clientId === from) + 1;
  const shown = matching.slice(start, start + take);
  const last = shown.at(-1);
  const hasMore = start + take < matching.length && last !== undefined;
  return jsonAnswer(200, { ...(hasMore ? { next: last.clientId } : {}), clients: show(shown) });
}

function matches({ fields }: EmulatedApplication, query: Query): boolean {
  if (query.is_global !== undefined && (fields.global ?? false) !== query.is_global) return false;
  if (query.is_first_party !== undefined && (fields.is_first_party ?? true) !== query.is_first_party) return false;
  if (query.app_type !== undefined && !query.app_type.split(',').includes(fields.app_type ?? '')) return false;
  return query.external_client_id === undefined || fields.external_client_id === query.external_client_id;
}
