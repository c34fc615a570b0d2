/** What a setting is called when a person is told about it. */
import { RotationError } from '../base/errors.js';
import type { Given } from './given.js';
import type { Problem } from './problems.js';
import {
  SECRET_SETTINGS,
  SETTINGS,
  type SecretKey,
  type SecretSetting,
  type Setting,
  type SettingKey,
} from './setting-table.js';

/** Names a setting as it was given, or its flag when it was not: `--overlap`, `AUTH0_DOMAIN`, `rotations[1].wait`. */
export function fieldOf(given: Given, key: SettingKey | SecretKey): string {
  const values: Readonly<Partial<Record<string, { readonly field: string }>>> = given.values;
  const secrets: Readonly<Partial<Record<string, { readonly field: string }>>> = given.secrets;
  const flag = (SETTINGS as readonly Setting[]).find((setting) => setting.key === key)?.flag;
  return values[key]?.field ?? secrets[key]?.field ?? flag ?? key;
}

/** The problem of a setting that was not given. */
export function missing(key: SettingKey): Problem {
  const { flag, environment, meaning } = settingOf(key);
  const field = environment === undefined ? flag : `${flag} (or ${environment})`;
  return { code: 'SETTING_MISSING', field, problem: `is missing: ${meaning}` };
}

/** The problem of a secret that was not given. */
export function missingSecret(key: SecretKey): Problem {
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

/** The row of the table for a secret. */
export function secretSetting(key: SecretKey): SecretSetting {
  const setting = (SECRET_SETTINGS as readonly SecretSetting[]).find((candidate) => candidate.key === key);
  if (setting === undefined) throw new RotationError({ code: 'DEFECT', kind: 'defect', message: `No setting ${key}.` });
  return setting;
}
