/**
 * An Auth0 tenant in memory: its state, its nodes, its faults and the truth about it. No socket is involved; `fetch`
 * answers in process, and `exchange` is what a transport builds on.
 */
import { type Clock, systemClock } from '../../base/clock.js';
import { type Secret, scrub } from '../../base/secret.js';
import { type Randomness, systemRandomness } from '../randomness.js';
import { type AccessTokens, createAccessTokens } from './access-tokens.js';
import { type Answer, type Delivery, managementError, oauthError, withHeaders } from './answer.js';
import { type ApplicationSeed, createApplication, type EmulatedApplication } from './application.js';
import { wholeClient } from './client-rendering.js';
import { DEFAULT_API, defaultApplications } from './default-applications.js';
import { decideDiscovery } from './discovery.js';
import type { Fault, FaultEffect } from './fault.js';
import { createFaultInjector, type FaultTarget, type InjectedFault } from './fault-injection.js';
import { deliverWithFault } from './faulty-delivery.js';
import { decideGetClient } from './get-client.js';
import { createInProcessFetch, type StrayRequest } from './in-process-fetch.js';
import { decideListClients } from './list-clients.js';
import { checkBearer } from './management-access.js';
import { answerOnly, type Decision, type EmulatedApi, type OpenQuestions, type TenantView } from './operation.js';
import { createRateLimiter, type RateLimit } from './rate-limit.js';
import type { LoggedRequest, OperationCounters, RequestFacts, RequestListener } from './request-facts.js';
import { createRequestLog } from './request-log.js';
import { decideRevoke } from './revoke.js';
import { decideRotateSecret } from './rotate-secret.js';
import { findRoute, isManagementOperation, type Operation, type Route } from './route.js';
import { readParameters, readPresented, type TenantRequest } from './tenant-request.js';
import { createTenantState, type SecretChange } from './tenant-state.js';
import { decideToken } from './token.js';
import { decideUpdateClient } from './update-client.js';

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
  /** Which node answers. A function gets the number of the request, from one. @default 'round-robin' */
  readonly pickNode?: 'round-robin' | 'random' | ((requestNumber: number) => number);
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
  readonly rateLimits?: { readonly management?: RateLimit; readonly authentication?: RateLimit };
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

const DEFAULT_DOMAIN = 'acme.eu.auth0.com';
const MANAGEMENT_SCOPES = ['read:clients', 'update:client_keys'];

/**
 * Makes a tenant with a population to rotate.
 *
 * @param options everything can be overridden; without any there is one node, no window, no limit and no fault.
 * @returns the tenant, the means to disturb it, and the truth about it.
 */
export function createAuth0Tenant(options: Auth0TenantOptions = {}): EmulatedTenant {
  const domain = options.domain ?? DEFAULT_DOMAIN;
  const origin = options.origin ?? `https://${domain}`;
  const clock = options.clock ?? systemClock;
  const randomness = options.randomness ?? systemRandomness;
  const nodes = Math.max(1, options.nodes ?? 1);
  const managementAudience = `https://${domain}/api/v2/`;
  const maximumBodyBytes = options.maximumBodyBytes ?? 2 ** 20;
  const state = createTenantState(clock, randomness, {
    nodes,
    windowMilliseconds: options.propagationMilliseconds ?? 0,
    switchAfter: options.switchAfter,
  });
  const tokens: AccessTokens = createAccessTokens();
  const injector = createFaultInjector();
  const log = createRequestLog(options.logLimit ?? 10_000);
  const listeners = {
    request: new Set<RequestListener>(),
    before: new Set<RequestListener>(),
    after: new Set<RequestListener>(),
  };
  const closing = new AbortController();
  const quota = new Map<string, number>();
  let requestNumber = 0;
  let pendingEffects = 0;

  const apis = options.apis ?? [DEFAULT_API];
  const view: TenantView = {
    clock,
    randomness,
    state,
    tokens,
    name: domain.split('.')[0] ?? domain,
    origin,
    issuer: `${origin}/`,
    issuers: [
      ...new Set([`${origin}/`, `https://${domain}/`, `${origin}/oauth/token`, `https://${domain}/oauth/token`]),
    ],
    managementAudience,
    managementAudiences: new Set([managementAudience, `${origin}/api/v2/`, ...(options.managementAudiences ?? [])]),
    apis,
    defaultAudience: options.defaultAudience === null ? undefined : (options.defaultAudience ?? apis[0]?.audience),
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 86_400,
    openQuestions: {
      hiddenField: 'refuse',
      updateShowsSecret: true,
      enforceAuthenticationMethod: false,
      ...options.openQuestions,
    },
    countQuotaToken: (clientId) => quota.set(clientId, (quota.get(clientId) ?? 0) + 1),
  };

  const managementClient = createApplication(
    managementSeed(options.managementClient ?? {}, managementAudience),
    randomness,
  );
  state.add(managementClient);
  for (const seed of options.applications ?? defaultApplications()) state.add(createApplication(seed, randomness));

  const limiters = {
    management: options.rateLimits?.management && createRateLimiter(options.rateLimits.management, clock),
    authentication: options.rateLimits?.authentication && createRateLimiter(options.rateLimits.authentication, clock),
  };

  function pickNode(number: number): number {
    const pick = options.pickNode ?? 'round-robin';
    if (pick === 'random') return Math.floor(randomness.fraction() * nodes);
    const chosen = pick === 'round-robin' ? number - 1 : pick(number);
    return ((Math.trunc(chosen) % nodes) + nodes) % nodes;
  }

  function factsOf(request: TenantRequest, route: Route): RequestFacts {
    requestNumber += 1;
    const named = clientIdOf(request, route);
    const clientId = named !== undefined && state.get(named) !== undefined ? named : undefined;
    // A path that names a known application holds nothing else; any other may hold what was put there by mistake.
    const isPlain = route.operation !== 'unknown' && (clientId !== undefined || !('clientId' in route));
    return {
      number: requestNumber,
      at: clock.now(),
      method: request.method,
      path: isPlain ? request.url.pathname : withoutSecrets(request.url.pathname),
      operation: route.operation,
      clientId,
      node: pickNode(requestNumber),
      carries: (secret) => (request.body ?? '').includes(secret.reveal()),
    };
  }

  /** Cleans a path of the secrets the tenant knows, and of anything long enough to be one it does not know yet. */
  function withoutSecrets(path: string): string {
    const segments = scrub(path, knownSecrets()).split('/');
    return segments.map((segment) => (segment.length > LONGEST_LOGGED_SEGMENT ? '…' : segment)).join('/');
  }

  function* knownSecrets(): Generator<Secret> {
    for (const application of state.all()) {
      if (application.clientSecret !== undefined) yield application.clientSecret;
      for (const { secret } of state.changes(application.clientId)) if (secret !== undefined) yield secret;
    }
  }

  async function tell(group: ReadonlySet<RequestListener>, facts: RequestFacts): Promise<void> {
    for (const listener of group) await listener(facts);
  }

  /** Who asks and for what; nothing has changed when this returns. */
  async function decide(request: TenantRequest, route: Route, node: number): Promise<Decision> {
    const ofManagement = isManagementOperation(route.operation);
    const limited = (ofManagement ? limiters.management : limiters.authentication)?.();
    if (limited === undefined) return decideUnlimited(request, route, node);
    if (!limited.allowed)
      return answerOnly(withHeaders(ofManagement ? MANAGEMENT_LIMITED : OAUTH_LIMITED, limited.headers));
    const decision = await decideUnlimited(request, route, node);
    return () => {
      const outcome = decision();
      return { ...outcome, answer: withHeaders(outcome.answer, limited.headers) };
    };
  }

  async function decideUnlimited(request: TenantRequest, route: Route, node: number): Promise<Decision> {
    if (request.body === undefined)
      return answerOnly(managementError(413, 'Payload content length greater than maximum allowed'));
    if (route.operation === 'unknown') return answerOnly(route.malformed ? MALFORMED_PATH : NOT_FOUND);
    const acceptedSecret = (clientId: string) => state.acceptedBy(clientId, node);
    if (route.operation === 'token') return decideToken(view, { request, acceptedSecret });
    if (route.operation === 'revoke') return decideRevoke(view, { request, acceptedSecret });
    if (route.operation === 'discovery') return decideDiscovery(view);
    const access = checkBearer(view, request);
    if (access.kind === 'refused') return answerOnly(access.answer);
    const asked = { request, scopes: access.scopes };
    switch (route.operation) {
      case 'get-client':
        return decideGetClient(view, asked, route.clientId);
      case 'list-clients':
        return decideListClients(view, asked);
      case 'update-client':
        return decideUpdateClient(view, asked, route.clientId);
      case 'rotate-secret':
        return decideRotateSecret(view, asked, route.clientId);
    }
  }

  /** Carries a decision out as often as the fault says, and gives the answer of the first time. */
  function carryOut(decision: Decision, effect: FaultEffect, operation: Operation): Answer {
    const commit = (): Answer => {
      const outcome = decision();
      if (outcome.commit !== undefined) {
        outcome.commit();
        log.countEffect(operation);
      }
      return outcome.answer;
    };
    switch (effect.kind) {
      case 'none':
        return decision().answer;
      case 'once':
        return commit();
      case 'twice': {
        const answer = commit();
        commit();
        return answer;
      }
      case 'late': {
        const outcome = decision();
        if (outcome.commit === undefined) return outcome.answer;
        pendingEffects += 1;
        const settled = () => {
          pendingEffects -= 1;
        };
        clock.sleep(effect.afterMilliseconds, closing.signal).then(commit).then(settled, settled);
        return outcome.answer;
      }
    }
  }

  async function exchange(request: TenantRequest): Promise<Delivery> {
    const route = findRoute(request.method, request.url.pathname);
    const facts = factsOf(request, route);
    log.begin(facts);
    if (listeners.request.size > 0) await tell(listeners.request, facts);
    const fault = injector.take(facts);
    if (fault !== undefined) log.hit(facts.number, fault.name);
    const decision = await decide(request, route, facts.node);
    if (listeners.before.size > 0) await tell(listeners.before, facts);
    const normal = carryOut(decision, fault?.effect ?? { kind: 'once' }, facts.operation);
    if (listeners.after.size > 0) await tell(listeners.after, facts);
    const delivery: Delivery =
      fault === undefined
        ? { kind: 'answer', answer: normal }
        : deliverWithFault(fault.answer, {
            request,
            operation: facts.operation,
            normal,
            anotherClient: () => anotherClient(facts.clientId),
          });
    if (fault?.answerAfterMilliseconds !== undefined) {
      const waited = await clock.sleep(fault.answerAfterMilliseconds, closing.signal).then(
        () => true,
        () => false,
      );
      if (!waited) return finish(facts, { kind: 'reset' });
    }
    return finish(facts, delivery);
  }

  function acceptedBy(clientId: string): readonly (Secret | undefined)[] {
    return Array.from({ length: nodes }, (_, node) => state.acceptedBy(clientId, node));
  }

  function finish(facts: RequestFacts, delivery: Delivery): Delivery {
    log.end(facts.number, delivery.kind, 'answer' in delivery ? delivery.answer.status : undefined);
    return delivery;
  }

  function anotherClient(clientId: string | undefined): Record<string, unknown> | undefined {
    for (const application of state.all()) {
      const isOther = application.clientId !== clientId && application.clientId !== managementClient.clientId;
      if (isOther && application.clientSecret !== undefined) return wholeClient(application, view.name);
    }
    return undefined;
  }

  const inProcess = createInProcessFetch({ origin, maximumBodyBytes, exchange });

  return {
    domain,
    origin,
    managementAudience,
    managementClientId: managementClient.clientId,
    maximumBodyBytes,
    fetch: inProcess.fetch,
    exchange,
    inject: injector.inject,
    clearFaults: injector.clear,
    onRequest: (listener) => subscribe(listeners.request, listener),
    beforeEffect: (listener) => subscribe(listeners.before, listener),
    afterEffect: (listener) => subscribe(listeners.after, listener),
    secretOf: (clientId) => state.get(clientId)?.clientSecret,
    acceptedBy,
    acceptance(clientId, secret) {
      const accepting = acceptedBy(clientId).filter((accepted) => accepted?.equals(secret)).length;
      if (accepting === 0) return 'none';
      return accepting === nodes ? 'all' : 'some';
    },
    changesOf: (clientId) => state.changes(clientId),
    setSecretByHand(clientId, secret) {
      const application = state.get(clientId);
      if (application === undefined) throw new TypeError(`The tenant has no application ${clientId}.`);
      state.replace({ ...application, clientSecret: secret }, 'by-hand');
    },
    addApplication(seed) {
      const application = createApplication(seed, randomness);
      state.add(application);
      return application;
    },
    removeApplication: (clientId) => state.remove(clientId),
    application: (clientId) => state.get(clientId),
    applications: () => [...state.all()],
    get log() {
      return log.entries;
    },
    get counters() {
      return log.counters;
    },
    strayRequests: inProcess.strayRequests,
    quotaTokens: (clientId) =>
      clientId === undefined ? [...quota.values()].reduce((sum, each) => sum + each, 0) : (quota.get(clientId) ?? 0),
    clearLog: log.clear,
    get pendingEffects() {
      return pendingEffects;
    },
    close: () => closing.abort(new Error('The tenant was closed.')),
  };
}

const LONGEST_LOGGED_SEGMENT = 40;
const NOT_FOUND = managementError(404, 'Not Found');
const MALFORMED_PATH = managementError(400, 'Path validation error', 'invalid_uri');
const MANAGEMENT_LIMITED = managementError(429, 'Global limit has been reached', 'too_many_requests');
const OAUTH_LIMITED = oauthError(429, 'too_many_requests', 'Global limit has been reached');

function managementSeed(seed: ManagementClientSeed, managementAudience: string): ApplicationSeed {
  const { scopes, publicKeys, ...identity } = seed;
  const usesKey = publicKeys !== undefined && publicKeys.length > 0;
  return {
    name: 'Secret Rotation',
    description: 'The management client that rotates secrets',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    jwt_configuration: { alg: 'RS256' },
    grants: [{ audience: managementAudience, scopes: scopes ?? MANAGEMENT_SCOPES }],
    ...identity,
    ...(usesKey
      ? {
          publicKeys,
          client_authentication_methods: { private_key_jwt: { credentials: [{ id: 'cred_8mH1dLq5TfVx0wPz3yRk6s' }] } },
        }
      : { token_endpoint_auth_method: 'client_secret_post' }),
  };
}

/** The application a request is about, by its path or its credentials. */
function clientIdOf(request: TenantRequest, route: Route): string | undefined {
  if ('clientId' in route) return route.clientId;
  if (route.operation !== 'token' && route.operation !== 'revoke') return undefined;
  return readPresented(request, readParameters(request) ?? {}).clientId;
}

function subscribe(group: Set<RequestListener>, listener: RequestListener): () => void {
  group.add(listener);
  return () => {
    group.delete(listener);
  };
}
