/**
 * Every error code, with what to do about it. The codes are stable; the README's troubleshooting section is checked
 * against this list.
 */
export const ERROR_CATALOGUE = {
  // Wrong use
  USAGE: 'Run the command with --help to see what it takes.',
  CONFIRMATION_REQUIRED: 'Run it in a terminal and confirm, or pass --yes.',
  SETTING_MISSING: 'Set the flag or the environment variable that is named.',
  SETTING_INVALID: 'Correct the value that is named.',
  SECRET_NAME_INVALID: 'Choose a name without ":" and "/", at least one character long.',
  SECRET_NAME_DUPLICATE: 'Give every mapped value a name of its own.',
  APPLICATION_NOT_ALLOWED: 'Add the application to --allow-application, or choose one that is listed there.',
  // Auth0: where and who
  DOMAIN_INVALID: 'Give the tenant domain alone, for example acme.eu.auth0.com.',
  ORIGIN_NOT_ALLOWED: 'Use the tenant domain, or add the origin to --allow-auth0-origin if you trust it.',
  AUDIENCE_REQUIRED:
    'With a custom domain, give the audience of the tenant domain: https://TENANT.REGION.auth0.com/api/v2/.',
  AUDIENCE_INVALID:
    'Give the Management API audience with its trailing slash: https://TENANT.REGION.auth0.com/api/v2/.',
  AUTH0_UNREACHABLE: 'Check the domain, the network and the proxy settings, then run it again.',
  AUTH0_CREDENTIALS_REJECTED:
    'Check the management client id and secret, and that the client may use client_credentials.',
  AUTH0_SCOPE_MISSING:
    'In the Auth0 dashboard, open Applications > APIs > Auth0 Management API > Machine to Machine Applications, and grant the named scope to the management client.',
  AUTH0_FORBIDDEN: 'Read the message; Auth0 refused the request for a reason no retry can mend.',
  AUTH0_RATE_LIMITED: 'Wait and run it again; nothing is lost.',
  AUTH0_UNAVAILABLE: 'Run it again when Auth0 answers; nothing is lost.',
  AUTH0_ANSWER_UNUSABLE: 'Run it again; if it stays, something between here and Auth0 changes the answers.',
  AUTH0_REDIRECTED: 'Check the domain: Auth0 does not redirect these requests, and no secret was sent on.',
  // Auth0: the application
  APPLICATION_UNKNOWN: 'Check the client id and that it belongs to this tenant.',
  APPLICATION_ID_INVALID: 'Give the client id as the Auth0 dashboard shows it.',
  APPLICATION_PUBLIC: 'A public application does not use its client secret; choose a confidential one.',
  APPLICATION_USES_KEYS: 'The application signs its requests with a key; rotate that key instead.',
  APPLICATION_AUTHENTICATION_UNCLEAR:
    'Grant read:client_keys so that the authentication method can be seen, or adopt the secret in use with --current-client-secret-file.',
  APPLICATION_GLOBAL: 'Choose an ordinary application; this one belongs to the tenant itself.',
  APPLICATION_CIMD: 'Applications described by a metadata document may not use shared secrets; choose another.',
  APPLICATION_IS_MANAGEMENT_CLIENT:
    'Rotate the management client through a platform that can update its own connection, or by another management client.',
  HS256_NOT_ACCEPTED:
    'Switch the application to RS256, or pass --accept-hs256 once every verifier of its ID tokens accepts both secrets.',
  CANDIDATE_REJECTED: 'Run it again; a new candidate is made.',
  // Evidence
  STORED_SECRET_NOT_LIVE:
    'Adopt the secret in use with --current-client-secret-file, or set a new one over the stored value with --overwrite.',
  SUPPLIED_SECRET_NOT_LIVE: 'Supply the client secret the application uses now.',
  SECRET_CHANGED_ELSEWHERE:
    'Someone else changed the secret. Adopt theirs with --current-client-secret-file, or decide for a new one with --overwrite.',
  NOT_PROVEN: 'Run it again; both values are kept until Auth0 shows which one it accepts.',
  UNDECIDED: 'Run it again; both values are kept until Auth0 shows which one it accepts.',
  PUBLISH_FAILED:
    'Read the message for which secret is live, mend what kept it from being published, and run it again.',
  // The store
  STORE_UNREACHABLE: 'Check the site URL, the network and the proxy settings, then run it again.',
  STORE_CREDENTIALS_REJECTED: 'Check the machine identity: client id, client secret, and that it is not expired.',
  STORE_FORBIDDEN:
    'Give the machine identity read, create and edit permission for secrets in this environment and path.',
  STORE_PROJECT_MISSING: 'Check the project id, and that the machine identity is a member of the project.',
  STORE_FOLDER_MISSING: 'Check environment and path, or pass --create-folder to make the folder.',
  STORE_RATE_LIMITED: 'Wait and run it again; nothing is lost.',
  STORE_UNAVAILABLE: 'Run it again when the secret manager answers; nothing is lost.',
  STORE_ANSWER_UNUSABLE:
    'Run it again; if it stays, something between here and the secret manager changes the answers.',
  STORE_REDIRECTED: 'Check the site URL: redirects are not followed, and no secret was sent on.',
  STORE_REFUSED: 'Read the message; the secret manager refused the request for a reason no retry can mend.',
  STORE_NAME_TAKEN: 'Choose another secret name, or pass --overwrite to replace the stored value.',
  STORE_DUPLICATE: 'Delete all but one of the copies in the secret manager, then run it again.',
  STORE_CHANGED_ELSEWHERE: 'Run it again; it goes on from what is stored now.',
  FALLBACK_FOREIGN:
    'The fallback name holds a value this command did not make. Delete it, or pass --overwrite to replace it.',
  // Journal and leases
  LEASE_LOST: 'Nothing to do: another worker has taken the attempt over.',
  JOURNAL_UNAVAILABLE: 'Run it again when the database answers; nothing is lost.',
  ATTEMPT_IN_PROGRESS: 'Wait until the attempt has ended, or let recovery finish it.',
  INTERRUPTED: 'Run it again; it goes on where it stopped.',
  DEFECT: 'Report it with the command and its output; run the command again, no secret is lost.',
} as const satisfies Readonly<Record<string, string>>;

/** One of the stable codes of the catalogue. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;
