/**
 * Writes the JSON Schemas in `schemas/` from the Zod schemas. With `--check` nothing is written: it names the files that
 * differ and ends with 1.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ZodType, z } from 'zod';
import { rotationsConfigSchema } from '../src/cli/config-schema.js';
import {
  connectionSchema,
  createBodySchema,
  generatedCredentialsSchema,
  parametersSchema,
  secretsMappingSchema,
  updateBodySchema,
} from '../src/provider/auth0-client-secret/schemas.js';

const DIRECTORY = new URL('../schemas/', import.meta.url);

const SCHEMAS: Readonly<Record<string, ZodType>> = {
  connection: connectionSchema,
  parameters: parametersSchema,
  'secrets-mapping': secretsMappingSchema,
  'generated-credentials': generatedCredentialsSchema,
  'create-body': createBodySchema,
  'update-body': updateBodySchema,
  'rotations-config': rotationsConfigSchema,
};

/** The text of one file: what a sender may send, in JSON Schema draft 2020-12. */
function render(name: string, schema: ZodType): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  // Zod leaves examples out where a schema transforms; ours are what a sender sends.
  const examples = z.globalRegistry.get(schema)?.['examples'];
  const document = { $schema, $id: `urn:auth0-client-secret-rotation:schema:${name}`, ...rest, examples };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** @returns the text of a file of `schemas/`, or undefined when it is not there. */
async function current(file: string): Promise<string | undefined> {
  return readFile(new URL(file, DIRECTORY), 'utf8').catch(() => undefined);
}

const rendered = new Map(Object.entries(SCHEMAS).map(([name, schema]) => [`${name}.json`, render(name, schema)]));

if (process.argv.includes('--check')) {
  const different: string[] = [];
  for (const [file, text] of rendered) if ((await current(file)) !== text) different.push(file);
  if (different.length > 0) {
    console.error(`These files differ from the Zod schemas: ${different.join(', ')}. Run "npm run schemas".`);
    process.exitCode = 1;
  }
} else {
  await mkdir(DIRECTORY, { recursive: true });
  for (const [file, text] of rendered) await writeFile(new URL(file, DIRECTORY), text);
  console.log(`${rendered.size} schemas written to ${fileURLToPath(DIRECTORY)}`);
}
