/** The `revoke` hook: credentials become worthless. */
import { asRotationError, RotationError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import type { RevokeAnswer, RevokeRequest } from '../contract.js';
import { LATE_REQUEST_MILLISECONDS } from '../late-requests.js';
import { judge, ORDINARY_PROOF, type ProofPolicy, proofAcrossWindow, proveRefused, type Verdict } from '../prove.js';
import { type HookDependencies, type HookRun, runHook } from './hook-run.js';
import type { Auth0ClientCredentials, Auth0Connection, Auth0RotationParameters } from './schemas.js';

/** A decision to destroy is taken again only after the request of the last one can no longer take effect. */
const MOST_DECISIONS = 3;

/**
 * Makes credentials worthless. A secret that is no longer live, shown by refusals for as long as nodes may disagree, is
 * left alone. A live one is replaced by a value that nobody keeps.
 *
 * @param dependencies what the provider was made with.
 * @param request the connection and the credentials, each revoked at the application it was issued for.
 * @returns whether a live secret was replaced, and what `publish` returned.
 * @throws `UNDECIDED`, kind `unknown`, when nothing shows that the credentials are worthless; `publish` was not called.
 * @throws Auth0's refusal, with its own code, when the live secret could not be replaced; `publish` was not called.
 */
export async function revoke<Published>(
  dependencies: HookDependencies,
  request: RevokeRequest<Auth0Connection, Auth0RotationParameters, Auth0ClientCredentials, Published>,
): Promise<RevokeAnswer<Published>> {
  const secretsByApplication = new Map<string, Secret[]>();
  for (const { clientId, clientSecret } of request.credentials) {
    secretsByApplication.set(clientId, [...(secretsByApplication.get(clientId) ?? []), clientSecret]);
  }
  let revoked = false;
  for (const [clientId, secrets] of secretsByApplication) {
    const target = { ...request, parameters: { clientId } };
    if (await runHook(dependencies, target, (run) => revokeAtApplication(run, secrets))) revoked = true;
  }
  return { revoked, published: await request.publish() };
}

/** @returns whether a live secret was replaced. */
async function revokeAtApplication(run: HookRun, secrets: readonly Secret[]): Promise<boolean> {
  const policy = proofAcrossWindow(run.settleMilliseconds);
  const verdicts = await Promise.all(secrets.map((secret) => judgeSecret(run, secret, policy)));
  const live = secrets.find((_, index) => verdicts[index]?.verdict === 'live');
  if (live) {
    await destroy(run, live);
    return true;
  }
  if (verdicts.every(({ verdict }) => verdict === 'dead')) return false;
  throw undecided('Auth0 does not say clearly whether it still accepts the credentials. Nothing was changed.');
}

async function destroy(run: HookRun, live: Secret): Promise<void> {
  // Looks for what makes the request pointless or harmful: a public application, the connection's own client.
  await run.steps.preflight({ acceptHs256: true }, run.call);
  for (let decisions = 1; ; decisions += 1) {
    const failure = await destroyOnce(run);
    const isAmbiguous = failure?.kind === 'unknown' || failure?.kind === 'defect';
    if (failure && !isAmbiguous) throw failure;
    const patienceMilliseconds = isAmbiguous ? LATE_REQUEST_MILLISECONDS : ORDINARY_PROOF.patienceMilliseconds;
    if (await isRefused(run, live, { ...ORDINARY_PROOF, patienceMilliseconds })) return;
    // By now a request without an answer is too old to take effect: what is live was not replaced by it.
    const { verdict } = await judgeSecret(run, live, proofAcrossWindow(run.settleMilliseconds));
    if (verdict === 'dead') return;
    if (verdict === 'unclear' || !isAmbiguous || decisions === MOST_DECISIONS) {
      throw undecided('Auth0 was asked to replace the live secret, and nothing shows that it did.');
    }
  }
}

async function destroyOnce(run: HookRun): Promise<RotationError | undefined> {
  try {
    await run.steps.destroy(run.call);
    return undefined;
  } catch (error) {
    run.call.signal.throwIfAborted();
    return asRotationError(error);
  }
}

function isRefused(run: HookRun, secret: Secret, policy: ProofPolicy): Promise<boolean> {
  return proveRefused(run.steps.probe, secret, policy, run.clock, run.call);
}

function judgeSecret(run: HookRun, secret: Secret, policy: ProofPolicy): Promise<Verdict> {
  return judge(run.steps.probe, secret, policy, run.clock, run.call);
}

function undecided(message: string): RotationError {
  return new RotationError({ code: 'UNDECIDED', kind: 'unknown', message, action: 'Run it again.' });
}
