/** How fast the demo goes: what is compressed, and how much traffic there is. */
import { WINDOW_MILLISECONDS } from '../consumer/rounds.js';

/** All times are in milliseconds. */
export interface DemoPace {
  /** How long the emulated nodes of Auth0 may disagree after a change. */
  readonly windowMilliseconds: number;
  /** How long the next secret is announced before it becomes live. */
  readonly overlapMilliseconds: number;
  /** How old the pair of an application may become before it is read again. */
  readonly refreshMilliseconds: number;
  /** How long the consumer helper goes on when both values are refused: at least 7/6 of the window. */
  readonly budgetMilliseconds: number;
  /** The least time between two reads of an application that is being refused. */
  readonly rereadMilliseconds: number;
  /** Traffic before the rotation begins, and after it has ended. */
  readonly marginMilliseconds: number;
  /** How many instances of the application run side by side. */
  readonly instances: number;
  /** Token requests of all instances together. */
  readonly requestsPerSecond: number;
}

/** A tenth of Auth0's window, and of the consumer helper's own budget of 35 s. */
export const DEMO_PACE: DemoPace = {
  windowMilliseconds: 3_000,
  overlapMilliseconds: 3_000,
  refreshMilliseconds: 1_000,
  budgetMilliseconds: 3_500,
  rereadMilliseconds: 250,
  marginMilliseconds: 1_000,
  instances: 3,
  requestsPerSecond: 150,
};

/** How long Auth0's own nodes may disagree, in milliseconds. */
export const AUTH0_WINDOW_MILLISECONDS = WINDOW_MILLISECONDS;

/** How many nodes the emulated tenant has. */
export const NODES = 3;

/**
 * When a node learns of a new secret. The same for every rotation, so that luck does not choose between them: one
 * node soon, one half-way, one at the very end of the window.
 *
 * @param node counted from zero.
 * @returns milliseconds after the change.
 */
export function switchAfter(node: number, windowMilliseconds: number): number {
  const share = [1 / 6, 1 / 2, 1][node] ?? 1;
  return share * windowMilliseconds;
}
