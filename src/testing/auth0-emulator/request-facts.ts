/** What tests may know about a request: everything but the secrets it carries. */
import type { Secret } from '../../base/secret.js';
import type { Operation } from './route.js';

/** A request as fault targets and listeners see it. */
export interface RequestFacts {
  /** Counts the requests of the tenant, from one. */
  readonly number: number;
  /** Wall-clock time of its arrival, in milliseconds. */
  readonly at: number;
  readonly method: string;
  /** The path without its query, cleaned of every secret the tenant knows. */
  readonly path: string;
  readonly operation: Operation;
  /** The application it is about, or from; undefined when the tenant knows none of that id. */
  readonly clientId: string | undefined;
  /** The authentication node that answers, counted from zero; undefined where none is asked. */
  readonly node: number | undefined;
  /** Whether the body holds a certain secret. */
  readonly carries: (secret: Secret) => boolean;
}

/** One line of the request log. */
export interface LoggedRequest extends Omit<RequestFacts, 'carries'> {
  /** Undefined until, or unless, one was sent. */
  readonly status: number | undefined;
  /** What became of it so far. */
  readonly delivery: 'pending' | 'answer' | 'reset' | 'stall' | 'stall-body' | 'cut-body';
  /** The name of the fault that hit it. */
  readonly fault: string | undefined;
}

/** How often something happened. */
export interface OperationCounters {
  readonly requests: number;
  /** Changes that were made, late and second ones included. */
  readonly effects: number;
  readonly faults: number;
}

/** Is told about a request, and may hold it up: the request goes on when the returned promise resolves. */
export type RequestListener = (request: RequestFacts) => void | Promise<void>;
