/** The parts of the help that teach: examples, environment variables, exit codes. */
import { CHECK_EXIT_CODES, type ExitCode, ROTATION_EXIT_CODES } from './exit-codes.js';
import { SECRET_SETTINGS, SETTINGS, type SecretSetting, type Setting } from './setting-table.js';

export interface Example {
  readonly about: string;
  readonly command: string;
}

const COMMON_ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'proxies, in capitals or small letters'],
  ['NODE_EXTRA_CA_CERTS', 'a file with the certificates of private authorities'],
  ['NO_COLOR', 'any value: no colours'],
  ['AUTH0_ROTATION_DEBUG', 'any value: where an unexpected exception came from'],
];

/** The end of the help of `rotate` and `recover`. */
export function rotationHelp(examples: readonly Example[]): string {
  return sections(examples, ROTATION_EXIT_CODES);
}

/** The end of the help of `check`. */
export function checkHelp(examples: readonly Example[]): string {
  return sections(examples, CHECK_EXIT_CODES);
}

/** The end of the help of a command that takes no settings of a rotation. */
export function plainHelp(examples: readonly Example[], exitCodes: readonly (readonly [ExitCode, string])[]): string {
  return join([exampleSection(examples), exitSection(exitCodes)]);
}

function sections(examples: readonly Example[], exitCodes: readonly (readonly [ExitCode, string])[]): string {
  return join([
    exampleSection(examples),
    environmentSection(),
    [
      'Secrets come from the environment or from a file, never from a flag: every user of the machine can read flags.',
      'Flags win over the environment, and the environment wins over the config file. In the config file the keys are',
      'the flags in camelCase; its schema is schemas/rotations-config.json.',
    ].join('\n'),
    exitSection(exitCodes),
  ]);
}

function exampleSection(examples: readonly Example[]): string {
  const lines = examples.flatMap(({ about, command }) => [`  # ${about}`, `  $ ${command}`, '']);
  return ['Examples:', ...lines.slice(0, -1)].join('\n');
}

function environmentSection(): string {
  const settings = (SETTINGS as readonly Setting[]).flatMap(({ environment, flag }) =>
    environment === undefined ? [] : [[environment, `see ${flag}`] as const],
  );
  const secrets = (SECRET_SETTINGS as readonly SecretSetting[]).flatMap(({ environment, meaning }) =>
    environment === undefined ? [] : [[environment, meaning] as const],
  );
  return table('Environment variables:', [...secrets, ...settings, ...COMMON_ENVIRONMENT]);
}

function exitSection(exitCodes: readonly (readonly [ExitCode, string])[]): string {
  return table(
    'Exit codes:',
    exitCodes.map(([code, meaning]) => [String(code), meaning]),
  );
}

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`)].join('\n');
}

function join(parts: readonly string[]): string {
  return `\n${parts.join('\n\n')}\n`;
}
