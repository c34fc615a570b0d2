/** The end of a run as a person reads it: good news on stdout, an error with what to do on stderr. */
import { formatDuration } from '../base/duration.js';
import type {
  CheckStatus,
  OneShotCheck,
  OneShotError,
  OneShotResult,
  OneShotStatus,
} from '../engine/one-shot-types.js';
import { showWarnings } from './plan-text.js';
import type { Terminal } from './terminal.js';

const RESULT_TITLES: Readonly<Record<OneShotStatus, string>> = {
  planned: 'Planned. Nothing was changed.',
  success: 'Done. The stored client secret is the live one.',
  pending: 'Announced. The overlap is running.',
  refused: 'Refused. Nothing was changed.',
  failed: 'Failed. The previous secret is still live and stored.',
  undecided: 'Not finished. No secret is lost.',
};

const CHECK_TITLES: Readonly<Record<CheckStatus, string>> = {
  healthy: 'Healthy. The stored client secret is the live one.',
  refused: 'Refused. A rotation cannot work as things are.',
  'not-live': 'Not live. The stored client secret is not the one Auth0 accepts.',
  interrupted: 'Interrupted. An earlier run waits to be finished: run recover, or rotate.',
};

/** Shows the result of `rotate` or `recover`. */
export function showResult(terminal: Terminal, result: OneShotResult): void {
  const good = ['planned', 'success', 'pending'].includes(result.status);
  const write = good ? terminal.say : terminal.note;
  const nothingToDo = result.status === 'success' && result.phase === null;
  write(nothingToDo ? 'Nothing to do. No rotation is under way.' : RESULT_TITLES[result.status], good ? 'good' : 'bad');
  if (result.applicationId !== '') write(`  application  ${result.applicationId}`);
  if (result.phase !== null) write(`  phase        ${result.phase}`);
  if (result.resumeAt !== undefined)
    write(`  resume at    ${result.resumeAt} (run recover or the same command, any time after)`);
  if ('accepted' in result.evidence) {
    const { accepted, spanMilliseconds, fingerprint } = result.evidence;
    write(
      `  evidence     ${accepted} probes accepted in a row over ${formatDuration(spanMilliseconds)} (secret ${fingerprint})`,
    );
  }
  showWarnings(terminal, result.warnings);
  showError(terminal, result.error);
}

/** Shows the result of `check`. */
export function showCheck(terminal: Terminal, check: OneShotCheck): void {
  const good = check.status === 'healthy';
  const write = good ? terminal.say : terminal.note;
  write(CHECK_TITLES[check.status], good ? 'good' : 'bad');
  if (check.applicationId !== '') write(`  application  ${check.applicationId}`);
  showWarnings(terminal, check.warnings);
  showError(terminal, check.error);
}

/** Shows an error on stderr: what happened, what to do, the code. */
export function showError(terminal: Terminal, error: OneShotError | null): void {
  if (error === null) return;
  terminal.note(`  ${error.message}`, 'bad');
  terminal.note(`  What to do: ${error.action}`);
  terminal.note(`  Code: ${error.code}`, 'faint');
}
