/** The rows of the README's table of settings, made from the setting table and the options of a run. */
import type { Command } from 'commander';
import { GROUPS, SECRET_SETTINGS, SETTINGS, type SecretSetting, type Setting } from '../../../src/cli/setting-table.js';

/** The table, one line for each setting, in the order of the help. */
export function settingTable(rotateCommand: Command): string {
  const groups = Object.keys(GROUPS);
  const rows = groups.flatMap((group) => [
    ...(SETTINGS as readonly Setting[]).filter((setting) => setting.group === group).map(settingRow),
    ...(SECRET_SETTINGS as readonly SecretSetting[]).filter((setting) => setting.group === group).map(secretRow),
  ]);
  const known = rows.join('\n');
  const others = rotateCommand.options
    .filter(({ long }) => !known.includes(`\`${long}`))
    .map(({ flags, description }) => row([`\`${flags}\``, '', 'no', '', description]));
  return ['| flag | environment | config file | default | meaning |', '|---|---|---|---|---|', ...rows, ...others].join(
    '\n',
  );
}

function settingRow({ key, flag, argument, environment, fallback, inConfig, meaning }: Setting): string {
  const places = { shared: `\`${key}\``, rotation: `\`${key}\`, in a rotation only`, never: 'no' };
  return row([
    `\`${argument === undefined ? flag : `${flag} ${argument}`}\``,
    quoted(environment),
    places[inConfig],
    fallback === undefined ? '' : /^[\w./:-]+$/.test(fallback) ? `\`${fallback}\`` : fallback,
    meaning,
  ]);
}

function secretRow({ file, environment, variableKey, meaning }: SecretSetting): string {
  const keys = variableKey === undefined ? [] : [file?.key, variableKey].filter((key) => key !== undefined);
  return row([
    file === undefined ? '' : `\`${file.flag} <file>\``,
    quoted(environment),
    keys.length === 0 ? 'no' : keys.map((key) => `\`${key}\``).join(', '),
    '',
    meaning,
  ]);
}

function quoted(name: string | undefined): string {
  return name === undefined ? '' : `\`${name}\``;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
