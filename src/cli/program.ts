/**
 * The command tree: names, options and help. What a command does is loaded only when it runs, so that help and
 * completion stay quick.
 */
import { Command, CommanderError, Option } from 'commander';
import { asRotationError } from '../base/errors.js';
import { CHECK_ANSWERS, ROTATION_ANSWERS, refuseRun, refuseUsage } from './answers.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Flags } from './given.js';
import { checkHelp, plainHelp, rotationHelp } from './help.js';
import type { Host } from './host.js';
import { addRotationOptions, RUN_GROUP } from './rotation-options.js';
import { createTerminal } from './terminal.js';
import { usageError } from './usage-errors.js';
import { packageVersion } from './version.js';

type Finish = (code: number) => void;

const EXAMPLE_FLAGS = '--application $CLIENT_ID --project-id $PROJECT --environment prod';

/**
 * Runs the command line.
 *
 * @param argumentList what follows the program's name.
 * @param host the outside world.
 * @returns the exit code. It never throws: whatever happens becomes an answer.
 */
export async function runCommandLine(argumentList: readonly string[], host: Host): Promise<number> {
  let code: number = EXIT.success;
  const program = buildProgram(host, (finished) => {
    code = finished;
  });
  try {
    await program.parseAsync([...argumentList], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.success; // --help and --version
    return refuseCommandLine(thrown, argumentList, program, host);
  }
}

/** Builds the command tree. */
export function buildProgram(host: Host, finish: Finish): Command {
  const program = new Command('auth0-rotation')
    .description(
      'Rotates the client secret of an Auth0 application and keeps it in Infisical, without locking an application out and without losing a secret.',
    )
    .version(packageVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      // The parser's own errors are not written: they may repeat a value. `refuseCommandLine` says what is wrong.
      writeErr: () => {},
      getOutHelpWidth: () => (host.stdout.isTerminal ? host.stdout.columns : 110),
      getErrHelpWidth: () => 110,
      getOutHasColors: () => false,
    });
  addRotate(program, host, finish);
  addCheck(program, host, finish);
  addRecover(program, host, finish);
  addEmulator(program, host, finish);
  addDemo(program, host, finish);
  addCompletion(program, host, finish);
  program.addHelpText('after', '\nThe help of every command has examples, environment variables and exit codes.\n');
  return program;
}

function addRotate(program: Command, host: Host, finish: Finish): void {
  const command = program
    .command('rotate')
    .description(
      'Plans, asks, and rotates the client secret of one application. Running it again after any interruption goes on where it stopped.',
    );
  addRotationOptions(command, 'go ahead without asking');
  command
    .addOption(new Option('--dry-run', 'stop after the plan').helpGroup(RUN_GROUP))
    .addHelpText(
      'after',
      rotationHelp([
        { about: 'look first', command: `auth0-rotation rotate ${EXAMPLE_FLAGS} --dry-run` },
        {
          about: 'from cron or CI: no question, one JSON object',
          command: `auth0-rotation rotate ${EXAMPLE_FLAGS} --yes --json`,
        },
        {
          about: 'applications need a redeploy to see a new secret: announce it now, run recover after "resumeAt"',
          command: `auth0-rotation rotate ${EXAMPLE_FLAGS} --overlap 3d --yes`,
        },
        {
          about: 'begin with the secret in use, changing nothing at Auth0',
          command: `auth0-rotation rotate ${EXAMPLE_FLAGS} --current-client-secret-file ./current`,
        },
        { about: 'the secret has leaked', command: `auth0-rotation rotate ${EXAMPLE_FLAGS} --compromised` },
        { about: 'many applications', command: 'auth0-rotation rotate --config rotations.yaml --yes --json' },
      ]),
    )
    .action(async (flags: Flags) => finish(await (await import('./rotate.js')).rotate(flags, host)));
}

function addCheck(program: Command, host: Host, finish: Finish): void {
  const command = program
    .command('check')
    .description('Looks, and changes nothing: is the stored secret the live one, and what would a rotation do?');
  addRotationOptions(command, 'accepted for the sake of equal arguments; check never asks');
  command
    .addHelpText(
      'after',
      checkHelp([
        { about: 'one application', command: `auth0-rotation check ${EXAMPLE_FLAGS}` },
        { about: 'for monitoring', command: 'auth0-rotation check --config rotations.yaml --json' },
      ]),
    )
    .action(async (flags: Flags) => finish(await (await import('./check.js')).check(flags, host)));
}

function addRecover(program: Command, host: Host, finish: Finish): void {
  const command = program
    .command('recover')
    .description(
      'Finishes a rotation that was interrupted or waits for its overlap. Never starts a new one, and asks nothing.',
    );
  addRotationOptions(command, 'accepted for the sake of equal arguments; recover never asks');
  command
    .addHelpText(
      'after',
      rotationHelp([
        { about: 'after a crash', command: `auth0-rotation recover ${EXAMPLE_FLAGS}` },
        { about: 'for a job that only finishes', command: 'auth0-rotation recover --config rotations.yaml --json' },
      ]),
    )
    .action(async (flags: Flags) => finish(await (await import('./recover.js')).recover(flags, host)));
}

function addEmulator(program: Command, host: Host, finish: Finish): void {
  program
    .command('emulate-auth0')
    .description('Runs an Auth0 tenant on this machine (loopback only), to try rotations out.')
    .option('--port <number>', 'port on 127.0.0.1; 0 takes a free one', '0')
    .option('--propagation <duration>', 'how long its nodes may disagree after a change', '30s')
    .option('--nodes <number>', 'how many nodes it has', '3')
    .addHelpText(
      'after',
      plainHelp(
        [
          {
            about: 'prints one line of JSON with its address and made-up credentials',
            command: 'auth0-rotation emulate-auth0 --port 4455',
          },
          {
            about: 'rotate against it',
            command: `auth0-rotation rotate ${EXAMPLE_FLAGS} --allow-auth0-origin http://127.0.0.1:4455 --auth0-domain http://127.0.0.1:4455`,
          },
        ],
        [
          [EXIT.success, 'ended by SIGINT or SIGTERM'],
          [EXIT.defect, 'a defect of this program'],
          [EXIT.refused, 'wrong usage, or the port is taken'],
        ],
      ),
    )
    .action(async (flags: Flags) => finish(await (await import('./emulate-auth0.js')).emulateAuth0(flags, host)));
}

function addDemo(program: Command, host: Host, finish: Finish): void {
  program
    .command('demo')
    .description('Shows two rotations under live traffic, without and with an overlap, all on this machine.')
    .option('--json', 'end with one JSON object on stdout')
    .addHelpText(
      'after',
      plainHelp(
        [
          { about: 'takes half a minute; the window of Auth0 is compressed', command: 'auth0-rotation demo' },
          { about: 'the numbers alone', command: 'auth0-rotation demo --json 2>/dev/null' },
        ],
        [
          [EXIT.success, 'with overlap no request failed, and the stored secrets are the live ones'],
          [EXIT.defect, 'it did not come out like that: a defect of this program'],
          [EXIT.unfinished, 'ended by SIGINT or SIGTERM'],
        ],
      ),
    )
    .action(async (flags: Flags) => finish(await (await import('./demo.js')).demo(flags, host)));
}

function addCompletion(program: Command, host: Host, finish: Finish): void {
  program
    .command('completion')
    .description('Prints the completion script of a shell.')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      plainHelp(
        [
          { about: 'bash', command: 'source <(auth0-rotation completion bash)' },
          { about: 'zsh', command: 'source <(auth0-rotation completion zsh)' },
          { about: 'fish', command: 'auth0-rotation completion fish | source' },
        ],
        [
          [EXIT.success, 'printed'],
          [EXIT.refused, 'unknown shell'],
        ],
      ),
    )
    .action(async (shell: string) => {
      const { completionScript } = await import('./completion.js');
      host.stdout.write(completionScript(shell, program));
      finish(EXIT.success);
    });
}

/** Answers a command line that was not understood, in the shape the command would have answered in. */
function refuseCommandLine(thrown: unknown, argumentList: readonly string[], program: Command, host: Host): ExitCode {
  const terminal = createTerminal(host);
  const known = program.commands.map((command) => command.name());
  const command = argumentList.find((argument) => known.includes(argument));
  const error = thrown instanceof CommanderError ? usageError(thrown, command) : asRotationError(thrown);
  const json = argumentList.includes('--json');
  const many = argumentList.some((argument) => argument === '--config' || argument.startsWith('--config='));
  const flags: Flags = { json, ...(many ? { config: '' } : {}) };
  if (command === 'check') return refuseRun(CHECK_ANSWERS, error, flags, terminal, host.clock.now());
  if (command === 'rotate' || command === 'recover') {
    return refuseRun(ROTATION_ANSWERS, error, flags, terminal, host.clock.now());
  }
  if (error.message.startsWith('A command is missing') && !json) host.stderr.write(program.helpInformation());
  return refuseUsage(error, json, terminal);
}
