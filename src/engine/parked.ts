/** What an attempt left behind that ended unfinished, before the next one takes its place in the journal. */
import { RotationError } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import { judge, proofAcrossWindow } from '../provider/prove.js';
import type { Attempt } from './attempt.js';
import { publish } from './place.js';
import type { AttemptEnvironment } from './steps/environment.js';

export type Inheritance =
  | { readonly kind: 'nothing' }
  /** A candidate that is not live; the next one may take its place. */
  | { readonly kind: 'replaceable'; readonly value: Secret }
  /** A candidate that turned out to be live, and is the current secret now. */
  | { readonly kind: 'current'; readonly value: Secret };

/**
 * Looks whether the candidate of a parked attempt is live. The journal keeps one attempt per application: were it
 * replaced unseen, the live secret might stand nowhere; were it gone on with, a secret that somebody has replaced at
 * the remote side would come back.
 *
 * @param last the attempt that the journal holds; no request of it may be under way any more.
 * @param isDecided whether a person decided to go on from whatever is live.
 * @throws `STORED_SECRET_NOT_LIVE` when the candidate is live and nobody has decided, `AUTH0_UNAVAILABLE` when it
 *   cannot be told. Nothing was changed then.
 */
export async function inheritFrom(
  last: Attempt | undefined,
  isDecided: boolean,
  environment: AttemptEnvironment,
): Promise<Inheritance> {
  if (last?.phase === 'abandoned') {
    // It was never sent, nor was what it was about to replace.
    const value = last.announcedAt === undefined ? last.replaceable : last.candidate;
    return value === undefined ? { kind: 'nothing' } : { kind: 'replaceable', value };
  }
  if (last?.phase !== 'parked') return { kind: 'nothing' };
  const { names, steps, store } = environment;
  const { verdict } = await judge(
    (value) => environment.guarded((call) => steps.probe(value, call)),
    last.candidate,
    proofAcrossWindow(last.settleMilliseconds),
    environment.clock,
    { signal: environment.signal },
  );
  if (verdict === 'dead') return { kind: 'replaceable', value: last.candidate };
  if (verdict === 'unclear') {
    throw new RotationError({
      code: 'AUTH0_UNAVAILABLE',
      kind: 'not-applied',
      message: 'Auth0 does not say whether it accepts the candidate of the parked attempt. Nothing was changed.',
    });
  }
  if (!isDecided) {
    throw new RotationError({
      code: 'STORED_SECRET_NOT_LIVE',
      kind: 'refused',
      field: names.clientSecret,
      message: `Auth0 accepts the candidate of the parked attempt, and not the value of ${names.clientSecret}. Nothing was changed.`,
    });
  }
  await environment.guarded((call) => publish(store, names, { ...last, overwrite: true }, call));
  return { kind: 'current', value: last.candidate };
}
