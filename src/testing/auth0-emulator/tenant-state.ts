/** What the tenant holds: its applications with their secret versions. The one place where something changes. */
import type { Clock } from '../../base/clock.js';
import type { Secret } from '../../base/secret.js';
import type { Randomness } from '../randomness.js';
import type { EmulatedApplication } from './application.js';
import { acceptedBy, initialVersions, type SecretVersions, withVersion } from './secret-versions.js';

/** How secrets reach the authentication nodes. */
export interface Propagation {
  readonly nodes: number;
  /** The window within which every node switches, in milliseconds. */
  readonly windowMilliseconds: number;
  /** Overrides chance: how long after a change a node switches, in milliseconds. */
  readonly switchAfter?: ((change: { readonly clientId: string; readonly node: number }) => number) | undefined;
}

/** One change of a client secret, for a test's oracle. */
export interface SecretChange {
  /** Wall-clock time in milliseconds. */
  readonly at: number;
  readonly cause: 'update-client' | 'rotate-secret' | 'by-hand';
  readonly secret: Secret | undefined;
}

/** The applications of a tenant and what its nodes know of their secrets. */
export interface TenantState {
  get(clientId: string): EmulatedApplication | undefined;
  /** In the order they were added. */
  all(): IterableIterator<EmulatedApplication>;
  add(application: EmulatedApplication): void;
  remove(clientId: string): boolean;
  /** Replaces an application; a new client secret starts on its way to the nodes. */
  replace(application: EmulatedApplication, cause: SecretChange['cause']): void;
  /** The value one node accepts now. */
  acceptedBy(clientId: string, node: number): Secret | undefined;
  /** The latest changes of an application's secret, oldest first, at most a hundred. */
  changes(clientId: string): readonly SecretChange[];
}

interface Held {
  readonly application: EmulatedApplication;
  readonly versions: SecretVersions;
  readonly changes: readonly SecretChange[];
}

const CHANGES_KEPT = 100;

/** Makes an empty tenant. */
export function createTenantState(clock: Clock, randomness: Randomness, propagation: Propagation): TenantState {
  const held = new Map<string, Held>();

  function momentsOfSwitch(clientId: string): number[] {
    const now = clock.monotonic();
    return Array.from({ length: propagation.nodes }, (_, node) => {
      const delay =
        propagation.switchAfter?.({ clientId, node }) ?? randomness.fraction() * propagation.windowMilliseconds;
      return now + delay;
    });
  }

  return {
    get: (clientId) => held.get(clientId)?.application,
    *all() {
      for (const { application } of held.values()) yield application;
    },
    add(application) {
      held.set(application.clientId, {
        application,
        versions: initialVersions(application.clientSecret, propagation.nodes),
        changes: [],
      });
    },
    remove: (clientId) => held.delete(clientId),
    replace(application, cause) {
      const before = held.get(application.clientId);
      if (before === undefined) return;
      const secret = application.clientSecret;
      if (isSame(before.application.clientSecret, secret)) {
        held.set(application.clientId, { ...before, application });
        return;
      }
      const version = { secret, switchesAt: momentsOfSwitch(application.clientId) };
      held.set(application.clientId, {
        application,
        versions: withVersion(before.versions, version, clock.monotonic()),
        changes: [...before.changes, { at: clock.now(), cause, secret }].slice(-CHANGES_KEPT),
      });
    },
    acceptedBy(clientId, node) {
      const entry = held.get(clientId);
      return entry === undefined ? undefined : acceptedBy(entry.versions, node, clock.monotonic());
    },
    changes: (clientId) => held.get(clientId)?.changes ?? [],
  };
}

function isSame(left: Secret | undefined, right: Secret | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.equals(right);
}
