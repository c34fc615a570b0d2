/** The latest requests and counters of all of them. */
import type { LoggedRequest, OperationCounters, RequestFacts } from './request-facts.js';
import { OPERATIONS, type Operation } from './route.js';

/** The memory for requests. */
export interface RequestLog {
  begin(request: RequestFacts): void;
  hit(number: number, fault: string): void;
  end(number: number, delivery: LoggedRequest['delivery'], status: number | undefined): void;
  countEffect(operation: Operation): void;
  readonly entries: readonly LoggedRequest[];
  readonly counters: Readonly<Record<Operation, OperationCounters>>;
  clear(): void;
}

/** @param limit how many requests are kept; the oldest go first. */
export function createRequestLog(limit: number): RequestLog {
  const entries = new Map<number, LoggedRequest>();
  let counters = emptyCounters();
  return {
    begin({ carries: _, ...facts }) {
      counters[facts.operation].requests += 1;
      entries.set(facts.number, { ...facts, status: undefined, delivery: 'pending', fault: undefined });
      if (entries.size <= limit) return;
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        break;
      }
    },
    hit(number, fault) {
      const entry = entries.get(number);
      if (entry === undefined) return;
      counters[entry.operation].faults += 1;
      entries.set(number, { ...entry, fault });
    },
    end(number, delivery, status) {
      const entry = entries.get(number);
      if (entry !== undefined) entries.set(number, { ...entry, delivery, status });
    },
    countEffect(operation) {
      counters[operation].effects += 1;
    },
    get entries() {
      return [...entries.values()];
    },
    get counters() {
      return structuredClone(counters);
    },
    clear() {
      entries.clear();
      counters = emptyCounters();
    },
  };
}

type Counters = Record<Operation, { requests: number; effects: number; faults: number }>;

function emptyCounters(): Counters {
  return Object.fromEntries(
    OPERATIONS.map((operation) => [operation, { requests: 0, effects: 0, faults: 0 }]),
  ) as Counters;
}
