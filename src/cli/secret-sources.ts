/** Reads a secret from a file or from the environment. No error repeats a byte of what was read. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Secret } from '../base/secret.js';
import type { PlanWarning } from '../provider/contract.js';
import { readAtMost, systemCode } from './config-file.js';
import type { Environment, SecretSource } from './given.js';
import { type Problem, refusal } from './problems.js';
import type { SecretSetting } from './setting-table.js';

export interface ReadSecret {
  readonly secret: Secret;
  readonly warnings: readonly PlanWarning[];
}

const LARGEST_SECRET_BYTES = 65_536;

/**
 * Reads a secret.
 *
 * @param setting what it is for, and its shape.
 * @param source where it is.
 * @param environment the process environment.
 * @param workingDirectory where relative paths start.
 * @returns the secret without the one newline that editors and `echo` put at the end, and a warning when every user of
 *   the machine may read the file.
 * @throws `SETTING_INVALID` when the file cannot be read or holds no secret of that shape, `SETTING_MISSING` when the
 *   variable is not set.
 */
export async function readSecret(
  setting: SecretSetting,
  source: SecretSource,
  environment: Environment,
  workingDirectory: string,
): Promise<ReadSecret> {
  if (source.kind === 'ambiguous') {
    throw invalid(source.field, `and ${source.otherField} are both set; keep one of them`);
  }
  if (source.kind === 'variable') {
    const text = environment[source.name] ?? '';
    if (text === '') {
      const problem: Problem = {
        code: 'SETTING_MISSING',
        field: source.field,
        problem: `names ${source.name}, which is not set`,
      };
      throw refusal([problem]);
    }
    return { secret: new Secret(cleaned(text, setting, source.field)), warnings: [] };
  }
  const { text, readableByAll } = await readSecretFile(resolve(workingDirectory, source.path), source.field);
  const warnings = readableByAll
    ? [
        {
          code: 'SECRET_FILE_READABLE',
          message: `Every user of this machine may read the file of ${source.field}; chmod 600 keeps it to you.`,
        },
      ]
    : [];
  return { secret: new Secret(cleaned(text, setting, source.field)), warnings };
}

async function readSecretFile(path: string, field: string): Promise<{ text: string; readableByAll: boolean }> {
  let bytes: Buffer | undefined;
  let readableByAll: boolean;
  try {
    const file = await open(path, 'r');
    try {
      const facts = await file.stat();
      // Pipes and process substitutions have modes that mean nothing; Windows has none.
      readableByAll = facts.isFile() && process.platform !== 'win32' && (facts.mode & 0o004) !== 0;
      bytes = await readAtMost(file, LARGEST_SECRET_BYTES);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw invalid(field, `names a file that cannot be read (${systemCode(error)})`);
  }
  if (bytes === undefined) throw invalid(field, 'names a file too large for a secret');
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), readableByAll };
  } catch {
    throw invalid(field, 'names a file that is not UTF-8 text');
  }
}

function cleaned(text: string, setting: SecretSetting, field: string): string {
  const value = text.replace(/\r?\n$/, '');
  if (value.trim() === '') throw invalid(field, 'holds nothing');
  return setting.shape === 'pem' ? privateKey(value, field) : oneLine(value, field);
}

function oneLine(value: string, field: string): string {
  if (/[\r\n]/.test(value)) throw invalid(field, 'holds more than one line; a secret is one line');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(value)) throw invalid(field, 'holds control characters');
  if (value !== value.trim()) throw invalid(field, 'begins or ends with a blank');
  return value;
}

function privateKey(value: string, field: string): string {
  // Environment variables often carry the line breaks of a PEM as the two characters "\n".
  const text = value.includes('\n') ? value : value.replaceAll('\\n', '\n');
  if (!/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/.test(text)) {
    throw invalid(field, 'holds no private key in PEM form ("-----BEGIN PRIVATE KEY-----")');
  }
  return `${text.trim()}\n`;
}

function invalid(field: string, problem: string) {
  return refusal([{ code: 'SETTING_INVALID', field, problem }]);
}
