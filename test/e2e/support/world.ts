/**
 * One world for one rotation: an Auth0 emulator, an Infisical stand-in, and the truth about both. Every request to
 * either passes a watcher, which can end the process that sent it, before or after its effect.
 */
import { systemClock } from '../../../src/base/clock.js';
import {
  type Auth0Emulator,
  type Auth0EmulatorOptions,
  type EmulatedTenant,
  startAuth0Emulator,
} from '../../../src/testing/auth0-emulator/index.js';
import {
  type InfisicalStandIn,
  type InfisicalStandInOptions,
  startInfisicalStandIn,
} from '../../../src/testing/infisical-stand-in/index.js';
import { seededRandomness } from '../../../src/testing/randomness.js';

/** One request, at one of its two moments. */
export interface Step {
  /** Counts the requests to both servers, from one. */
  readonly number: number;
  readonly moment: 'before' | 'after';
  /** Such as `auth0 update-client` or `infisical secret.create AUTH0_CLIENT_SECRET_FALLBACK`. */
  readonly name: string;
}

/** Throwing keeps the request from going on: before its effect it has none, after it there is no answer. */
export type Watcher = (step: Step) => void | Promise<void>;

export interface WorldOptions {
  readonly seed?: number;
  /** Whether the secret in use stands in the store, with the client id. @default true */
  readonly stored?: boolean;
  readonly auth0?: Auth0EmulatorOptions;
  readonly infisical?: InfisicalStandInOptions;
}

/** What the servers hold, whatever the command says. */
export interface Truth {
  readonly infisical: InfisicalStandIn;
  /** The application under rotation and the secret it began with. */
  readonly clientId: string;
  readonly initial: string;
  /** The secret Auth0 holds. */
  live(): string;
  /** The values that some node of Auth0 accepts at this moment. */
  accepted(): readonly string[];
  /** How often the secret was changed since the world began. */
  changes(): number;
  /** The value under a name; undefined unless it stands there in exactly one copy. */
  stored(name: string, path?: string): string | undefined;
  /** Everything that stands in the folder, as text that can be compared. */
  storeText(path?: string): string;
  /** Every secret either server ever held or handed out. */
  secrets(): readonly string[];
}

export interface World extends Truth {
  readonly auth0: Auth0Emulator;
  /** What the command needs to reach both servers. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many requests arrived so far. */
  readonly requests: number;
  /** Calls a watcher at both moments of every request. @returns stops calling it. */
  watch(watcher: Watcher): () => void;
  /** Waits, unless the world ends first. */
  later(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Names as they are when nobody chooses others. */
export const CLIENT_ID = 'AUTH0_CLIENT_ID';
export const CURRENT = 'AUTH0_CLIENT_SECRET';
export const FALLBACK = 'AUTH0_CLIENT_SECRET_FALLBACK';
export const PENDING = 'AUTH0_CLIENT_SECRET_PENDING';

/** Two nodes; one learns of a change at once, the other a little later: short enough to wait for, long enough to see. */
const TWO_NODES: Auth0EmulatorOptions = {
  nodes: 2,
  propagationMilliseconds: 250,
  switchAfter: ({ node }) => (node === 0 ? 0 : 250),
};

/** Starts a world on free ports of this machine. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  let requests = 0;
  const watchers = new Set<Watcher>();
  const closing = new AbortController();
  const numbers = new Map<string, number>();
  const told = async (moment: Step['moment'], key: string, name: string) => {
    if (moment === 'before') {
      requests += 1;
      numbers.set(key, requests);
    }
    const step: Step = { number: numbers.get(key) ?? requests, moment, name };
    for (const watcher of watchers) await watcher(step);
  };

  const randomness = seededRandomness(options.seed ?? 1);
  const auth0 = await startAuth0Emulator({ ...TWO_NODES, randomness, ...options.auth0 });
  const infisical = await startInfisicalStandIn({
    ...options.infisical,
    beforeEffect: ({ number, operation, name }) =>
      told('before', `infisical ${number}`, `infisical ${operation}${name === undefined ? '' : ` ${name}`}`),
    afterEffect: ({ number, operation, name }) =>
      told('after', `infisical ${number}`, `infisical ${operation}${name === undefined ? '' : ` ${name}`}`),
  });
  auth0.tenant.beforeEffect(({ number, operation }) => told('before', `auth0 ${number}`, `auth0 ${operation}`));
  auth0.tenant.afterEffect(({ number, operation }) => told('after', `auth0 ${number}`, `auth0 ${operation}`));

  const tenant = auth0.describe();
  const place = infisical.describe();
  const [application] = tenant.applications;
  if (application === undefined) throw new Error('The emulator has no application to rotate.');
  const { clientId, clientSecret: initial } = application;
  if (options.stored ?? true) {
    infisical.set({ name: CLIENT_ID, value: clientId });
    infisical.set({ name: CURRENT, value: initial });
  }

  return {
    ...truthAbout(auth0.tenant, infisical, clientId, initial),
    auth0,
    environment: {
      PATH: process.env['PATH'] ?? '',
      AUTH0_DOMAIN: tenant.origin,
      AUTH0_ROTATION_ALLOWED_ORIGINS: tenant.origin,
      AUTH0_MANAGEMENT_CLIENT_ID: tenant.managementClientId,
      AUTH0_MANAGEMENT_CLIENT_SECRET: tenant.managementClientSecret,
      INFISICAL_SITE_URL: place.siteUrl,
      INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: place.clientId,
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: place.clientSecret,
      INFISICAL_PROJECT_ID: place.projectId,
      INFISICAL_ENVIRONMENT: place.environment,
    },
    get requests() {
      return requests;
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    later: (milliseconds) => systemClock.sleep(milliseconds, closing.signal),
    close: async () => {
      closing.abort(new Error('The world has ended.'));
      await Promise.all([auth0.close(), infisical.close()]);
    },
  };
}

/** Looks into both servers. */
export function truthAbout(
  tenant: EmulatedTenant,
  infisical: InfisicalStandIn,
  clientId: string,
  initial: string,
): Truth {
  return {
    infisical,
    clientId,
    initial,
    live: () => tenant.secretOf(clientId)?.reveal() ?? '',
    accepted: () => [...new Set(tenant.acceptedBy(clientId).flatMap((secret) => secret?.reveal() ?? []))],
    changes: () => tenant.changesOf(clientId).length,
    stored(name, path = '/') {
      const [only, ...copies] = infisical.secretsIn({ path }).filter((secret) => secret.name === name);
      return copies.length > 0 ? undefined : only?.value;
    },
    storeText: (path = '/') => JSON.stringify([infisical.foldersIn(), infisical.secretsIn({ path })]),
    secrets: () => {
      const known = [
        initial,
        ...infisical.identities.map(({ clientSecret }) => clientSecret),
        ...tenant.applications().flatMap(({ clientSecret }) => clientSecret?.reveal() ?? []),
        ...tenant.changesOf(clientId).flatMap(({ secret }) => secret?.reveal() ?? []),
        ...infisical.secretsIn().flatMap(({ history }) => history),
      ];
      return [...new Set(known)].filter((value) => value.length >= 16 && value !== clientId);
    },
  };
}
