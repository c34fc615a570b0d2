/** Completion scripts, made from the command tree, so that they cannot fall behind it. */
import type { Command } from 'commander';
import { RotationError } from '../base/errors.js';

interface Flag {
  readonly name: string;
  readonly meaning: string;
  readonly takes: 'nothing' | 'text' | 'file';
}

interface Entry {
  readonly name: string;
  readonly meaning: string;
  readonly flags: readonly Flag[];
}

/**
 * Writes the completion script of a shell.
 *
 * @param shell `bash`, `zsh` or `fish`.
 * @param program the command tree.
 * @throws `USAGE` for another shell.
 */
export function completionScript(shell: string, program: Command): string {
  const name = program.name();
  const entries = program.commands.map(describe);
  switch (shell) {
    case 'bash':
      return bash(name, entries);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(name, entries)}`;
    case 'fish':
      return fish(name, entries);
    default:
      throw new RotationError({
        code: 'USAGE',
        kind: 'refused',
        message: 'There is no completion for that shell.',
        action: 'Name bash, zsh or fish.',
      });
  }
}

function describe(command: Command): Entry {
  const flags = command.options.flatMap((option): Flag[] => {
    if (option.long === undefined || option.long === null) return [];
    const takes = !option.required ? 'nothing' : option.flags.endsWith('<file>') ? 'file' : 'text';
    return [{ name: option.long, meaning: firstPart(option.description), takes }];
  });
  return { name: command.name(), meaning: firstPart(command.description()), flags };
}

/** Up to the first punctuation: short, and without characters that shells treat in their own way. */
function firstPart(text: string): string {
  return (text.split(/[.,;:(]/)[0] ?? '').replace(/[^\w\s-]/g, '').trim();
}

function bash(name: string, entries: readonly Entry[]): string {
  const fileFlags = [
    ...new Set(entries.flatMap(({ flags }) => flags.filter(({ takes }) => takes === 'file')).map((flag) => flag.name)),
  ];
  const cases = entries.map(
    (entry) =>
      `    ${entry.name}) COMPREPLY=($(compgen -W "${['--help', ...entry.flags.map((flag) => flag.name)].join(' ')}" -- "$word")) ;;`,
  );
  return `_auth0_rotation() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
    ${fileFlags.join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${['help', ...entries.map((entry) => entry.name)].join(' ')}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -F _auth0_rotation ${name}
`;
}

function fish(name: string, entries: readonly Entry[]): string {
  const lines = [`complete -c ${name} -f`];
  for (const entry of entries) {
    lines.push(`complete -c ${name} -n __fish_use_subcommand -a ${entry.name} -d '${entry.meaning}'`);
    for (const flag of entry.flags) {
      const takes = { nothing: '', text: ' -x', file: ' -r -F' }[flag.takes];
      lines.push(
        `complete -c ${name} -n '__fish_seen_subcommand_from ${entry.name}' -l ${flag.name.slice(2)}${takes} -d '${flag.meaning}'`,
      );
    }
  }
  lines.push(`complete -c ${name} -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'`);
  return `${lines.join('\n')}\n`;
}
