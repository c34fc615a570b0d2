/**
 * One application at a remote side that tells the truth: nodes that disagree for a while, requests whose answers are
 * lost, requests that take effect late, and an operator who changes the secret by hand. It is the oracle of the
 * engine's tests.
 */
import { createHash } from 'node:crypto';
import type { Call } from '../../../src/base/clock.js';
import { RotationError } from '../../../src/base/errors.js';
import { Secret } from '../../../src/base/secret.js';
import type { ProbeOutcome, RotationPlan, RotationSteps } from '../../../src/provider/contract.js';
import { type Randomness, seededRandomness } from '../../../src/testing/randomness.js';
import type { VirtualClock } from '../../../src/testing/virtual-clock.js';

/** What happens to one request that changes the secret. */
export type ActivationFault =
  | { readonly kind: 'lost-before' }
  | { readonly kind: 'lost-after' }
  | { readonly kind: 'late'; readonly milliseconds: number }
  | { readonly kind: 'never-answered'; readonly effect: boolean }
  | { readonly kind: 'refused'; readonly error: RotationError };

export interface TenantOptions {
  readonly clock: VirtualClock;
  readonly seed?: number;
  readonly nodes?: number;
  /** How long nodes may disagree, in milliseconds. @default 30_000 */
  readonly propagationMilliseconds?: number;
}

export interface Tenant {
  readonly initial: Secret;
  /** The newest value: what Auth0's database holds. */
  live(): Secret;
  /** Every value that was ever live, in order. */
  readonly history: readonly Secret[];
  /** The values that were sent, in order, whatever became of them. */
  readonly sent: readonly Secret[];
  readonly counts: { activations: number; probes: number; destroyed: number };
  changeByHand(value: Secret): void;
  /** Every value some node accepts at this moment. */
  acceptedSomewhere(): Secret[];
  /** Is told whenever the live value changes through a request. */
  onActivated: ((value: Secret) => void) | undefined;
  /** While true, requests are acknowledged and change nothing. */
  lies: boolean;
  /** The next activations meet these faults, in order. */
  failNext(...faults: (ActivationFault | undefined)[]): void;
  /** What the next probes answer instead of the truth. */
  answerProbes(outcome: ProbeOutcome, times: number): void;
  /** A consumer's view: asks one node, as a token request does. */
  accepts(value: Secret): boolean;
  /** The steps as a provider gives them. Each call of a process that has died never returns. */
  steps(process?: { readonly dead: boolean }, overrides?: Partial<RotationSteps<unknown>>): RotationSteps<unknown>;
}

interface Version {
  readonly value: Secret;
  readonly since: number;
  /** When each node takes the version over. */
  readonly from: readonly number[];
}

export const APPLICATION = 'application-under-rotation';

export function createTenant(options: TenantOptions): Tenant {
  const { clock } = options;
  const chance: Randomness = seededRandomness(options.seed ?? 1);
  const nodes = options.nodes ?? 3;
  const propagation = options.propagationMilliseconds ?? 30_000;
  const initial = new Secret(`initial-${randomText(chance, 24)}`);
  const versions: Version[] = [{ value: initial, since: 0, from: Array.from({ length: nodes }, () => -1) }];
  const sent: Secret[] = [];
  const faults: (ActivationFault | undefined)[] = [];
  const counts = { activations: 0, probes: 0, destroyed: 0 };
  let probeAnswers: { outcome: ProbeOutcome; times: number } = { outcome: 'unknown', times: 0 };

  function change(value: Secret): void {
    const now = clock.monotonic();
    if (versions.at(-1)?.value.equals(value)) return;
    versions.push({
      value,
      since: now,
      from: Array.from({ length: nodes }, () => now + chance.fraction() * propagation),
    });
  }

  function seenBy(node: number): Secret {
    const now = clock.monotonic();
    const taken = versions.filter((version) => (version.from[node] ?? 0) <= now);
    // A node never goes back to an older version than the newest it has taken.
    return (taken.at(-1) ?? versions[0] ?? { value: initial }).value;
  }

  function activated(value: Secret): void {
    if (tenant.lies) return;
    change(value);
    tenant.onActivated?.(value);
  }

  function accepts(value: Secret): boolean {
    return seenBy(Math.floor(chance.fraction() * nodes)).equals(value);
  }

  async function activate(value: Secret, call: Call, process: { readonly dead: boolean }): Promise<void> {
    await stayIfDead(process);
    call.signal.throwIfAborted();
    counts.activations += 1;
    sent.push(value);
    const fault = faults.shift();
    switch (fault?.kind) {
      case undefined:
        activated(value);
        break;
      case 'lost-before':
        throw lostAnswer();
      case 'lost-after':
        activated(value);
        throw lostAnswer();
      case 'late':
        void clock.sleep(fault.milliseconds).then(() => activated(value));
        throw lostAnswer();
      case 'never-answered':
        if (fault.effect) activated(value);
        await new Promise<never>((_resolve, reject) =>
          call.signal.addEventListener('abort', () => reject(lostAnswer()), { once: true }),
        );
        break;
      case 'refused':
        throw fault.error;
    }
    await stayIfDead(process);
  }

  const tenant: Tenant = {
    initial,
    onActivated: undefined,
    lies: false,
    acceptedSomewhere: () => Array.from({ length: nodes }, (_, node) => seenBy(node)),
    live: () => versions.at(-1)?.value ?? initial,
    get history() {
      return versions.map((version) => version.value);
    },
    sent,
    counts,
    changeByHand: change,
    failNext: (...next) => faults.push(...next),
    answerProbes: (outcome, times) => {
      probeAnswers = { outcome, times };
    },
    accepts,
    steps: (process = { dead: false }, overrides = {}) => ({
      applicationKey: `tenant.test/${APPLICATION}`,
      applicationId: APPLICATION,
      preflight: async () => PLAN,
      prepareCandidate: () => markCandidate(randomText(chance, 48)),
      recognisesCandidate,
      activate: (value, call) => activate(value, call, process),
      probe: async (value) => {
        await stayIfDead(process);
        counts.probes += 1;
        if (probeAnswers.times > 0) {
          probeAnswers.times -= 1;
          return probeAnswers.outcome;
        }
        return accepts(value) ? 'accepted' : 'rejected';
      },
      destroy: async () => {
        counts.destroyed += 1;
        change(new Secret(`destroyed-${randomText(chance, 24)}`));
      },
      credentials: (value) => ({ clientId: APPLICATION, clientSecret: value.reveal() }),
      ...overrides,
    }),
  };
  return tenant;
}

/** A process that was killed does nothing any more: whatever it awaits never comes back. */
export async function stayIfDead(process: { readonly dead: boolean }): Promise<void> {
  if (process.dead) await new Promise<never>(() => {});
}

export function recognisesCandidate(value: Secret): boolean {
  const text = value.reveal();
  return text.startsWith('candidate-') && markCandidate(text.slice(10, -7)).reveal() === text;
}

function markCandidate(random: string): Secret {
  const checksum = createHash('sha256').update(`${APPLICATION} ${random}`).digest('hex').slice(0, 6);
  return new Secret(`candidate-${random}-${checksum}`);
}

function randomText(chance: Randomness, bytes: number): string {
  return Buffer.from(chance.bytes(bytes)).toString('base64url');
}

function lostAnswer(): RotationError {
  return new RotationError({ code: 'AUTH0_UNAVAILABLE', kind: 'unknown', message: 'The answer was lost.' });
}

const PLAN: RotationPlan = {
  applicationId: APPLICATION,
  applicationName: 'Application under rotation',
  tenant: 'tenant.test',
  warnings: [],
  facts: {},
};
