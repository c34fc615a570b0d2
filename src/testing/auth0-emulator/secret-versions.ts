/**
 * The values an application's client secret has and had, and which of them each authentication node accepts.
 *
 * A node accepts exactly one value at any time. After a change it goes on with what it knows until its own moment
 * within the propagation window; then it never goes back to an older version, though it may still pass through one
 * that is no longer the newest.
 */
import type { Secret } from '../../base/secret.js';

/** One value of a client secret, on its way to the nodes. */
export interface SecretVersion {
  /** Undefined while the application has no client secret. */
  readonly secret: Secret | undefined;
  /** When each node learns of this version, in milliseconds on the monotonic clock. */
  readonly switchesAt: readonly number[];
}

/** Oldest first, never empty; the first is known to every node. */
export type SecretVersions = readonly [SecretVersion, ...SecretVersion[]];

/** The versions of a secret that every node has always known. */
export function initialVersions(secret: Secret | undefined, nodes: number): SecretVersions {
  return [{ secret, switchesAt: Array.from({ length: nodes }, () => Number.NEGATIVE_INFINITY) }];
}

/**
 * Adds a version, and forgets those that no node can come back to.
 *
 * @param versions what there was.
 * @param version the new value with the moment at which each node learns of it.
 * @param now the current moment on the monotonic clock.
 */
export function withVersion(versions: SecretVersions, version: SecretVersion, now: number): SecretVersions {
  const all: readonly SecretVersion[] = [...versions, version];
  const everywhere = all.findLastIndex((each) => each.switchesAt.every((moment) => moment <= now));
  const [first, ...rest] = all.slice(everywhere);
  return first === undefined ? [version] : [first, ...rest];
}

/** The value a node accepts at a moment: the newest one it has learnt of. */
export function acceptedBy(versions: SecretVersions, node: number, now: number): Secret | undefined {
  const known = versions.findLast((version) => (version.switchesAt[node] ?? 0) <= now);
  return (known ?? versions[0]).secret;
}
