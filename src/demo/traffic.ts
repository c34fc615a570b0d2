/**
 * Steady traffic. Requests leave by the clock, whether or not the ones before them were answered: an application in
 * trouble must not slow down who counts its troubles.
 */
import type { Clock } from '../base/clock.js';
import { TokenError } from '../consumer/errors.js';
import type { Application } from './application.js';
import { longestGap } from './longest-gap.js';

/** How requests ended within one slice of time. */
export interface Slice {
  /** The end of the slice, in milliseconds since the traffic began. */
  readonly until: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface TrafficOptions {
  readonly applications: readonly Application[];
  /** Of all applications together, which take turns. */
  readonly requestsPerSecond: number;
  readonly sliceMilliseconds: number;
  readonly clock: Clock;
  /** Is told of every slice, in order, as soon as it has passed. */
  readonly onSlice: (slice: Slice) => void;
}

export interface TrafficCount {
  readonly requests: number;
  readonly failed: number;
  /** How many failed for which reason: a `TokenError`'s reason, or the type of any other error. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The longest time in which no request of one application succeeded, of all applications, in milliseconds. */
  readonly longestGapMilliseconds: number;
  readonly slices: readonly Slice[];
}

export interface Traffic {
  /** Milliseconds since it began. */
  elapsed(): number;
  /** Sends no more, waits until every request has ended, and gives the count. */
  stop(): Promise<TrafficCount>;
}

/** How often to look whether a request is due, in milliseconds. */
const TICK_MILLISECONDS = 5;

/** Starts the traffic. Stop it. */
export function startTraffic(options: TrafficOptions): Traffic {
  const { applications, requestsPerSecond, sliceMilliseconds, clock } = options;
  const startedAt = clock.monotonic();
  const elapsed = () => clock.monotonic() - startedAt;
  const stopping = new AbortController();
  const successes = applications.map((): number[] => []);
  const underWay = new Set<Promise<void>>();
  const open = new Map<number, { succeeded: number; failed: number }>();
  const slices: Slice[] = [];
  let requests = 0;
  const reasons: Record<string, number> = {};
  let failed = 0;

  function failedBy(thrown: unknown): void {
    const reason = thrown instanceof TokenError ? thrown.reason : thrown instanceof Error ? thrown.name : typeof thrown;
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    failed += 1;
  }

  function ended(index: number, result: 'succeeded' | 'failed'): void {
    const moment = elapsed();
    const number = Math.floor(moment / sliceMilliseconds);
    const slice = open.get(number) ?? { succeeded: 0, failed: 0 };
    slice[result] += 1;
    open.set(number, slice);
    if (result === 'succeeded') successes[index]?.push(moment);
  }

  function send(): void {
    const index = requests % applications.length;
    requests += 1;
    const request = (applications[index]?.request() ?? Promise.resolve())
      .then(
        () => ended(index, 'succeeded'),
        (thrown: unknown) => {
          failedBy(thrown);
          ended(index, 'failed');
        },
      )
      .finally(() => underWay.delete(request));
    underWay.add(request);
  }

  function closeSlices(until: number): void {
    while ((slices.length + 1) * sliceMilliseconds <= until) {
      const counted = open.get(slices.length) ?? { succeeded: 0, failed: 0 };
      open.delete(slices.length);
      const slice = { until: (slices.length + 1) * sliceMilliseconds, ...counted };
      slices.push(slice);
      options.onSlice(slice);
    }
  }

  const sending = (async () => {
    while (!stopping.signal.aborted) {
      const due = Math.floor((elapsed() * requestsPerSecond) / 1_000);
      while (requests < due) send();
      closeSlices(elapsed());
      await clock.sleep(TICK_MILLISECONDS, stopping.signal).catch(() => {});
    }
  })();

  return {
    elapsed,
    async stop() {
      stopping.abort();
      await sending;
      await Promise.all(underWay);
      const until = elapsed();
      closeSlices(until + sliceMilliseconds);
      return {
        requests,
        failed,
        reasons,
        longestGapMilliseconds: Math.max(...successes.map((moments) => longestGap(moments, 0, until))),
        slices,
      };
    },
  };
}
