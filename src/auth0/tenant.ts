/**
 * What a person typed as their Auth0 domain, made into a tenant. The management secret is sent to this host, so the
 * rules are strict, and the host is never taken from anything but the domain itself.
 */
import type { ErrorCode } from '../base/error-catalogue.js';
import { RotationError } from '../base/errors.js';
import type { Auth0Tenant } from './access.js';

export interface TenantInput {
  /** The tenant domain, a custom domain, or an allowed origin. */
  readonly domain: string;
  /** The Management API audience. Needed with a custom domain, whose tenant it names. */
  readonly audience?: string | undefined;
  /** Origins trusted beyond the rules, such as `http://127.0.0.1:4455`. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

/** Auth0's own domains; private cloud tenants live under the second. */
const AUTH0_SUFFIXES = ['.auth0.com', '.auth0app.com'];
/** Names that only mean something inside a network. */
const PRIVATE_SUFFIXES = ['.local', '.internal', '.localhost'];
const LONGEST_HOST = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** URLs read a host whose last label is a number, decimal or hexadecimal, as an IPv4 address: `127.1`, `0x7f000001`. */
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;
const AUDIENCE = /^(https?:\/\/[a-z0-9.:[\]-]+)\/api\/v2\/$/;

/** Where requests go, and by which rule. */
interface Destination {
  readonly origin: string;
  readonly rule: 'tenant-domain' | 'custom-domain' | 'allowed-origin';
}

/**
 * Makes a tenant from what a person typed.
 *
 * @param input the domain, and what goes beyond the rules. `https://` before it and one `/` after it may have been
 *   pasted along. Accepted are hosts under `auth0.com` and `auth0app.com`; any other public host with an explicit
 *   audience; and the allowed origins, with their scheme or, when only one of them has that host, without.
 * @returns the tenant. The host of its origin is exactly the host that was checked.
 * @throws a refusal that names the field:
 *   `DOMAIN_INVALID` for what is not a host alone; `ORIGIN_NOT_ALLOWED` for http, ports, addresses and private names
 *   that are not on the list; `AUDIENCE_REQUIRED` for a custom domain without one; `AUDIENCE_INVALID`; and
 *   `SETTING_INVALID` for a malformed allowed origin.
 * @see https://auth0.com/docs/customize/custom-domains/configure-features-to-use-custom-domains
 */
export function parseTenant(input: TenantInput): Auth0Tenant {
  const allowedOrigins = (input.allowedOrigins ?? []).map(parseAllowedOrigin);
  const destination = parseDestination(input.domain, allowedOrigins);
  const audience = parseAudience(input.audience, destination, allowedOrigins);
  return { origin: destination.origin, audience, key: new URL(audience).host };
}

function parseDestination(domain: string, allowedOrigins: readonly string[]): Destination {
  const text = domain.endsWith('/') ? domain.slice(0, -1) : domain;
  if (allowedOrigins.includes(text)) return { origin: text, rule: 'allowed-origin' };

  // The value is not repeated in these messages: what stands in a wrong field may be a secret.
  if (text === '') throw refusal('DOMAIN_INVALID', 'domain', 'The Auth0 domain is empty.');
  if (/[^\x21-\x7e]/.test(text)) {
    throw refusal('DOMAIN_INVALID', 'domain', 'The Auth0 domain holds white space or a character outside ASCII.');
  }
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  const host = text.slice(scheme.length);
  if (scheme !== '' && scheme !== 'https://' && scheme !== 'http://') {
    throw refusal('DOMAIN_INVALID', 'domain', 'The Auth0 domain begins with a scheme other than "https://".');
  }
  if (/[/?#\\@%]/.test(host)) {
    throw refusal('DOMAIN_INVALID', 'domain', 'The Auth0 domain holds more than a host: one of / ? # \\ @ %.');
  }
  if (/[A-Z]/.test(host)) throw refusal('DOMAIN_INVALID', 'domain', 'The Auth0 domain is not in lower case.');

  const isTenantDomain = isAuth0Host(host);
  if (scheme === '' && !isTenantDomain) {
    const sameHost = allowedOrigins.filter((origin) => origin.slice(origin.indexOf('://') + 3) === host);
    if (sameHost.length > 1) {
      throw refusal('ORIGIN_NOT_ALLOWED', 'domain', 'Several allowed origins have this host; give it with its scheme.');
    }
    if (sameHost[0] !== undefined) return { origin: sameHost[0], rule: 'allowed-origin' };
  }
  if (scheme === 'http://')
    throw refusal('ORIGIN_NOT_ALLOWED', 'domain', 'The Auth0 domain is reached over plain http.');
  if (/:\d{1,5}$/.test(host)) throw refusal('ORIGIN_NOT_ALLOWED', 'domain', 'The Auth0 domain names a port.');
  if (isPrivate(host)) {
    throw refusal('ORIGIN_NOT_ALLOWED', 'domain', 'The Auth0 domain is an address or a name of a private network.');
  }
  if (!isPublicHost(host)) throw refusal('DOMAIN_INVALID', 'domain', 'The Auth0 domain is not a host name.');
  if (AUTH0_SUFFIXES.includes(`.${host}`)) {
    throw refusal('DOMAIN_INVALID', 'domain', 'The Auth0 domain does not name a tenant.');
  }
  return { origin: `https://${host}`, rule: isTenantDomain ? 'tenant-domain' : 'custom-domain' };
}

function parseAudience(
  audience: string | undefined,
  destination: Destination,
  allowedOrigins: readonly string[],
): string {
  if (audience === undefined) {
    if (destination.rule !== 'custom-domain') return `${destination.origin}/api/v2/`;
    throw refusal(
      'AUDIENCE_REQUIRED',
      'audience',
      `${destination.origin} is a custom domain, and the audience does not follow from it.`,
    );
  }
  const origin = AUDIENCE.exec(audience)?.[1];
  if (origin === undefined) {
    throw refusal('AUDIENCE_INVALID', 'audience', 'The audience is not of the form https://HOST/api/v2/.');
  }
  const isTenant = origin.startsWith('https://') && isAuth0Host(origin.slice('https://'.length));
  if (!isTenant && !allowedOrigins.includes(origin)) {
    throw refusal('AUDIENCE_INVALID', 'audience', 'The audience does not name a tenant domain of Auth0.');
  }
  return audience;
}

function parseAllowedOrigin(text: string): string {
  const origin = text.endsWith('/') ? text.slice(0, -1) : text;
  // Only text that a URL gives back unchanged is taken, so that comparing strings is comparing origins.
  if (/^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw refusal(
    'SETTING_INVALID',
    'allowedOrigins',
    'An allowed origin is not of the form http://HOST:PORT or https://HOST, in lower case and without a default port.',
  );
}

/** A host below one of Auth0's own domains. The dot before the suffix keeps `evil-auth0.com` out. */
function isAuth0Host(host: string): boolean {
  return isPublicHost(host) && AUTH0_SUFFIXES.some((suffix) => host.endsWith(suffix));
}

function isPublicHost(host: string): boolean {
  if (host.length > LONGEST_HOST || isPrivate(host)) return false;
  const labels = host.split('.');
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  if (!/^[a-z]/.test(labels.at(-1) ?? '')) return false; // No public name ends otherwise.
  // What fetch will make of it must be what was checked.
  return URL.canParse(`https://${host}`) && new URL(`https://${host}`).host === host;
}

function isPrivate(host: string): boolean {
  return (
    host.startsWith('[') ||
    host === 'localhost' ||
    ENDS_IN_NUMBER.test(host.replace(/\.$/, '')) ||
    PRIVATE_SUFFIXES.some((suffix) => host.replace(/\.$/, '').endsWith(suffix))
  );
}

function refusal(code: ErrorCode, field: string, message: string): RotationError {
  return new RotationError({ code, kind: 'refused', field, message: `${message} Nothing was sent.` });
}

/**
 * The host of a tenant, for a person.
 *
 * @returns the domain requests go to, such as `acme.eu.auth0.com`.
 */
export function hostOf(tenant: Auth0Tenant): string {
  return new URL(tenant.origin).host;
}
