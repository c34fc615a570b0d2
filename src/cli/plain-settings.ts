/** Every setting by itself: what it may look like, and what it is when it was not given. Secrets are not among them. */
import { z } from 'zod';
import { isApplicationId } from '../auth0/application-id.js';
import { formatDuration, parseDuration } from '../base/duration.js';
import type { ErrorCode } from '../base/error-catalogue.js';
import { RotationError } from '../base/errors.js';
import type { Given } from './given.js';
import { missingSecrets } from './identity-choice.js';
import { type Problem, refuseAny } from './problems.js';
import { fieldOf, missing } from './setting-names.js';
import type { SettingKey } from './setting-table.js';

const DAY_MILLISECONDS = 86_400_000;
const LONGEST_OVERLAP = 30 * DAY_MILLISECONDS;
const LONGEST_SETTLE = DAY_MILLISECONDS / 24;
const LONGEST_WAIT = DAY_MILLISECONDS;

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
  if (/^\.{1,2}$/.test(value)) return 'is "." or "..", which would change the address it is put into';
  return value.length > 255 ? 'is longer than 255 characters' : undefined;
}, 'SECRET_NAME_INVALID');

const plainSchema = z.object({
  application: text(
    (value) => (isApplicationId(value) ? undefined : 'is not a client id: letters, digits, "-" and "_" only'),
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

/** Settings that are well-formed, each by itself. */
export type PlainSettings = z.output<typeof plainSchema>;

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

/**
 * Judges every setting by itself.
 *
 * @throws a refusal that names every setting that is missing or malformed, missing secrets included.
 */
export function parsePlainSettings(given: Given): PlainSettings {
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
