/** The rotations of one run: the one the flags describe, or those of the config file. All are judged before any runs. */
import { parseTenant } from '../auth0/tenant.js';
import { RotationError } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import { parsePlace } from '../stores/infisical/options.js';
import { type ConfigEntry, readConfigFile } from './config-file.js';
import type { Flags } from './given.js';
import type { Host } from './host.js';
import { type Problem, refuseAny } from './problems.js';
import { type RotationSettings, readSettings } from './settings.js';

/**
 * Reads the settings of every rotation of this run.
 *
 * @param flags as the command line parser found them.
 * @param host environment and working directory.
 * @param onSecret told of every secret that is read.
 * @returns at least one rotation.
 * @throws a refusal that names the setting at fault, for any of them: then none runs.
 */
export async function readTargets(
  flags: Flags,
  host: Pick<Host, 'environment' | 'workingDirectory'>,
  onSecret: (secret: Secret) => void,
): Promise<readonly RotationSettings[]> {
  const source = { flags, environment: host.environment, workingDirectory: host.workingDirectory, onSecret };
  const config = flags['config'];
  if (typeof config !== 'string') return [await readSettings(source)];

  const entries = selectEntries(await readConfigFile(config, host.workingDirectory), flags);
  refuseAny(oneSecretForMany(entries, flags));
  const targets: RotationSettings[] = [];
  for (const entry of entries) targets.push(await readSettings({ ...source, entry }));
  refuseAny(clashes(targets, entries));
  return targets;
}

function selectEntries(entries: readonly ConfigEntry[], flags: Flags): readonly ConfigEntry[] {
  const chosen = flags['application'];
  if (typeof chosen !== 'string') return entries;
  const selected = entries.filter((entry) => entry.own['application'] === chosen);
  if (selected.length === 0) {
    refuseAny([
      { code: 'SETTING_INVALID', field: '--application', problem: 'is not among the rotations of the config file' },
    ]);
  }
  return selected;
}

function oneSecretForMany(entries: readonly ConfigEntry[], flags: Flags): Problem[] {
  if (flags['currentClientSecretFile'] === undefined || entries.length === 1) return [];
  return [
    {
      code: 'SETTING_INVALID',
      field: '--current-client-secret-file',
      problem: 'is the secret of one application, and this run has several',
      action: 'Choose the one with --application.',
    },
  ];
}

/** Two rotations of one run must not share an application, nor a name in one place. */
function clashes(targets: readonly RotationSettings[], entries: readonly ConfigEntry[]): Problem[] {
  const problems: Problem[] = [];
  const applications = new Map<string, string>();
  const names = new Map<string, string>();
  for (const [index, target] of targets.entries()) {
    const place = entries[index]?.place ?? '';
    const application = `${tenantOf(target)} ${target.application}`;
    const other = applications.get(application);
    if (other !== undefined) {
      problems.push({
        code: 'SETTING_INVALID',
        field: `${place}.application`,
        problem: `is the same application as ${other}.application`,
      });
    }
    applications.set(application, place);
    for (const name of [target.names.clientId, target.names.clientSecret, target.names.candidate]) {
      const where = JSON.stringify([folderOf(target), name]);
      const owner = names.get(where);
      if (owner !== undefined) {
        const problem = `keeps the secret name "${name}" in the same folder as ${owner}`;
        problems.push({ code: 'SECRET_NAME_DUPLICATE', field: place, problem });
      }
      names.set(where, place);
    }
  }
  return problems;
}

/** The tenant, however its domain is written; what cannot be understood is refused later, with its reason. */
function tenantOf({ auth0 }: RotationSettings): string {
  const { domain, audience, allowedOrigins } = auth0;
  return unlessRefused(() => parseTenant({ domain, audience, allowedOrigins }).key) ?? domain;
}

function folderOf({ infisical }: RotationSettings): readonly string[] {
  const { siteUrl, projectId, environment, secretPath } = unlessRefused(() => parsePlace(infisical)) ?? infisical;
  return [siteUrl, projectId, environment, secretPath];
}

function unlessRefused<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (thrown) {
    if (RotationError.isInstance(thrown)) return undefined;
    throw thrown;
  }
}
