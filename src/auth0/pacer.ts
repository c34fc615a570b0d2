/**
 * Keeps the calls to one tenant within its rate limit, which all rotations of a process share. It learns from the
 * answers alone: how many calls may follow, when the limit is refreshed, how long a refusal asks to wait. Waiting calls
 * stand in line behind one timer per tenant, and only while there is something to wait for.
 */
import type { Call, Clock } from '../base/clock.js';
import { TransportFailure } from './guarded-fetch.js';
import { readRateLimit } from './rate-limit.js';

/** Auth0 counts the Management API and the Authentication API of a tenant apart. */
export interface LaneName {
  /** `Auth0Tenant.key`. */
  readonly tenantKey: string;
  readonly api: 'management' | 'authentication';
}

/** The part of an answer that tells about the limit. */
export interface PacedAnswer {
  readonly status: number;
  readonly headers: Headers;
}

export interface Pacer {
  /**
   * Sends when the tenant's limit allows, in the order of arrival, and learns from the answer.
   *
   * @param lane whose limit counts.
   * @param call ends the wait early; nothing is sent then.
   * @param send sends one request.
   * @returns what `send` returns.
   * @throws what `send` throws, or a `TransportFailure` (`interrupted`, `held-back`) when the call ended first.
   */
  pace<Answer extends PacedAnswer>(lane: LaneName, call: Call, send: () => Promise<Answer>): Promise<Answer>;
}

export interface PacerOptions {
  readonly clock: Clock;
  /** How many idle tenants to remember. Those in use are always kept. @default 1024 */
  readonly capacity?: number;
}

/** Before any answer: the burst that the smallest plan allows. */
const FIRST_CALLS = 2;
/** While nothing new is learnt, one call a second goes ahead to learn it. */
const SCOUT_MILLISECONDS = 1_000;
/** After a refusal that names no time, doubled with every further one. */
const UNTOLD_WAIT_MILLISECONDS = 1_000;
const LONGEST_UNTOLD_WAIT_MILLISECONDS = 30_000;
/** However soon a refusal says to come back. */
const SHORTEST_WAIT_MILLISECONDS = 100;

/** One tenant and API. Times are on the monotonic clock. */
interface Lane {
  readonly waiting: Set<Waiter>;
  inFlight: number;
  /** Calls that may start before the reset, those in flight already taken off. Infinite where no limit is told. */
  remaining: number;
  /** From when on one more call may start although none remains. */
  resetAt: number;
  /** The reset as the last answer named it. */
  reset: number | undefined;
  /** Nothing starts before. */
  heldUntil: number;
  /** Refusals (429) one after the other. */
  refusals: number;
  wake: { readonly at: number; readonly controller: AbortController } | undefined;
}

interface Waiter {
  start(): void;
}

/**
 * Makes a pacer.
 *
 * @param options the clock to wait on, and how much to remember.
 */
export function createPacer(options: PacerOptions): Pacer {
  const { clock, capacity = 1_024 } = options;
  // In the order of use, the least recent first.
  const lanes = new Map<string, Lane>();

  function laneOf(name: LaneName): Lane {
    const key = `${name.api} ${name.tenantKey}`;
    const lane = lanes.get(key) ?? newLane();
    lanes.delete(key);
    lanes.set(key, lane);
    if (lanes.size > capacity) forgetIdle(lane);
    return lane;
  }

  function newLane(): Lane {
    return {
      waiting: new Set(),
      inFlight: 0,
      remaining: FIRST_CALLS,
      resetAt: clock.monotonic() + SCOUT_MILLISECONDS,
      reset: undefined,
      heldUntil: 0,
      refusals: 0,
      wake: undefined,
    };
  }

  function forgetIdle(inUse: Lane): void {
    for (const [key, lane] of lanes) {
      if (lanes.size <= capacity) return;
      if (lane !== inUse && lane.inFlight === 0 && lane.waiting.size === 0) lanes.delete(key);
    }
  }

  function mayStart(lane: Lane, now: number): boolean {
    return now >= lane.heldUntil && (lane.remaining >= 1 || now >= lane.resetAt);
  }

  function take(lane: Lane, now: number): void {
    if (lane.remaining < 1) {
      lane.remaining = 1;
      lane.reset = undefined;
      lane.resetAt = now + SCOUT_MILLISECONDS;
    }
    lane.remaining -= 1;
    lane.inFlight += 1;
  }

  /** Starts whoever may start, and sets the timer for the next one. */
  function advance(lane: Lane): void {
    const now = clock.monotonic();
    for (const waiter of lane.waiting) {
      if (!mayStart(lane, now)) break;
      lane.waiting.delete(waiter);
      take(lane, now);
      waiter.start();
    }
    const at = lane.waiting.size === 0 ? undefined : nextStart(lane);
    if (lane.wake?.at === at) return;
    lane.wake?.controller.abort();
    lane.wake = undefined;
    if (at === undefined) return;
    const controller = new AbortController();
    lane.wake = { at, controller };
    clock.sleep(at - now, controller.signal).then(
      () => {
        if (lane.wake?.controller === controller) lane.wake = undefined;
        advance(lane);
      },
      () => {}, // Replaced by another timer, or nobody waits any more.
    );
  }

  function nextStart(lane: Lane): number {
    return lane.remaining >= 1 ? lane.heldUntil : Math.max(lane.heldUntil, lane.resetAt);
  }

  function depart(lane: Lane, call: Call): Promise<void> | undefined {
    const now = clock.monotonic();
    if (lane.waiting.size === 0 && mayStart(lane, now)) {
      take(lane, now);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start() {
          call.signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        lane.waiting.delete(waiter);
        const held = lane.heldUntil - clock.monotonic();
        advance(lane);
        reject(held > 0 ? new TransportFailure('held-back', false, undefined, held) : interrupted());
      };
      call.signal.addEventListener('abort', onAbort, { once: true });
      lane.waiting.add(waiter);
      advance(lane);
    });
  }

  function learn(lane: Lane, answer: PacedAnswer): void {
    const now = clock.monotonic();
    const limit = readRateLimit(answer.headers, clock.now());
    if (answer.status === 429) {
      // Calls sent together are refused together; that is one refusal.
      if (now >= lane.heldUntil) lane.refusals += 1;
      const untold = Math.min(UNTOLD_WAIT_MILLISECONDS * 2 ** (lane.refusals - 1), LONGEST_UNTOLD_WAIT_MILLISECONDS);
      const told = limit.retryAfterMilliseconds ?? limit.resetInMilliseconds ?? untold;
      lane.heldUntil = Math.max(lane.heldUntil, now + Math.max(told, SHORTEST_WAIT_MILLISECONDS));
      lane.remaining = 0;
      lane.resetAt = lane.heldUntil;
      lane.reset = undefined;
      return;
    }
    lane.refusals = 0;
    if (limit.remaining === undefined || limit.resetInMilliseconds === undefined) {
      // No limit told, and none told before that still holds.
      if (lane.reset === undefined || now >= lane.resetAt) lane.remaining = Number.POSITIVE_INFINITY;
      return;
    }
    // The answer may not have counted what is still on its way.
    const left = Math.max(limit.remaining - lane.inFlight, 0);
    // Answers overtake each other; within one reset the smallest count is the latest.
    lane.remaining = limit.reset === lane.reset ? Math.min(lane.remaining, left) : left;
    lane.reset = limit.reset;
    lane.resetAt = now + Math.max(limit.resetInMilliseconds, SHORTEST_WAIT_MILLISECONDS);
  }

  return {
    async pace(name, call, send) {
      if (call.signal.aborted) throw interrupted();
      const lane = laneOf(name);
      const turn = depart(lane, call);
      if (turn !== undefined) await turn;
      try {
        const answer = await send();
        lane.inFlight -= 1;
        learn(lane, answer);
        return answer;
      } catch (thrown) {
        lane.inFlight -= 1;
        throw thrown;
      } finally {
        advance(lane);
      }
    },
  };
}

function interrupted(): TransportFailure {
  return new TransportFailure('interrupted', false);
}

/** One pacer for each clock, so that virtual time never mixes with real time. */
const shared = new WeakMap<Clock, Pacer>();

/**
 * The pacer that everything in this process shares by default.
 *
 * @param clock whose time counts.
 */
export function sharedPacer(clock: Clock): Pacer {
  let pacer = shared.get(clock);
  if (pacer === undefined) {
    pacer = createPacer({ clock });
    shared.set(clock, pacer);
  }
  return pacer;
}
