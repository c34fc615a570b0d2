/** Reads the config file. Its text may hold a secret put there by mistake, so no error repeats any of it. */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { RotationError } from '../base/errors.js';
import { CONFIG_KEYS, type ConfigValues, rotationsConfigSchema } from './config-schema.js';
import { type Problem, refusal, refuseAny } from './problems.js';
import { SECRET_SETTINGS, type SecretSetting } from './setting-table.js';

/** One rotation of a config file, with where each value stands. */
export interface ConfigEntry {
  /** `rotations[0]` */
  readonly place: string;
  readonly own: ConfigValues;
  readonly defaults: ConfigValues;
}

const LARGEST_FILE_BYTES = 1_000_000;

/**
 * Reads a config file and checks its shape.
 *
 * @param path as given on the command line, relative to the working directory.
 * @param workingDirectory an absolute path.
 * @returns its rotations in order. File names in it are absolute, taken from the folder of the config file.
 * @throws `SETTING_INVALID` that names the place in the file when it cannot be read or does not fit the schema.
 */
export async function readConfigFile(path: string, workingDirectory: string): Promise<readonly ConfigEntry[]> {
  const file = resolve(workingDirectory, path);
  const content = await parseYaml(await readText(file));
  const parsed = rotationsConfigSchema.safeParse(content);
  if (!parsed.success) refuseAny(parsed.error.issues.flatMap((issue) => issueProblems(issue, content)));
  const config = parsed.data;
  if (config === undefined) return [];
  const folder = dirname(file);
  const defaults = withAbsoluteFiles(config.defaults ?? {}, folder);
  return config.rotations.map((rotation, index) => ({
    place: `rotations[${index}]`,
    own: withAbsoluteFiles(rotation, folder),
    defaults,
  }));
}

async function readText(file: string): Promise<string> {
  let bytes: Buffer | undefined;
  try {
    const handle = await open(file, 'r');
    bytes = await readAtMost(handle, LARGEST_FILE_BYTES).finally(() => handle.close());
  } catch (error) {
    throw invalid(`names a file that cannot be read (${systemCode(error)})`);
  }
  if (bytes === undefined) throw invalid('names a file larger than 1 MB');
  return bytes.toString('utf8');
}

async function parseYaml(text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  // The parser's messages quote the source, and the source may hold a secret: only position and code are told.
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', strict: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw invalid(`is not valid YAML: ${error.code} at line ${line}, column ${col}`);
  }
  try {
    return document.toJS();
  } catch {
    throw invalid('is not valid YAML: an alias cannot be resolved');
  }
}

type Issue = {
  readonly code: string;
  readonly path: PropertyKey[];
  readonly message: string;
  readonly keys?: string[];
};

function issueProblems(issue: Issue, content: unknown): Problem[] {
  const place = placeName(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => unknownKey(place, key));
  }
  const field = place === '' ? '--config' : place;
  const value = valueAt(content, issue.path);
  if (value === undefined) return [{ code: 'SETTING_MISSING', field, problem: 'is missing' }];
  if (issue.code === 'invalid_type') return [{ code: 'SETTING_INVALID', field, problem: typeProblem(issue, value) }];
  const problem = issue.message.startsWith('is ') ? issue.message : sizeProblem(issue);
  return [{ code: 'SETTING_INVALID', field, problem }];
}

function typeProblem(issue: Issue, value: unknown): string {
  const expected = (issue as { expected?: string }).expected ?? 'something else';
  const quotes = expected === 'string' && ['number', 'boolean'].includes(typeof value) ? '; put it in quotes' : '';
  const names: Readonly<Record<string, string>> = {
    string: 'a text',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping of keys',
  };
  return `must be ${names[expected] ?? expected}${quotes}`;
}

function sizeProblem(issue: Issue): string {
  if (issue.code === 'too_small') return 'is empty';
  if (issue.code === 'too_big') return 'holds more than 1000 rotations';
  return 'does not fit the schema';
}

function unknownKey(place: string, key: string): Problem {
  const field = place === '' ? key : `${place}.${key}`;
  const secret = (SECRET_SETTINGS as readonly SecretSetting[]).find((setting) => setting.key === key);
  if (secret !== undefined) {
    const instead = [secret.file?.key, secret.variableKey].filter((name) => name !== undefined).join(' or ');
    return {
      code: 'SETTING_INVALID',
      field,
      problem: 'is a secret, and secrets are not read from this file',
      action: `Remove it, use ${instead} instead, and treat the value as leaked if the file was shared.`,
    };
  }
  const action = `Correct or remove it. A rotation may have: ${CONFIG_KEYS.join(', ')}.`;
  if (MISTYPED_KEY.test(key)) {
    return { code: 'SETTING_INVALID', field, problem: 'is not a key this file may have', action };
  }
  const problem = 'holds a key this file may not have';
  return { code: 'SETTING_INVALID', field: place === '' ? '--config' : place, problem, action };
}

/** Letters only, and not many: a key somebody mistyped. Anything else may be a value in the wrong place. */
const MISTYPED_KEY = /^[A-Za-z]{1,32}$/;

function placeName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    content ?? {},
  );
}

function withAbsoluteFiles(values: ConfigValues, folder: string): ConfigValues {
  const fileKeys = new Set((SECRET_SETTINGS as readonly SecretSetting[]).flatMap((setting) => setting.file?.key ?? []));
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      fileKeys.has(key) && typeof value === 'string' ? resolve(folder, value) : value,
    ]),
  );
}

function invalid(problem: string): RotationError {
  return refusal([{ code: 'SETTING_INVALID', field: '--config', problem }]);
}

/**
 * Reads a file that has an end: devices and pipes may have none.
 *
 * @returns its bytes; undefined when there are more than that.
 */
export async function readAtMost(file: FileHandle, mostBytes: number): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(mostBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  return undefined;
}

/** The code of a file system error (`ENOENT`); its message would repeat the path. */
export function systemCode(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? code : 'unreadable';
}
