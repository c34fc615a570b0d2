/** The command tree: help that teaches, wrong usage that repeats nothing, completion, the emulator's flags. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { CHECK_EXIT_CODES, ROTATION_EXIT_CODES } from '../../src/cli/exit-codes.js';
import { interruptedError } from '../../src/cli/failures.js';
import { SECRET_SETTINGS, SETTINGS, type SecretSetting, type Setting } from '../../src/cli/setting-table.js';
import { APPLICATION, CANARIES, COMPLETE_ENVIRONMENT, errorOf, leaks, run } from './fakes.js';

/** The table of the documentation, written down once more: the setting table must not lose a row. */
const DOCUMENTED: readonly (readonly [flag: string, variable?: string])[] = [
  ['--application'],
  ['--auth0-domain', 'AUTH0_DOMAIN'],
  ['--auth0-audience', 'AUTH0_AUDIENCE'],
  ['--auth0-client-id', 'AUTH0_MANAGEMENT_CLIENT_ID'],
  ['--auth0-client-secret-file', 'AUTH0_MANAGEMENT_CLIENT_SECRET'],
  ['--auth0-private-key-file', 'AUTH0_MANAGEMENT_PRIVATE_KEY'],
  ['--allow-auth0-origin', 'AUTH0_ROTATION_ALLOWED_ORIGINS'],
  ['--infisical-site-url', 'INFISICAL_SITE_URL'],
  ['--infisical-client-id', 'INFISICAL_UNIVERSAL_AUTH_CLIENT_ID'],
  ['--infisical-client-secret-file', 'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET'],
  ['--project-id', 'INFISICAL_PROJECT_ID'],
  ['--environment', 'INFISICAL_ENVIRONMENT'],
  ['--secret-path', 'INFISICAL_SECRET_PATH'],
  ['--map-client-id'],
  ['--map-client-secret'],
  ['--map-fallback-client-secret'],
  ['--overlap'],
  ['--settle'],
  ['--wait'],
  ['--no-fallback'],
  ['--create-folder'],
  ['--overwrite'],
  ['--current-client-secret-file'],
  ['--accept-hs256'],
  ['--compromised'],
  ['--allow-application'],
  ['--config'],
  ['--json'],
  ['--yes'],
];

describe('help', () => {
  test.each(['rotate', 'check', 'recover'])(
    '%s --help has every flag, variable and exit code, and examples',
    async (command) => {
      const outcome = await run([command, '--help']);
      expect(outcome.code).toBe(0);
      expect(outcome.stderr).toBe('');
      for (const [flag, variable] of DOCUMENTED) {
        expect(outcome.stdout).toMatch(new RegExp(`^ +(?:-., )?${flag}\\b`, 'm'));
        if (variable !== undefined) expect(outcome.stdout).toContain(variable);
      }
      for (const name of ['INFISICAL_TOKEN', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS', 'NO_COLOR']) {
        expect(outcome.stdout).toContain(name);
      }
      for (const [code, meaning] of command === 'check' ? CHECK_EXIT_CODES : ROTATION_EXIT_CODES) {
        expect(outcome.stdout).toContain(`  ${code}  ${meaning}`);
      }
      expect(outcome.stdout).toContain(`$ auth0-rotation ${command}`);
    },
  );

  test('--dry-run belongs to rotate alone', async () => {
    expect((await run(['rotate', '--help'])).stdout).toContain('--dry-run');
    expect((await run(['recover', '--help'])).stdout).not.toContain('--dry-run');
  });

  test.each(['emulate-auth0', 'demo', 'completion'])('%s --help has examples and exit codes', async (command) => {
    const { stdout } = await run([command, '--help']);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('Exit codes:');
  });

  test('the program names its commands', async () => {
    const { stdout, code } = await run(['--help']);
    expect(code).toBe(0);
    for (const command of ['rotate', 'check', 'recover', 'emulate-auth0', 'demo', 'completion'])
      expect(stdout).toContain(command);
  });

  test('--version', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('the setting table and the documentation have the same rows', () => {
    const documented = DOCUMENTED.map(([flag]) => flag).filter(
      (flag) => !['--config', '--json', '--yes'].includes(flag),
    );
    const flags = [
      ...(SETTINGS as readonly Setting[]).map(({ flag }) => flag),
      ...(SECRET_SETTINGS as readonly SecretSetting[]).flatMap(({ file }) => file?.flag ?? []),
    ];
    expect([...flags].sort()).toEqual([...documented].sort());
  });
});

describe('wrong usage', () => {
  test.each<[string[], RegExp]>([
    [['rotate', '--nonsense', '--json'], /no --nonsense/],
    [['rotate', `--nonsense=${CANARIES.current}`, '--json'], /no --nonsense\./],
    [['rotate', '--json', '--overlap'], /--overlap needs a value/],
    [['rotate', '--json', CANARIES.current], /belong to no flag/],
    [['check', '--json', '--nonsense'], /no --nonsense/],
    [['recover', '--json', '--nonsense'], /no --nonsense/],
    [[CANARIES.current, '--json'], /no such command|belong to no flag|There is no/],
    [['--json'], /There is no --json/],
    // Secrets may begin with a dash.
    [['rotate', '--json', `-${CANARIES.current}`], /none of ours/],
    [['rotate', '--json', `--${CANARIES.current}`], /none of ours/],
    [['rotate', '--json', `-y${CANARIES.current}`], /none of ours/],
    [['rotate', '--json', `--${CANARIES.current.toLowerCase()}`], /none of ours/],
    [[`--${CANARIES.current}`, '--json'], /none of ours/],
  ])('%j is refused in one JSON object', async (argumentList, message) => {
    const outcome = await run(argumentList);
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({ status: 'refused', error: { code: 'USAGE' } });
    expect(errorOf(outcome).message).toMatch(message);
    expect(outcome.done).toEqual([]);
    expect(leaks(outcome)).toEqual([]);
  });

  test('a flag that was nearly right is suggested', async () => {
    const outcome = await run(['rotate', '--overlp', '5m', '--json']);
    expect(errorOf(outcome).action).toContain('Did you mean --overlap?');
  });

  test('with --config the object has the shape of a run over many', async () => {
    const outcome = await run(['rotate', '--config', 'x.yaml', '--nonsense', '--json']);
    expect(outcome.json()).toMatchObject({ status: 'refused', results: [], error: { code: 'USAGE' } });
  });

  test('for a person it goes to stderr', async () => {
    const outcome = await run(['rotate', '--nonsense']);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toContain('There is no --nonsense.');
    expect(outcome.stderr).toContain('auth0-rotation rotate --help');
  });

  test('no command at all shows the help on stderr and ends with 2', async () => {
    const outcome = await run([]);
    expect(outcome.code).toBe(2);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toContain('Commands:');
  });
});

describe('colours', () => {
  const ESCAPE = '\u001b[';
  test('are used on a terminal, and not when NO_COLOR is set, nor elsewhere', async () => {
    const argumentList = ['rotate', '--application', APPLICATION, '--yes'];
    const coloured = await run(argumentList, { terminal: true });
    expect(coloured.stdout).toContain(ESCAPE);
    for (const world of [
      { terminal: true, environment: { ...COMPLETE_ENVIRONMENT, NO_COLOR: '1' } },
      { terminal: true, environment: { ...COMPLETE_ENVIRONMENT, TERM: 'dumb' } },
      { terminal: false },
      { terminal: true, stdoutTerminal: false },
    ]) {
      const plain = await run(argumentList, world);
      expect(plain.stdout).not.toContain(ESCAPE);
    }
  });
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s knows every command and flag', async (shell) => {
    const { stdout, code } = await run(['completion', shell]);
    expect(code).toBe(0);
    for (const command of ['rotate', 'check', 'recover', 'emulate-auth0']) expect(stdout).toContain(command);
    for (const [flag] of DOCUMENTED) expect(stdout).toContain(shell === 'fish' ? `-l ${flag.slice(2)}` : flag);
  });

  test('another shell is refused', async () => {
    const outcome = await run(['completion', 'tcsh']);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('bash, zsh or fish');
  });

  test('bash takes the script and completes', async () => {
    const { stdout } = await run(['completion', 'bash']);
    const script = `${stdout}\nCOMP_WORDS=(auth0-rotation rotate --over); COMP_CWORD=2; _auth0_rotation; echo "\${COMPREPLY[@]}"
COMP_WORDS=(auth0-rotation re); COMP_CWORD=1; _auth0_rotation; echo "\${COMPREPLY[@]}"`;
    const answer = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
    expect(answer.stdout.trim().split('\n')).toEqual(['--overlap --overwrite', 'recover']);
  });
});

describe('emulate-auth0', () => {
  const emulated = (world: { fail?: unknown } = {}) => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    return {
      seen,
      world: {
        interruption: { signal: controller.signal, forced: new Promise<never>(() => {}) },
        services: {
          startEmulator: async (options: unknown) => {
            if (world.fail !== undefined) throw world.fail;
            seen.push(options);
            setImmediate(() => controller.abort(interruptedError()));
            return {
              describe: () => ({ origin: 'http://127.0.0.1:4455' }),
              close: async () => void seen.push('closed'),
            };
          },
        },
      },
    };
  };

  test('prints one line of JSON, runs until a signal, closes, and ends with 0', async () => {
    const { seen, world } = emulated();
    const outcome = await run(['emulate-auth0'], world);
    expect(outcome.code).toBe(0);
    expect(outcome.json()).toEqual({ origin: 'http://127.0.0.1:4455' });
    expect(seen).toEqual([{ port: 0, nodes: 3, propagationMilliseconds: 30_000 }, 'closed']);
  });

  test('hands its flags on', async () => {
    const { seen, world } = emulated();
    await run(['emulate-auth0', '--port', '4455', '--nodes', '1', '--propagation', '0s'], world);
    expect(seen[0]).toEqual({ port: 4455, nodes: 1, propagationMilliseconds: 0 });
  });

  test.each<[string[], string]>([
    [['--port', '70000'], '--port'],
    [['--port', 'x'], '--port'],
    [['--port=-1'], '--port'],
    [['--nodes', '0'], '--nodes'],
    [['--nodes', '1.5'], '--nodes'],
    [['--propagation', '30'], '--propagation'],
    [['--propagation', '2h'], '--propagation'],
  ])('refuses %j', async (flags, field) => {
    const outcome = await run(['emulate-auth0', ...flags], emulated().world);
    expect(outcome.code).toBe(2);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toContain(field);
  });

  test('says when the port is taken', async () => {
    const outcome = await run(
      ['emulate-auth0', '--port', '4455'],
      emulated({ fail: Object.assign(new Error(), { code: 'EADDRINUSE' }) }).world,
    );
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('--port cannot be used (EADDRINUSE)');
  });
});
