/**
 * The contract between a platform and any rotation provider: types only, no behaviour.
 *
 * A provider is a plain object that says what a rotation of one kind is. Who drives it – the engine of this package,
 * the one-shot command, a platform with a callback like Infisical's – decides how a rotation survives crashes and
 * faults. Every verb takes one request and gives one answer, so that fields can be added without breaking anyone.
 */
import type { ZodType } from 'zod';
import type { Call, Clock } from '../base/clock.js';
import type { Secret } from '../base/secret.js';

/** What a provider can do, so that whoever drives it need not know which provider it is. */
export interface ProviderCapabilities {
  /** Whether the remote side accepts two secrets for as long as we like. Auth0 does not. */
  readonly serverSideOverlap: boolean;
  /** How long, in milliseconds, parts of the remote side may disagree about which secret is live. Auth0: 30 000. */
  readonly settleMilliseconds: number;
  /** Whether activating the same candidate again is harmless. */
  readonly idempotentActivation: boolean;
  /** Whether the previous secret can be put back. */
  readonly rollback: boolean;
}

/** How a platform offers the provider in a list, as on Infisical's wire. */
export interface ProviderListOption {
  readonly name: string;
  readonly type: string;
  readonly connection: string;
  readonly template: { readonly secretsMapping: Readonly<Record<string, string>> };
}

/** Something a person should know before going ahead. It does not prevent the rotation. */
export interface PlanWarning {
  readonly code: string;
  readonly message: string;
}

/** What a rotation would meet, found by looking only. */
export interface RotationPlan {
  readonly applicationId: string;
  readonly applicationName?: string;
  /** Where the application lives, for a person: `acme.eu.auth0.com`. */
  readonly tenant: string;
  readonly warnings: readonly PlanWarning[];
  /**
   * True when it cannot be seen whether the application uses its secret at all: the rotation may go on only if the
   * stored or supplied secret is accepted.
   */
  readonly requiresAcceptedSecret?: boolean;
  /** Facts worth showing, such as `{ signingAlgorithm: 'RS256', applicationType: 'regular_web' }`. */
  readonly facts: Readonly<Record<string, string>>;
}

/** What one probe says about a value: the remote side took it, refused it, or did not say. */
export type ProbeOutcome = 'accepted' | 'rejected' | 'unknown';

/** Choices a person may make that let a preflight pass. */
export interface PreflightConsent {
  /** Go on although the secret also signs ID tokens (HS256). */
  readonly acceptHs256?: boolean;
  /**
   * Whether whoever drives the rotation can update the connection's stored credentials in the same step, which
   * rotating the connection's own client needs.
   */
  readonly connectionCanFollow?: boolean;
}

/** What the idempotent steps of one rotation work on. */
export interface RotationTarget<Connection, Parameters> {
  readonly connection: Connection;
  readonly parameters: Parameters;
}

/**
 * The idempotent steps of a rotation, bound to one connection and one application. The engine sequences and journals
 * them; the hooks below are made of them. A step either succeeds or throws a `RotationError` whose kind says whether
 * the change may have happened.
 */
export interface RotationSteps<Credentials> {
  /** Names the remote thing whose secret changes, the same for every rotation of it: the key for leases and pacing. */
  readonly applicationKey: string;
  readonly applicationId: string;
  /** Looks at the application and the connection, changes nothing. Throws the reason when a rotation cannot work. */
  preflight(consent: PreflightConsent, call: Call): Promise<RotationPlan>;
  /** Makes a new candidate. Nothing leaves the process. */
  prepareCandidate(): Secret;
  /** Tells whether a value is a candidate this provider made for this application. */
  recognisesCandidate(value: Secret): boolean;
  /**
   * Makes the value the live secret. Sends exactly one request, never a hidden second one. Doing it again with the
   * same value is harmless, and restoring the previous secret is the same step with that value.
   */
  activate(value: Secret, call: Call): Promise<void>;
  /** Asks once whether the value is accepted now. Never throws for what the remote side answers. */
  probe(value: Secret, call: Call): Promise<ProbeOutcome>;
  /** Replaces the live secret by a value that nobody keeps. Sends exactly one request. */
  destroy(call: Call): Promise<void>;
  /** Puts the value in the shape that is stored and mapped. */
  credentials(value: Secret): Credentials;
}

/** What a hook may use. Everything has a default; tests and simulations bring their own. */
export interface HookContext {
  readonly clock?: Clock;
  /** Ends the hook early. What was already sent may still take effect. */
  readonly signal?: AbortSignal;
}

/** Proof that the remote side accepts a value: probes accepted in a row, and the time they span. */
export interface Evidence {
  /** The short name of the value that was probed, see `Secret.fingerprint`. */
  readonly fingerprint: string;
  /** How many probes in a row were accepted. */
  readonly accepted: number;
  /** From the first to the last of them, in milliseconds. */
  readonly spanMilliseconds: number;
  /** How many probes were sent in all. */
  readonly probes: number;
  /** When the last one was answered, ISO 8601. */
  readonly provenAt: string;
}

/** What the `create` hook is asked: would a rotation of this target work? */
export interface CreateRequest<Connection, Parameters, Mapping> extends HookContext {
  readonly connection: Connection;
  readonly parameters: Parameters;
  readonly secretsMapping?: Mapping;
  readonly consent?: PreflightConsent;
}

/** How the first credentials of a rotation come about. */
export type IssueMode<Credentials> =
  /** A new secret is set; whoever uses the one before it is locked out until they read the new one. */
  | { readonly mode: 'set'; readonly previous?: Credentials }
  /** The secret in use is supplied, proven and kept. Nothing changes at the remote side. */
  | { readonly mode: 'adopt'; readonly current: Credentials };

/**
 * The two places where a hook hands credentials over. Whoever drives the hook keeps them.
 */
export interface CredentialHandover<Credentials, Published> {
  /**
   * Called before anything changes at the remote side, with the credentials that are about to become live. Make them
   * durable here: if the process dies afterwards, they may be the only ones that work. Optional, because a platform
   * that has only a callback has nowhere to put them; without it a crash can lose the secret.
   */
  readonly persistCandidate?: (credentials: Credentials) => Promise<void>;
  /**
   * Called exactly once, with credentials proven to be live. When it rejects, the previous credentials are put back
   * and proven, if they are known.
   */
  readonly publish: (credentials: Credentials) => Promise<Published>;
}

/** What the `issueCredentials` hook is asked. */
export interface IssueCredentialsRequest<Connection, Parameters, Credentials, Published>
  extends HookContext,
    RotationTarget<Connection, Parameters>,
    CredentialHandover<Credentials, Published> {
  readonly issue: IssueMode<Credentials>;
  readonly consent?: PreflightConsent;
}

/** What the `rotate` hook is asked. */
export interface RotateRequest<Connection, Parameters, Credentials, Published>
  extends HookContext,
    RotationTarget<Connection, Parameters>,
    CredentialHandover<Credentials, Published> {
  /** The credentials in use, to be put back when publishing fails. */
  readonly active?: Credentials;
  readonly consent?: PreflightConsent;
}

/** What the `revoke` hook is asked. */
export interface RevokeRequest<Connection, Parameters, Credentials, Published>
  extends HookContext,
    RotationTarget<Connection, Parameters> {
  /** The credentials to make worthless. Those that are no longer live are left alone: nothing is sent for them. */
  readonly credentials: readonly Credentials[];
  /** Called once the credentials are worthless. */
  readonly publish: () => Promise<Published>;
}

/** What the `checkCredentials` hook is asked. */
export interface CheckCredentialsRequest<Connection, Parameters, Credentials>
  extends HookContext,
    RotationTarget<Connection, Parameters> {
  readonly credentials: Credentials;
}

/** Credentials that are live and proven, and what their publishing gave. */
export interface HandoverAnswer<Credentials, Published> {
  readonly credentials: Credentials;
  readonly evidence: Evidence;
  readonly published: Published;
}

/** What became of credentials that were to be made worthless. */
export interface RevokeAnswer<Published> {
  /** Whether a live secret was replaced. False when none of the credentials was live any more. */
  readonly revoked: boolean;
  readonly published: Published;
}

/** One mapped secret: its name and its value, revealed for the store it goes to. */
export interface SecretPayloadEntry {
  /** The name the value is stored under, from the secrets mapping. */
  readonly key: string;
  readonly value: string;
}

/**
 * A rotation provider.
 *
 * @typeParam Connection credentials for the remote side, as the connection schema gives them.
 * @typeParam Parameters which remote thing is rotated.
 * @typeParam Mapping the names its credentials are stored under.
 * @typeParam Credentials one set of generated credentials.
 */
export interface RotationProvider<Connection, Parameters, Mapping, Credentials> {
  readonly specificationVersion: 'v1';
  /** The type on the wire, for example `auth0-client-secret`. */
  readonly type: string;
  /** The name people see, for example `Auth0 Client Secret`. */
  readonly name: string;
  /** The kind of connection it needs, for example `auth0`. */
  readonly connectionApp: string;
  readonly schemas: {
    readonly connection: ZodType<Connection>;
    readonly parameters: ZodType<Parameters>;
    readonly secretsMapping: ZodType<Mapping>;
    readonly generatedCredentials: ZodType;
  };
  readonly capabilities: ProviderCapabilities;
  readonly listOption: ProviderListOption;

  /** Binds the idempotent steps to a connection and an application. Sends nothing. */
  open(target: RotationTarget<Connection, Parameters>): RotationSteps<Credentials>;

  /** Preflight: looks, changes nothing, and returns a plan with warnings, or throws the reason why it cannot work. */
  create(request: CreateRequest<Connection, Parameters, Mapping>): Promise<RotationPlan>;
  /** The first credentials of a new rotation: a new secret, or the one in use adopted. */
  issueCredentials<Published>(
    request: IssueCredentialsRequest<Connection, Parameters, Credentials, Published>,
  ): Promise<HandoverAnswer<Credentials, Published>>;
  /** A new secret: prepared, handed over for safe keeping, activated, proven, published; put back if that fails. */
  rotate<Published>(
    request: RotateRequest<Connection, Parameters, Credentials, Published>,
  ): Promise<HandoverAnswer<Credentials, Published>>;
  /** Makes credentials worthless. A no-op for those that are no longer live. */
  revoke<Published>(
    request: RevokeRequest<Connection, Parameters, Credentials, Published>,
  ): Promise<RevokeAnswer<Published>>;
  /** Resolves when the credentials are accepted, throws the reason otherwise. Changes nothing. */
  checkCredentials(request: CheckCredentialsRequest<Connection, Parameters, Credentials>): Promise<Evidence>;
  /** Pure: what is stored under which name. */
  getSecretsPayload(credentials: Credentials, secretsMapping: Mapping): readonly SecretPayloadEntry[];
}
