/** The truth on the server's side: nodes that hold one secret each and learn of a new one at different times. */

export interface TokenNodes {
  /** Makes a secret live; each node learns of it at its own time, in milliseconds from now. */
  activate(secret: string, delays: readonly number[]): void;
  /** Asks one node, chosen by the route, whether it accepts the secret. */
  ask(secret: string): boolean;
}

/**
 * @param initial the secret all nodes hold at first.
 * @param count how many nodes there are.
 * @param time milliseconds on the clock of the test.
 * @param route chooses the node of each request.
 */
export function createTokenNodes(
  initial: string,
  count: number,
  time: () => number,
  route: (secret: string, accepts: (node: number) => boolean) => number,
): TokenNodes {
  let previous = initial;
  let live = initial;
  let switches: readonly number[] = Array.from({ length: count }, () => 0);
  const heldBy = (node: number) => (time() >= (switches[node] ?? 0) ? live : previous);
  return {
    activate(secret, delays) {
      if (switches.some((at) => time() < at)) throw new Error('The window of the secret before is still open.');
      previous = live;
      live = secret;
      switches = delays.map((delay) => time() + delay);
    },
    ask: (secret) => heldBy(route(secret, (node) => heldBy(node) === secret)) === secret,
  };
}
