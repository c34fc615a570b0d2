/** What a tenant is made from, and what a test can do with it. */
import type { Clock } from '../../base/clock.js';
import type { Secret } from '../../base/secret.js';
import type { Randomness } from '../randomness.js';
import type { Delivery } from './answer.js';
import type { ApplicationSeed, EmulatedApplication } from './application.js';
import type { RateLimits } from './decide.js';
import type { Fault } from './fault.js';
import type { FaultTarget, InjectedFault } from './fault-injection.js';
import type { StrayRequest } from './in-process-fetch.js';
import type { EmulatedApi, OpenQuestions } from './operation.js';
import type { LoggedRequest, OperationCounters, RequestListener } from './request-facts.js';
import type { Operation } from './route.js';
import type { TenantRequest } from './tenant-request.js';
import type { SecretChange } from './tenant-state.js';

/** How a tenant is set up; everything has a default. */
export interface Auth0TenantOptions {
  /** What the tenant is called. @default 'acme.eu.auth0.com' */
  readonly domain?: string;
  /** Where it is reached. @default `https://` and the domain */
  readonly origin?: string;
  /** @default the clock of this machine */
  readonly clock?: Clock;
  /** @default the randomness of this machine */
  readonly randomness?: Randomness;
  /** How many authentication nodes answer token and revocation requests. @default 1 */
  readonly nodes?: number;
  /** How long they may disagree after a client secret changed, in milliseconds. Auth0 says 30 seconds. @default 0 */
  readonly propagationMilliseconds?: number;
  /** Overrides chance: how long after a change a node switches, in milliseconds. */
  readonly switchAfter?: (change: { readonly clientId: string; readonly node: number }) => number;
  /**
   * Which node answers a token or revocation request. A function gets the number of such requests before this one.
   * @default 'round-robin'
   */
  readonly pickNode?: 'round-robin' | 'random' | ((turn: number) => number);
  readonly managementClient?: ManagementClientSeed;
  /** The applications besides the management client. @default one of each kind */
  readonly applications?: readonly ApplicationSeed[];
  /** The APIs tokens can be asked for, the Management API apart. @default one, see `DEFAULT_API` */
  readonly apis?: readonly EmulatedApi[];
  /** The audience of a token request that names none; `null` for a tenant without. @default the first API */
  readonly defaultAudience?: string | null;
  /** More audiences that mean the Management API. */
  readonly managementAudiences?: readonly string[];
  /** @default no limits, and then no headers about them */
  readonly rateLimits?: RateLimits;
  /** @default 86400 */
  readonly tokenLifetimeSeconds?: number;
  /** @default 1 MiB */
  readonly maximumBodyBytes?: number;
  /** How many requests the log keeps. @default 10000 */
  readonly logLimit?: number;
  readonly openQuestions?: OpenQuestions;
}

/** The client that may use the Management API. */
export interface ManagementClientSeed {
  readonly clientId?: string;
  readonly clientSecret?: Secret | string;
  /** @default read:clients and update:client_keys */
  readonly scopes?: readonly string[];
  /** With these it authenticates by `private_key_jwt`, and has no secret. */
  readonly publicKeys?: ApplicationSeed['publicKeys'];
}

/** A tenant: it answers requests, can be disturbed, and tells a test the truth about itself. */
export interface EmulatedTenant {
  readonly domain: string;
  readonly origin: string;
  /** The audience of management tokens, with its trailing slash. */
  readonly managementAudience: string;
  readonly managementClientId: string;
  readonly maximumBodyBytes: number;
  /**
   * Answers like the global `fetch` would over the network: a reset is a `TypeError('fetch failed')`, a stall lasts until
   * the signal aborts, a redirect is followed unless told otherwise.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Answers one request; for transports. Rejects only when a listener of the test throws. */
  exchange(request: TenantRequest): Promise<Delivery>;

  /** Lets a fault hit the next matching request, or as many as the target says. */
  inject(fault: Fault, target?: FaultTarget): InjectedFault;
  clearFaults(): void;
  /** Calls a listener when a request arrives. @returns stops calling it. */
  onRequest(listener: RequestListener): () => void;
  /** Calls a listener when a request is understood, right before it takes effect, if it has one. */
  beforeEffect(listener: RequestListener): () => void;
  /** Calls a listener right after a request took effect, if it has one, and before it is answered. */
  afterEffect(listener: RequestListener): () => void;

  /** The secret the tenant holds now, whatever its nodes know. Undefined when there is none, or no such application. */
  secretOf(clientId: string): Secret | undefined;
  /** What each node accepts at this moment. */
  acceptedBy(clientId: string): readonly (Secret | undefined)[];
  /** How many nodes accept a secret at this moment. */
  acceptance(clientId: string, secret: Secret): 'all' | 'some' | 'none';
  /** The latest changes of an application's secret, oldest first, at most a hundred. */
  changesOf(clientId: string): readonly SecretChange[];
  /** Changes a secret as a person does in the dashboard; the nodes learn of it within the window. */
  setSecretByHand(clientId: string, secret: Secret): void;
  addApplication(seed: ApplicationSeed): EmulatedApplication;
  removeApplication(clientId: string): boolean;
  application(clientId: string): EmulatedApplication | undefined;
  /** In the order they were added, the management client among them. */
  applications(): readonly EmulatedApplication[];

  /** The latest requests, oldest first, without secrets. */
  readonly log: readonly LoggedRequest[];
  readonly counters: Readonly<Record<Operation, OperationCounters>>;
  /** Requests of the in-process `fetch` that left for another origin, by a wrong address or a followed redirect. */
  readonly strayRequests: readonly StrayRequest[];
  /** Tokens issued for an API of the tenant's own, which Auth0 charges to its machine-to-machine quota. */
  quotaTokens(clientId?: string): number;
  clearLog(): void;

  /** How many late effects are still to come. */
  readonly pendingEffects: number;
  /** Ends every wait of the tenant; late effects that have not happened never will. */
  close(): void;
}
