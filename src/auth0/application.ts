/** Which applications can be rotated, and what a person should know first. Pure: no request is made here. */
import type { ErrorCode } from '../base/error-catalogue.js';
import { RotationError } from '../base/errors.js';
import type { PlanWarning, PreflightConsent } from '../provider/contract.js';
import type { Auth0Application } from './access.js';

/** What a rotation needs, and all it should have. */
const NEEDED_SCOPES = ['read:clients', 'update:client_keys'];
const KEY_SCOPES = ['read:client_keys', 'read:client_credentials'];

/**
 * The scopes the management client lacks.
 *
 * @param scopes of its token.
 * @returns those of `read:clients` and `update:client_keys` that are not granted.
 */
export function missingScopes(scopes: ReadonlySet<string>): readonly string[] {
  return NEEDED_SCOPES.filter((scope) => !scopes.has(scope));
}

/** Whether the token shows how an application authenticates when it does so with a key. */
export function canSeeKeys(scopes: ReadonlySet<string>): boolean {
  return KEY_SCOPES.some((scope) => scopes.has(scope));
}

/**
 * Warns about scopes that a rotation does not need: each of them holds for every application of the tenant.
 *
 * @param scopes of the management token.
 * @returns one warning with the code `SCOPES_WIDER_THAN_NEEDED`, or none.
 */
export function warnAboutScopes(scopes: ReadonlySet<string>): readonly PlanWarning[] {
  const wider = [...scopes].filter((scope) => !NEEDED_SCOPES.includes(scope) && /^[a-z_]+:[a-z_]+$/.test(scope));
  if (wider.length === 0) return [];
  const named = wider.sort().slice(0, 5).join(', ');
  const more = wider.length > 5 ? ` and ${wider.length - 5} more` : '';
  const message = `The management client has more scopes than a rotation needs: ${named}${more}. Needed are ${NEEDED_SCOPES.join(' and ')}.`;
  return [{ code: 'SCOPES_WIDER_THAN_NEEDED', message }];
}

/** What the judgement depends on besides the application. */
export interface JudgementContext {
  readonly managementClientId: string;
  readonly consent: PreflightConsent;
  /** Whether key-based authentication would be visible, see `canSeeKeys`. */
  readonly canSeeKeys: boolean;
}

export type ApplicationVerdict =
  | {
      readonly verdict: 'rotatable';
      readonly warnings: readonly PlanWarning[];
      /**
       * The authentication method was never set, and a key would not be visible. Only a secret that Auth0 accepts shows
       * that the application uses one.
       */
      readonly authenticationUnclear: boolean;
    }
  | { readonly verdict: 'refused'; readonly refusal: RotationError };

/**
 * Judges whether rotating the client secret of an application can work and makes sense.
 *
 * @param application as Auth0 shows it.
 * @param context who is asking, and what a person has accepted.
 * @returns the warnings (`HS256`, `SECRET_ENCODED`), or a refusal with one of the codes `APPLICATION_GLOBAL`,
 *   `APPLICATION_CIMD`, `APPLICATION_PUBLIC`, `APPLICATION_USES_KEYS`, `APPLICATION_IS_MANAGEMENT_CLIENT` and
 *   `HS256_NOT_ACCEPTED`.
 * @see https://auth0.com/docs/secure/application-credentials
 * @see https://auth0.com/docs/get-started/applications/signing-algorithms
 */
export function judgeApplication(application: Auth0Application, context: JudgementContext): ApplicationVerdict {
  const { consent } = context;
  const method = application.tokenEndpointAuthenticationMethod;
  const keyMethods = application.keyAuthenticationMethods ?? [];
  const signsWithSecret = application.signingAlgorithm.startsWith('HS');

  if (application.isGlobal) return refused(application, 'APPLICATION_GLOBAL', 'belongs to the tenant itself');
  if (application.externalMetadataType === 'cimd') {
    return refused(application, 'APPLICATION_CIMD', 'is described by a metadata document and has no shared secret');
  }
  if (keyMethods.length > 0) {
    return refused(application, 'APPLICATION_USES_KEYS', `authenticates by ${keyMethods.join(', ')}`);
  }
  if (method === 'none') {
    return refused(application, 'APPLICATION_PUBLIC', 'is public: Auth0 does not check its client secret');
  }
  if (application.clientId === context.managementClientId && consent.connectionCanFollow !== true) {
    return refused(
      application,
      'APPLICATION_IS_MANAGEMENT_CLIENT',
      'is the management client of this connection, whose stored secret would stop working',
    );
  }
  if (signsWithSecret && consent.acceptHs256 !== true) {
    return refused(
      application,
      'HS256_NOT_ACCEPTED',
      `signs its ID tokens with the client secret (${application.signingAlgorithm}), so that changing the one changes the other`,
    );
  }

  return {
    verdict: 'rotatable',
    warnings: [
      ...(signsWithSecret ? [HS256_WARNING] : []),
      ...(application.secretEncoded ? [SECRET_ENCODED_WARNING] : []),
    ],
    authenticationUnclear:
      !isSecretMethod(method) && application.keyAuthenticationMethods === undefined && !context.canSeeKeys,
  };
}

const HS256_WARNING: PlanWarning = {
  code: 'HS256',
  message:
    'The client secret also signs ID tokens (HS256): tokens signed before the change verify only with the previous secret, tokens signed after it only with the new one.',
};

const SECRET_ENCODED_WARNING: PlanWarning = {
  code: 'SECRET_ENCODED',
  message:
    'The application is set to decode its secret from base64 before it signs (secret_encoded); new secrets are not encoded, so verifiers must decode them the same way.',
};

function isSecretMethod(method: string | undefined): boolean {
  return method === 'client_secret_post' || method === 'client_secret_basic';
}

function refused(application: Auth0Application, code: ErrorCode, reason: string): ApplicationVerdict {
  return { verdict: 'refused', refusal: refusal(application, code, reason) };
}

function refusal(application: Auth0Application, code: ErrorCode, reason: string): RotationError {
  const name = application.name ? `${application.name} (${application.clientId})` : application.clientId;
  return new RotationError({ code, kind: 'refused', message: `Application ${name} ${reason}. Nothing was changed.` });
}
