/**
 * The shape that Infisical's secret-rotation service expects of a rotation type, in our own words. The service calls a
 * factory once for each operation; the factory gets the rotation with its decrypted connection and returns the verbs.
 *
 * `Raw` is whatever the service's callbacks resolve to: its own row of the rotation. It is only passed through.
 */

/** An Auth0 connection as Infisical keeps it, decrypted. */
export interface InfisicalAuth0Connection {
  readonly credentials: {
    readonly domain: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly audience: string;
  };
}

/** What the factory is told of a rotation. Before the rotation exists there is nothing but these fields. */
export interface InfisicalAuth0Rotation {
  readonly connection: InfisicalAuth0Connection;
  readonly parameters: { readonly clientId: string };
  readonly secretsMapping: { readonly clientId: string; readonly clientSecret: string };
  readonly rotationInterval: number;
}

/** One set of generated credentials. */
export interface InfisicalAuth0Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** One mapped secret: its name and its value. */
export interface InfisicalSecretPayload {
  key: string;
  value: string;
}

/** The verbs of a rotation type. */
export interface InfisicalRotationOperations {
  /**
   * The first credentials.
   *
   * @param callback persists everything; called exactly once, with credentials that are live.
   * @param temporaryParameters not used for Auth0.
   * @returns what the callback resolved to.
   */
  issueCredentials<Raw>(
    callback: (newCredentials: InfisicalAuth0Credentials) => Promise<Raw>,
    temporaryParameters?: unknown,
  ): Promise<Raw>;
  /**
   * New credentials.
   *
   * @param credentialsToRevoke the set in the slot that is about to be overwritten; undefined the first time.
   * @param callback persists the new set; called exactly once, with credentials that are live.
   * @param activeCredentials the set in use.
   * @returns what the callback resolved to.
   */
  rotateCredentials<Raw>(
    credentialsToRevoke: InfisicalAuth0Credentials | undefined,
    callback: (newCredentials: InfisicalAuth0Credentials) => Promise<Raw>,
    activeCredentials: InfisicalAuth0Credentials,
  ): Promise<Raw>;
  /**
   * The end of the rotation.
   *
   * @param generatedCredentials both sets in slot order, one of them retired, or the only one.
   * @param callback deletes the local rows; called exactly once, when no set is live any more.
   * @returns what the callback resolved to.
   */
  revokeCredentials<Raw>(
    generatedCredentials: readonly InfisicalAuth0Credentials[],
    callback: () => Promise<Raw>,
  ): Promise<Raw>;
  /** Pure: the mapped secrets of a set, client id first. */
  getSecretsPayload(generatedCredentials: InfisicalAuth0Credentials): InfisicalSecretPayload[];
  /** Resolves when the set is live, rejects with the reason otherwise. */
  checkActiveCredentials(activeCredentials: InfisicalAuth0Credentials): Promise<void>;
}

/** The part of Infisical's connection store that a factory may use. Auth0 rotations do not need it. */
export interface InfisicalConnectionStore {
  findById(...parameters: never[]): unknown;
  update(...parameters: never[]): unknown;
  updateById(...parameters: never[]): unknown;
}

/** The part of Infisical's key management that a factory may use. Auth0 rotations do not need it. */
export interface InfisicalKeyManagement {
  createCipherPairWithDataKey(...parameters: never[]): unknown;
}

/** A rotation type as Infisical registers it. */
export type InfisicalRotationFactory = (
  secretRotation: InfisicalAuth0Rotation,
  appConnectionDAL: InfisicalConnectionStore,
  kmsService: InfisicalKeyManagement,
  gatewayService?: unknown,
  gatewayV2Service?: unknown,
  gatewayPoolService?: unknown,
) => InfisicalRotationOperations;
