/** `auth0-rotation demo`: two rotations under live traffic, all on this machine. */
import { asRotationError, RotationError } from '../base/errors.js';
import { conclusion, resultTable, TABLE_NOTES } from '../demo/result-table.js';
import { createTimeline } from '../demo/timeline.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { shownError, showOrigin } from './failures.js';
import type { Flags } from './given.js';
import type { Host } from './host.js';
import { unlessForced } from './open-rotations.js';
import { showError } from './result-text.js';
import { createTerminal } from './terminal.js';

/**
 * Plays the demo: the timeline on stderr as it happens, the result on stdout.
 *
 * @returns the exit code: success when no request failed with overlap and the stored secrets are the live ones, defect
 *   when not, unfinished after a signal.
 */
export async function demo(flags: Flags, host: Host): Promise<ExitCode> {
  const terminal = createTerminal(host);
  const asJson = flags['json'] === true;
  try {
    const { signal } = host.interruption;
    const observer = createTimeline(terminal);
    const report = await unlessForced(host, host.services.runDemo({ observer, signal, clock: host.clock }));
    if (asJson) terminal.answer(report);
    else {
      terminal.note('');
      for (const line of resultTable(report)) terminal.say(line);
      terminal.say('');
      for (const line of conclusion(report)) terminal.say(line, report.passed ? 'good' : 'bad');
      for (const line of TABLE_NOTES) terminal.note(line, 'faint');
    }
    return report.passed ? EXIT.success : EXIT.defect;
  } catch (thrown) {
    showOrigin(thrown, host, terminal);
    const error = host.interruption.signal.aborted ? endedEarly() : asRotationError(thrown);
    if (asJson) terminal.answer({ passed: false, error: shownError(error) });
    else showError(terminal, shownError(error));
    return error.code === 'INTERRUPTED' ? EXIT.unfinished : EXIT.defect;
  }
}

function endedEarly(): RotationError {
  return new RotationError({
    code: 'INTERRUPTED',
    kind: 'unknown',
    message: 'The demo was ended early. Everything it had started is closed.',
    action: 'Run it again; it begins anew.',
  });
}
