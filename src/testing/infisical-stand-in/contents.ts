/** What a stand-in holds: projects, environments, folders, and every version of every secret. */
import { randomUUID } from 'node:crypto';
import { refusal } from './answer.js';
import type { StandInProject } from './options.js';

/** One folder of one environment of one project. */
export interface StandInPlace {
  readonly projectId: string;
  readonly environment: string;
  readonly path: string;
}

export interface StandInVersion {
  readonly version: number;
  readonly value: string;
  readonly comment: string;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** One copy of a secret, with its versions. */
export interface StandInSecret {
  readonly id: string;
  readonly name: string;
  readonly type: 'shared' | 'personal';
  readonly createdAt: number;
  /** Oldest first; the last one is the value that is served. */
  readonly versions: readonly [StandInVersion, ...StandInVersion[]];
}

/** Where one secret stands. */
export interface SecretKey extends StandInPlace {
  readonly name: string;
  readonly type?: 'shared' | 'personal';
}

export interface Contents {
  /** Throws Infisical's 404 for a project it does not have. */
  project(projectId: string): StandInProject;
  hasFolder(place: StandInPlace): boolean;
  /** Names of the folders directly inside, in the order they were made. */
  foldersIn(place: StandInPlace): readonly string[];
  /** Makes the folder; those above it must be there. */
  addFolder(place: StandInPlace): void;
  /** Every secret of the folder, each copy of a name on its own. */
  secretsIn(place: StandInPlace): readonly StandInSecret[];
  copiesOf(key: SecretKey): readonly StandInSecret[];
  insert(key: SecretKey, value: string, comment: string): StandInSecret;
  /** A new version of the first copy, the same value or not. */
  update(key: SecretKey, value: string, comment: string | undefined): StandInSecret | undefined;
  /** Removes the first copy. */
  remove(key: SecretKey): StandInSecret | undefined;
}

/** The value and comment that are served. */
export function latest(secret: StandInSecret): StandInVersion {
  return secret.versions.at(-1) ?? secret.versions[0];
}

/** @param now milliseconds since the epoch. */
export function createContents(projects: readonly StandInProject[], now: () => number): Contents {
  const folders = new Map<string, StandInSecret[]>();
  const keyOf = ({ projectId, environment, path }: StandInPlace) => JSON.stringify([projectId, environment, path]);
  for (const { id: projectId, environments } of projects) {
    for (const environment of environments) folders.set(keyOf({ projectId, environment, path: '/' }), []);
  }

  const copiesOf = ({ name, type = 'shared', ...place }: SecretKey) =>
    (folders.get(keyOf(place)) ?? []).filter((secret) => secret.name === name && secret.type === type);

  const replace = (place: StandInPlace, old: StandInSecret, next: StandInSecret | undefined) => {
    const secrets = folders.get(keyOf(place)) ?? [];
    secrets.splice(secrets.indexOf(old), 1, ...(next === undefined ? [] : [next]));
  };

  return {
    project(projectId) {
      const project = projects.find(({ id }) => id === projectId);
      if (project === undefined) throw refusal(404, `Project with ID '${projectId}' not found`);
      return project;
    },
    hasFolder: (place) => folders.has(keyOf(place)),
    foldersIn({ projectId, environment, path }) {
      const prefix = path === '/' ? '/' : `${path}/`;
      return [...folders.keys()]
        .map((key) => JSON.parse(key) as [string, string, string])
        .filter(([project, slug, folder]) => project === projectId && slug === environment && folder.startsWith(prefix))
        .map(([, , folder]) => folder.slice(prefix.length))
        .filter((name) => name !== '' && !name.includes('/'));
    },
    addFolder(place) {
      if (!folders.has(keyOf(place))) folders.set(keyOf(place), []);
    },
    secretsIn: (place) => [...(folders.get(keyOf(place)) ?? [])],
    copiesOf,
    insert({ name, type = 'shared', ...place }, value, comment) {
      const at = now();
      const version = { version: 1, value, comment, writtenAt: at };
      const secret: StandInSecret = { id: randomUUID(), name, type, createdAt: at, versions: [version] };
      folders.get(keyOf(place))?.push(secret);
      return secret;
    },
    update(key, value, comment) {
      const [secret] = copiesOf(key);
      if (secret === undefined) return undefined;
      const before = latest(secret);
      const version = { version: before.version + 1, value, comment: comment ?? before.comment, writtenAt: now() };
      const next: StandInSecret = { ...secret, versions: [...secret.versions, version] };
      replace(key, secret, next);
      return next;
    },
    remove(key) {
      const [secret] = copiesOf(key);
      if (secret !== undefined) replace(key, secret, undefined);
      return secret;
    },
  };
}
