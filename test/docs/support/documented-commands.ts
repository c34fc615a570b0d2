/** The commands of `auth0-rotation` that stand in a text: in a shell block, a crontab or a workflow. */

/**
 * Finds the commands.
 *
 * @param text a shell script, a crontab or YAML with one command on a line. A backslash at the end of a line goes on.
 * @returns for each command its arguments, as a shell would hand them over; variables stand for themselves.
 */
export function documentedCommands(text: string): readonly (readonly string[])[] {
  return text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const begin = line.search(/(?<![\w./-])(?:npx )?(?:\/[\w./-]+\/)?auth0-rotation /);
      if (begin < 0 || line.trimStart().startsWith('#')) return [];
      const words = shellWords(line.slice(begin));
      return [words.slice(words[0] === 'npx' ? 2 : 1)];
    });
}

/** Splits up to the end of the command: a pipe, a redirection, a separator or a comment. */
function shellWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [, single, double, plain] of text.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)) {
    if (plain !== undefined && /^(?:[|;&#)]|\d?[<>])/.test(plain)) break;
    words.push(single ?? double ?? plain ?? '');
    if (plain?.endsWith(';') || plain?.endsWith(')')) break;
  }
  return words.map((word) => word.replace(/[;)]$/, ''));
}
