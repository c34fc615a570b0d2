/**
 * The shapes of the `auth0-client-secret` provider, on the wire and inside. Wire shapes are those of Infisical's
 * secret-rotation API; what we added is optional. Secrets become `Secret`s while they are parsed.
 *
 * @see https://infisical.com/docs/api-reference/endpoints/secret-rotations/auth0-client-secret/create
 */
import { z } from 'zod';
import type { ManagementCredentials } from '../../auth0/access.js';
import { Secret } from '../../base/secret.js';

const LONGEST_OVERLAP_SECONDS = 30 * 24 * 60 * 60;
const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

const secretText = (description: string) =>
  z
    .string()
    .min(1)
    .meta({ description })
    .transform((text) => new Secret(text));

const slug = (what: string) =>
  z.string().trim().min(1).max(64).regex(SLUG, `${what} takes lowercase letters, digits and single hyphens.`);

/** How the provider reaches a tenant. The domain rules are applied when the provider opens the connection. */
export interface Auth0Connection {
  /** The tenant domain as it was given: `acme.eu.auth0.com`. */
  readonly domain: string;
  /** The Management API audience; undefined: it follows from the domain. */
  readonly audience: string | undefined;
  readonly credentials: ManagementCredentials;
}

/**
 * Credentials of an Auth0 connection: `domain`, `clientId`, `clientSecret` and `audience` as on Infisical's wire, or a
 * `privateKey` in place of the secret. Parses to an `Auth0Connection`.
 */
export const connectionSchema = z
  .object({
    domain: z
      .string()
      .trim()
      .min(1, 'Give the tenant domain.')
      .meta({ description: 'Domain of the Auth0 tenant.', examples: ['acme.eu.auth0.com'] }),
    clientId: z
      .string()
      .trim()
      .min(1, 'Give the client id of the management client.')
      .meta({ description: 'Client id of the machine-to-machine application that may use the Management API.' }),
    clientSecret: secretText('Client secret of that application.').optional(),
    privateKey: secretText(
      'Private key of that application in PEM form, when it authenticates by private_key_jwt.',
    ).optional(),
    audience: z
      .url()
      .optional()
      .meta({
        description: 'Audience of the Auth0 Management API, with its trailing slash. Needed with a custom domain.',
        examples: ['https://acme.eu.auth0.com/api/v2/'],
      }),
  })
  .transform(toConnection)
  .meta({
    title: 'Auth0 connection',
    description: 'How the provider reaches an Auth0 tenant.',
    oneOf: [{ required: ['clientSecret'] }, { required: ['privateKey'] }],
    examples: [
      {
        domain: 'acme.eu.auth0.com',
        clientId: 'Q2J1rKz0v7mXnB5tYcW8uL3sPd6fGh9a',
        clientSecret: 'the-client-secret-of-the-management-client',
        audience: 'https://acme.eu.auth0.com/api/v2/',
      },
    ],
  });

/** Which application is rotated, and how long the next secret is announced before it becomes live. */
export const parametersSchema = z
  .object({
    clientId: z
      .string()
      .trim()
      .min(1, 'Give the client id of the application.')
      .meta({
        description: 'Client id of the application whose client secret is rotated.',
        examples: ['Vn4Wq8bT2kXs6LrYpD0cGm7uJh1eZa5f'],
      }),
    overlapSeconds: z
      .int()
      .min(0)
      .max(LONGEST_OVERLAP_SECONDS)
      .optional()
      .meta({
        description:
          'How long, in seconds, the next secret stands under the fallback name before it becomes live. At most 30 days.',
        examples: [300],
      }),
  })
  .meta({
    title: 'Rotation parameters',
    description: 'Which Auth0 application is rotated.',
    examples: [{ clientId: 'Vn4Wq8bT2kXs6LrYpD0cGm7uJh1eZa5f' }],
  });

/** A name under which a secret is stored: at least one character, neither `:` nor `/`. */
export const secretNameSchema = z
  .string()
  .trim()
  .min(1, 'Give a secret name.')
  .regex(/^[^:/]*$/, 'A secret name must not contain ":" or "/".');

/** The names under which generated credentials are stored. That they differ is checked apart, see `secret-names.ts`. */
export const secretsMappingSchema = z
  .object({
    clientId: secretNameSchema.meta({
      description: 'Name of the secret that holds the client id.',
      examples: ['AUTH0_CLIENT_ID'],
    }),
    clientSecret: secretNameSchema.meta({
      description: 'Name of the secret that holds the live client secret.',
      examples: ['AUTH0_CLIENT_SECRET'],
    }),
    fallbackClientSecret: secretNameSchema.optional().meta({
      description:
        'Name of the secret that holds the next client secret ahead of its activation. Without it a rotation has no overlap.',
      examples: ['AUTH0_CLIENT_SECRET_FALLBACK'],
    }),
  })
  .meta({
    title: 'Secrets mapping',
    description: 'The names under which the generated credentials are stored.',
    examples: [{ clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' }],
  });

/** One set of generated credentials as the package holds it. */
export interface Auth0ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** One set of generated credentials. Parses to `Auth0ClientCredentials`. */
export const credentialsSchema = z
  .object({
    clientId: z.string().min(1).meta({ description: 'Client id of the application.' }),
    clientSecret: secretText('Client secret of the application.'),
  })
  .meta({ title: 'Credentials' });

/** The generated credentials of a rotation: the live set, and after the first rotation the retired one. */
export const generatedCredentialsSchema = z
  .array(credentialsSchema)
  .min(1)
  .max(2)
  .meta({
    title: 'Generated credentials',
    description: 'One or two sets of credentials in slot order; the active index of the rotation names the live one.',
    examples: [[{ clientId: 'Vn4Wq8bT2kXs6LrYpD0cGm7uJh1eZa5f', clientSecret: 'the-generated-client-secret' }]],
  });

const rotationName = slug('A rotation name').meta({
  description: 'Name of the rotation, unique in its folder: lowercase letters, digits and hyphens.',
  examples: ['my-auth0-rotation'],
});

const description = z
  .string()
  .trim()
  .max(256)
  .nullish()
  .meta({ description: 'Description of the rotation.', examples: ['my client secret rotation'] });

const rotationInterval = z.coerce.number().min(1);

/** JSON Schema has no coercion, so the wire's number or numeric text is spelled out for it. */
const rotationIntervalMeta = {
  description: 'Days between rotations.',
  examples: [30],
  type: ['number', 'string'],
  pattern: '^\\s*[0-9.eE+]+\\s*$',
};

const rotateAtUtc = z
  .object({
    hours: z.number().min(0).max(23).meta({ description: 'Hour of the day.' }),
    minutes: z.number().min(0).max(59).meta({ description: 'Minute of the hour.' }),
  })
  .meta({ description: 'Time of the day, in UTC, at which rotations fall due.', examples: [{ hours: 0, minutes: 0 }] });

const EXAMPLE_ID = '7d0c3c0e-4c55-4b8e-9a51-0f6f0ac1d9b2';

/** The body that creates a rotation. */
export const createBodySchema = z
  .object({
    name: rotationName,
    projectId: z.string().trim().min(1).meta({ description: 'Id of the project.' }),
    description,
    connectionId: z.guid().meta({ description: 'Id of the Auth0 connection.' }),
    environment: slug('An environment slug').meta({
      description: 'Slug of the environment the secrets are stored in.',
      examples: ['dev'],
    }),
    secretPath: z
      .string()
      .trim()
      .min(1)
      .overwrite(withoutTrailingSlash)
      .meta({ description: 'Path of the folder the secrets are stored in.', examples: ['/'] }),
    isAutoRotationEnabled: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether the secret is rotated whenever the interval has elapsed.' }),
    rotationInterval: rotationInterval.meta(rotationIntervalMeta),
    rotateAtUtc: rotateAtUtc.optional(),
    parameters: parametersSchema,
    secretsMapping: secretsMappingSchema,
    currentClientSecret: secretText(
      'The client secret the application uses now. When it is given it is proven and kept; nothing changes at Auth0.',
    ).optional(),
  })
  .meta({
    title: 'Create an Auth0 client secret rotation',
    description: 'Body of the request that creates a rotation.',
    examples: [
      {
        name: 'my-auth0-rotation',
        projectId: EXAMPLE_ID,
        description: 'my client secret rotation',
        connectionId: EXAMPLE_ID,
        environment: 'dev',
        secretPath: '/',
        isAutoRotationEnabled: true,
        rotationInterval: 30,
        rotateAtUtc: { hours: 0, minutes: 0 },
        parameters: { clientId: 'Vn4Wq8bT2kXs6LrYpD0cGm7uJh1eZa5f' },
        secretsMapping: { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' },
      },
    ],
  });

/** The body that changes a rotation. Where its secrets live and which connection it uses cannot be changed. */
export const updateBodySchema = z
  .object({
    name: rotationName.optional(),
    description,
    isAutoRotationEnabled: z
      .boolean()
      .optional()
      .meta({ description: 'Whether the secret is rotated whenever the interval has elapsed.' }),
    rotationInterval: rotationInterval.optional().meta(rotationIntervalMeta),
    rotateAtUtc: rotateAtUtc.optional(),
    parameters: parametersSchema.optional(),
    secretsMapping: secretsMappingSchema.optional(),
  })
  .meta({
    title: 'Update an Auth0 client secret rotation',
    description: 'Body of the request that changes a rotation. What is absent stays as it is.',
    examples: [{ rotationInterval: 90, isAutoRotationEnabled: false }],
  });

/** Which application is rotated, as `parametersSchema` gives it. */
export type Auth0RotationParameters = z.output<typeof parametersSchema>;
/** The names of the mapped secrets, as `secretsMappingSchema` gives them. */
export type Auth0SecretsMapping = z.output<typeof secretsMappingSchema>;
/** The body that creates a rotation, as `createBodySchema` gives it. */
export type CreateBody = z.output<typeof createBodySchema>;
/** The body that changes a rotation, as `updateBodySchema` gives it. */
export type UpdateBody = z.output<typeof updateBodySchema>;

/** An Auth0 connection's credentials as they travel. */
export type Auth0ConnectionWire = z.input<typeof connectionSchema>;
/** One set of generated credentials as it travels. */
export type Auth0ClientCredentialsWire = z.input<typeof credentialsSchema>;

interface ConnectionFields {
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret?: Secret | undefined;
  readonly privateKey?: Secret | undefined;
  readonly audience?: string | undefined;
}

function toConnection(wire: ConnectionFields, context: z.RefinementCtx): Auth0Connection {
  const { domain, clientId, clientSecret, privateKey, audience } = wire;
  if (clientSecret && !privateKey) {
    return { domain, audience, credentials: { method: 'client-secret', clientId, clientSecret } };
  }
  if (privateKey && !clientSecret) {
    return { domain, audience, credentials: { method: 'private-key-jwt', clientId, privateKey } };
  }
  context.addIssue({
    code: 'custom',
    path: ['clientSecret'],
    message: 'Give either the client secret or the private key of the management client.',
  });
  return z.NEVER;
}

function withoutTrailingSlash(path: string): string {
  return path === '/' ? path : path.replace(/\/+$/, '') || '/';
}
