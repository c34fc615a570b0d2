/** What one operation of the tenant is made of: it decides, and the tenant carries out, as often as a fault says. */
import type { Clock } from '../../base/clock.js';
import type { Secret } from '../../base/secret.js';
import type { Randomness } from '../randomness.js';
import type { AccessTokens } from './access-tokens.js';
import type { Answer } from './answer.js';
import type { EmulatedApplication } from './application.js';
import type { TenantRequest } from './tenant-request.js';
import type { TenantState } from './tenant-state.js';

/** What an operation would do at this moment: its answer, and its effect where it has one. */
export interface Outcome {
  readonly answer: Answer;
  /** Makes the change. An outcome that is not committed changed nothing. */
  readonly commit?: () => void;
}

/**
 * The decision about a request, made after looking at who asks and what for. Calling it again works the change out
 * again from what the tenant holds by then: that is what a duplicate and a late effect are.
 */
export type Decision = () => Outcome;

/** An API of the tenant and what may be asked of it. */
export interface EmulatedApi {
  readonly audience: string;
  readonly scopes: readonly string[];
}

/** Where Auth0's documentation leaves open what happens; each is one way or the other. */
export interface OpenQuestions {
  /**
   * What becomes of a property that is asked for by name without the scope for it: the request is refused with 403, or
   * the property is left out.
   * @default 'refuse'
   */
  readonly hiddenField?: 'refuse' | 'omit';
  /** Whether the answer to a change of `client_secret` shows it without a scope to read it. @default true */
  readonly updateShowsSecret?: boolean;
  /** Whether a secret is refused when it is not sent the way the application says (body or Basic). @default false */
  readonly enforceAuthenticationMethod?: boolean;
}

/** What operations may look at. */
export interface TenantView {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly state: TenantState;
  readonly tokens: AccessTokens;
  /** The first label of the domain. */
  readonly name: string;
  readonly origin: string;
  /** What the tenant calls itself in tokens, with a trailing slash. */
  readonly issuer: string;
  /** Every name the issuer may be addressed by in client assertions. */
  readonly issuers: readonly string[];
  /** The audience that management tokens carry. */
  readonly managementAudience: string;
  /** Every audience that asks for one. */
  readonly managementAudiences: ReadonlySet<string>;
  readonly apis: readonly EmulatedApi[];
  readonly defaultAudience: string | undefined;
  readonly tokenLifetimeSeconds: number;
  readonly openQuestions: Required<OpenQuestions>;
  /** Counts a token that would be charged to the tenant's machine-to-machine quota. */
  readonly countQuotaToken: (clientId: string) => void;
}

/** One request to the Authentication API, at the node that answers it. */
export interface AuthenticationRequest {
  readonly request: TenantRequest;
  readonly acceptedSecret: (clientId: string) => Secret | undefined;
}

/** One request to the Management API, by someone who may use it. */
export interface ManagementRequest {
  readonly request: TenantRequest;
  readonly scopes: readonly string[];
}

/** A decision that only answers. */
export function answerOnly(answer: Answer): Decision {
  return () => ({ answer });
}

/** A decision about an application that may be gone by the time it is carried out. */
export function onApplication(
  view: TenantView,
  clientId: string,
  otherwise: Answer,
  decide: (application: EmulatedApplication) => Outcome,
): Decision {
  return () => {
    const application = view.state.get(clientId);
    return application === undefined ? { answer: otherwise } : decide(application);
  };
}
