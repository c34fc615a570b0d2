/**
 * Candidates: the client secrets this package makes. A candidate carries a checksum bound to its application, so that a
 * value found later, in a store for example, can be told from one that someone else put there.
 */
import { createHash } from 'node:crypto';
import { Secret } from '../../base/secret.js';

/** Gives random bytes from a cryptographically secure source. */
export type RandomBytes = (size: number) => Uint8Array;

const RANDOM_BYTES = 48;
const RANDOM_CHARACTERS = 64;
const CHECKSUM_CHARACTERS = 6;
const SHAPE = new RegExp(`^[A-Za-z0-9_-]{${RANDOM_CHARACTERS + CHECKSUM_CHARACTERS}}$`);
/** Sets this use of SHA-256 apart from every other. Changing it disowns the candidates made before. */
const CHECKSUM_LABEL = 'auth0-client-secret-rotation/candidate/1';

/**
 * Makes a candidate: 48 random bytes in base64url and a checksum of six characters, 70 characters of `A-Za-z0-9_-`.
 *
 * @param applicationId the client id of the application it is for.
 * @param random the source of randomness.
 * @returns the candidate. Its 384 random bits are more than Auth0's own secrets have, and it needs no escaping anywhere.
 * @see https://auth0.com/docs/get-started/applications/rotate-client-secret
 */
export function makeCandidate(applicationId: string, random: RandomBytes): Secret {
  const randomPart = Buffer.from(random(RANDOM_BYTES)).toString('base64url');
  return new Secret(randomPart + checksum(applicationId, randomPart));
}

/**
 * Tells whether a value is a candidate made by this package for this application.
 *
 * @param applicationId the client id of the application.
 * @param value any secret.
 */
export function isCandidate(applicationId: string, value: Secret): boolean {
  const text = value.reveal();
  if (!SHAPE.test(text)) return false;
  return checksum(applicationId, text.slice(0, RANDOM_CHARACTERS)) === text.slice(RANDOM_CHARACTERS);
}

/** 36 bits: a foreign value of the right shape passes once in 69 billion. */
function checksum(applicationId: string, randomPart: string): string {
  return createHash('sha256')
    .update([CHECKSUM_LABEL, applicationId, randomPart].join('\0'))
    .digest('base64url')
    .slice(0, CHECKSUM_CHARACTERS);
}
