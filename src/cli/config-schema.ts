/**
 * The schema of the config file (`--config rotations.yaml`): defaults, and the rotations of one run. Its keys are the
 * flags in camelCase. It has no key for a secret: a secret is named by a file or an environment variable.
 */
import { type ZodType, z } from 'zod';
import { SECRET_SETTINGS, SETTINGS, type SecretSetting, type Setting } from './setting-table.js';

/** What one entry of the config file may hold: settings by their keys. */
export type ConfigValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface RotationsConfig {
  readonly $schema?: string;
  readonly defaults?: ConfigValues;
  readonly rotations: readonly ConfigValues[];
}

const DURATION_PATTERN = /^(?:\d{1,9}(?:ms|[smhd]))+$/;

function valueSchema(setting: Setting): ZodType {
  const examples = setting.example === undefined ? {} : { examples: [setting.example] };
  const standard = setting.fallback === undefined ? '' : ` (default: ${setting.fallback})`;
  const description = `${sentence(setting.meaning)}${standard}.`;
  switch (setting.kind) {
    case 'text':
      return z
        .string()
        .min(1)
        .meta({ description, ...examples });
    case 'duration':
      return z
        .string()
        .regex(DURATION_PATTERN, 'is not a duration such as 30s, 5m or 3d')
        .meta({ description, ...examples });
    case 'list':
      return z
        .array(z.string().min(1))
        .min(1)
        .meta({ description, ...(setting.example === undefined ? {} : { examples: [[setting.example]] }) });
    case 'switch':
      return z.boolean().meta({ description });
    case 'off-switch':
      return z.boolean().meta({ description: `False is ${setting.flag}. ${sentence(setting.meaning)}.` });
  }
}

function secretShape(setting: SecretSetting): Record<string, ZodType> {
  if (setting.variableKey === undefined) return {}; // A decision for one run; not for a file.
  const variable = z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not the name of an environment variable')
    .meta({
      description: `Name of the environment variable that holds ${setting.meaning}.`,
      examples: ['ACME_SECRET'],
    });
  const file = z
    .string()
    .min(1)
    .meta({
      description: `File that holds ${setting.meaning}, relative to this file.`,
      examples: ['/run/secrets/acme'],
    });
  return {
    ...(setting.file === undefined ? {} : { [setting.file.key]: file.optional() }),
    [setting.variableKey]: variable.optional(),
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const sharedShape: Record<string, ZodType> = {
  ...Object.fromEntries(
    SETTINGS.filter((setting) => setting.inConfig === 'shared').map((setting) => [
      setting.key,
      valueSchema(setting).optional(),
    ]),
  ),
  ...Object.assign({}, ...SECRET_SETTINGS.map(secretShape)),
};

const rotationShape: Record<string, ZodType> = {
  ...Object.fromEntries(
    SETTINGS.filter((setting) => setting.inConfig === 'rotation').map((setting) => [setting.key, valueSchema(setting)]),
  ),
  ...sharedShape,
};

/** Parses a config file's content. Unknown keys are refused. */
export const rotationsConfigSchema: ZodType<RotationsConfig> = z
  .strictObject({
    $schema: z.string().optional().meta({ description: 'Where this schema is, for editors.' }),
    defaults: z
      .strictObject(sharedShape)
      .optional()
      .meta({ description: 'What every rotation below uses unless it says otherwise.' }),
    rotations: z
      .array(z.strictObject(rotationShape))
      .min(1)
      .max(1_000)
      .meta({ description: 'The rotations of one run, in order.' }),
  })
  .meta({
    title: 'rotations.yaml',
    description:
      'Config file of auth0-rotation: many applications in one run. Flags win over the environment, and the environment wins over this file. Secrets are named by files or environment variables, never written here.',
    examples: [
      {
        defaults: {
          auth0Domain: 'acme.eu.auth0.com',
          auth0ClientId: 'mNgmtExampleClientId5tYuIo8pLkJh',
          auth0ClientSecretFile: '/run/secrets/auth0-management',
          infisicalClientId: '5a1f0c1e-2f3b-4c5d-8e9f-0a1b2c3d4e5f',
          infisicalClientSecretVariable: 'INFISICAL_ROTATION_SECRET',
          projectId: '3c90c3cc-0d44-4b50-8888-8dd25736052a',
          environment: 'prod',
        },
        rotations: [
          { application: 'kX3exampleClientId7aPqLm2vRt9Bz4', secretPath: '/web' },
          { application: 'pT8otherClientId4bNcWx6yKdQm1Js3', secretPath: '/worker', overlap: '3d' },
        ],
      },
    ],
  }) as unknown as ZodType<RotationsConfig>;

/** Every key a rotation in the config file may have. */
export const CONFIG_KEYS: readonly string[] = Object.keys(rotationShape);
