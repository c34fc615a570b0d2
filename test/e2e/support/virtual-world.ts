/**
 * The whole command line in virtual time: the emulator answers in process, the Infisical stand-in over HTTP, and every
 * wait, deadline and window passes as soon as nothing else is left to do. Minutes take milliseconds.
 */
import { systemClock } from '../../../src/base/clock.js';
import {
  type Auth0TenantOptions,
  createAuth0Tenant,
  type EmulatedTenant,
} from '../../../src/testing/auth0-emulator/index.js';
import {
  type InfisicalStandIn,
  type InfisicalStandInOptions,
  startInfisicalStandIn,
} from '../../../src/testing/infisical-stand-in/index.js';
import { seededRandomness } from '../../../src/testing/randomness.js';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.js';
import { type InProcess, runInProcess } from './in-process.js';
import { CLIENT_ID, CURRENT, type Truth, truthAbout } from './world.js';

export interface VirtualWorld extends Truth {
  readonly clock: VirtualClock;
  readonly tenant: EmulatedTenant;
  readonly infisical: InfisicalStandIn;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the command to its end. */
  run(command: string, flags?: readonly string[]): Promise<InProcess>;
  /** Calls a watcher whenever a request to either side took effect, or would have. */
  watch(watcher: () => void): void;
  /** Lets time pass. */
  pass(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface VirtualWorldOptions {
  readonly seed: number;
  readonly tenant?: Auth0TenantOptions;
  readonly infisical?: InfisicalStandInOptions;
  /** Some of the stand-in's answers never come. */
  readonly stalls?: boolean;
}

/** In a world with stalls, an answer that takes longer than this, in real milliseconds, counts as one. */
const STALL_MILLISECONDS = 250;

/** Where the requests of this process go, by origin. */
const routes = new Map<string, typeof fetch>();
const network = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const { origin } = new URL(input instanceof Request ? input.url : input);
  return (routes.get(origin) ?? network)(input, init);
};

let worlds = 0;

let warm: Promise<void> | undefined;

/** Parts of the command are loaded when they are first needed; reading files takes real time. */
async function warmUp(): Promise<void> {
  const world = await openWorld({ seed: 0 });
  await runInProcess(world, 'rotate', ['--dry-run'], {}, systemClock);
  await world.close();
}

/** Starts a world with Auth0's own window of 30 s and three nodes, and the secret in use stored. */
export async function createVirtualWorld(options: VirtualWorldOptions): Promise<VirtualWorld> {
  warm ??= warmUp();
  await warm;
  return openWorld(options);
}

async function openWorld(options: VirtualWorldOptions): Promise<VirtualWorld> {
  worlds += 1;
  const clock = createVirtualClock({ patienceMilliseconds: 15_000 });
  const tenant = createAuth0Tenant({
    domain: `acme-${worlds}.eu.auth0.com`,
    clock,
    randomness: seededRandomness(options.seed),
    nodes: 3,
    propagationMilliseconds: 30_000,
    pickNode: 'random',
    ...options.tenant,
  });
  const watchers: (() => void)[] = [];
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  const infisical = await startInfisicalStandIn({ clock, afterEffect: tell, ...options.infisical });
  tenant.afterEffect(tell);
  routes.set(tenant.origin, tenant.fetch);
  routes.set(infisical.siteUrl, heldFetch(clock, options.stalls === true));

  const place = infisical.describe();
  const application = tenant.applications().find(({ fields }) => fields.name === 'Order Worker');
  const initial = application?.clientSecret?.reveal();
  if (application === undefined || initial === undefined) throw new Error('The tenant has nothing to rotate.');
  const { clientId } = application;
  infisical.set({ name: CLIENT_ID, value: clientId });
  infisical.set({ name: CURRENT, value: initial });

  const truth = truthAbout(tenant, infisical, clientId, initial);
  const environment = {
    AUTH0_DOMAIN: tenant.domain,
    AUTH0_MANAGEMENT_CLIENT_ID: tenant.managementClientId,
    AUTH0_MANAGEMENT_CLIENT_SECRET: tenant.secretOf(tenant.managementClientId)?.reveal() ?? '',
    INFISICAL_SITE_URL: place.siteUrl,
    INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: place.clientId,
    INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: place.clientSecret,
    INFISICAL_PROJECT_ID: place.projectId,
    INFISICAL_ENVIRONMENT: place.environment,
  };
  return {
    ...truth,
    clock,
    tenant,
    infisical,
    environment,
    run: (command, flags = []) => clock.run(() => runInProcess({ ...truth, environment }, command, flags, {}, clock)),
    watch: (watcher) => void watchers.push(watcher),
    pass: (milliseconds) => clock.run(clock.sleep(milliseconds)),
    close: async () => {
      tenant.close();
      routes.delete(tenant.origin);
      routes.delete(infisical.siteUrl);
      await infisical.close();
    },
  };
}

/** A fetch that keeps virtual time from jumping while an answer is on its way through the real world. */
function heldFetch(clock: VirtualClock, stalls: boolean): typeof fetch {
  return async (input, init) => {
    const answer = whole(input, init);
    await clock.hold(Promise.race([answer.then(nothing, nothing), ...(stalls ? [realTime(STALL_MILLISECONDS)] : [])]));
    return answer;
  };
}

async function whole(...input: Parameters<typeof fetch>): Promise<Response> {
  const response = await network(...input);
  const { status, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}

function realTime(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function nothing(): void {}
