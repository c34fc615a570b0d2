/**
 * Corporate networks: makes every request of this process follow `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, which
 * Node's own `fetch` ignores. Private certificate authorities come by `NODE_EXTRA_CA_CERTS`, which Node reads itself.
 */
import type { Environment } from './given.js';
import { type Problem, refuseAny } from './problems.js';

/** In the order in which they win over one another. */
const PROXY_VARIABLES = {
  https: ['https_proxy', 'HTTPS_PROXY'],
  http: ['http_proxy', 'HTTP_PROXY'],
} as const;

/**
 * Replaces the process's `fetch` by one that follows the proxy settings, when there are any. Call it before anything
 * that keeps a reference to `fetch` is loaded.
 *
 * @param environment the process environment.
 * @throws `SETTING_INVALID` naming the variable when it holds no usable proxy URL. Its value may hold a password and is
 *   not repeated.
 */
export async function followProxySettings(environment: Environment): Promise<void> {
  const https = firstSet(PROXY_VARIABLES.https, environment);
  const http = firstSet(PROXY_VARIABLES.http, environment);
  if (https === undefined && http === undefined) return;
  refuseAny([https, http].flatMap((variable) => proxyProblem(variable, environment)));

  const { EnvHttpProxyAgent, install, setGlobalDispatcher } = await import('undici');
  install();
  setGlobalDispatcher(
    new EnvHttpProxyAgent({
      // An empty text keeps undici from looking at variables we did not check. As in Node's own proxy support, https goes
      // through the proxy for http when it has none of its own.
      httpProxy: http === undefined ? '' : (environment[http] ?? ''),
      httpsProxy: https === undefined ? '' : (environment[https] ?? ''),
      noProxy: environment[firstSet(['no_proxy', 'NO_PROXY'], environment) ?? ''] ?? '',
    }),
  );
}

function firstSet(names: readonly string[], environment: Environment): string | undefined {
  return names.find((name) => (environment[name] ?? '') !== '');
}

function proxyProblem(variable: string | undefined, environment: Environment): Problem[] {
  if (variable === undefined) return [];
  const value = environment[variable] ?? '';
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return [];
  const problem = 'is not a proxy URL such as http://proxy.acme.example:3128';
  return [{ code: 'SETTING_INVALID', field: variable, problem }];
}
