/**
 * Every setting of `rotate`, `check` and `recover`, once: its flag, its environment variable, its place in the config
 * file, and what it means. Options, help, shell completion, the config file's schema and the reading of values are all
 * made from this table. A setting's key is its flag in camelCase, and that is its name in the config file.
 */

/** The headings of the help, in their order. */
export const GROUPS = {
  which: 'Which application:',
  auth0: 'Auth0:',
  infisical: 'Infisical, where the secrets are stored:',
  timing: 'Timing:',
  decisions: 'Decisions for this run:',
} as const;

export type Group = keyof typeof GROUPS;

export interface Setting {
  readonly key: string;
  readonly group: Group;
  readonly flag: `--${string}`;
  /** The placeholder in the help; absent for switches. */
  readonly argument?: string;
  readonly kind: 'text' | 'duration' | 'list' | 'switch' | 'off-switch';
  readonly environment?: string;
  /** What stands in for it, for the help. The value itself is set where settings are parsed. */
  readonly fallback?: string;
  /**
   * Where a config file may say it: in the defaults and in a rotation, in a rotation only, or not at all. What a person
   * decides for one run – replacing a value that is not live, a compromise – never stands in a file.
   */
  readonly inConfig: 'shared' | 'rotation' | 'never';
  readonly meaning: string;
  readonly example?: string;
}

export const SETTINGS = [
  {
    key: 'application',
    group: 'which',
    flag: '--application',
    argument: '<client-id>',
    kind: 'text',
    inConfig: 'rotation',
    meaning: 'client id of the application to rotate; with --config: the one entry to run',
    example: 'kX3exampleClientId7aPqLm2vRt9Bz4',
  },
  {
    key: 'auth0Domain',
    group: 'auth0',
    flag: '--auth0-domain',
    argument: '<domain>',
    kind: 'text',
    environment: 'AUTH0_DOMAIN',
    inConfig: 'shared',
    meaning: 'tenant domain, such as acme.eu.auth0.com',
    example: 'acme.eu.auth0.com',
  },
  {
    key: 'auth0Audience',
    group: 'auth0',
    flag: '--auth0-audience',
    argument: '<url>',
    kind: 'text',
    environment: 'AUTH0_AUDIENCE',
    inConfig: 'shared',
    meaning: 'Management API audience; needed with a custom domain',
    example: 'https://acme.eu.auth0.com/api/v2/',
  },
  {
    key: 'auth0ClientId',
    group: 'auth0',
    flag: '--auth0-client-id',
    argument: '<client-id>',
    kind: 'text',
    environment: 'AUTH0_MANAGEMENT_CLIENT_ID',
    inConfig: 'shared',
    meaning: 'management client that may change the application (scopes update:client_keys and read:clients)',
    example: 'mNgmtExampleClientId5tYuIo8pLkJh',
  },
  {
    key: 'allowAuth0Origin',
    group: 'auth0',
    flag: '--allow-auth0-origin',
    argument: '<origin>',
    kind: 'list',
    environment: 'AUTH0_ROTATION_ALLOWED_ORIGINS',
    inConfig: 'shared',
    meaning:
      'origin allowed beyond the domain rules, such as http://127.0.0.1:4455, which --auth0-domain may then be; repeatable, comma-separated in the environment',
    example: 'http://127.0.0.1:4455',
  },
  {
    key: 'allowApplication',
    group: 'which',
    flag: '--allow-application',
    argument: '<client-id>',
    kind: 'list',
    inConfig: 'never',
    meaning: 'limits what this run may touch to the applications named; repeatable',
  },
  {
    key: 'infisicalSiteUrl',
    group: 'infisical',
    flag: '--infisical-site-url',
    argument: '<url>',
    kind: 'text',
    environment: 'INFISICAL_SITE_URL',
    fallback: 'https://app.infisical.com',
    inConfig: 'shared',
    meaning: 'where Infisical is',
    example: 'https://secrets.acme.example',
  },
  {
    key: 'infisicalClientId',
    group: 'infisical',
    flag: '--infisical-client-id',
    argument: '<id>',
    kind: 'text',
    environment: 'INFISICAL_UNIVERSAL_AUTH_CLIENT_ID',
    inConfig: 'shared',
    meaning: 'machine identity (universal auth)',
    example: '5a1f0c1e-2f3b-4c5d-8e9f-0a1b2c3d4e5f',
  },
  {
    key: 'projectId',
    group: 'infisical',
    flag: '--project-id',
    argument: '<id>',
    kind: 'text',
    environment: 'INFISICAL_PROJECT_ID',
    inConfig: 'shared',
    meaning: 'Infisical project',
    example: '3c90c3cc-0d44-4b50-8888-8dd25736052a',
  },
  {
    key: 'environment',
    group: 'infisical',
    flag: '--environment',
    argument: '<slug>',
    kind: 'text',
    environment: 'INFISICAL_ENVIRONMENT',
    inConfig: 'shared',
    meaning: 'environment slug, such as prod',
    example: 'prod',
  },
  {
    key: 'secretPath',
    group: 'infisical',
    flag: '--secret-path',
    argument: '<path>',
    kind: 'text',
    environment: 'INFISICAL_SECRET_PATH',
    fallback: '/',
    inConfig: 'shared',
    meaning: 'folder that holds the secrets',
    example: '/web',
  },
  {
    key: 'mapClientId',
    group: 'infisical',
    flag: '--map-client-id',
    argument: '<name>',
    kind: 'text',
    fallback: 'AUTH0_CLIENT_ID',
    inConfig: 'shared',
    meaning: 'secret name for the client id',
    example: 'AUTH0_CLIENT_ID',
  },
  {
    key: 'mapClientSecret',
    group: 'infisical',
    flag: '--map-client-secret',
    argument: '<name>',
    kind: 'text',
    fallback: 'AUTH0_CLIENT_SECRET',
    inConfig: 'shared',
    meaning: 'secret name for the client secret',
    example: 'AUTH0_CLIENT_SECRET',
  },
  {
    key: 'mapFallbackClientSecret',
    group: 'infisical',
    flag: '--map-fallback-client-secret',
    argument: '<name>',
    kind: 'text',
    fallback: 'the client-secret name plus _FALLBACK',
    inConfig: 'shared',
    meaning: 'secret name applications try second',
    example: 'AUTH0_CLIENT_SECRET_FALLBACK',
  },
  {
    key: 'overlap',
    group: 'timing',
    flag: '--overlap',
    argument: '<duration>',
    kind: 'duration',
    fallback: '2m',
    inConfig: 'shared',
    meaning:
      'how long applications may pick up the new secret before it is activated, such as 5m or 3d; 0s vouches that no second run exists',
    example: '3d',
  },
  {
    key: 'settle',
    group: 'timing',
    flag: '--settle',
    argument: '<duration>',
    kind: 'duration',
    fallback: '30s',
    inConfig: 'shared',
    meaning: 'how long Auth0 may still disagree with itself after the activation',
    example: '30s',
  },
  {
    key: 'wait',
    group: 'timing',
    flag: '--wait',
    argument: '<duration>',
    kind: 'duration',
    fallback: '10m',
    inConfig: 'shared',
    meaning:
      'longest time to stay for the overlap; a longer one is left announced, the answer is "pending" with "resumeAt", and the next run goes on',
    example: '10m',
  },
  {
    key: 'fallback',
    group: 'timing',
    flag: '--no-fallback',
    kind: 'off-switch',
    inConfig: 'shared',
    meaning:
      'single-phase: no fallback name, no announcement, no overlap; the candidate is kept under the client-secret name plus _PENDING',
  },
  {
    key: 'createFolder',
    group: 'infisical',
    flag: '--create-folder',
    kind: 'switch',
    inConfig: 'shared',
    meaning: 'make the folder when it is missing',
  },
  {
    key: 'overwrite',
    group: 'decisions',
    flag: '--overwrite',
    kind: 'switch',
    inConfig: 'never',
    meaning: 'replace a stored value that is not live',
  },
  {
    key: 'acceptHs256',
    group: 'decisions',
    flag: '--accept-hs256',
    kind: 'switch',
    inConfig: 'shared',
    meaning: 'go on although the secret also signs ID tokens (HS256)',
  },
  {
    key: 'compromised',
    group: 'decisions',
    flag: '--compromised',
    kind: 'switch',
    inConfig: 'never',
    meaning: 'the secret has leaked: a fresh one at once, no waiting for an overlap',
  },
] as const satisfies readonly Setting[];

export type SettingKey = (typeof SETTINGS)[number]['key'];

/** A setting that holds a secret: read from a file or from the environment, never from a flag. */
export interface SecretSetting {
  readonly key: string;
  readonly group: Group;
  /** The flag that names a file, and its key. */
  readonly file?: { readonly flag: `--${string}`; readonly key: string };
  readonly environment?: string;
  /** The config key that names an environment variable to read instead; absent where a config file may not say it. */
  readonly variableKey?: string;
  /** `line`: one line of text. `pem`: a private key in PEM form. */
  readonly shape: 'line' | 'pem';
  readonly meaning: string;
}

export const SECRET_SETTINGS = [
  {
    key: 'auth0ClientSecret',
    group: 'auth0',
    file: { flag: '--auth0-client-secret-file', key: 'auth0ClientSecretFile' },
    environment: 'AUTH0_MANAGEMENT_CLIENT_SECRET',
    variableKey: 'auth0ClientSecretVariable',
    shape: 'line',
    meaning: "the management client's secret",
  },
  {
    key: 'auth0PrivateKey',
    group: 'auth0',
    file: { flag: '--auth0-private-key-file', key: 'auth0PrivateKeyFile' },
    environment: 'AUTH0_MANAGEMENT_PRIVATE_KEY',
    variableKey: 'auth0PrivateKeyVariable',
    shape: 'pem',
    meaning: "the management client's private key (PEM), instead of a secret (private_key_jwt)",
  },
  {
    key: 'infisicalClientSecret',
    group: 'infisical',
    file: { flag: '--infisical-client-secret-file', key: 'infisicalClientSecretFile' },
    environment: 'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
    variableKey: 'infisicalClientSecretVariable',
    shape: 'line',
    meaning: "the machine identity's secret",
  },
  {
    key: 'infisicalToken',
    group: 'infisical',
    environment: 'INFISICAL_TOKEN',
    variableKey: 'infisicalTokenVariable',
    shape: 'line',
    meaning: 'a ready Infisical access token, instead of a machine identity',
  },
  {
    key: 'currentClientSecret',
    group: 'decisions',
    file: { flag: '--current-client-secret-file', key: 'currentClientSecretFile' },
    shape: 'line',
    meaning: 'the secret in use, to adopt it: it is proven and stored without being changed',
  },
] as const satisfies readonly SecretSetting[];

export type SecretKey = (typeof SECRET_SETTINGS)[number]['key'];

/** Flags people expect and that do not exist on purpose, with what to use instead. */
export const SECRET_FLAGS_THAT_DO_NOT_EXIST: Readonly<Record<string, string>> = {
  '--auth0-client-secret': 'AUTH0_MANAGEMENT_CLIENT_SECRET or --auth0-client-secret-file',
  '--auth0-private-key': 'AUTH0_MANAGEMENT_PRIVATE_KEY or --auth0-private-key-file',
  '--infisical-client-secret': 'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET or --infisical-client-secret-file',
  '--infisical-token': 'INFISICAL_TOKEN',
  '--current-client-secret': '--current-client-secret-file',
};
