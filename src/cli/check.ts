/** `auth0-rotation check`: looks, changes nothing. Is the stored secret the live one, and would a rotation work? */
import type { OneShotCheck } from '../engine/one-shot-types.js';
import { CHECK_ANSWERS, giveAnswer } from './answers.js';
import type { ExitCode } from './exit-codes.js';
import { errorOf, failedCheck, showOrigin } from './failures.js';
import type { Flags } from './given.js';
import type { Host } from './host.js';
import { type OpenRotation, openRotations, unlessForced } from './open-rotations.js';
import { mergeWarnings, showPlan } from './plan-text.js';
import { createTerminal, type Terminal } from './terminal.js';

/**
 * Checks, as the flags, the environment and the config file say.
 *
 * @returns the exit code. The answer has been written.
 */
export async function check(flags: Flags, host: Host): Promise<ExitCode> {
  const terminal = createTerminal(host);
  return giveAnswer(CHECK_ANSWERS, flags, host, terminal, async () => {
    const results: OneShotCheck[] = [];
    for (const rotation of await openRotations(flags, host, terminal)) {
      results.push(await checkOne(rotation, host, terminal));
    }
    return results;
  });
}

async function checkOne(
  { settings, run, progress }: OpenRotation,
  host: Host,
  terminal: Terminal,
): Promise<OneShotCheck> {
  try {
    host.interruption.signal.throwIfAborted();
    const result = await unlessForced(host, run.check());
    if (result.plan !== null) showPlan(terminal, result.plan, settings, 'would');
    return { ...result, warnings: mergeWarnings(settings.warnings, result.warnings) };
  } catch (thrown) {
    showOrigin(thrown, host, terminal);
    return failedCheck(errorOf(thrown, host.interruption), settings.application, settings.warnings);
  } finally {
    progress.stop();
  }
}
