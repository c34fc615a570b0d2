/** What the one-shot mode takes and answers: the shapes the command line and its `--json` answers are made of. */
import type { Clock } from '../base/clock.js';
import type { ErrorCode } from '../base/error-catalogue.js';
import type { Secret } from '../base/secret.js';
import type { Evidence, PlanWarning, PreflightConsent, RotationPlan, RotationSteps } from '../provider/contract.js';
import type { Phase } from './attempt.js';
import type { EngineObserver, SecretStore } from './ports.js';

/** The names one rotation keeps in the store. */
export interface OneShotNames {
  readonly clientId: string;
  readonly clientSecret: string;
  /**
   * The name that holds the candidate while an attempt runs and the live secret at rest. With an overlap it is the
   * fallback name that applications read; single-phase it is a pending name that nobody needs to read.
   */
  readonly candidate: string;
  /** Names under which a run of the other mode may have left a candidate. They are read, never written. */
  readonly otherCandidates?: readonly string[];
}

/** What a one-shot run works with, and what its user asked for and allowed. */
export interface OneShotOptions {
  readonly steps: RotationSteps<unknown>;
  readonly store: SecretStore;
  readonly names: OneShotNames;
  /** False: single-phase, no announcement, published as soon as proven. */
  readonly announces: boolean;
  readonly overlapMilliseconds: number;
  readonly settleMilliseconds: number;
  /** The longest time to stay for the overlap; a longer one is left announced. */
  readonly waitMilliseconds: number;
  /** Replace stored values that are not live, and decide for a new secret after someone else changed it. */
  readonly overwrite: boolean;
  /** The secret in use, to be proven and stored without changing it. */
  readonly adopt?: Secret;
  readonly compromised: boolean;
  readonly consent: PreflightConsent;
  readonly clock: Clock;
  readonly observer?: EngineObserver;
  /** Ends the run early; what it leaves behind is what a crash leaves behind. */
  readonly signal?: AbortSignal;
}

/** What stands in the store, seen with the remote side's answers. */
export type Situation =
  /** No client secret is stored. */
  | 'nothing-stored'
  /** The stored secret is live and no candidate waits. */
  | 'at-rest'
  /** A candidate of an interrupted or waiting run stands beside the current secret. */
  | 'undecided'
  /** A candidate stands beside a current secret that was stored after it: someone stored that secret by hand. */
  | 'stale-candidate'
  /** The stored secret is not the live one, and no candidate is. */
  | 'not-live'
  /** The candidate name holds a value this package did not make. */
  | 'foreign-candidate';

/** What a run would do. */
export type OneShotAction = 'set' | 'rotate' | 'resume' | 'resume-then-rotate' | 'adopt' | 'nothing';

/** What a run found and would do. */
export interface OneShotPlan {
  readonly application: RotationPlan;
  readonly place: string;
  readonly names: OneShotNames;
  readonly situation: Situation;
  readonly action: OneShotAction;
  readonly attemptId: string | null;
  /** What will change, one line each, for a person to confirm. */
  readonly changes: readonly string[];
  readonly warnings: readonly PlanWarning[];
}

/** What a run came to, as the `--json` answer says it. */
export type OneShotStatus = 'planned' | 'success' | 'pending' | 'refused' | 'failed' | 'undecided';

/** Why a run did not come to its end, as the `--json` answer says it. */
export interface OneShotError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly action: string;
  readonly field?: string;
}

/** The `--json` answer of `rotate` and `recover`. */
export interface OneShotResult {
  readonly status: OneShotStatus;
  /** With `pending`: when the overlap ends, ISO 8601. */
  readonly resumeAt?: string;
  /** The phase the attempt reached; null when none was begun. */
  readonly phase: Phase | null;
  readonly applicationId: string;
  readonly attemptId: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly evidence: Evidence | Record<string, never>;
  readonly warnings: readonly PlanWarning[];
  readonly error: OneShotError | null;
}

/** What a check found, as the `--json` answer says it. */
export type CheckStatus = 'healthy' | 'refused' | 'not-live' | 'interrupted';

/** The `--json` answer of `check`. */
export interface OneShotCheck {
  readonly status: CheckStatus;
  readonly applicationId: string;
  readonly plan: OneShotPlan | null;
  readonly warnings: readonly PlanWarning[];
  readonly error: OneShotError | null;
}
