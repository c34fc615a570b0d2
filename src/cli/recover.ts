/** `auth0-rotation recover`: finishes an interrupted rotation, never starts a new one. */
import type { OneShotResult } from '../engine/one-shot-types.js';
import { giveAnswer, ROTATION_ANSWERS } from './answers.js';
import type { ExitCode } from './exit-codes.js';
import { errorOf, failedResult, showOrigin } from './failures.js';
import type { Flags } from './given.js';
import type { Host } from './host.js';
import { type OpenRotation, openRotations, unlessForced } from './open-rotations.js';
import { mergeWarnings } from './plan-text.js';
import { createTerminal, type Terminal } from './terminal.js';

/**
 * Converges what earlier runs left behind. It asks nothing: the person who started the rotation has agreed to it.
 *
 * @returns the exit code. The answer has been written.
 */
export async function recover(flags: Flags, host: Host): Promise<ExitCode> {
  const terminal = createTerminal(host);
  return giveAnswer(ROTATION_ANSWERS, flags, host, terminal, async () => {
    const results: OneShotResult[] = [];
    for (const rotation of await openRotations(flags, host, terminal)) {
      results.push(await recoverOne(rotation, host, terminal));
    }
    return results;
  });
}

async function recoverOne(
  { settings, run, progress }: OpenRotation,
  host: Host,
  terminal: Terminal,
): Promise<OneShotResult> {
  const startedAt = host.clock.now();
  let begun = false;
  try {
    host.interruption.signal.throwIfAborted();
    terminal.note(`Recovering application ${settings.application}`, 'strong');
    begun = true;
    const result = await unlessForced(host, run.recover());
    return { ...result, warnings: mergeWarnings(settings.warnings, result.warnings) };
  } catch (thrown) {
    showOrigin(thrown, host, terminal);
    const { application: applicationId, warnings } = settings;
    const unfinished = { applicationId, begun, startedAt, reached: progress.reached(), warnings };
    return failedResult(errorOf(thrown, host.interruption), unfinished, host.clock.now());
  } finally {
    progress.stop();
  }
}
