/** How attempts begin. */
import { createHash } from 'node:crypto';
import type { Secret } from '../base/secret.js';
import type { RotationSteps } from '../provider/contract.js';
import { type Attempt, NO_REQUESTS, type Offer } from './attempt.js';

export interface NewAttempt {
  readonly rotationId: string;
  readonly steps: RotationSteps<unknown>;
  readonly offer: Offer;
  readonly settleMilliseconds: number;
  readonly compromised: boolean;
  readonly overwrite: boolean;
  readonly previous: Secret | undefined;
  readonly candidate: Secret;
  readonly replaceable?: Secret | undefined;
  /** On the durable clock, in milliseconds. */
  readonly now: number;
  readonly activateAt?: number;
}

/** Begins an attempt: prepared, nothing stored, nothing sent. */
export function newAttempt(begin: NewAttempt): Attempt {
  return {
    id: attemptIdOf(begin.candidate),
    revision: 0,
    rotationId: begin.rotationId,
    applicationKey: begin.steps.applicationKey,
    applicationId: begin.steps.applicationId,
    phase: 'prepared',
    offer: begin.offer,
    settleMilliseconds: begin.settleMilliseconds,
    compromised: begin.compromised,
    overwrite: begin.overwrite,
    direction: 'forward',
    previous: begin.previous,
    candidate: begin.candidate,
    replaceable: begin.replaceable,
    refusedCandidates: 0,
    preparedAt: begin.now,
    announcedAt: undefined,
    activateAt: begin.activateAt,
    requests: NO_REQUESTS,
    acknowledgedAt: undefined,
    evidence: undefined,
    failure: undefined,
    failures: 0,
    finishedAt: undefined,
  };
}

/**
 * Names an attempt after its candidate, so that every run that goes on with the candidate gives it the same name. The
 * candidate has far too much entropy for the name to say anything about it.
 */
export function attemptIdOf(candidate: Secret): string {
  return createHash('sha256').update(`attempt ${candidate.reveal()}`).digest('hex').slice(0, 16);
}
