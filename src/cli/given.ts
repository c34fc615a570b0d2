/**
 * Gathers what was given for each setting, and from where: flags win over the environment, the environment wins over a
 * rotation of the config file, and that wins over the file's defaults. Nothing is judged here.
 */
import type { ConfigEntry } from './config-file.js';
import {
  SECRET_SETTINGS,
  SETTINGS,
  type SecretKey,
  type SecretSetting,
  type Setting,
  type SettingKey,
} from './setting-table.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line parser found, by the keys of the setting table. */
export type Flags = Readonly<Record<string, unknown>>;

export type Level = 'flag' | 'environment' | 'rotation' | 'defaults';

export interface GivenValue {
  readonly value: unknown;
  readonly level: Level;
  /** As the person named it: `--overlap`, `AUTH0_DOMAIN`, `rotations[1].secretPath`. */
  readonly field: string;
  /** The place in the config file this value wins over, when it does. */
  readonly wins: string | undefined;
}

/** Where a secret is to be read from. */
export type SecretSource = {
  readonly level: Level;
  readonly field: string;
  /** The place in the config file this source wins over, when it does. */
  readonly wins: string | undefined;
} & (
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'variable'; readonly name: string }
  /** A config file names both a file and a variable at one level. */
  | { readonly kind: 'ambiguous'; readonly otherField: string }
);

export interface Given {
  readonly values: Readonly<Partial<Record<SettingKey, GivenValue>>>;
  readonly secrets: Readonly<Partial<Record<SecretKey, SecretSource>>>;
}

/**
 * Gathers the settings of one rotation.
 *
 * @param flags by key; a key that is absent or undefined was not given.
 * @param environment an empty variable counts as not given: CI systems set those for secrets they do not have.
 * @param entry the rotation of the config file, if there is one. It alone names the application then.
 */
export function gather(flags: Flags, environment: Environment, entry?: ConfigEntry): Given {
  const values: Partial<Record<SettingKey, GivenValue>> = {};
  for (const setting of SETTINGS) {
    const given = gatherValue(setting, flags, environment, entry);
    if (given !== undefined) values[setting.key] = given;
  }
  const secrets: Partial<Record<SecretKey, SecretSource>> = {};
  for (const setting of SECRET_SETTINGS) {
    const source = gatherSecret(setting, flags, environment, entry);
    if (source !== undefined) secrets[setting.key] = source;
  }
  return { values, secrets };
}

function gatherValue(
  setting: Setting,
  flags: Flags,
  environment: Environment,
  entry: ConfigEntry | undefined,
): GivenValue | undefined {
  const own = entry?.own[setting.key];
  const place = entry === undefined ? '' : `${entry.place}.${setting.key}`;
  if (entry !== undefined && setting.key === 'application')
    return { value: own, level: 'rotation', field: place, wins: undefined };

  const flag = flags[setting.key];
  const given = setting.kind === 'off-switch' ? flag === false : flag !== undefined;
  if (given) return { value: flag, level: 'flag', field: setting.flag, wins: beaten(own, flag, place) };

  const text = setting.environment === undefined ? undefined : environment[setting.environment];
  if (setting.environment !== undefined && text !== undefined && text !== '') {
    const value = setting.kind === 'list' ? splitList(text) : text;
    return { value, level: 'environment', field: setting.environment, wins: beaten(own, value, place) };
  }
  if (own !== undefined) return { value: own, level: 'rotation', field: place, wins: undefined };
  const common = entry?.defaults[setting.key];
  if (common === undefined) return undefined;
  return { value: common, level: 'defaults', field: `defaults.${setting.key}`, wins: undefined };
}

function beaten(own: unknown, winner: unknown, place: string): string | undefined {
  return own === undefined || JSON.stringify(own) === JSON.stringify(winner) ? undefined : place;
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function gatherSecret(
  setting: SecretSetting,
  flags: Flags,
  environment: Environment,
  entry: ConfigEntry | undefined,
): SecretSource | undefined {
  const own = entry && secretInConfig(setting, entry.own, 'rotation', entry.place);
  const wins = own?.field;
  const path = setting.file === undefined ? undefined : flags[setting.file.key];
  if (setting.file !== undefined && typeof path === 'string') {
    return { kind: 'file', path, level: 'flag', field: setting.file.flag, wins };
  }
  if (setting.environment !== undefined && (environment[setting.environment] ?? '') !== '') {
    return { kind: 'variable', name: setting.environment, level: 'environment', field: setting.environment, wins };
  }
  return own ?? (entry && secretInConfig(setting, entry.defaults, 'defaults', 'defaults'));
}

function secretInConfig(
  setting: SecretSetting,
  values: ConfigEntry['own'],
  level: Level,
  place: string,
): SecretSource | undefined {
  if (setting.variableKey === undefined) return undefined; // A decision for one run; not for a file.
  const fileKey = setting.file?.key;
  const path = fileKey === undefined ? undefined : values[fileKey];
  const name = values[setting.variableKey];
  const fileField = `${place}.${fileKey}`;
  const variableField = `${place}.${setting.variableKey}`;
  const wins = undefined;
  if (path !== undefined && name !== undefined) {
    return { kind: 'ambiguous', level, field: fileField, otherField: variableField, wins };
  }
  if (typeof path === 'string') return { kind: 'file', path, level, field: fileField, wins };
  if (typeof name === 'string') return { kind: 'variable', name, level, field: variableField, wins };
  return undefined;
}
