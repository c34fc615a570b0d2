/** What a stand-in for Infisical holds when it starts. Everything has a default, made up afresh each time. */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../base/clock.js';

/** The requests a stand-in answers, by what they are for. */
const STAND_IN_OPERATIONS = [
  'login',
  'renew',
  'folder.list',
  'folder.create',
  'secret.list',
  'secret.get',
  'secret.create',
  'secret.update',
  'secret.delete',
  'status',
] as const;

/** A request as faults and the request log name it. */
export type StandInOperation = (typeof STAND_IN_OPERATIONS)[number];

/** What an identity may do in a project it is a member of. Without `read-value` values are shown as a mask. */
export type StandInPermission = 'list' | 'read-value' | 'create' | 'edit' | 'delete' | 'create-folder';

/** Every permission an identity may have in a project. */
export const ALL_PERMISSIONS: readonly StandInPermission[] = [
  'list',
  'read-value',
  'create',
  'edit',
  'delete',
  'create-folder',
];

/** A machine identity with universal auth. */
export interface StandInIdentity {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Project id to permissions. A project that is not listed is one the identity is no member of. */
  readonly projects: Readonly<Record<string, readonly StandInPermission[]>>;
  /** @default 7200 */
  readonly accessTokenTtlSeconds?: number;
  /**
   * The longest a token may live by renewals. When it equals the TTL, a renewal answers 401 and revokes the token.
   * @default 7200
   */
  readonly accessTokenMaxTtlSeconds?: number;
  /** How many requests a token is good for. @default no limit */
  readonly accessTokenUses?: number;
}

/** A project of the stand-in. */
export interface StandInProject {
  readonly id: string;
  /** Slugs. */
  readonly environments: readonly string[];
  /** Slugs of environments where a change policy holds every write back. */
  readonly environmentsUnderApproval?: readonly string[];
}

/** What a request did or is about to do, as a hook sees it. No secret is in it. */
export interface StandInStep {
  readonly operation: StandInOperation;
  /** Counts all requests, from 1. */
  readonly number: number;
  /** Counts the requests of this operation, from 1. */
  readonly ordinal: number;
  /** The secret's name, where there is one. */
  readonly name: string | undefined;
}

/** What a stand-in may be made with. Everything has a default. */
export interface InfisicalStandInOptions {
  /** @default one project with the environments dev, staging and prod */
  readonly projects?: readonly StandInProject[];
  /** @default one identity that may do everything in every project */
  readonly identities?: readonly StandInIdentity[];
  /**
   * Which server is modelled where they differ: in `2024` validation failures answer 401 and the rate limit 500.
   * @default 'current'
   */
  readonly behaviour?: '2024' | 'current';
  /** Concurrent creates of one name all succeed and leave copies, as observed. @default false */
  readonly racyCreates?: boolean;
  /** For each route class, in a fixed window of 60 s. @default no limit */
  readonly requestsPerMinute?: number;
  /** What `Date`, `updatedAt`, tokens and the rate limit go by. @default the clock of this machine */
  readonly clock?: Pick<Clock, 'now'>;
  /** What the `Date` header says; `undefined` leaves it out. @default the clock */
  readonly dateHeader?: () => string | undefined;
  /** Awaited before a request takes effect: a test can hold the n-th request here. */
  readonly beforeEffect?: (step: StandInStep) => void | Promise<void>;
  /** Awaited after a request took effect and before it is answered. */
  readonly afterEffect?: (step: StandInStep) => void | Promise<void>;
}

/** Options with every default filled in. */
export interface StandInSettings extends Required<Omit<InfisicalStandInOptions, 'requestsPerMinute'>> {
  readonly requestsPerMinute: number | undefined;
}

/** Fills in what was left out. */
export function withDefaults(options: InfisicalStandInOptions): StandInSettings {
  const clock = options.clock ?? systemClock;
  const projects = options.projects ?? [{ id: randomUUID(), environments: ['dev', 'staging', 'prod'] }];
  const everywhere = Object.fromEntries(projects.map(({ id }) => [id, ALL_PERMISSIONS]));
  const identity = { clientId: randomUUID(), clientSecret: randomBytes(32).toString('hex'), projects: everywhere };
  return {
    projects,
    identities: options.identities ?? [identity],
    behaviour: options.behaviour ?? 'current',
    racyCreates: options.racyCreates ?? false,
    requestsPerMinute: options.requestsPerMinute,
    clock,
    dateHeader: options.dateHeader ?? (() => new Date(clock.now()).toUTCString()),
    beforeEffect: options.beforeEffect ?? (() => {}),
    afterEffect: options.afterEffect ?? (() => {}),
  };
}
