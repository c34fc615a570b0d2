/** The settings of one rotation, judged at the edge: what is behind them is trusted from here on. */
import { z } from 'zod';
import type { ManagementCredentials } from '../auth0/access.js';
import { formatDuration, parseDuration } from '../base/duration.js';
import type { ErrorCode } from '../base/error-catalogue.js';
import { RotationError } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import type { OneShotNames } from '../engine/one-shot-types.js';
import type { PlanWarning } from '../provider/contract.js';
import type { ConfigEntry } from './config-file.js';
import { type Environment, type Flags, type Given, gather, type Level } from './given.js';
import { type Problem, refusal, refuseAny } from './problems.js';
import { readSecret } from './secret-sources.js';
import {
  SECRET_SETTINGS,
  SETTINGS,
  type SecretKey,
  type SecretSetting,
  type Setting,
  type SettingKey,
} from './setting-table.js';

/** How the secret store is told who we are. */
export type InfisicalIdentity =
  | { readonly method: 'universal-auth'; readonly clientId: string; readonly clientSecret: Secret }
  | { readonly method: 'token'; readonly token: Secret };

export interface RotationSettings {
  readonly application: string;
  readonly auth0: {
    readonly domain: string;
    readonly audience: string | undefined;
    readonly allowedOrigins: readonly string[];
    readonly credentials: ManagementCredentials;
  };
  readonly infisical: {
    readonly siteUrl: string;
    readonly identity: InfisicalIdentity;
    readonly projectId: string;
    readonly environment: string;
    readonly secretPath: string;
    readonly createFolder: boolean;
  };
  readonly names: OneShotNames;
  /** False: single-phase. */
  readonly announces: boolean;
  readonly overlapMilliseconds: number;
  readonly settleMilliseconds: number;
  readonly waitMilliseconds: number;
  readonly overwrite: boolean;
  readonly acceptHs256: boolean;
  readonly compromised: boolean;
  /** The secret in use, to be adopted. */
  readonly adopt: Secret | undefined;
  readonly warnings: readonly PlanWarning[];
  /** Names a setting as the person gave it, for errors from below: `AUTH0_DOMAIN`. */
  readonly fieldOf: (key: SettingKey) => string;
}

export interface SettingsSource {
  readonly flags: Flags;
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly entry?: ConfigEntry;
  /** Told of every secret as soon as it is read, so that no output can hold it. */
  readonly onSecret: (secret: Secret) => void;
}

const DAY_MILLISECONDS = 86_400_000;
const LONGEST_OVERLAP = 30 * DAY_MILLISECONDS;
const LONGEST_SETTLE = DAY_MILLISECONDS / 24;
const LONGEST_WAIT = DAY_MILLISECONDS;

/**
 * Reads and judges the settings of one rotation.
 *
 * @returns settings that are whole and fit together.
 * @throws a refusal (`SETTING_MISSING`, `SETTING_INVALID`, `SECRET_NAME_INVALID`, `SECRET_NAME_DUPLICATE`,
 *   `APPLICATION_ID_INVALID`, `APPLICATION_NOT_ALLOWED`) that names every setting at fault. Nothing was sent.
 */
export async function readSettings(source: SettingsSource): Promise<RotationSettings> {
  const given = gather(source.flags, source.environment, source.entry);
  const plain = parsePlain(given);
  refuseAny(conflicts(given, plain));
  const names = secretNames(plain);
  refuseAny(nameProblems(names, plain, given));
  refuseAny(allowedProblems(plain, given));

  const methods = { auth0: chooseAuth0(given), infisical: chooseInfisical(given) };
  refuseAny([...missingIdentity(methods.infisical, plain, given)]);
  const warnings: PlanWarning[] = [
    ...overrideWarnings(given),
    ...siteUrlWarnings(plain, given),
    ...compromiseWarnings(plain),
  ];
  const secretOf = async (key: SecretKey): Promise<Secret> => {
    const where = given.secrets[key];
    if (where === undefined) throw refusal([missingSecret(key)]);
    const read = await readSecret(secretSetting(key), where, source.environment, source.workingDirectory);
    source.onSecret(read.secret);
    warnings.push(...read.warnings);
    return read.secret;
  };

  const credentials: ManagementCredentials =
    methods.auth0 === 'auth0PrivateKey'
      ? { method: 'private-key-jwt', clientId: plain.auth0ClientId, privateKey: await secretOf('auth0PrivateKey') }
      : { method: 'client-secret', clientId: plain.auth0ClientId, clientSecret: await secretOf('auth0ClientSecret') };
  const identity: InfisicalIdentity =
    methods.infisical === 'infisicalToken'
      ? { method: 'token', token: await secretOf('infisicalToken') }
      : {
          method: 'universal-auth',
          clientId: plain.infisicalClientId ?? '',
          clientSecret: await secretOf('infisicalClientSecret'),
        };
  const adopt = given.secrets.currentClientSecret === undefined ? undefined : await secretOf('currentClientSecret');
  const announces = plain.fallback;
  return {
    application: plain.application,
    auth0: {
      domain: plain.auth0Domain,
      audience: plain.auth0Audience,
      allowedOrigins: plain.allowAuth0Origin,
      credentials,
    },
    infisical: {
      siteUrl: plain.infisicalSiteUrl,
      identity,
      projectId: plain.projectId,
      environment: plain.environment,
      secretPath: plain.secretPath,
      createFolder: plain.createFolder,
    },
    names,
    announces,
    overlapMilliseconds: announces && !plain.compromised ? plain.overlap : 0,
    settleMilliseconds: plain.settle,
    waitMilliseconds: plain.wait,
    overwrite: plain.overwrite,
    acceptHs256: plain.acceptHs256,
    compromised: plain.compromised,
    adopt,
    warnings,
    fieldOf: (key) => fieldOf(given, key),
  };
}

// --- single values ---------------------------------------------------------------------------------------------------

/** A text that passes a test; the test says what is wrong with it. */
function text(problemOf: (value: string) => string | undefined, code: ErrorCode = 'SETTING_INVALID') {
  return z.string().superRefine((value, context) => {
    const problem = value === '' ? 'is empty' : problemOf(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, params: { code } });
  });
}

function duration(longest: number) {
  return z.string().transform((value, context) => {
    const milliseconds = parseDuration(value);
    if (milliseconds !== undefined && milliseconds <= longest) return milliseconds;
    const message =
      milliseconds === undefined
        ? durationProblem(value)
        : `is longer than ${formatDuration(longest)}, the longest that is taken`;
    context.addIssue({ code: 'custom', message, params: { code: 'SETTING_INVALID' } });
    return z.NEVER;
  });
}

function durationProblem(value: string): string {
  if (value.startsWith('-')) return 'is negative; give a duration such as 30s, 5m or 3d';
  if (/^\d+$/.test(value)) return 'has no unit; give a duration such as 30s, 5m or 3d';
  return 'is not a duration; give digits and a unit, such as 30s, 5m or 3d';
}

const identifier = text((value) =>
  /^[\w.@|+-]{1,256}$/.test(value) ? undefined : 'holds characters an id cannot have',
);
const secretName = text((value) => {
  if (/[:/]/.test(value)) return 'holds ":" or "/", which a secret name cannot have';
  if (value !== value.trim() || /\p{Cc}/u.test(value)) return 'begins or ends with a blank or holds control characters';
  return value.length > 255 ? 'is longer than 255 characters' : undefined;
}, 'SECRET_NAME_INVALID');

const plainSchema = z.object({
  application: text(
    (value) =>
      /^[A-Za-z0-9_-]{1,128}$/.test(value) ? undefined : 'is not a client id: letters, digits, "-" and "_" only',
    'APPLICATION_ID_INVALID',
  ),
  auth0Domain: text(
    (value) => (/[\s\p{Cc}]/u.test(value) ? 'holds blanks or control characters' : undefined),
    'DOMAIN_INVALID',
  ),
  auth0Audience: text((value) => (URL.canParse(value) ? undefined : 'is not a URL'), 'AUDIENCE_INVALID').optional(),
  auth0ClientId: identifier,
  allowAuth0Origin: z.array(text(originProblem)).default([]),
  allowApplication: z.array(text(() => undefined)).optional(),
  infisicalSiteUrl: text(siteUrlProblem).default('https://app.infisical.com'),
  infisicalClientId: identifier.optional(),
  projectId: identifier,
  environment: text((value) => (/^[\w-]{1,64}$/.test(value) ? undefined : 'is not an environment slug such as prod')),
  secretPath: text(pathProblem).default('/').transform(withoutTrailingSlash),
  mapClientId: secretName.default('AUTH0_CLIENT_ID'),
  mapClientSecret: secretName.default('AUTH0_CLIENT_SECRET'),
  mapFallbackClientSecret: secretName.optional(),
  overlap: duration(LONGEST_OVERLAP).default(120_000),
  settle: duration(LONGEST_SETTLE).default(30_000),
  wait: duration(LONGEST_WAIT).default(600_000),
  fallback: z.boolean().default(true),
  createFolder: z.boolean().default(false),
  overwrite: z.boolean().default(false),
  acceptHs256: z.boolean().default(false),
  compromised: z.boolean().default(false),
});

type Plain = z.output<typeof plainSchema>;

function originProblem(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isOrigin =
    url !== undefined && /^https?:$/.test(url.protocol) && (value === url.origin || value === `${url.origin}/`);
  return isOrigin ? undefined : 'is not an origin such as http://127.0.0.1:4455';
}

function siteUrlProblem(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'is not a URL such as https://app.infisical.com';
  if (url.username !== '' || url.password !== '') return 'holds a user name or password, which a site URL cannot have';
  if (url.search !== '' || url.hash !== '') return 'holds a query or fragment, which a site URL cannot have';
  return undefined;
}

function pathProblem(value: string): string | undefined {
  if (!value.startsWith('/')) return 'does not begin with "/"';
  const folders = withoutTrailingSlash(value).slice(1).split('/');
  if (value !== '/' && folders.some((folder) => !/^[\w.-]+$/.test(folder) || folder === '.' || folder === '..')) {
    return 'is not a folder path such as /web/api';
  }
  return undefined;
}

function withoutTrailingSlash(value: string): string {
  return value.length > 1 && value.endsWith('/') ? value.slice(0, -1) : value;
}

function parsePlain(given: Given): Plain {
  const values = Object.fromEntries(Object.entries(given.values).map(([key, { value }]) => [key, value]));
  const parsed = plainSchema.safeParse(values);
  // Missing secrets are told together with the other missing settings, so that one run shows them all.
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => plainProblem(issue, values, given));
  const secretProblems = missingSecrets(given);
  refuseAny([...problems, ...secretProblems]);
  if (!parsed.success)
    throw new RotationError({ code: 'DEFECT', kind: 'defect', message: 'Settings without a reason.' });
  return parsed.data;
}

function plainProblem(issue: z.core.$ZodIssue, values: Readonly<Record<string, unknown>>, given: Given): Problem {
  const key = String(issue.path[0]) as SettingKey;
  if (values[key] === undefined) return missing(key);
  const field = fieldOf(given, key);
  if (issue.code !== 'custom') return { code: 'SETTING_INVALID', field, problem: 'has the wrong form' };
  return { code: (issue.params?.['code'] ?? 'SETTING_INVALID') as ErrorCode, field, problem: issue.message };
}

// --- how we prove who we are -----------------------------------------------------------------------------------------

/** Flags and environment say together what is used; only when they are silent does the config file. */
function tier(level: Level): number {
  return { flag: 0, environment: 0, rotation: 1, defaults: 2 }[level];
}

function chooseAuth0(given: Given): 'auth0PrivateKey' | 'auth0ClientSecret' {
  return choose('auth0PrivateKey', 'auth0ClientSecret', given);
}

function chooseInfisical(given: Given): 'infisicalToken' | 'infisicalClientSecret' {
  return choose('infisicalToken', 'infisicalClientSecret', given);
}

function choose<One extends SecretKey, Other extends SecretKey>(one: One, other: Other, given: Given): One | Other {
  const first = given.secrets[one];
  const second = given.secrets[other];
  if (first === undefined) return other;
  return second !== undefined && tier(second.level) < tier(first.level) ? other : one;
}

function sameTier(given: Given, one: SecretKey, other: SecretKey): Problem[] {
  const first = given.secrets[one];
  const second = given.secrets[other];
  if (first === undefined || second === undefined || tier(first.level) !== tier(second.level)) return [];
  return [
    {
      code: 'SETTING_INVALID',
      field: first.field,
      problem: `and ${second.field} are both set, and only one of them can be used`,
      action: 'Keep the one to use and unset the other.',
    },
  ];
}

function missingSecrets(given: Given): Problem[] {
  const { auth0ClientSecret, auth0PrivateKey, infisicalClientSecret, infisicalToken } = given.secrets;
  return [
    ...((auth0ClientSecret ?? auth0PrivateKey) ? [] : [missingSecret('auth0ClientSecret')]),
    ...((infisicalClientSecret ?? infisicalToken) ? [] : [missingSecret('infisicalClientSecret')]),
  ];
}

function missingIdentity(method: 'infisicalToken' | 'infisicalClientSecret', plain: Plain, given: Given): Problem[] {
  const needed = method === 'infisicalClientSecret' && plain.infisicalClientId === undefined;
  return needed && given.secrets.infisicalClientSecret !== undefined ? [missing('infisicalClientId')] : [];
}

// --- what fits together ----------------------------------------------------------------------------------------------

function conflicts(given: Given, plain: Plain): Problem[] {
  const problems = [
    ...sameTier(given, 'auth0ClientSecret', 'auth0PrivateKey'),
    ...sameTier(given, 'infisicalClientSecret', 'infisicalToken'),
  ];
  const adopt = given.secrets.currentClientSecret;
  if (adopt !== undefined && plain.compromised) {
    problems.push({
      code: 'SETTING_INVALID',
      field: adopt.field,
      problem: 'cannot go with --compromised: a leaked secret is replaced, not adopted',
      action: 'Leave one of the two out.',
    });
  }
  const { fallback, overlap, mapFallbackClientSecret } = given.values;
  const besideNoFallback = (other: typeof overlap) =>
    !plain.fallback && other !== undefined && other.level === fallback?.level;
  if (overlap !== undefined && plain.overlap > 0 && besideNoFallback(overlap))
    problems.push(noFallbackConflict(overlap.field));
  if (mapFallbackClientSecret !== undefined && besideNoFallback(mapFallbackClientSecret)) {
    problems.push(noFallbackConflict(mapFallbackClientSecret.field));
  }
  if (plain.compromised && overlap?.level === 'flag' && plain.overlap > 0) {
    problems.push({
      code: 'SETTING_INVALID',
      field: overlap.field,
      problem: 'cannot go with --compromised, which waits for no overlap',
      action: 'Leave one of the two out.',
    });
  }
  return problems;
}

function noFallbackConflict(field: string): Problem {
  return {
    code: 'SETTING_INVALID',
    field,
    problem: 'cannot go with --no-fallback: without a fallback name nothing is announced',
    action: 'Leave one of the two out.',
  };
}

function secretNames(plain: Plain): OneShotNames {
  const candidate = plain.fallback
    ? (plain.mapFallbackClientSecret ?? `${plain.mapClientSecret}_FALLBACK`)
    : `${plain.mapClientSecret}_PENDING`;
  return { clientId: plain.mapClientId, clientSecret: plain.mapClientSecret, candidate };
}

function nameProblems(names: OneShotNames, plain: Plain, given: Given): Problem[] {
  const named: readonly (readonly [string, string])[] = [
    [fieldOf(given, 'mapClientId'), names.clientId],
    [fieldOf(given, 'mapClientSecret'), names.clientSecret],
    [
      plain.fallback
        ? fieldOf(given, 'mapFallbackClientSecret')
        : 'the pending name (client-secret name plus _PENDING)',
      names.candidate,
    ],
  ];
  return named.flatMap(([field, name], index) => {
    const twin = named.slice(0, index).find(([, earlier]) => earlier === name);
    if (twin === undefined) return [];
    return [{ code: 'SECRET_NAME_DUPLICATE' as const, field, problem: `is the same secret name as ${twin[0]}` }];
  });
}

function allowedProblems(plain: Plain, given: Given): Problem[] {
  if (plain.allowApplication === undefined || plain.allowApplication.includes(plain.application)) return [];
  const field = fieldOf(given, 'application');
  return [{ code: 'APPLICATION_NOT_ALLOWED', field, problem: 'is not among those of --allow-application' }];
}

// --- warnings --------------------------------------------------------------------------------------------------------

function overrideWarnings(given: Given): PlanWarning[] {
  return Object.values(given.values).flatMap(({ field, wins }) =>
    wins === undefined
      ? []
      : [{ code: 'SETTING_OVERRIDDEN', message: `${field} wins over ${wins} of the config file.` }],
  );
}

function siteUrlWarnings(plain: Plain, given: Given): PlanWarning[] {
  const { protocol, hostname } = new URL(plain.infisicalSiteUrl);
  if (protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return [];
  const field = fieldOf(given, 'infisicalSiteUrl');
  return [{ code: 'STORE_NOT_ENCRYPTED', message: `${field} uses http: secrets cross the network unencrypted.` }];
}

function compromiseWarnings(plain: Plain): PlanWarning[] {
  if (!plain.compromised) return [];
  const message =
    'Tokens issued with the leaked secret live on until they expire or are revoked: revoke refresh tokens and grants in Auth0, and shorten what you can.';
  return [{ code: 'ISSUED_TOKENS_LIVE_ON', message }];
}

// --- names for people ------------------------------------------------------------------------------------------------

function fieldOf(given: Given, key: SettingKey): string {
  return given.values[key]?.field ?? settingOf(key).flag;
}

function missing(key: SettingKey): Problem {
  const { flag, environment, meaning } = settingOf(key);
  const field = environment === undefined ? flag : `${flag} (or ${environment})`;
  return { code: 'SETTING_MISSING', field, problem: `is missing: ${meaning}` };
}

function missingSecret(key: SecretKey): Problem {
  const { file, environment, meaning } = secretSetting(key);
  const field = [environment, file?.flag].filter((name) => name !== undefined).join(' (or ');
  return {
    code: 'SETTING_MISSING',
    field: field.includes('(') ? `${field})` : field,
    problem: `is missing: ${meaning}`,
  };
}

function settingOf(key: SettingKey): Setting {
  const setting = (SETTINGS as readonly Setting[]).find((candidate) => candidate.key === key);
  if (setting === undefined) throw new RotationError({ code: 'DEFECT', kind: 'defect', message: `No setting ${key}.` });
  return setting;
}

function secretSetting(key: SecretKey): SecretSetting {
  const setting = (SECRET_SETTINGS as readonly SecretSetting[]).find((candidate) => candidate.key === key);
  if (setting === undefined) throw new RotationError({ code: 'DEFECT', kind: 'defect', message: `No setting ${key}.` });
  return setting;
}
