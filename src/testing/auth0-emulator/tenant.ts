/**
 * An Auth0 tenant in memory: its state, its nodes, its faults and the truth about it. No socket is involved; `fetch`
 * answers in process, and `exchange` is what a transport builds on.
 */
import { systemClock } from '../../base/clock.js';
import { RotationError } from '../../base/errors.js';
import { type Secret, scrub } from '../../base/secret.js';
import { systemRandomness } from '../randomness.js';
import { createAccessTokens } from './access-tokens.js';
import type { Answer, Delivery } from './answer.js';
import { createApplication } from './application.js';
import { wholeClient } from './client-rendering.js';
import { createDecider } from './decide.js';
import { DEFAULT_API, defaultApplications, managementApplication } from './default-applications.js';
import type { FaultEffect } from './fault.js';
import { createFaultInjector } from './fault-injection.js';
import { deliverWithFault } from './faulty-delivery.js';
import { createInProcessFetch } from './in-process-fetch.js';
import type { Decision, TenantView } from './operation.js';
import type { RequestFacts, RequestListener } from './request-facts.js';
import { createRequestLog } from './request-log.js';
import { findRoute, type Operation, type Route } from './route.js';
import type { Auth0TenantOptions, EmulatedTenant } from './tenant-contract.js';
import { readParameters, readPresented, type TenantRequest } from './tenant-request.js';
import { createTenantState } from './tenant-state.js';

const DEFAULT_DOMAIN = 'acme.eu.auth0.com';
/** A path segment longer than any client id may be a secret that was put there by mistake. */
const LONGEST_LOGGED_SEGMENT = 40;

/**
 * Makes a tenant with a population to rotate.
 *
 * @param options everything can be overridden; without any there is one node, no window, no limit and no fault.
 * @returns the tenant, the means to disturb it, and the truth about it.
 * @throws `SETTING_INVALID` for a number of nodes or a window that makes no sense.
 */
export function createAuth0Tenant(options: Auth0TenantOptions = {}): EmulatedTenant {
  const domain = options.domain ?? DEFAULT_DOMAIN;
  const origin = options.origin ?? `https://${domain}`;
  const clock = options.clock ?? systemClock;
  const randomness = options.randomness ?? systemRandomness;
  const nodes = options.nodes ?? 1;
  const windowMilliseconds = options.propagationMilliseconds ?? 0;
  checkSetting('nodes', Number.isInteger(nodes) && nodes >= 1 && nodes <= 1_000, 'a whole number from 1 to 1000');
  checkSetting(
    'propagationMilliseconds',
    windowMilliseconds >= 0 && Number.isFinite(windowMilliseconds),
    'zero or more',
  );
  const managementAudience = `https://${domain}/api/v2/`;
  const maximumBodyBytes = options.maximumBodyBytes ?? 2 ** 20;
  const state = createTenantState(clock, randomness, {
    nodes,
    windowMilliseconds,
    switchAfter: options.switchAfter,
  });
  const tokens = createAccessTokens();
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
  let turns = 0;
  let pendingEffects = 0;

  const apis = options.apis ?? [DEFAULT_API];
  const view: TenantView = {
    clock,
    randomness,
    state,
    tokens,
    name: /^[a-z][a-z0-9-]*(?=\.)/i.exec(domain)?.[0] ?? 'emulator',
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

  const managementSeed = managementApplication(options.managementClient ?? {}, managementAudience);
  const managementClient = createApplication(managementSeed, randomness);
  state.add(managementClient);
  for (const seed of options.applications ?? defaultApplications()) state.add(createApplication(seed, randomness));

  const decide = createDecider(view, options.rateLimits ?? {});

  /** The next node. Requests to the Management API take no turn, or their rhythm would choose the nodes. */
  function pickNode(): number {
    const pick = options.pickNode ?? 'round-robin';
    const turn = turns;
    turns += 1;
    if (pick === 'random') return Math.floor(randomness.fraction() * nodes);
    const chosen = pick === 'round-robin' ? turn : pick(turn);
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
      node: route.operation === 'token' || route.operation === 'revoke' ? pickNode() : undefined,
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
    const decision = await decide(request, route, facts.node ?? 0);
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

/** @throws `SETTING_INVALID` unless the value is valid. */
function checkSetting(field: string, isValid: boolean, expected: string): void {
  if (isValid) return;
  throw new RotationError({
    code: 'SETTING_INVALID',
    kind: 'refused',
    field,
    message: `The emulator takes ${expected} for ${field}. Nothing was started.`,
  });
}
