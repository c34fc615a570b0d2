/** The outside world of the command line, faked: streams that are kept, a clock that is moved, a rotation that obeys. */
import { Secret } from '../../src/base/secret.js';
import type { Host, RotationRun, RunContext, Services } from '../../src/cli/host.js';
import { runCommandLine } from '../../src/cli/program.js';
import type { RotationSettings } from '../../src/cli/settings.js';
import type { OneShotCheck, OneShotPlan, OneShotResult } from '../../src/engine/one-shot-types.js';

/** Invented, and of high entropy, so that finding one in an output is a leak and no accident. */
export const CANARIES = {
  management: 'q7Zr2mVx9KcT4nLw8YbH3sPd6FgJ1aUe5RtXo0Bi',
  infisical: 'W3hN8vQy5LzC1kRf7TmX4bGp9SjD2eAu6JoKi0Yx',
  token: 'st.9fLk2Wq7Zx4Rm8Tb1Vn5Yc3Hp6Gs0Jd-aEoIuKtMw',
  current: 'B5dX1gMq8ZtL3rWk7NvY2cHp9FsJ4eAu6TiOo0Rb',
} as const;

export const APPLICATION = 'kX3exampleClientId7aPqLm2vRt9Bz4';
export const OTHER_APPLICATION = 'pT8otherClientId4bNcWx6yKdQm1Js3';

/** Everything `rotate` needs, from the environment. */
export const COMPLETE_ENVIRONMENT = {
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_MANAGEMENT_CLIENT_ID: 'mNgmtExampleClientId5tYuIo8pLkJh',
  AUTH0_MANAGEMENT_CLIENT_SECRET: CANARIES.management,
  INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: '5a1f0c1e-2f3b-4c5d-8e9f-0a1b2c3d4e5f',
  INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: CANARIES.infisical,
  INFISICAL_PROJECT_ID: '3c90c3cc-0d44-4b50-8888-8dd25736052a',
  INFISICAL_ENVIRONMENT: 'prod',
};

const STARTED = Date.parse('2026-03-01T12:00:00Z');

export interface FakeClock {
  now(): number;
  monotonic(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  advance(milliseconds: number): void;
}

export function fakeClock(): FakeClock {
  let elapsed = 0;
  return {
    now: () => STARTED + elapsed,
    monotonic: () => elapsed,
    sleep: async () => {},
    advance: (milliseconds) => {
      elapsed += milliseconds;
    },
  };
}

export function planOf(settings: RotationSettings, overrides: Partial<OneShotPlan> = {}): OneShotPlan {
  return {
    application: {
      applicationId: settings.application,
      applicationName: 'Acme Web',
      tenant: 'acme.eu.auth0.com',
      warnings: [],
      facts: { signingAlgorithm: 'RS256' },
    },
    place: `project ${settings.infisical.projectId}, environment ${settings.infisical.environment}, path ${settings.infisical.secretPath}`,
    names: settings.names,
    situation: 'at-rest',
    action: 'rotate',
    attemptId: null,
    changes: [`${settings.names.clientSecret} gets a new value`],
    warnings: [],
    ...overrides,
  };
}

export function resultOf(settings: RotationSettings, overrides: Partial<OneShotResult> = {}): OneShotResult {
  return {
    status: 'success',
    phase: 'settled',
    applicationId: settings.application,
    attemptId: 'attempt-1',
    startedAt: '2026-03-01T12:00:00.000Z',
    finishedAt: '2026-03-01T12:03:00.000Z',
    evidence: {
      fingerprint: '1a2b3c4d',
      accepted: 3,
      spanMilliseconds: 2_000,
      probes: 3,
      provenAt: '2026-03-01T12:02:00.000Z',
    },
    warnings: [],
    error: null,
    ...overrides,
  };
}

export function checkOf(settings: RotationSettings, overrides: Partial<OneShotCheck> = {}): OneShotCheck {
  return {
    status: 'healthy',
    applicationId: settings.application,
    plan: planOf(settings),
    warnings: [],
    error: null,
    ...overrides,
  };
}

/** What the rotation of one application does in a test. What is not said works. */
export interface Script {
  readonly plan?: (settings: RotationSettings, call: number) => OneShotPlan | Promise<OneShotPlan>;
  readonly rotate?: (settings: RotationSettings, context: RunContext) => OneShotResult | Promise<OneShotResult>;
  readonly recover?: (settings: RotationSettings, context: RunContext) => OneShotResult | Promise<OneShotResult>;
  readonly check?: (settings: RotationSettings) => OneShotCheck | Promise<OneShotCheck>;
}

export interface World extends Script {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly terminal?: boolean;
  readonly stdoutTerminal?: boolean;
  readonly confirm?: Services['confirm'];
  readonly assemble?: Services['assemble'];
  readonly services?: Partial<Services>;
  readonly clock?: FakeClock;
  readonly interruption?: Host['interruption'];
  readonly every?: Host['every'];
  readonly workingDirectory?: string;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was done, in order: `plan kX3…`, `rotate kX3…`. */
  readonly done: readonly string[];
  /** The settings of every rotation that was put together. */
  readonly settings: readonly RotationSettings[];
  /** The one JSON object on stdout; throws when there is anything else. */
  json(): Record<string, unknown>;
}

/** Runs the command line in this process. */
export async function run(argumentList: readonly string[], world: World = {}): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const done: string[] = [];
  const assembled: RotationSettings[] = [];
  const clock = world.clock ?? fakeClock();
  const terminal = world.terminal ?? false;

  const services: Services = {
    prepareNetwork: async () => void done.push('network'),
    confirm:
      world.confirm ??
      (async () => {
        throw new Error('Nobody should have been asked.');
      }),
    startEmulator: async () => {
      throw new Error('No emulator in this test.');
    },
    runDemo: async () => {
      throw new Error('No demo in this test.');
    },
    assemble:
      world.assemble ??
      (async (settings, context): Promise<RotationRun> => {
        assembled.push(settings);
        let plans = 0;
        const note = (what: string) => done.push(`${what} ${settings.application}`);
        return {
          plan: async () => {
            note('plan');
            plans += 1;
            return world.plan === undefined ? planOf(settings) : world.plan(settings, plans);
          },
          rotate: async () => {
            note('rotate');
            return world.rotate === undefined ? resultOf(settings) : world.rotate(settings, context);
          },
          recover: async () => {
            note('recover');
            return world.recover === undefined ? resultOf(settings) : world.recover(settings, context);
          },
          check: async () => {
            note('check');
            return world.check === undefined ? checkOf(settings) : world.check(settings);
          },
        };
      }),
    ...world.services,
  };
  const host: Host = {
    environment: world.environment ?? COMPLETE_ENVIRONMENT,
    workingDirectory: world.workingDirectory ?? process.cwd(),
    stdout: { write: (text) => void out.push(text), isTerminal: world.stdoutTerminal ?? terminal, columns: 100 },
    stderr: { write: (text) => void err.push(text), isTerminal: terminal, columns: 100 },
    stdinIsTerminal: terminal,
    clock,
    every: world.every ?? (() => () => {}),
    interruption: world.interruption ?? { signal: new AbortController().signal, forced: new Promise(() => {}) },
    services,
  };
  const code = await runCommandLine(argumentList, host);
  const stdout = out.join('');
  return {
    code,
    stdout,
    stderr: err.join(''),
    done,
    settings: assembled,
    json: () => {
      const lines = stdout.split('\n');
      if (lines.length !== 2 || lines[1] !== '') throw new Error(`Not one line on stdout: ${JSON.stringify(stdout)}`);
      const value: unknown = JSON.parse(lines[0] ?? '');
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('Not a JSON object.');
      return value as Record<string, unknown>;
    },
  };
}

/** The one rotation that was put together. */
export function only(outcome: Outcome): RotationSettings {
  const [settings, ...others] = outcome.settings;
  if (settings === undefined || others.length > 0)
    throw new Error(`${outcome.settings.length} rotations. ${outcome.stderr}`);
  return settings;
}

export function errorOf(outcome: Outcome): { code: string; message: string; action: string; field?: string } {
  return outcome.json()['error'] as { code: string; message: string; action: string; field?: string };
}

/** Fails when any canary, in any common form, stands in what was written. */
export function leaks(
  outcome: Pick<Outcome, 'stdout' | 'stderr'>,
  values: readonly string[] = Object.values(CANARIES),
): string[] {
  const text = outcome.stdout + outcome.stderr;
  return values.filter((value) =>
    [value, encodeURIComponent(value), Buffer.from(value).toString('base64'), value.slice(0, 16)].some((form) =>
      text.includes(form),
    ),
  );
}

export const aSecret = (value: string) => new Secret(value);
