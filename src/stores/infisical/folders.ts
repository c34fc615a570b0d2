/**
 * The folder the secrets live in: whether it is there, and making it. Infisical answers a list in a folder or an
 * environment that does not exist with 200 and no secrets, so an empty list has to be looked into.
 */
import type { Call } from '../../base/clock.js';
import { RotationError } from '../../base/errors.js';
import { folderListAnswer } from './answers.js';
import type { InfisicalClient } from './client.js';
import { errorOf, InfisicalRefusal } from './failures.js';
import { type InfisicalPlace, splitPath } from './options.js';

/** What is there of project, environment and folder. */
export type Standing = 'all' | 'no-folder' | 'no-environment' | 'no-project';

/**
 * Looks how much of a place exists.
 *
 * @param listAnswered whether the project's secrets could be listed, if that is known: it tells a missing environment
 *   from a missing project.
 * @throws a `RotationError` when Infisical cannot be asked or refuses to say.
 */
export async function lookAt(
  client: InfisicalClient,
  place: InfisicalPlace,
  listAnswered: boolean | undefined,
  call: Call,
): Promise<Standing> {
  const { parent, name } = place.secretPath === '/' ? { parent: '/', name: undefined } : splitPath(place.secretPath);
  try {
    const names = await listFolders(client, place, parent, call);
    return name === undefined || names.includes(name) ? 'all' : 'no-folder';
  } catch (error) {
    if (!(error instanceof InfisicalRefusal) || error.status !== 404) throw error;
    const environmentNamed = /\benvironment/i.test(error.said ?? '');
    return listAnswered === true || environmentNamed ? 'no-environment' : 'no-project';
  }
}

/**
 * Says that a place is not there.
 *
 * @param standing what was found.
 * @param place what was looked for.
 */
export function missingPlace(standing: Exclude<Standing, 'all'>, place: InfisicalPlace): RotationError {
  const what = {
    'no-folder': `the folder ${place.secretPath} of the environment ${place.environment}`,
    'no-environment': `the environment ${place.environment} of the project ${place.projectId}`,
    'no-project': `the project ${place.projectId}`,
  }[standing];
  return new RotationError({
    code: standing === 'no-project' ? 'STORE_PROJECT_MISSING' : 'STORE_FOLDER_MISSING',
    kind: 'configuration',
    field: { 'no-folder': 'secretPath', 'no-environment': 'environment', 'no-project': 'projectId' }[standing],
    message: `Infisical does not have ${what}, or does not show it to this identity. Nothing was changed.`,
  });
}

/**
 * Makes the folder and those above it that are missing, one level at a time. A level that somebody else makes
 * meanwhile is fine. No secret is touched, so a failure leaves at most an empty folder behind.
 *
 * @throws a `RotationError` whose kind never says that a secret may have been written.
 */
export async function makeFolder(client: InfisicalClient, place: InfisicalPlace, call: Call): Promise<void> {
  const levels = place.secretPath.split('/').filter((level) => level !== '');
  let parent = '/';
  for (const name of levels) {
    const names = await listFolders(client, place, parent, call);
    if (!names.includes(name)) await makeLevel(client, place, parent, name, call);
    parent = parent === '/' ? `/${name}` : `${parent}/${name}`;
  }
}

async function makeLevel(
  client: InfisicalClient,
  place: InfisicalPlace,
  parent: string,
  name: string,
  call: Call,
): Promise<void> {
  const { projectId, environment } = place;
  const doing = { what: `making the folder ${name} in ${parent}`, effect: 'read' as const, secrets: [] };
  try {
    await client.request('folders', doing, call, (sdk) =>
      sdk.folders().create({ projectId, environment, path: parent, name }),
    );
  } catch (error) {
    if (!(error instanceof InfisicalRefusal) || (error.status !== 400 && error.status !== 409)) throw error;
    if (!(await listFolders(client, place, parent, call)).includes(name)) throw error;
  }
}

async function listFolders(
  client: InfisicalClient,
  place: InfisicalPlace,
  path: string,
  call: Call,
): Promise<readonly string[]> {
  const { projectId, environment } = place;
  const doing = { what: `listing the folders of ${path}`, effect: 'read' as const, secrets: [] };
  const answer: unknown = await client.request('folders', doing, call, (sdk) =>
    sdk.folders().listFolders({ projectId, environment, path }),
  );
  const folders = folderListAnswer.safeParse(answer);
  if (!folders.success) throw errorOf({ kind: 'unusable', status: 200, reason: 'wrong-shape' }, doing);
  return folders.data.map((folder) => folder.name);
}
