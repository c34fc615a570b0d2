/** Faults to order: which request, and what becomes of it. */
import type { StandInOperation } from './options.js';

/** Whether the request takes effect before the fault strikes. */
export type FaultMoment = 'before-effect' | 'after-effect';

/** What may go wrong with one request. */
export type StandInFault =
  /** The connection is torn down. */
  | { readonly kind: 'reset'; readonly when: FaultMoment }
  /** No byte of an answer ever comes. */
  | { readonly kind: 'stall'; readonly when: FaultMoment }
  /** Takes effect; the head of a good answer comes and a part of its body, then nothing. */
  | { readonly kind: 'stall-body' }
  /** An error status, such as 502 or 429. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly when: FaultMoment;
      readonly message?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Sent elsewhere, without effect. The status keeps method and body by default. */
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** Takes effect; the answer is 200 with this body, which is no JSON by default. */
  | { readonly kind: 'broken-body'; readonly body?: string }
  /** Answers as it should, later. */
  | { readonly kind: 'delay'; readonly when: FaultMoment; readonly until: Promise<void> }
  /** The connection is torn down at once; the effect comes when the promise resolves. */
  | { readonly kind: 'late-effect'; readonly until: Promise<void> };

/** Which requests meet a fault, and how many of them. */
export interface FaultOrder {
  readonly operation: StandInOperation;
  readonly fault: StandInFault;
  /** How many requests of the operation pass unharmed first. @default 0 */
  readonly skip?: number;
  /** How many requests it strikes. @default 1 */
  readonly times?: number;
}

export interface Faults {
  order(order: FaultOrder): void;
  /** The fault for the next request of an operation; the oldest order that is due. */
  take(operation: StandInOperation): StandInFault | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  const orders: { readonly order: FaultOrder; skip: number; times: number }[] = [];
  return {
    order(order) {
      orders.push({ order, skip: order.skip ?? 0, times: order.times ?? 1 });
    },
    take(operation) {
      for (const pending of orders) {
        if (pending.order.operation !== operation || pending.times === 0) continue;
        if (pending.skip > 0) {
          pending.skip -= 1;
          continue;
        }
        pending.times -= 1;
        return pending.order.fault;
      }
      return undefined;
    },
    clear() {
      orders.length = 0;
    },
  };
}
