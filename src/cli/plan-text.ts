/** A plan as a person reads it before saying yes: what is touched, what changes, what to know. */
import { formatDuration } from '../base/duration.js';
import type { OneShotAction, OneShotPlan, Situation } from '../engine/one-shot-types.js';
import type { PlanWarning } from '../provider/contract.js';
import type { RotationSettings } from './settings.js';
import type { Terminal } from './terminal.js';

const SITUATIONS: Readonly<Record<Situation, string>> = {
  'nothing-stored': 'no client secret is stored',
  'at-rest': 'the stored secret is the live one',
  undecided: 'an earlier run was interrupted or waits for its overlap',
  'stale-candidate': 'someone stored a secret by hand while an earlier run was under way',
  'not-live': 'the stored secret is not the live one',
  'foreign-candidate': 'the fallback name holds a value this command did not make',
};

const ACTIONS: Readonly<Record<OneShotAction, string>> = {
  set: 'set a new secret',
  rotate: 'rotate the secret',
  resume: 'go on with the earlier run',
  'resume-then-rotate': 'finish the earlier run, then rotate',
  adopt: 'prove the secret in use and store it, without changing it',
  nothing: 'nothing to do',
};

/**
 * Shows a plan on stderr.
 *
 * @param mood `will` for a plan to be carried out, `would` for one that only informs.
 */
export function showPlan(
  terminal: Terminal,
  plan: OneShotPlan,
  settings: RotationSettings,
  mood: 'will' | 'would' = 'will',
): void {
  const { applicationName, applicationId, tenant, facts } = plan.application;
  terminal.note(mood === 'will' ? 'Plan' : 'If it were rotated now', 'strong');
  const rows: [string, string][] = [
    ['Tenant', tenant],
    ['Application', applicationName === undefined ? applicationId : `${applicationName} (${applicationId})`],
    ['Stored in', `${settings.infisical.siteUrl}, ${plan.place}`],
    ['Client id', plan.names.clientId],
    ['Client secret', plan.names.clientSecret],
    [settings.announces ? 'Fallback' : 'Pending', plan.names.candidate],
    ['Found', SITUATIONS[plan.situation]],
    [mood === 'will' ? 'Will' : 'Would', ACTIONS[plan.action]],
    ['Timing', timing(settings)],
    ...Object.entries(facts).map(([name, value]): [string, string] => [spaced(name), value]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) terminal.note(`  ${name.padEnd(width)}  ${value}`);
  if (plan.changes.length > 0) terminal.note(`What ${mood} change`, 'strong');
  for (const change of plan.changes) terminal.note(`  - ${change}`);
  showWarnings(terminal, mergeWarnings(settings.warnings, plan.warnings, plan.application.warnings));
}

/** Shows warnings on stderr, each once in a run. */
export function showWarnings(terminal: Terminal, warnings: readonly PlanWarning[]): void {
  for (const { code, message } of warnings) terminal.noteOnce(`  Warning: ${message} (${code})`, 'warning');
}

/** Joins lists of warnings; the same warning is told once. */
export function mergeWarnings(...lists: readonly (readonly PlanWarning[])[]): readonly PlanWarning[] {
  const byText = new Map(lists.flat().map((warning) => [`${warning.code} ${warning.message}`, warning]));
  return [...byText.values()];
}

function timing(settings: RotationSettings): string {
  const time = (milliseconds: number) => (milliseconds === 0 ? 'none' : formatDuration(milliseconds));
  return `overlap ${time(settings.overlapMilliseconds)}, settle ${time(settings.settleMilliseconds)}`;
}

/** `signingAlgorithm` becomes `Signing algorithm`. */
function spaced(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
