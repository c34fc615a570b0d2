/** The token requests an application makes, and the form they take on the wire. */

interface Extra {
  /** Further form parameters, sent as they are. They cannot replace a parameter that has a place of its own. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * A token for the application itself.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2
 */
export interface ClientCredentialsGrant extends Extra {
  readonly grant: 'client_credentials';
  /** The identifier of the API the token is for. */
  readonly audience?: string;
  readonly scope?: string;
  /** An Auth0 organization, by id or name. */
  readonly organization?: string;
}

/**
 * A token for a user who came back with a code.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
 */
export interface AuthorizationCodeGrant extends Extra {
  readonly grant: 'authorization_code';
  readonly code: string;
  readonly redirectUri?: string;
  /** The PKCE verifier (RFC 7636). */
  readonly codeVerifier?: string;
}

/**
 * A token for a user, by the refresh token of an earlier one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
export interface RefreshTokenGrant extends Extra {
  readonly grant: 'refresh_token';
  readonly refreshToken: string;
  readonly scope?: string;
}

/** One token request, by its grant. */
export type TokenGrant = ClientCredentialsGrant | AuthorizationCodeGrant | RefreshTokenGrant;

const OWN_PLACE: ReadonlySet<string> = new Set(['grant_type', 'client_id', 'client_secret', 'code', 'refresh_token']);

/**
 * The form of a grant, without the client's credentials and in an order that equal grants share.
 *
 * @throws `TypeError` when `parameters` names one that has a place of its own.
 */
export function formOf(grant: TokenGrant): readonly [name: string, value: string][] {
  const fields: Record<string, string | undefined> = { grant_type: grant.grant, ...ownFields(grant) };
  for (const [name, value] of Object.entries(grant.parameters ?? {})) {
    if (OWN_PLACE.has(name) || fields[name] !== undefined) {
      throw new TypeError(`\`parameters\` may not hold ${name}; it has a place of its own.`);
    }
    fields[name] = value;
  }
  return Object.entries(fields)
    .filter((field): field is [string, string] => field[1] !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
}

function ownFields(grant: TokenGrant): Record<string, string | undefined> {
  switch (grant.grant) {
    case 'client_credentials':
      return { audience: grant.audience, scope: grant.scope, organization: grant.organization };
    case 'authorization_code':
      return { code: grant.code, redirect_uri: grant.redirectUri, code_verifier: grant.codeVerifier };
    case 'refresh_token':
      return { refresh_token: grant.refreshToken, scope: grant.scope };
  }
}
