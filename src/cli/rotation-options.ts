/** The options that `rotate`, `check` and `recover` share, made from the setting table. */
import { type Command, Option } from 'commander';
import { GROUPS, SECRET_SETTINGS, SETTINGS, type SecretSetting, type Setting } from './setting-table.js';

/** The heading over the options that say how a run is carried out. */
export const RUN_GROUP = 'This run:';

/**
 * Adds the options that `rotate`, `check` and `recover` share: those of the setting table, and those of a run.
 *
 * @param yesMeaning what `--yes` means for this command.
 */
export function addRotationOptions(command: Command, yesMeaning: string): void {
  const settings: readonly Setting[] = SETTINGS;
  const secrets: readonly SecretSetting[] = SECRET_SETTINGS;
  for (const group of Object.keys(GROUPS)) {
    for (const setting of settings) if (setting.group === group) command.addOption(settingOption(setting));
    for (const secret of secrets)
      if (secret.group === group) for (const option of secretOption(secret)) command.addOption(option);
  }
  for (const [flags, meaning] of [
    ['--config <file>', 'YAML file that names many applications for one run'],
    ['--json', 'one JSON object on stdout, and nothing else there'],
    ['-y, --yes', yesMeaning],
  ] as const) {
    command.addOption(new Option(flags, meaning).helpGroup(RUN_GROUP));
  }
}

function settingOption(setting: Setting): Option {
  const notes = [
    ...(setting.fallback === undefined ? [] : [`default: ${setting.fallback}`]),
    ...(setting.environment === undefined ? [] : [`env: ${setting.environment}`]),
  ];
  const meaning = notes.length === 0 ? setting.meaning : `${setting.meaning} (${notes.join(', ')})`;
  const flags = setting.argument === undefined ? setting.flag : `${setting.flag} ${setting.argument}`;
  const option = new Option(flags, meaning).helpGroup(GROUPS[setting.group]);
  if (setting.kind === 'list') option.argParser((value: string, earlier: string[] = []) => [...earlier, value]);
  return option;
}

function secretOption(secret: SecretSetting): Option[] {
  if (secret.file === undefined) return [];
  const note = secret.environment === undefined ? '' : ` (env, the value itself: ${secret.environment})`;
  return [
    new Option(`${secret.file.flag} <file>`, `file with ${secret.meaning}${note}`).helpGroup(GROUPS[secret.group]),
  ];
}
