/** `auth0-rotation rotate`: plan, confirm, rotate. */
import { RotationError } from '../base/errors.js';
import type { OneShotPlan, OneShotResult } from '../engine/one-shot-types.js';
import { giveAnswer, ROTATION_ANSWERS } from './answers.js';
import type { ExitCode } from './exit-codes.js';
import { errorOf, failedResult, interruptedError, showOrigin, type Unfinished } from './failures.js';
import type { Flags } from './given.js';
import type { Host } from './host.js';
import { type OpenRotation, openRotations, unlessForced } from './open-rotations.js';
import { mergeWarnings, showPlan } from './plan-text.js';
import { createTerminal, printable, type Terminal } from './terminal.js';

/** A rotation on its way: planned and waiting for its turn, or ended by a refusal. */
type Draft = PlannedDraft | { readonly kind: 'ended'; readonly result: OneShotResult };

interface PlannedDraft {
  readonly kind: 'planned';
  readonly rotation: OpenRotation;
  readonly plan: OneShotPlan;
  readonly startedAt: number;
  /** When the plan was made, on the monotonic clock. */
  readonly plannedAt: number;
}

/** Who agreed to the plans. */
type Consent =
  | { readonly given: true; readonly by: 'person' | 'flag' }
  | { readonly given: false; readonly error: RotationError };

/** How old a plan may be when it is carried out, in milliseconds. An older one is made again. */
const PLAN_LASTS_MILLISECONDS = 60_000;

/**
 * Rotates, as the flags, the environment and the config file say.
 *
 * @returns the exit code. The answer has been written.
 */
export async function rotate(flags: Flags, host: Host): Promise<ExitCode> {
  const terminal = createTerminal(host);
  return giveAnswer(ROTATION_ANSWERS, flags, host, terminal, async () => {
    const drafts: Draft[] = [];
    for (const rotation of await openRotations(flags, host, terminal))
      drafts.push(await draft(rotation, host, terminal));
    if (flags['dryRun'] === true) return drafts.map((each) => dryResult(each, host));

    const consent = await askConsent(drafts, flags, host);
    const results: OneShotResult[] = [];
    for (const each of drafts) results.push(await carryOut(each, consent, host, terminal));
    return results;
  });
}

async function draft(rotation: OpenRotation, host: Host, terminal: Terminal): Promise<Draft> {
  const startedAt = host.clock.now();
  const plannedAt = host.clock.monotonic();
  try {
    host.interruption.signal.throwIfAborted();
    const plan = await unlessForced(host, rotation.run.plan());
    showPlan(terminal, plan, rotation.settings);
    return { kind: 'planned', rotation, plan, startedAt, plannedAt };
  } catch (thrown) {
    showOrigin(thrown, host, terminal);
    const error = errorOf(thrown, host.interruption);
    const result = failedResult(error, unfinished(rotation, startedAt, false), host.clock.now());
    return { kind: 'ended', result };
  }
}

async function askConsent(drafts: readonly Draft[], flags: Flags, host: Host): Promise<Consent> {
  const planned = drafts.filter((each) => each.kind === 'planned');
  const changing = planned.filter(({ plan }) => plan.action !== 'nothing');
  if (flags['yes'] === true || changing.length === 0) return { given: true, by: 'flag' };
  if (host.interruption.signal.aborted) return { given: false, error: interruptedError() };
  if (!host.stdinIsTerminal || !host.stderr.isTerminal) return withheld('There is no terminal to confirm at');
  const agreed = await unlessForced(host, host.services.confirm(question(changing), host.interruption.signal));
  if (agreed) return { given: true, by: 'person' };
  return host.interruption.signal.aborted
    ? { given: false, error: interruptedError() }
    : withheld('It was not confirmed');
}

function withheld(reason: string): Consent {
  const message = `${reason}; nothing was changed.`;
  return { given: false, error: new RotationError({ code: 'CONFIRMATION_REQUIRED', kind: 'refused', message }) };
}

function question(changing: readonly PlannedDraft[]): string {
  const [only, ...others] = changing;
  if (only === undefined || others.length > 0) return `Go ahead with these ${changing.length} rotations?`;
  const { applicationName, applicationId, tenant } = only.plan.application;
  return `Go ahead with ${printable(applicationName ?? applicationId)} at ${tenant}?`;
}

/** Carries a plan out, once it is agreed to and still holds. */
async function carryOut(each: Draft, consent: Consent, host: Host, terminal: Terminal): Promise<OneShotResult> {
  if (each.kind === 'ended') return each.result;
  const { rotation, startedAt } = each;
  if (!consent.given) return failedResult(consent.error, unfinished(rotation, startedAt, false), host.clock.now());
  let begun = false;
  try {
    host.interruption.signal.throwIfAborted();
    const plan = await freshPlan(each, consent.by, host);
    terminal.note(`Rotating application ${rotation.settings.application}`, 'strong');
    begun = true;
    const result = await unlessForced(host, rotation.run.rotate(plan));
    return { ...result, warnings: mergeWarnings(rotation.settings.warnings, result.warnings) };
  } catch (thrown) {
    showOrigin(thrown, host, terminal);
    const error = errorOf(thrown, host.interruption);
    return failedResult(error, unfinished(rotation, startedAt, begun), host.clock.now());
  } finally {
    rotation.progress.stop();
  }
}

/** The plan itself, or one made again when it is old; a person agreed to what it said, so it must say the same. */
async function freshPlan(each: PlannedDraft, agreedBy: 'person' | 'flag', host: Host): Promise<OneShotPlan> {
  if (host.clock.monotonic() - each.plannedAt <= PLAN_LASTS_MILLISECONDS) return each.plan;
  const again = await unlessForced(host, each.rotation.run.plan());
  const same = again.action === each.plan.action && again.situation === each.plan.situation;
  if (agreedBy === 'flag' || same) return again;
  throw new RotationError({
    code: 'STORE_CHANGED_ELSEWHERE',
    kind: 'refused',
    message: 'What is stored has changed since the plan was confirmed; nothing was changed by this run.',
    action: 'Run it again and confirm the new plan.',
  });
}

function dryResult(each: Draft, host: Host): OneShotResult {
  if (each.kind === 'ended') return each.result;
  return {
    status: 'planned',
    phase: null,
    applicationId: each.plan.application.applicationId,
    attemptId: each.plan.attemptId,
    startedAt: new Date(each.startedAt).toISOString(),
    finishedAt: new Date(host.clock.now()).toISOString(),
    evidence: {},
    warnings: mergeWarnings(each.rotation.settings.warnings, each.plan.warnings, each.plan.application.warnings),
    error: null,
  };
}

function unfinished({ settings, progress }: OpenRotation, startedAt: number, begun: boolean): Unfinished {
  return {
    applicationId: settings.application,
    begun,
    startedAt,
    reached: progress.reached(),
    warnings: settings.warnings,
  };
}
