/** Watches the nodes of the emulated tenant take over a new secret. */
import type { Stage } from './stage.js';

/**
 * Starts watching the application of a stage.
 *
 * @returns looks once, and says how many nodes accept the newest secret when that are more than at the last look.
 */
export function watchNodes(stage: Stage): () => { readonly switched: number; readonly nodes: number } | undefined {
  const { tenant } = stage.auth0;
  const { clientId } = stage.application;
  const look = () => {
    const newest = tenant.secretOf(clientId);
    const accepted = tenant.acceptedBy(clientId);
    const switched = accepted.filter((each) => newest !== undefined && each?.equals(newest)).length;
    return { switched, nodes: accepted.length };
  };
  let last = look().switched;
  return () => {
    const seen = look();
    const before = last;
    last = seen.switched;
    return seen.switched > before ? seen : undefined;
  };
}
