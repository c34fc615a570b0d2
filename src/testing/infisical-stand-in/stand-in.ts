/**
 * A stand-in for Infisical on this machine, for tests and the demo: it answers the requests `@infisical/sdk` makes for
 * logging in, folders and secrets the way a real server was observed to, keeps the truth where a test can look at it,
 * and fails to order. It listens on the loopback interface only.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, Refusal, refusal } from './answer.js';
import { createContents, latest, type StandInPlace, type StandInSecret } from './contents.js';
import { createFaults, type FaultOrder, type StandInFault } from './faults.js';
import {
  type InfisicalStandInOptions,
  type StandInIdentity,
  type StandInOperation,
  type StandInProject,
  type StandInStep,
  withDefaults,
} from './options.js';
import { createRateLimit } from './rate-limit.js';
import { trimmed } from './references.js';
import { carryOut, type RoutedRequest, routeOf, type World } from './routes.js';
import { createTokens } from './tokens.js';

/** One line of the request log. No secret, no token and no body is in it. */
export interface StandInRequest extends StandInStep {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Of the answer; undefined while there is none, and for good when a fault withheld it. */
  readonly status: number | undefined;
}

/** What a person or a program needs to use the stand-in. The credentials are made up. */
export interface StandInDescription {
  readonly siteUrl: string;
  readonly projectId: string;
  readonly environment: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A place, by default the root of the first environment of the first project. */
export type PartialPlace = Partial<StandInPlace>;

/** A secret as it really stands there. */
export interface StandInTruth {
  readonly name: string;
  readonly value: string;
  readonly comment: string;
  readonly type: StandInSecret['type'];
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  /** Every value it ever had, oldest first. */
  readonly history: readonly string[];
}

/** A running stand-in, with a back door to what it holds. */
export interface InfisicalStandIn {
  readonly siteUrl: string;
  readonly projects: readonly StandInProject[];
  readonly identities: readonly StandInIdentity[];
  /** Where it is and how to log in: the ready line of a command, as JSON. */
  describe(): StandInDescription;
  /** Every secret of a folder, each copy on its own. */
  secretsIn(place?: PartialPlace): readonly StandInTruth[];
  /** Writes as somebody else would. `copy` leaves those that are there beside it. Makes the folder if need be. */
  set(
    secret: PartialPlace & {
      readonly name: string;
      readonly value: string;
      readonly comment?: string;
      readonly type?: StandInSecret['type'];
      readonly copy?: boolean;
    },
  ): void;
  /** Removes every copy of a name. */
  remove(secret: PartialPlace & { readonly name: string }): void;
  /** Makes a folder and those above it. */
  addFolder(place: PartialPlace & { readonly path: string }): void;
  /** The folders directly inside. */
  foldersIn(place?: PartialPlace): readonly string[];
  /** An access token of an identity, by default the first, without a login. */
  issueToken(identity?: StandInIdentity): string;
  /** Lets every token that was issued so far expire, or revokes it. */
  expireTokens(): void;
  revokeTokens(): void;
  /** Orders a fault. Orders strike in the order they were given. */
  inject(order: FaultOrder): void;
  /** Forgets all orders that have not struck. */
  clearFaults(): void;
  /** Every request so far, of one operation or of all. */
  requests(operation?: StandInOperation): readonly StandInRequest[];
  /** Resolves when every effect that a `late-effect` fault put off has happened. */
  lateEffects(): Promise<void>;
  /** Ends every connection and stops listening. Doing it twice is harmless. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in on 127.0.0.1, on a free port.
 *
 * @param options what it holds and how it behaves.
 * @returns a running stand-in; close it.
 */
export async function startInfisicalStandIn(options: InfisicalStandInOptions = {}): Promise<InfisicalStandIn> {
  const settings = withDefaults(options);
  const now = () => settings.clock.now();
  const contents = createContents(settings.projects, now);
  const tokens = createTokens(settings.identities, now);
  const world: World = { settings, contents, tokens };
  const faults = createFaults();
  const limit = createRateLimit(settings);
  const log: StandInRequest[] = [];
  const late = new Set<Promise<unknown>>();
  const sockets = new Set<Socket>();

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const route = routeOf(request.method ?? '', url.pathname);
    const body = await bodyOf(request);
    if (route === undefined) {
      const missing = refusal(404, `Route ${request.method}:${url.pathname} not found`);
      return write(response, missing.answer);
    }
    const { operation, name } = route;
    const ordinal = log.filter((line) => line.operation === operation).length + 1;
    const step: StandInStep = { operation, name, ordinal, number: log.length + 1 };
    log.push({ ...step, method: request.method ?? '', path: url.pathname, status: undefined });
    const answerWith = (answer: Answer) => {
      const line = log[step.number - 1];
      if (line !== undefined) log[step.number - 1] = { ...line, status: answer.status };
      write(response, answer);
    };
    const routed = { operation, name, query: url.searchParams, body, authorization: request.headers.authorization };
    await withFault(faults.take(operation), step, routed, response, answerWith);
  }

  async function withFault(
    fault: StandInFault | undefined,
    step: StandInStep,
    request: RoutedRequest,
    response: ServerResponse,
    answerWith: (answer: Answer) => void,
  ): Promise<void> {
    if (fault?.kind === 'late-effect') {
      response.destroy();
      const effect = fault.until.then(() => effectOf(step, request));
      late.add(effect);
      return;
    }
    if (fault?.kind === 'redirect') {
      return answerWith({ status: fault.status ?? 307, body: {}, headers: { location: fault.location } });
    }
    if (fault !== undefined && 'when' in fault && fault.when === 'before-effect') {
      if (await strike(fault, response, answerWith)) return;
    }
    const answer = await effectOf(step, request);
    if (fault?.kind === 'stall-body') return stallInBody(response, answer);
    if (fault?.kind === 'broken-body') {
      return answerWith({ status: 200, body: new RawBody(fault.body ?? '<html>Bad gateway</html>') });
    }
    if (fault !== undefined && 'when' in fault && fault.when === 'after-effect') {
      if (await strike(fault, response, answerWith)) return;
    }
    answerWith(answer);
  }

  async function effectOf(step: StandInStep, request: RoutedRequest): Promise<Answer> {
    await settings.beforeEffect(step);
    const answer = await answerTo(request);
    await settings.afterEffect(step);
    return answer;
  }

  async function answerTo(request: RoutedRequest): Promise<Answer> {
    try {
      limit.count(request.operation);
      return await carryOut(world, request);
    } catch (thrown) {
      if (thrown instanceof Refusal) return thrown.answer;
      return refusal(500, 'Something went wrong').answer;
    }
  }

  function write(response: ServerResponse, { status, body, headers = {} }: Answer): void {
    response.sendDate = false;
    const date = settings.dateHeader();
    const type = body instanceof RawBody ? 'text/html' : 'application/json; charset=utf-8';
    response.writeHead(status, { 'content-type': type, ...(date === undefined ? {} : { date }), ...headers });
    response.end(body instanceof RawBody ? body.text : JSON.stringify(body));
  }

  function stallInBody(response: ServerResponse, answer: Answer): void {
    const text = JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.write(text.slice(0, Math.ceil(text.length / 2)));
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const siteUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const [firstProject] = settings.projects;
  const [firstIdentity] = settings.identities;
  const placeOf = (place: PartialPlace): StandInPlace => ({
    projectId: place.projectId ?? firstProject?.id ?? '',
    environment: place.environment ?? firstProject?.environments[0] ?? '',
    path: place.path ?? '/',
  });
  const addFolders = (place: StandInPlace) => {
    const levels = place.path.split('/').filter((level) => level !== '');
    levels.forEach((_, index) => {
      contents.addFolder({ ...place, path: `/${levels.slice(0, index + 1).join('/')}` });
    });
  };

  return {
    siteUrl,
    projects: settings.projects,
    identities: settings.identities,
    describe: () => ({
      siteUrl,
      projectId: firstProject?.id ?? '',
      environment: firstProject?.environments[0] ?? '',
      clientId: firstIdentity?.clientId ?? '',
      clientSecret: firstIdentity?.clientSecret ?? '',
    }),
    secretsIn: (place = {}) => contents.secretsIn(placeOf(place)).map(truthOf),
    set({ name, value, comment, type = 'shared', copy = false, ...place }) {
      const key = { ...placeOf(place), name, type };
      addFolders(key);
      if (copy || contents.copiesOf(key).length === 0) contents.insert(key, trimmed(value), comment ?? '');
      else contents.update(key, trimmed(value), comment ?? '');
    },
    remove({ name, ...place }) {
      const key = { ...placeOf(place), name };
      while (contents.remove(key) !== undefined);
    },
    addFolder: (place) => addFolders(placeOf(place)),
    foldersIn: (place = {}) => contents.foldersIn(placeOf(place)),
    issueToken(identity = firstIdentity) {
      if (identity === undefined) throw new Error('The stand-in has no identity.');
      return tokens.issue(identity).accessToken;
    },
    expireTokens: () => tokens.expireAll(),
    revokeTokens: () => tokens.revokeAll(),
    inject: (order) => faults.order(order),
    clearFaults: () => faults.clear(),
    requests: (operation) => log.filter((line) => operation === undefined || line.operation === operation),
    async lateEffects() {
      await Promise.all(late);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A body that is sent as it is. */
class RawBody {
  constructor(readonly text: string) {}
}

type TimedFault = Extract<StandInFault, { readonly when: unknown }>;

/** @returns whether the request is dealt with; after a delay it goes on. */
async function strike(
  fault: TimedFault,
  response: ServerResponse,
  answerWith: (answer: Answer) => void,
): Promise<boolean> {
  switch (fault.kind) {
    case 'reset':
      response.destroy();
      return true;
    case 'stall':
      return true;
    case 'status': {
      const { answer } = refusal(fault.status, fault.message ?? 'Something went wrong');
      answerWith({ ...answer, ...(fault.headers === undefined ? {} : { headers: fault.headers }) });
      return true;
    }
    case 'delay':
      await fault.until;
      return false;
  }
}

function truthOf(secret: StandInSecret): StandInTruth {
  const { value, comment, version, writtenAt } = latest(secret);
  const history = secret.versions.map((entry) => entry.value);
  return { name: secret.name, type: secret.type, value, comment, version, updatedAt: writtenAt, history };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
