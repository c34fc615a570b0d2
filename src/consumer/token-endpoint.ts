/** Where token requests go. The client secret is sent there, so that nothing doubtful passes. */

const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A tenant domain or custom domain, or the whole address of a token endpoint. */
export type TokenEndpoint =
  /** `acme.eu.auth0.com`, nothing before or after it. */
  | { readonly domain: string }
  /** `https://…`; plain http on this machine only. */
  | { readonly tokenEndpoint: string | URL };

/**
 * Gives the address to send token requests to.
 *
 * @throws `TypeError` naming the option, never repeating an address that holds credentials.
 */
export function resolveTokenEndpoint(options: TokenEndpoint): string {
  if ('domain' in options) {
    const domain = String(options.domain).toLowerCase();
    if (!DOMAIN.test(domain)) {
      throw new TypeError('Give the tenant domain alone for `domain`, for example acme.eu.auth0.com.');
    }
    return `https://${domain}/oauth/token`;
  }
  let url: URL;
  try {
    url = new URL(options.tokenEndpoint);
  } catch {
    throw new TypeError('Give an absolute address for `tokenEndpoint`.');
  }
  if (url.username || url.password || url.hash) {
    throw new TypeError('Give an address without credentials and without a fragment for `tokenEndpoint`.');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) {
    throw new TypeError('Give an https address for `tokenEndpoint`; the client secret is sent there.');
  }
  return url.href;
}
