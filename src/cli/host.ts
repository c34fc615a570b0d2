/** What the command line uses of the outside world: a port, so that tests drive every command inside their process. */
import type { Call, Clock } from '../base/clock.js';
import type { DemoReport } from '../demo/report.js';
import type { DemoOptions } from '../demo/run-demo.js';
import type { OneShotCheck, OneShotPlan, OneShotResult } from '../engine/one-shot-types.js';
import type { EngineObserver } from '../engine/ports.js';
import type { Environment } from './given.js';
import type { RotationSettings } from './settings.js';

/** A stream that people or programs read. */
export interface OutputStream {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** The width of the terminal in characters. */
  readonly columns: number;
}

/** How a run is told to end. */
export interface Interruption {
  /** Aborts at the first SIGINT or SIGTERM: the run ends at its next step. */
  readonly signal: AbortSignal;
  /** Rejects when the run must not be waited for any longer: a second signal, or an exception nobody caught. */
  readonly forced: Promise<never>;
}

/** One rotation, put together and ready to run. Nothing has been sent yet. */
export interface RotationRun {
  /** Looks, changes nothing. @throws RotationError when the rotation cannot work. */
  plan(): Promise<OneShotPlan>;
  rotate(plan: OneShotPlan): Promise<OneShotResult>;
  recover(): Promise<OneShotResult>;
  check(): Promise<OneShotCheck>;
}

export interface RunContext extends Call {
  readonly clock: Clock;
  readonly observer: EngineObserver;
}

/**
 * Puts one rotation together. Sends nothing.
 * @throws RotationError when a setting turns out to be wrong (`DOMAIN_INVALID`, `ORIGIN_NOT_ALLOWED`, …).
 */
export type Assemble = (settings: RotationSettings, context: RunContext) => Promise<RotationRun>;

export interface EmulatorOptions {
  readonly port: number;
  readonly nodes: number;
  readonly propagationMilliseconds: number;
}

export interface RunningEmulator {
  /** What the ready line says. The credentials in it are made up. */
  describe(): object;
  close(): Promise<void>;
}

/** The parts behind the command line. The real ones are in `assemble.ts`. */
export interface Services {
  readonly assemble: Assemble;
  readonly startEmulator: (options: EmulatorOptions) => Promise<RunningEmulator>;
  readonly runDemo: (options: DemoOptions) => Promise<DemoReport>;
  /** Makes the network follow the proxy settings of the environment. */
  readonly prepareNetwork: (environment: Environment) => Promise<void>;
  /** Asks a person; false for no, for Ctrl-C and when the signal aborts. */
  readonly confirm: (question: string, signal: AbortSignal) => Promise<boolean>;
}

export interface Host {
  readonly environment: Environment;
  /** An absolute path. */
  readonly workingDirectory: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdinIsTerminal: boolean;
  readonly clock: Clock;
  /** Runs an action again and again; the answer stops it. Does not keep the process alive. */
  readonly every: (milliseconds: number, action: () => void) => () => void;
  readonly interruption: Interruption;
  readonly services: Services;
}
