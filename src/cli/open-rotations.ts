/** Opens the rotations of a run: settings judged, network prepared, parts put together. Nothing is sent. */
import type { Flags } from './given.js';
import type { Host, RotationRun } from './host.js';
import { createProgress, type Progress } from './progress.js';
import type { RotationSettings } from './settings.js';
import { readTargets } from './targets.js';
import type { Terminal } from './terminal.js';

export interface OpenRotation {
  readonly settings: RotationSettings;
  readonly run: RotationRun;
  readonly progress: Progress;
}

/**
 * Opens every rotation of a run.
 *
 * @throws a refusal when any setting is wrong; nothing was sent for any of them.
 */
export async function openRotations(flags: Flags, host: Host, terminal: Terminal): Promise<readonly OpenRotation[]> {
  const targets = await unlessForced(
    host,
    readTargets(flags, host, (secret) => terminal.keepSecret(secret)),
  );
  await host.services.prepareNetwork(host.environment);
  const opened: OpenRotation[] = [];
  for (const settings of targets) {
    const progress = createProgress(host, terminal, settings.announces);
    const context = { clock: host.clock, observer: progress.observer, signal: host.interruption.signal };
    opened.push({ settings, progress, run: await host.services.assemble(settings, context) });
  }
  return opened;
}

/** Waits for some work, but not when the run must not be waited for any longer. */
export function unlessForced<T>(host: Pick<Host, 'interruption'>, work: Promise<T>): Promise<T> {
  return Promise.race([work, host.interruption.forced]);
}
