/**
 * What a person says about the place in Infisical, and the checks that need no request: a place that cannot be right is
 * refused before anything is sent.
 */
import type { Clock } from '../../base/clock.js';
import { RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';

/** Who we are to Infisical: a machine identity with universal auth, or a token somebody else obtained. */
export type InfisicalIdentity =
  | { readonly method: 'universal-auth'; readonly clientId: string; readonly clientSecret: Secret }
  | { readonly method: 'token'; readonly token: Secret };

/** Where the secrets live in Infisical, as whom to go there, and how. */
export interface InfisicalStoreOptions {
  /**
   * Where Infisical is. `http` is taken only when it is written out; then the store's description says so, unless the
   * host is this machine. A trailing `/api` is dropped.
   * @default 'https://app.infisical.com'
   */
  readonly siteUrl?: string;
  readonly identity: InfisicalIdentity;
  /** The project's id, not its slug or name. */
  readonly projectId: string;
  /** The environment's slug, for example `dev`. */
  readonly environment: string;
  /**
   * The folder, from the root.
   * @default '/'
   */
  readonly secretPath?: string;
  /**
   * Make the folder, level by level, when a secret is created in it and it is not there.
   * @default false
   */
  readonly createFolder?: boolean;
  /** @default the clock of this machine */
  readonly clock?: Clock;
  /**
   * How long one request may take, its body included, in milliseconds.
   * @default 15 000
   */
  readonly requestTimeoutMilliseconds?: number;
  /**
   * How many requests of one route class (secrets, folders, login) are sent in any 60 s, shared by all stores of one
   * site. Infisical was measured to allow 40 for each address and class.
   * @default 36
   */
  readonly requestsPerMinute?: number;
  /** @default the global fetch, looked up at each request */
  readonly fetch?: typeof fetch;
}

/** One folder of one environment of one project, checked. */
export interface InfisicalPlace {
  /** Origin and base path, without a trailing slash: `https://app.infisical.com`. */
  readonly siteUrl: string;
  readonly projectId: string;
  readonly environment: string;
  /** `/`, or a path without a trailing slash. */
  readonly secretPath: string;
  /** For a person. */
  readonly description: string;
}

const DEFAULT_SITE_URL = 'https://app.infisical.com';

/**
 * Checks where the secrets are to live.
 *
 * @param options site URL, project, environment and path as a person gave them.
 * @returns the place in one normal form.
 * @throws `SETTING_INVALID` or `SETTING_MISSING` with the field's name; the value itself is not repeated for a URL that
 *   carries credentials.
 */
export function parsePlace(
  options: Pick<InfisicalStoreOptions, 'siteUrl' | 'projectId' | 'environment' | 'secretPath'>,
): InfisicalPlace {
  const site = parseSiteUrl(options.siteUrl ?? DEFAULT_SITE_URL);
  const projectId = required('projectId', options.projectId);
  const environment = required('environment', options.environment);
  const secretPath = parseSecretPath(options.secretPath ?? '/');
  const unencrypted = site.protocol === 'http:' && !isLoopback(site.hostname);
  return {
    siteUrl: site.href.replace(/\/+$/, ''),
    projectId,
    environment,
    secretPath,
    description: `project ${projectId}, environment ${environment}, path ${secretPath}${unencrypted ? ', over unencrypted http' : ''}`,
  };
}

/** Whether a text can stand in a header as a token: visible ASCII, so that nothing can end the header. */
export function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/**
 * Checks a ready token, as far as that goes without a request.
 *
 * @throws `SETTING_INVALID` for one that cannot stand in a header.
 */
export function checkIdentity(identity: InfisicalIdentity): void {
  if (identity.method !== 'token' || isHeaderSafe(identity.token.reveal())) return;
  throw invalid('token', 'The Infisical token is empty or holds something other than visible ASCII characters.');
}

/**
 * Splits a path into the folder that holds it and its own name.
 *
 * @param path a checked path that is not the root.
 */
export function splitPath(path: string): { readonly parent: string; readonly name: string } {
  const cut = path.lastIndexOf('/');
  return { parent: path.slice(0, cut) || '/', name: path.slice(cut + 1) };
}

function parseSiteUrl(text: string): URL {
  // What a URL parser would mend or drop in silence is not what a person meant to trust with a secret.
  if (/[^\x21-\x7e]|\\/.test(text)) {
    throw invalid('siteUrl', 'The site URL holds white space, a backslash or a character outside ASCII.');
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid('siteUrl', 'The site URL is not a URL; it needs its scheme, as in https://app.infisical.com.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw invalid('siteUrl', 'The site URL must begin with https:// (or http:// for a site without encryption).');
  }
  if (url.username !== '' || url.password !== '' || text.includes('@')) {
    throw invalid('siteUrl', 'The site URL must not carry a user name or a password.');
  }
  if (/[?#]/.test(text)) {
    throw invalid('siteUrl', 'The site URL must end with its path: no "?" and no "#".');
  }
  // The SDK adds /api itself; people copy the URL of the API with it.
  url.pathname = url.pathname.replace(/\/+$/, '').replace(/\/api$/, '');
  return url;
}

function parseSecretPath(text: string): string {
  if (!text.startsWith('/')) throw invalid('secretPath', `The secret path "${text}" must begin with "/".`);
  const path = text.replace(/\/+$/, '');
  if (path === '') return '/';
  for (const folder of path.slice(1).split('/')) {
    if (!/^[\w-][\w.-]*$/.test(folder)) {
      throw invalid('secretPath', `The secret path "${text}" holds a folder name Infisical does not allow.`);
    }
  }
  return path;
}

function required(field: string, text: string): string {
  if (text.trim() === '') {
    throw new RotationError({
      code: 'SETTING_MISSING',
      kind: 'refused',
      field,
      message: `${field} is empty; nothing was sent.`,
    });
  }
  if (!/^[\w.-]+$/.test(text)) throw invalid(field, `${field} may hold letters, digits, "-", "_" and "." only.`);
  return text;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function invalid(field: string, message: string): RotationError {
  return new RotationError({
    code: 'SETTING_INVALID',
    kind: 'refused',
    field,
    message: `${message} Nothing was sent.`,
  });
}
