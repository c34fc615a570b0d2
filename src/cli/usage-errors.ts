/** Turns what the command line parser complains about into an error of ours, without repeating any value. */
import type { CommanderError } from 'commander';
import { RotationError } from '../base/errors.js';
import { SECRET_FLAGS_THAT_DO_NOT_EXIST } from './setting-table.js';

/** What looks like a flag that somebody mistyped. A secret may begin with a dash as well; it looks like nothing. */
const FLAG = /'(-[A-Za-z]|--[a-z][a-z0-9]{0,15}(?:-[a-z0-9]{1,15}){0,5})(?:=.*)?'/s;

/**
 * Makes a refusal of a parser error.
 *
 * @param error what commander threw; its message may repeat an argument, and an argument may be a misplaced secret.
 * @param command the command that was asked for, for the advice.
 */
export function usageError(error: CommanderError, command: string | undefined): RotationError {
  const help = `Run auth0-rotation ${command === undefined ? '' : `${command} `}--help to see what it takes.`;
  const refused = (message: string, action: string = help) =>
    new RotationError({ code: 'USAGE', kind: 'refused', message: `${message} Nothing was changed.`, action });
  switch (error.code) {
    case 'commander.unknownOption': {
      const flag = FLAG.exec(error.message)?.[1];
      if (flag === undefined) return refused('There is a flag that is none of ours.');
      const instead = SECRET_FLAGS_THAT_DO_NOT_EXIST[flag];
      if (instead !== undefined) {
        const reason = 'secrets are never taken from flags, because every user of this machine can read them';
        return refused(
          `There is no ${flag}: ${reason}.`,
          `Use ${instead}. If a secret stood on the command line, replace it.`,
        );
      }
      const near = /Did you mean (--[a-z0-9-]+)\?/.exec(error.message)?.[1];
      return refused(`There is no ${flag}.`, near === undefined ? help : `Did you mean ${near}? ${help}`);
    }
    case 'commander.optionMissingArgument': {
      const flag = /'(--[a-z0-9-]+)/.exec(error.message)?.[1] ?? 'A flag';
      return refused(`${flag} needs a value.`);
    }
    case 'commander.excessArguments':
      return refused('There are arguments that belong to no flag.');
    case 'commander.unknownCommand': {
      const near = /Did you mean ([a-z0-9-]+)\?/.exec(error.message)?.[1];
      return refused('There is no such command.', near === undefined ? help : `Did you mean ${near}? ${help}`);
    }
    case 'commander.help':
      return refused('A command is missing.');
    default:
      return refused('The command line cannot be understood.');
  }
}
