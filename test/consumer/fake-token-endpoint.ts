/** A token endpoint on this machine. It authenticates as Auth0 does and can be told to misbehave. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What arrived, as the server understood it. */
export interface Received {
  readonly path: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly method: 'post' | 'basic';
  readonly form: URLSearchParams;
}

/** Answers instead of the ordinary answer; `next` gives the ordinary one. */
export type Behaviour = (received: Received, response: ServerResponse, next: () => void) => void;

export interface FakeTokenEndpoint {
  readonly origin: string;
  readonly tokenEndpoint: string;
  /** Everything that was received, in order. */
  readonly received: Received[];
  /** What the server does; set it to change it. */
  behaviour: Behaviour;
  close(): Promise<void>;
}

/**
 * @param accepts tells whether the node that the request meets accepts the secret.
 * @param refusal the OAuth error code of a refused secret.
 */
export async function startTokenEndpoint(
  accepts: (clientSecret: string) => boolean,
  refusal: 'access_denied' | 'invalid_client' = 'access_denied',
): Promise<FakeTokenEndpoint> {
  let issued = 0;
  const server = createServer(async (message, response) => {
    const received = await understand(message);
    endpoint.received.push(received);
    endpoint.behaviour(received, response, () => {
      if (!accepts(received.clientSecret)) {
        // RFC 6749, 5.2: a client that used the Authorization header is answered with a challenge.
        if (received.method === 'basic') response.setHeader('www-authenticate', 'Basic realm="token"');
        return answer(response, 401, { error: refusal, error_description: 'Unauthorized' });
      }
      issued += 1;
      answer(response, 200, { access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 86_400 });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoint: FakeTokenEndpoint = {
    origin,
    tokenEndpoint: `${origin}/oauth/token`,
    received: [],
    behaviour: (_received, _response, next) => next(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return endpoint;
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function understand(message: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const isJson = message.headers['content-type']?.startsWith('application/json') ?? false;
  const form = new URLSearchParams(isJson ? (JSON.parse(text) as Record<string, string>) : text);
  const path = message.url ?? '';
  const [scheme, credentials] = message.headers.authorization?.split(' ') ?? [];
  if (scheme !== 'Basic' || credentials === undefined) {
    const clientSecret = form.get('client_secret') ?? '';
    return { path, clientId: form.get('client_id') ?? '', clientSecret, method: 'post', form };
  }
  const [clientId = '', clientSecret = ''] = Buffer.from(credentials, 'base64')
    .toString('latin1')
    .split(':')
    .map(formDecode);
  return { path, clientId, clientSecret, method: 'basic', form };
}

/** Written apart from the code under test, with other means: one side's mistake must not hide the other's. */
function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
