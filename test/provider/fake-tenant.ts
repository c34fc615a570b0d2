/**
 * A tenant with one application, as its server sees it. What is live here is the truth tests judge by. Faults are
 * scripted for each request in the order they arrive; requests beyond the script are answered well.
 */

import type { Auth0Application, ManagementAccess } from '../../src/auth0/access.js';
import type { Probe } from '../../src/auth0/probe.js';
import { RotationError } from '../../src/base/errors.js';
import { Secret } from '../../src/base/secret.js';
import type { ProbeOutcome } from '../../src/provider/contract.js';
import type { VirtualClock } from './virtual-clock.js';

export const APPLICATION_ID = 'Vn4Wq8bT2kXs6LrYpD0cGm7uJh1eZa5f';
export const MANAGEMENT_ID = 'Q2J1rKz0v7mXnB5tYcW8uL3sPd6fGh9a';

export type Fault =
  | 'none'
  /** It took effect, the answer was lost. */
  | 'lost-answer'
  /** It never arrived, and there is no answer. */
  | 'lost-request'
  /** It never ends, and took no effect. */
  | 'hang'
  /** It certainly did not happen. */
  | 'not-applied'
  | 'rejected-value'
  | 'forbidden'
  /** Something nobody expected is thrown; it took no effect. */
  | 'surprise'
  /** An acknowledgement that is a lie. */
  | 'acknowledged-only'
  | { readonly rateLimited: number }
  /** No answer, and it takes effect after so many milliseconds. */
  | { readonly late: number }
  /** It took effect, and someone else changed the secret right after. */
  | { readonly overtakenBy: string };

export interface FakeTenant {
  readonly access: ManagementAccess;
  readonly probe: Probe;
  /** The live secret. */
  live(): string;
  /** What was asked for, in order: `set`, `replace`, `application`, `scopes`; probes are counted apart. */
  readonly requests: string[];
  /** The values of the `set` requests, in order. */
  readonly sentValues: string[];
  readonly probes: () => number;
  change(secret: string): void;
}

export interface FakeTenantOptions {
  readonly clock: VirtualClock;
  readonly live: string;
  readonly faults?: readonly Fault[];
  readonly application?: Partial<Auth0Application> | 'unknown';
  readonly scopes?: readonly string[];
  /** How long two nodes disagree after a change; probes alternate between them. */
  readonly propagationMilliseconds?: number;
  /** Overrides what a probe says. */
  readonly probe?: (secret: string, truth: ProbeOutcome, count: number) => ProbeOutcome | 'hang';
}

export function createFakeTenant(options: FakeTenantOptions): FakeTenant {
  const { clock, propagationMilliseconds = 0 } = options;
  const faults = [...(options.faults ?? [])];
  const requests: string[] = [];
  const sentValues: string[] = [];
  let live = options.live;
  let before = options.live;
  let changedAt = Number.NEGATIVE_INFINITY;
  let probes = 0;
  let replaced = 0;

  const change = (secret: string) => {
    if (secret === live) return;
    before = live;
    live = secret;
    changedAt = clock.elapsed();
  };

  const request = async (apply: () => void) => {
    const fault = faults.shift() ?? 'none';
    if (typeof fault === 'object') {
      if ('rateLimited' in fault) throw failure('rate-limited', 'AUTH0_RATE_LIMITED', fault.rateLimited);
      if ('late' in fault) {
        void clock.sleep(fault.late).then(apply);
        throw failure('unknown', 'AUTH0_UNREACHABLE');
      }
      apply();
      change(fault.overtakenBy);
      return;
    }
    if (fault === 'none' || fault === 'lost-answer') apply();
    if (fault === 'lost-answer' || fault === 'lost-request') throw failure('unknown', 'AUTH0_UNREACHABLE');
    if (fault === 'hang') await new Promise(() => {});
    if (fault === 'not-applied') throw failure('not-applied', 'AUTH0_UNAVAILABLE');
    if (fault === 'rejected-value') throw failure('rejected-value', 'CANDIDATE_REJECTED');
    if (fault === 'forbidden') throw failure('configuration', 'AUTH0_SCOPE_MISSING');
    if (fault === 'surprise') throw new TypeError('surprise');
  };

  const access: ManagementAccess = {
    tenant: {
      origin: 'https://acme.eu.auth0.com',
      audience: 'https://acme.eu.auth0.com/api/v2/',
      key: 'acme.eu.auth0.com',
    },
    managementClientId: MANAGEMENT_ID,
    scopes: async () => {
      requests.push('scopes');
      return new Set(options.scopes ?? ['read:clients', 'update:client_keys']);
    },
    application: async (clientId) => {
      requests.push('application');
      if (options.application === 'unknown') throw failure('refused', 'APPLICATION_UNKNOWN');
      return { ...APPLICATION, clientId, ...options.application };
    },
    applications: async function* () {},
    setClientSecret: async (_clientId, secret) => {
      requests.push('set');
      sentValues.push(secret.reveal());
      await request(() => change(secret.reveal()));
    },
    replaceClientSecret: async () => {
      requests.push('replace');
      replaced += 1;
      const unknown = `nobody-knows-this-one-${replaced}`;
      await request(() => change(unknown));
    },
  };

  const probe: Probe = async (_clientId, secret) => {
    probes += 1;
    const disagree = clock.elapsed() < changedAt + propagationMilliseconds;
    const accepted = disagree && probes % 2 === 0 ? before : live;
    const truth = secret.reveal() === accepted ? 'accepted' : 'rejected';
    const said = options.probe?.(secret.reveal(), truth, probes) ?? truth;
    return said === 'hang' ? new Promise(() => {}) : said;
  };

  return { access, probe, live: () => live, requests, sentValues, probes: () => probes, change };
}

const APPLICATION: Auth0Application = {
  clientId: APPLICATION_ID,
  name: 'Acme web shop',
  applicationType: 'regular_web',
  tokenEndpointAuthenticationMethod: 'client_secret_post',
  keyAuthenticationMethods: undefined,
  isGlobal: false,
  externalMetadataType: undefined,
  signingAlgorithm: 'RS256',
  secretEncoded: false,
  grantTypes: ['client_credentials'],
};

function failure(
  kind: RotationError['kind'],
  code: RotationError['code'],
  retryAfterMilliseconds?: number,
): RotationError {
  return new RotationError({
    code,
    kind,
    message: 'Scripted.',
    ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
  });
}

/** A connection to the fake tenant. */
export const CONNECTION = {
  domain: 'acme.eu.auth0.com',
  audience: undefined,
  credentials: {
    method: 'client-secret',
    clientId: MANAGEMENT_ID,
    clientSecret: new Secret('management-canary-8Zq1vT6nB3xK0wR5'),
  },
} as const;
