/** The settings of one rotation, judged at the edge: what is behind them is trusted from here on. */
import type { ManagementCredentials } from '../auth0/access.js';
import type { Secret } from '../base/secret.js';
import type { OneShotNames } from '../engine/one-shot-types.js';
import type { PlanWarning } from '../provider/contract.js';
import type { InfisicalIdentity } from '../stores/infisical/options.js';
import type { ConfigEntry } from './config-file.js';
import { type Environment, type Flags, gather } from './given.js';
import { chooseAuth0, chooseInfisical } from './identity-choice.js';
import { parsePlainSettings } from './plain-settings.js';
import { refusal, refuseAny } from './problems.js';
import { readSecret } from './secret-sources.js';
import { secretNames, togetherProblems } from './setting-conflicts.js';
import { fieldOf, missingSecret, secretSetting } from './setting-names.js';
import type { SecretKey, SettingKey } from './setting-table.js';
import { settingWarnings } from './setting-warnings.js';

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
  readonly fieldOf: (key: SettingKey | SecretKey) => string;
}

export interface SettingsSource {
  readonly flags: Flags;
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly entry?: ConfigEntry;
  /** Told of every secret as soon as it is read, so that no output can hold it. */
  readonly onSecret: (secret: Secret) => void;
}

/**
 * Reads and judges the settings of one rotation.
 *
 * @returns settings that are whole and fit together.
 * @throws a refusal (`SETTING_MISSING`, `SETTING_INVALID`, `SECRET_NAME_INVALID`, `SECRET_NAME_DUPLICATE`,
 *   `APPLICATION_ID_INVALID`, `APPLICATION_NOT_ALLOWED`) that names every setting at fault. Nothing was sent.
 */
export async function readSettings(source: SettingsSource): Promise<RotationSettings> {
  const given = gather(source.flags, source.environment, source.entry);
  const plain = parsePlainSettings(given);
  const names = secretNames(plain);
  refuseAny(togetherProblems(given, plain, names));

  const warnings = settingWarnings(given, plain);
  const secretOf = async (key: SecretKey): Promise<Secret> => {
    const where = given.secrets[key];
    if (where === undefined) throw refusal([missingSecret(key)]);
    const read = await readSecret(secretSetting(key), where, source.environment, source.workingDirectory);
    source.onSecret(read.secret);
    warnings.push(...read.warnings);
    return read.secret;
  };

  const credentials: ManagementCredentials =
    chooseAuth0(given) === 'auth0PrivateKey'
      ? { method: 'private-key-jwt', clientId: plain.auth0ClientId, privateKey: await secretOf('auth0PrivateKey') }
      : { method: 'client-secret', clientId: plain.auth0ClientId, clientSecret: await secretOf('auth0ClientSecret') };
  const identity: InfisicalIdentity =
    chooseInfisical(given) === 'infisicalToken'
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
