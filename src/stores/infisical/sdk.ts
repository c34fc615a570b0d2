/**
 * The official SDK with our transport inside. The SDK keeps what it is good at – routes, query parameters, headers –
 * and loses its own `fetch` loop, see `transport.ts` for why. It is loaded at the first request.
 *
 * @see https://github.com/Infisical/node-sdk-v2
 */
import type { InfisicalSDK } from '@infisical/sdk';
import { RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { WireRequest } from './transport.js';

/** Sends what the SDK wants sent, and gives back the parsed body. */
type Send = (request: WireRequest) => Promise<unknown>;

/**
 * A fresh SDK that sends through us. It is cheap, and made for one request, so that requests share no state.
 *
 * @param siteUrl without a trailing slash.
 * @param token the access token; undefined to log in.
 * @param send gets every request the SDK makes.
 * @throws `DEFECT` when the installed SDK is built differently from the one this package guards.
 */
export async function openSdk(siteUrl: string, token: Secret | undefined, send: Send): Promise<InfisicalSDK> {
  const { InfisicalSDK } = await import('@infisical/sdk');
  const sdk = new InfisicalSDK({ siteUrl });
  guardSdk(sdk, send);
  if (token !== undefined) sdk.auth().accessToken(token.reveal());
  return sdk;
}

/** What the SDK passes to its own transport beside method, path and body. */
interface SdkRequestConfiguration {
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The private part of the SDK that is replaced. */
interface SdkTransport {
  readonly baseURL: string;
  readonly defaultHeaders: Readonly<Record<string, string>>;
  request: (
    method: string,
    path: string,
    body: string | undefined,
    configuration?: SdkRequestConfiguration,
  ) => Promise<unknown>;
}

/** The rooms of the SDK that are used; each must send through the transport that is replaced. */
const USED_APIS = ['authApi', 'secretsApi', 'foldersApi'] as const;

/**
 * Replaces the transport of one SDK instance.
 *
 * @param sdk an instance of `InfisicalSDK`.
 * @param send gets every request the instance makes from now on.
 * @throws `DEFECT` when the instance does not have the expected shape: an SDK whose requests cannot be guarded is not
 *   used at all.
 */
export function guardSdk(sdk: object, send: Send): void {
  const inside = sdk as Readonly<Record<string, unknown>>;
  const transport = inside['apiClient'];
  const shared = USED_APIS.every((name) => (inside[name] as SdkRoom | undefined)?.apiClient === transport);
  if (!isSdkTransport(transport) || !shared) {
    throw new RotationError({
      code: 'DEFECT',
      kind: 'defect',
      message:
        'The installed @infisical/sdk is built differently from version 5.0.2, so its requests cannot be guarded. Nothing was sent.',
      action: 'Install @infisical/sdk 5.0.2, the version this package depends on.',
    });
  }
  transport.request = async (method, path, body, configuration) =>
    await send({
      method,
      url: addressOf(transport.baseURL, path, configuration?.params),
      headers: { accept: 'application/json', ...transport.defaultHeaders, ...configuration?.headers },
      body,
    });
}

interface SdkRoom {
  readonly apiClient?: unknown;
}

function isSdkTransport(value: unknown): value is SdkTransport {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<Record<keyof SdkTransport, unknown>>;
  return (
    typeof candidate.request === 'function' &&
    candidate.request.length === 4 &&
    typeof candidate.baseURL === 'string' &&
    typeof candidate.defaultHeaders === 'object' &&
    candidate.defaultHeaders !== null
  );
}

function addressOf(baseUrl: string, path: string, parameters: Readonly<Record<string, unknown>> = {}): URL {
  const url = new URL(path.replace(/^\//, ''), baseUrl);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null) url.searchParams.append(name, String(value));
  }
  return url;
}
