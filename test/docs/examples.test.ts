/** Every example in the documents works: it type-checks, validates or parses. What runs is in `runs.test.ts`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { rotationsConfigSchema } from '../../src/cli/config-schema.js';
import { APPLICATION, COMPLETE_ENVIRONMENT, run } from '../cli/fakes.js';
import { commandNamed, commandTree } from './support/command-tree.js';
import { documentedCommands } from './support/documented-commands.js';
import { BLOCKS, type Block, DOCUMENTS, markOf, placeOf, proseOf, ROOT, sectionOf } from './support/documents.js';
import { type Example, typeCheck } from './support/type-check.js';

const named = (blocks: readonly Block[]) => blocks.map((block) => [placeOf(block), block] as const);
const inLanguage = (...languages: readonly string[]) => BLOCKS.filter(({ language }) => languages.includes(language));

/** Examples with one mistake each. */
const WRONG: readonly Example[] = [
  { path: 'docs/wrong-type.ts', text: "import { Secret } from 'auth0-client-secret-rotation';\nnew Secret(1);" },
  { path: 'docs/wrong-name.ts', text: "import { nothing } from 'auth0-client-secret-rotation/engine';\nnothing;" },
];

test('every block says what it is', () => {
  const known = ['ts', 'sh', 'cron', 'json', 'yaml', 'text'];
  for (const block of BLOCKS) expect(known, placeOf(block)).toContain(block.language);
});

describe('TypeScript', () => {
  const blocks = inLanguage('ts');
  const json = inLanguage('json').filter((block) => markOf(block, 'type') !== undefined);
  let answers: ReadonlyMap<string, readonly string[]>;
  beforeAll(() => {
    answers = typeCheck([...blocks.map(asModule), ...json.map(asTypedValue), ...WRONG]);
  }, 60_000);

  test('is there', () => {
    expect(blocks.length).toBeGreaterThan(15);
  });

  test.each(named(blocks))('%s type-checks', (_, block) => {
    expect(answers.get(asModule(block).path)).toEqual([]);
  });

  test.each(named(json))('%s has the type it claims', (_, block) => {
    expect(answers.get(asTypedValue(block).path)).toEqual([]);
  });

  test.each(WRONG)('that is wrong would be noticed: $path', ({ path }) => {
    expect(answers.get(path)).toHaveLength(1);
  });
});

describe('JSON and YAML', () => {
  const withSchema = inLanguage('json', 'yaml').filter((block) => markOf(block, 'schema') !== undefined);

  test('are all checked against something', () => {
    for (const block of inLanguage('json', 'yaml')) expect(block.marks.length, placeOf(block)).toBe(1);
  });

  test.each(named(withSchema))('%s fits its schema', async (_, block) => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const schema = JSON.parse(await readFile(`${ROOT}schemas/${markOf(block, 'schema')}.json`, 'utf8'));
    const validate = ajv.compile(schema);
    expect(validate(parse(block.text)), JSON.stringify(validate.errors)).toBe(true);
  });

  test.each(named(inLanguage('yaml').filter(({ marks }) => marks.includes('workflow'))))(
    '%s is a workflow that gives its secrets by environment',
    (_, block) => {
      const workflow = parse(block.text) as { jobs: { rotate: { steps: { run?: string; env?: object }[] } } };
      const step = workflow.jobs.rotate.steps.find((each) => each.run?.includes('auth0-rotation'));
      const settings = Object.keys(step?.env ?? {});
      for (const name of Object.keys(COMPLETE_ENVIRONMENT)) expect(settings).toContain(name);
    },
  );
});

describe('commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'documented-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const commands = inLanguage('sh', 'cron', 'yaml').flatMap((block) =>
    documentedCommands(block.text).map((words) => [placeOf(block), words.join(' '), words] as const),
  );

  test('are found where they stand', () => {
    expect(new Set(commands.map(([, , [name]]) => name))).toEqual(
      new Set(['rotate', 'check', 'recover', 'emulate-auth0', 'completion', '--help']),
    );
    expect(documentedCommands("0 3 * * * npx auth0-rotation rotate --map-client-id 'A B' --yes >>log # daily")).toEqual(
      [['rotate', '--map-client-id', 'A B', '--yes']],
    );
  });

  test.each(commands.filter(([, , [name]]) => name !== '--help'))('%s: %s is understood', (_place, _text, words) => {
    const [name = '', ...rest] = words;
    const command = commandNamed(name);
    const { operands, unknown } = command.parseOptions([...rest]);
    expect(unknown).toEqual([]);
    expect(operands).toHaveLength(command.registeredArguments.length);
  });

  const settled = commands.filter(([, , [name]]) => ['rotate', 'check', 'recover'].includes(name ?? ''));
  test.each(settled)('%s: %s has settings that fit together', async (_place, _text, words) => {
    const config = BLOCKS.find((block) => markOf(block, 'schema') === 'rotations-config');
    writeFileSync(join(folder, 'rotations.yaml'), config?.text.replaceAll('/run/secrets/', `${folder}/`) ?? '');
    for (const file of ['auth0-management', 'infisical-identity', 'current-secret']) {
      writeFileSync(join(folder, file), `invented-${file}-4tYb8Qm2Zx7Kc1Wn\n`, { mode: 0o600 });
    }
    const usesConfig = words.includes('--config');
    const outcome = await run(words.map(madeReal), {
      workingDirectory: folder,
      // With a config file nothing else is needed.
      environment: usesConfig ? {} : COMPLETE_ENVIRONMENT,
      terminal: true,
      confirm: async () => true,
    });
    expect(outcome.stderr).not.toContain('Refused');
    expect(outcome.code).toBe(0);
  });

  test('the documented config file is taken as it stands', () => {
    const config = BLOCKS.find((block) => markOf(block, 'schema') === 'rotations-config');
    expect(rotationsConfigSchema.parse(parse(config?.text ?? '')).rotations).toHaveLength(2);
  });
});

describe('the text', () => {
  const flags = new Set([
    '--help',
    ...commandTree().commands.flatMap((command) => command.options.map(({ long }) => long)),
  ]);

  test.each(DOCUMENTS)('%s names no flag that does not exist', (document) => {
    const mentioned = [...proseOf(document).matchAll(/`(?:auth0-rotation )?[\w ]*(--[a-z][a-z0-9-]*)/g)].map(
      ([, flag]) => flag,
    );
    for (const flag of mentioned) expect([...flags]).toContain(flag);
  });

  test('under "Test" are exactly the two commands', () => {
    expect(sectionOf('README.md', 'Test').trim()).toBe('```sh\nnpm ci\nnpm test\n```');
  });
});

/** A block as a module of its own, with what it takes as given before it. */
function asModule(block: Block): Example {
  return { path: `${pathOf(block)}.ts`, text: `${block.given}\n${block.text}\nexport {};\n` };
}

/** A JSON answer as a value of the type it claims to have. */
function asTypedValue(block: Block): Example {
  const type = markOf(block, 'type');
  const text = `import type { ${type} } from 'auth0-client-secret-rotation/engine';\nexport const answer: ${type} = ${block.text};`;
  return { path: `${pathOf(block)}.ts`, text };
}

/** Below the root, so that packages are found from there. */
function pathOf(block: Block): string {
  return `docs/${block.document.replace(/\W/g, '-')}-${block.line}`;
}

/** Puts something in place of what a reader fills in: variables, and where their files are. */
function madeReal(word: string, index: number, words: readonly string[]): string {
  const before = words[index - 1] ?? '';
  if (before === '--config') return 'rotations.yaml';
  if (before.endsWith('-file')) return 'current-secret';
  return word.replace(/^\$\w+$/, APPLICATION);
}
