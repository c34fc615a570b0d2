/** The command line with all its real parts, inside this process: quicker than a process of its own. */
import { systemClock } from '../../../src/base/clock.js';
import { createAssemble } from '../../../src/cli/assemble.js';
import { leaks, type Outcome, run } from '../../cli/fakes.js';
import type { Answer } from './command.js';
import type { World } from './world.js';

export interface InProcess extends Omit<Outcome, 'json'> {
  json(): Answer;
}

/**
 * Runs one command for the world's application, in JSON and without a question.
 *
 * @param flags later ones win, so they may name another application.
 * @param variables instead of those that lead to the world; undefined takes one away.
 */
export async function runInProcess(
  world: World,
  command: string,
  flags: readonly string[],
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<InProcess> {
  const outcome = await run([command, '--application', world.clientId, '--yes', '--json', ...flags], {
    environment: { ...world.environment, ...variables },
    assemble: createAssemble(),
    clock: { ...systemClock, advance: () => {} },
  });
  const leaked = leaks(outcome, [...world.secrets()]);
  if (leaked.length > 0) throw new Error('A secret stands in what the command wrote.');
  return { ...outcome, json: () => outcome.json() as unknown as Answer };
}
