/** The tenant on a socket: plain HTTP, reachable from this machine alone. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv4 } from 'node:net';
import { RotationError } from '../../base/errors.js';
import { type Delivery, managementError } from './answer.js';
import { describeTenant, type EmulatorDescription } from './description.js';
import { createAuth0Tenant } from './tenant.js';
import type { Auth0TenantOptions, EmulatedTenant } from './tenant-contract.js';

/** Those of the tenant, and where to listen. */
export interface Auth0EmulatorOptions extends Omit<Auth0TenantOptions, 'origin'> {
  /** A loopback address: one of 127.0.0.0/8, `::1`, or `localhost`, which means 127.0.0.1. @default '127.0.0.1' */
  readonly host?: string;
  /** @default a free one */
  readonly port?: number;
}

/** A running emulator. */
export interface Auth0Emulator {
  /** Such as `http://127.0.0.1:4455`. */
  readonly origin: string;
  readonly tenant: EmulatedTenant;
  /** What to print when it is ready, see `EmulatorDescription`. */
  describe(): EmulatorDescription;
  /** Ends every connection and every late effect. Doing it twice is harmless. */
  close(): Promise<void>;
}

/**
 * Starts a tenant on a port of this machine.
 *
 * @param options those of the tenant, whose domain defaults to host and port, and where to listen.
 * @returns when it takes requests.
 * @throws `SETTING_INVALID` for a host that is not loopback, a port that cannot be used, or what the tenant refuses;
 *   nothing listens then.
 */
export async function startAuth0Emulator(options: Auth0EmulatorOptions = {}): Promise<Auth0Emulator> {
  const { host, port, ...tenantOptions } = options;
  const address = loopbackAddress(host ?? '127.0.0.1');
  // No request comes in before the port is known, and the tenant needs the port for its name.
  let tenant: EmulatedTenant | undefined;
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }, (message, response) => {
    if (tenant === undefined) response.destroy();
    else void answer(tenant, message, response);
  });
  const listening = await listen(server, address, port ?? 0);
  const authority = `${listening.family === 'IPv6' ? `[${listening.address}]` : listening.address}:${listening.port}`;
  const origin = `http://${authority}`;
  const started = createOrStop(server, { ...tenantOptions, domain: tenantOptions.domain ?? authority, origin });
  tenant = started;
  return {
    origin,
    tenant: started,
    describe: () => describeTenant(started),
    close: () =>
      new Promise((resolve) => {
        started.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Nothing goes on listening for a tenant that could not be made. */
function createOrStop(server: Server, options: Auth0TenantOptions): EmulatedTenant {
  try {
    return createAuth0Tenant(options);
  } catch (error) {
    server.close();
    throw error;
  }
}

/** @throws `SETTING_INVALID`: an emulator hands out secrets to whoever asks, so it is never put on a network. */
function loopbackAddress(host: string): string {
  if (host === 'localhost') return '127.0.0.1';
  if (host === '::1' || (isIPv4(host) && host.startsWith('127.'))) return host;
  throw new RotationError({
    code: 'SETTING_INVALID',
    kind: 'refused',
    field: 'host',
    message: 'The emulator listens on a loopback address only, and the host is none. Nothing was started.',
    action: 'Use 127.0.0.1 or ::1.',
  });
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = () => {
      const message = `The emulator cannot listen on ${host}, port ${port}. Nothing was started.`;
      reject(new RotationError({ code: 'SETTING_INVALID', kind: 'refused', field: 'port', message }));
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve(server.address() as AddressInfo);
    });
  });
}

async function answer(tenant: EmulatedTenant, message: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(message, tenant.maximumBodyBytes);
    const url = parseTarget(tenant.origin, message.url ?? '/');
    if (url === undefined) {
      return deliver(
        { kind: 'answer', answer: managementError(400, 'Path validation error', 'invalid_uri') },
        response,
      );
    }
    const header = (name: string) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    deliver(await tenant.exchange({ method: message.method ?? 'GET', url, header, body }), response);
  } catch {
    // The client went away while it sent, or a listener of the test threw: there is nobody, or nothing, to answer.
    response.destroy();
  }
}

/** The target is joined as text, so that `//host/path` stays a path. */
function parseTarget(origin: string, target: string): URL | undefined {
  if (!target.startsWith('/')) return undefined;
  return URL.canParse(origin + target) ? new URL(origin + target) : undefined;
}

/** The body as text; undefined when it is larger than the limit, and then the rest is read and thrown away. */
async function readBody(message: IncomingMessage, maximumBodyBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message) {
    length += (chunk as Buffer).length;
    if (length <= maximumBodyBytes) chunks.push(chunk as Buffer);
    else chunks.length = 0;
  }
  return length > maximumBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function deliver(delivery: Delivery, response: ServerResponse): void {
  switch (delivery.kind) {
    case 'stall':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'answer': {
      const { status, headers, body } = delivery.answer;
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
      return;
    }
    case 'stall-body':
    case 'cut-body': {
      const { status, headers, body } = delivery.answer;
      const bytes = Buffer.from(body);
      // An empty body would be complete at once; then a byte that never comes is promised.
      const promised = Math.max(bytes.length, 1);
      response.writeHead(status, { ...headers, 'content-length': promised });
      response.flushHeaders();
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        if (delivery.kind === 'cut-body') response.socket?.destroy();
      });
      return;
    }
  }
}
