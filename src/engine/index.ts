/** The engine's public surface: the journaled engine, the one-shot mode, their ports, and the schedule. */
export type { Attempt, AttemptFailure, Offer, Phase } from './attempt.js';
export {
  isFinished,
  LATE_REQUEST_MILLISECONDS,
  LONGEST_RESTARTED_WAIT_MILLISECONDS,
  mayHaveSent,
  PHASES,
  unansweredUntil,
} from './attempt.js';
export type { BeginRequest, EngineOptions, RotationEngine, RotationWork } from './engine.js';
export { createRotationEngine } from './engine.js';
export { checkOneShot, planOneShot, recoverOneShot, rotateOneShot } from './one-shot.js';
export type * from './one-shot-types.js';
export type { PlaceNames } from './place.js';
export type * from './ports.js';
export { announceAt, nextRotationAt, type Schedule, type TimeOfDay } from './schedule.js';
export type { AttemptOutcome, WaitReason } from './steps/environment.js';
export { type AttemptEvent, decide, evolve, type Moment, type Step } from './transition.js';
