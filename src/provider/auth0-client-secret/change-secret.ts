/**
 * The heart of `issueCredentials` and `rotate`: a new secret is prepared, handed over for safe keeping, activated,
 * proven and published; what fails on the way is put back, if what was before is known.
 */
import { RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { CredentialHandover, Evidence, HandoverAnswer } from '../contract.js';
import { judge, ORDINARY_PROOF, type ProbeCounts, proofAcrossWindow, prove } from '../prove.js';
import { type Activation, activate } from './activate.js';
import type { HookRun } from './hook-run.js';
import { restore } from './restore.js';
import type { Auth0ClientCredentials } from './schemas.js';
import { NOTHING_SENT, type SentRequests, waitOutLateRequests } from './sent-requests.js';

/** A secret proven to be live, and what is known of the requests that made it so. */
interface LiveCandidate {
  readonly candidate: Secret;
  readonly evidence: Evidence;
  readonly requests: SentRequests;
}

/**
 * Gives the application a new secret.
 *
 * @param run the hook's run.
 * @param previous the secret in use, to be put back when something fails; undefined when it is not known.
 * @param handover where the credentials are kept. `persistCandidate` is called before the first request, and again
 *   with another candidate if Auth0 rejects the first; `publish` exactly once, with a proven secret, or not at all.
 * @returns the credentials, the proof and what `publish` returned. It returns when no request of its own can take
 *   effect any more.
 * @throws what `persistCandidate` threw; nothing was changed then.
 * @throws what `publish` threw, after the previous secret was put back and proven.
 * @throws `PUBLISH_FAILED` when publishing failed and the previous secret could not be put back.
 * @throws `NOT_PROVEN`, kind `not-applied`, when the new secret was not accepted and the previous one was put back.
 * @throws `UNDECIDED`, kind `unknown`, when nothing shows which secret is live.
 * @throws `SECRET_CHANGED_ELSEWHERE` when neither secret is accepted; nothing more was sent then.
 * @throws Auth0's refusal, with its own code, when the change certainly did not happen.
 */
export async function changeSecret<Published>(
  run: HookRun,
  previous: Secret | undefined,
  handover: CredentialHandover<Auth0ClientCredentials, Published>,
): Promise<HandoverAnswer<Auth0ClientCredentials, Published>> {
  const persisted = handover.persistCandidate !== undefined;
  const { candidate, activation } = await activateNewCandidate(run, handover);
  const live = await proveOrPutBack(run, candidate, activation, previous, persisted);
  const credentials = run.steps.credentials(candidate);
  const published = await publishOrPutBack(run, live, previous, persisted, () => handover.publish(credentials));
  // Published is published: an interruption from here on must not be reported as a failure.
  await waitOutLateRequests(run, live.requests, true).catch(() => undefined);
  return { credentials, evidence: live.evidence, published };
}

interface ActivatedCandidate {
  readonly candidate: Secret;
  readonly activation: Activation;
}

/** Another candidate follows only a clear rejection of the first: then no request is left that could still act. */
async function activateNewCandidate<Published>(
  run: HookRun,
  handover: CredentialHandover<Auth0ClientCredentials, Published>,
): Promise<ActivatedCandidate> {
  const first = await activateOne(run, handover);
  const wasRejected = first.activation.status === 'refused' && first.activation.error.kind === 'rejected-value';
  return wasRejected ? activateOne(run, handover) : first;
}

async function activateOne<Published>(
  run: HookRun,
  handover: CredentialHandover<Auth0ClientCredentials, Published>,
): Promise<ActivatedCandidate> {
  const candidate = run.steps.prepareCandidate();
  await handover.persistCandidate?.(run.steps.credentials(candidate));
  run.call.signal.throwIfAborted();
  return { candidate, activation: await activate(run, candidate) };
}

async function proveOrPutBack(
  run: HookRun,
  candidate: Secret,
  activation: Activation,
  previous: Secret | undefined,
  persisted: boolean,
): Promise<LiveCandidate> {
  if (activation.status === 'refused') throw activation.error;
  if (activation.status === 'activated' && activation.evidence) {
    return { candidate, evidence: activation.evidence, requests: activation.requests };
  }
  if (activation.status === 'undecided') await waitOutLateRequests(run, activation.requests, false);
  const requests = activation.status === 'undecided' ? NOTHING_SENT : activation.requests;
  const proof = await prove(run.steps.probe, candidate, ORDINARY_PROOF, run.clock, run.call);
  if (proof.proven) return { candidate, evidence: proof.evidence, requests };

  if (!previous) throw undecided('The secret in use before is not known, so nothing was put back.', persisted);
  if (await changedElsewhere(run, previous, proof.seen)) throw secretChangedElsewhere();
  const restoration = await restore(run, previous, requests, false);
  if (restoration !== 'restored') throw undecided('Putting the previous secret back could not be proven.', persisted);
  throw new RotationError({
    code: 'NOT_PROVEN',
    kind: 'not-applied',
    message: 'Auth0 did not come to accept the new secret. The previous secret was put back and is live.',
  });
}

/** Neither value is accepted, for as long as nodes may disagree: a third one is live, and it is not ours to replace. */
async function changedElsewhere(run: HookRun, previous: Secret, candidateSeen: ProbeCounts): Promise<boolean> {
  if (candidateSeen.accepted > 0 || candidateSeen.rejected < ORDINARY_PROOF.accepted) return false;
  const policy = proofAcrossWindow(run.settleMilliseconds);
  const { verdict } = await judge(run.steps.probe, previous, policy, run.clock, run.call);
  return verdict === 'dead';
}

async function publishOrPutBack<Published>(
  run: HookRun,
  live: LiveCandidate,
  previous: Secret | undefined,
  persisted: boolean,
  publish: () => Promise<Published>,
): Promise<Published> {
  try {
    return await publish();
  } catch (publishersError) {
    const restoration = previous ? await restore(run, previous, live.requests, true) : 'not-sent';
    if (restoration === 'restored') throw publishersError;
    throw publishFailed(previous !== undefined, restoration === 'not-sent', persisted);
  }
}

function publishFailed(previousKnown: boolean, candidateIsLive: boolean, persisted: boolean): RotationError {
  const reason = previousKnown
    ? 'putting the previous secret back could not be proven'
    : 'the previous secret is not known, so it could not be put back';
  const live = candidateIsLive ? 'The new secret is live' : 'Either the new or the previous secret is live';
  return new RotationError({
    code: 'PUBLISH_FAILED',
    kind: 'unknown',
    message: `The new secret could not be published, and ${reason}. ${live}. ${whereTheCandidateIs(persisted)}`,
  });
}

function undecided(reason: string, persisted: boolean): RotationError {
  return new RotationError({
    code: 'UNDECIDED',
    kind: 'unknown',
    message: `Nothing shows whether Auth0 took the new secret. ${reason} ${whereTheCandidateIs(persisted)}`,
    ...(persisted
      ? {}
      : { action: 'Check the credentials; if they are not accepted, rotate again to set a new secret.' }),
  });
}

function whereTheCandidateIs(persisted: boolean): string {
  return persisted
    ? 'The new secret is not lost: it was handed over for safe keeping before anything was sent.'
    : 'The new secret was not kept anywhere.';
}

function secretChangedElsewhere(): RotationError {
  return new RotationError({
    code: 'SECRET_CHANGED_ELSEWHERE',
    kind: 'configuration',
    message:
      'Auth0 accepts neither the new nor the previous secret: someone else changed it meanwhile. Nothing more was sent.',
  });
}
