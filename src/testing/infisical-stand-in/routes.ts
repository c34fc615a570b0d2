/** What each request does and answers, as observed from a real Infisical. */
import { z } from 'zod';
import { type Answer, refusal } from './answer.js';
import { type Contents, latest, type StandInPlace, type StandInSecret } from './contents.js';
import type { StandInIdentity, StandInOperation, StandInPermission, StandInSettings } from './options.js';
import { expanded, trimmed } from './references.js';
import type { Tokens } from './tokens.js';

/** A request whose route is known. */
export interface RoutedRequest {
  readonly operation: StandInOperation;
  /** The secret's name, decoded; undefined where the route has none. */
  readonly name: string | undefined;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

export interface World {
  readonly settings: StandInSettings;
  readonly contents: Contents;
  readonly tokens: Tokens;
}

const SECRET_ROUTES: Readonly<Record<string, StandInOperation>> = {
  GET: 'secret.get',
  POST: 'secret.create',
  PATCH: 'secret.update',
  DELETE: 'secret.delete',
};

/** @returns what a request is for; undefined when there is no such route. */
export function routeOf(
  method: string,
  pathname: string,
): { readonly operation: StandInOperation; readonly name: string | undefined } | undefined {
  const fixed: Readonly<Record<string, StandInOperation>> = {
    'POST /api/v1/auth/universal-auth/login': 'login',
    'POST /api/v1/auth/token/renew': 'renew',
    'GET /api/v1/folders': 'folder.list',
    'POST /api/v1/folders': 'folder.create',
    'GET /api/v3/secrets/raw': 'secret.list',
    'GET /api/status': 'status',
  };
  const operation = fixed[`${method} ${pathname}`];
  if (operation !== undefined) return { operation, name: undefined };
  const name = /^\/api\/v3\/secrets\/raw\/([^/]+)$/.exec(pathname)?.[1];
  const secretOperation = SECRET_ROUTES[method];
  if (name === undefined || secretOperation === undefined) return undefined;
  return { operation: secretOperation, name: decodeURIComponent(name) };
}

/** Carries a request out. Throws a `Refusal` for what Infisical refuses. */
export async function carryOut(world: World, request: RoutedRequest): Promise<Answer> {
  switch (request.operation) {
    case 'status':
      return ok({ message: 'Ok', emailConfigured: false, secretScanningConfigured: false });
    case 'login': {
      const { clientId, clientSecret } = parse(world, loginBody, request.body);
      return ok(world.tokens.login(clientId, clientSecret));
    }
    case 'renew':
      return ok(world.tokens.renew(parse(world, renewBody, request.body).accessToken));
    case 'folder.list':
      return listFolders(world, request);
    case 'folder.create':
      return createFolder(world, request);
    case 'secret.list':
      return listSecrets(world, request);
    case 'secret.get':
      return getSecret(world, request);
    case 'secret.create':
      return await createSecret(world, request);
    case 'secret.update':
      return updateSecret(world, request);
    case 'secret.delete':
      return deleteSecret(world, request);
  }
}

const LARGEST_VALUE_BYTES = 1_000_000;
const RACE_MILLISECONDS = 15;
const MASK = '<hidden-by-infisical>';

const loginBody = z.object({ clientId: z.string().trim(), clientSecret: z.string().trim() });
const renewBody = z.object({ accessToken: z.string().trim() });
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const path = z
  .string()
  .trim()
  .startsWith('/')
  .default('/')
  .transform((text) => text.replace(/\/+$/, '') || '/');
const kind = z.enum(['shared', 'personal']).default('shared');
const secretName = z
  .string()
  .trim()
  .min(1)
  .regex(/^[^:/]+$/, 'Secret name cannot contain colon or slash');
const placeInQuery = z.object({ workspaceId: z.string(), environment: z.string(), secretPath: path });
const listQuery = placeInQuery.extend({ expandSecretReferences: flag, recursive: flag });
const getQuery = placeInQuery.extend({ expandSecretReferences: flag, type: kind });
const foldersQuery = z.object({ workspaceId: z.string(), environment: z.string(), path });
const folderBody = foldersQuery.extend({ name: z.string().regex(/^[\w-]+$/, 'Folder name is not valid') });
const deleteBody = placeInQuery.extend({ type: kind });
const writeBody = placeInQuery.extend({
  secretValue: z.string().transform(trimmed),
  secretComment: z.string().trim().optional(),
  type: kind,
});

function listFolders(world: World, request: RoutedRequest): Answer {
  const query = parse(world, foldersQuery, Object.fromEntries(request.query));
  const place = { projectId: query.workspaceId, environment: query.environment, path: query.path };
  authorise(world, request, place.projectId);
  environmentOf(world, place);
  return ok({ folders: world.contents.foldersIn(place).map((name) => ({ id: `folder-${name}`, name, version: 1 })) });
}

function createFolder(world: World, request: RoutedRequest): Answer {
  const body = parse(world, folderBody, request.body);
  const parent = { projectId: body.workspaceId, environment: body.environment, path: body.path };
  authorise(world, request, parent.projectId, 'create-folder');
  environmentOf(world, parent);
  folderOf(world, parent);
  const place = { ...parent, path: parent.path === '/' ? `/${body.name}` : `${parent.path}/${body.name}` };
  if (world.contents.hasFolder(place)) throw refusal(400, 'Folder with specified name already exists');
  world.contents.addFolder(place);
  return ok({ folder: { id: `folder-${body.name}`, name: body.name, version: 1 } });
}

function listSecrets(world: World, request: RoutedRequest): Answer {
  const query = parse(world, listQuery, Object.fromEntries(request.query));
  const place = { projectId: query.workspaceId, environment: query.environment, path: query.secretPath };
  const identity = authorise(world, request, place.projectId, 'list');
  // No 404 here: a folder or an environment that does not exist answers like an empty one.
  const paths = query.recursive ? [place.path, ...pathsBelow(world.contents, place)] : [place.path];
  const secrets = paths.flatMap((below) =>
    world.contents
      .secretsIn({ ...place, path: below })
      .map((secret) => onTheWire(world, identity, { ...place, path: below }, secret, query.expandSecretReferences)),
  );
  return ok({ secrets, imports: [] });
}

function getSecret(world: World, request: RoutedRequest): Answer {
  const query = parse(world, getQuery, Object.fromEntries(request.query));
  const place = { projectId: query.workspaceId, environment: query.environment, path: query.secretPath };
  const identity = authorise(world, request, place.projectId, 'list');
  folderOf(world, place);
  const copies = world.contents.copiesOf({ ...place, name: request.name ?? '', type: query.type });
  const secret = copies.at(-1); // The newest copy; updates go to the oldest.
  if (secret === undefined) throw refusal(404, 'Secret not found');
  return ok({ secret: onTheWire(world, identity, place, secret, query.expandSecretReferences) });
}

async function createSecret(world: World, request: RoutedRequest): Promise<Answer> {
  const body = parse(world, writeBody, request.body);
  const name = parse(world, secretName, request.name);
  const place = { projectId: body.workspaceId, environment: body.environment, path: body.secretPath };
  const identity = authorise(world, request, place.projectId, 'create');
  folderOf(world, place);
  const key = { ...place, name, type: body.type };
  if (world.contents.copiesOf(key).length > 0) throw refusal(400, 'Secret already exist');
  refuseLarge(body.secretValue);
  if (awaitsApproval(world, place)) return ok(approval());
  if (world.settings.racyCreates) await new Promise((resolve) => setTimeout(resolve, RACE_MILLISECONDS));
  const secret = world.contents.insert(key, body.secretValue, body.secretComment ?? '');
  return ok({ secret: onTheWire(world, identity, place, secret, false) });
}

function updateSecret(world: World, request: RoutedRequest): Answer {
  const body = parse(world, writeBody, request.body);
  const place = { projectId: body.workspaceId, environment: body.environment, path: body.secretPath };
  const identity = authorise(world, request, place.projectId, 'edit');
  folderOf(world, place);
  const key = { ...place, name: request.name ?? '', type: body.type };
  if (world.contents.copiesOf(key).length === 0) throw refusal(404, 'Secret not found');
  refuseLarge(body.secretValue);
  if (awaitsApproval(world, place)) return ok(approval());
  const secret = world.contents.update(key, body.secretValue, body.secretComment);
  if (secret === undefined) throw refusal(404, 'Secret not found');
  // The answer shows an empty comment although the stored one is kept.
  return ok({ secret: { ...onTheWire(world, identity, place, secret, false), secretComment: '' } });
}

function deleteSecret(world: World, request: RoutedRequest): Answer {
  const body = parse(world, deleteBody, request.body);
  const place = { projectId: body.workspaceId, environment: body.environment, path: body.secretPath };
  const identity = authorise(world, request, place.projectId, 'delete');
  folderOf(world, place);
  const key = { ...place, name: request.name ?? '', type: body.type };
  if (world.contents.copiesOf(key).length === 0) throw refusal(404, 'Secret not found');
  if (awaitsApproval(world, place)) return ok(approval());
  const secret = world.contents.remove(key);
  if (secret === undefined) throw refusal(404, 'Secret not found');
  return ok({ secret: onTheWire(world, identity, place, secret, false) });
}

/** Who asks, whether they are a member of the project, and whether they may. */
function authorise(
  world: World,
  request: RoutedRequest,
  projectId: string,
  permission?: StandInPermission,
): StandInIdentity {
  const identity = world.tokens.authenticate(request.authorization);
  world.contents.project(projectId);
  const permissions = identity.projects[projectId];
  if (permissions === undefined) throw refusal(403, 'You are not a member of this project');
  if (permission !== undefined && !permissions.includes(permission)) {
    throw refusal(403, `You are not allowed to ${permission} on secrets`, 'PermissionDenied');
  }
  return identity;
}

function environmentOf({ contents }: World, { projectId, environment }: StandInPlace): void {
  if (!contents.project(projectId).environments.includes(environment)) {
    throw refusal(404, `Environment with slug '${environment}' not found`);
  }
}

function folderOf({ contents }: World, place: StandInPlace): void {
  if (!contents.hasFolder(place)) {
    const { environment, path: folder } = place;
    throw refusal(404, `Folder with path '${folder}' in environment with slug '${environment}' not found`);
  }
}

function awaitsApproval({ contents }: World, { projectId, environment }: StandInPlace): boolean {
  return contents.project(projectId).environmentsUnderApproval?.includes(environment) ?? false;
}

function approval() {
  return { approval: { id: 'approval-1', slug: 'pending-change', status: 'open', hasMerged: false } };
}

function refuseLarge(value: string): void {
  if (Buffer.byteLength(value) > LARGEST_VALUE_BYTES) throw refusal(500, 'Something went wrong');
}

function onTheWire(
  world: World,
  identity: StandInIdentity,
  place: StandInPlace,
  secret: StandInSecret,
  expand: boolean,
) {
  const { version, value, comment, writtenAt } = latest(secret);
  const hidden = !identity.projects[place.projectId]?.includes('read-value');
  const shown = hidden ? MASK : expand ? expanded(world.contents, place, value) : value;
  return {
    id: secret.id,
    _id: secret.id,
    workspace: place.projectId,
    environment: place.environment,
    version,
    type: secret.type,
    secretKey: secret.name,
    secretValue: shown,
    secretComment: comment,
    secretValueHidden: hidden,
    secretPath: place.path,
    skipMultilineEncoding: false,
    isRotatedSecret: false,
    createdAt: new Date(secret.createdAt).toISOString(),
    updatedAt: new Date(writtenAt).toISOString(),
    tags: [],
    secretMetadata: [],
  };
}

function pathsBelow(contents: Contents, place: StandInPlace): string[] {
  return contents.foldersIn(place).flatMap((name) => {
    const below = place.path === '/' ? `/${name}` : `${place.path}/${name}`;
    return [below, ...pathsBelow(contents, { ...place, path: below })];
  });
}

function parse<T>(world: World, schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const status = world.settings.behaviour === '2024' ? 401 : 422;
  throw refusal(status, parsed.error.issues, 'ValidationFailure');
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
