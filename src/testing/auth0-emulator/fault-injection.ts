/** Which requests are hit by which fault. */
import type { Fault } from './fault.js';
import type { RequestFacts } from './request-facts.js';
import type { Operation } from './route.js';

/** Which requests a fault is meant for. What is left out matches everything. */
export interface FaultTarget {
  readonly operation?: Operation | readonly Operation[];
  /** In upper case. */
  readonly method?: string;
  readonly path?: RegExp;
  readonly clientId?: string;
  readonly matches?: (request: RequestFacts) => boolean;
  /** Lets that many matching requests pass first. @default 0 */
  readonly skip?: number;
  /** How many requests it hits, then it is spent; `Infinity` for all. @default 1 */
  readonly times?: number;
}

/** A fault that was injected. */
export interface InjectedFault {
  /** How many requests it has hit. */
  readonly hits: number;
  /** Takes it out again. Doing it twice is harmless. */
  remove(): void;
}

/** The faults that wait for their requests. */
export interface FaultInjector {
  inject(fault: Fault, target?: FaultTarget): InjectedFault;
  clear(): void;
  /** The fault for a request: the one injected first of those that match and are not spent. */
  take(request: RequestFacts): Fault | undefined;
}

interface Injected {
  readonly fault: Fault;
  readonly target: FaultTarget;
  passed: number;
  hits: number;
}

/** Makes an injector without any fault. */
export function createFaultInjector(): FaultInjector {
  let injected: Injected[] = [];
  return {
    inject(fault, target = {}) {
      const entry: Injected = { fault, target, passed: 0, hits: 0 };
      injected.push(entry);
      return {
        get hits() {
          return entry.hits;
        },
        remove() {
          injected = injected.filter((each) => each !== entry);
        },
      };
    },
    clear() {
      injected = [];
    },
    take(request) {
      for (const entry of injected) {
        if (entry.hits >= (entry.target.times ?? 1) || !isMeant(entry.target, request)) continue;
        if (entry.passed < (entry.target.skip ?? 0)) {
          entry.passed += 1;
          continue;
        }
        entry.hits += 1;
        return entry.fault;
      }
      return undefined;
    },
  };
}

function isMeant(target: FaultTarget, request: RequestFacts): boolean {
  const { operation, method, path, clientId, matches } = target;
  if (operation !== undefined && ![operation].flat().includes(request.operation)) return false;
  if (method !== undefined && method !== request.method) return false;
  if (path !== undefined && !path.test(request.path)) return false;
  if (clientId !== undefined && clientId !== request.clientId) return false;
  return matches === undefined || matches(request);
}
