/**
 * Secrets in one folder of an Infisical, over the official SDK. What it does is shaped by how Infisical behaves:
 *
 * - Operations in one place happen one after the other, because concurrent creates of one name leave copies.
 * - Every write is read back by listing, without expanding references; copies are counted.
 * - Values that Infisical would alter – trimmed, or read as a reference – are refused before they are sent.
 * - Reads are single lists of the folder: one request, no 404, and the only answer that shows copies.
 */
import { type Call, systemClock } from '../../base/clock.js';
import { RotationError } from '../../base/errors.js';
import { Secret } from '../../base/secret.js';
import type { SecretStore, SecretWrite, StoredSecret } from '../../engine/ports.js';
import { duplicated, nameTaken, secretGone } from '../failures.js';
import { checkName, isWritten, plainNote } from '../writable.js';
import { type ListedSecret, secretListAnswer, writeAnswer } from './answers.js';
import { createInfisicalClient } from './client.js';
import { type Doing, errorOf, InfisicalRefusal, notSent } from './failures.js';
import { lookAt, makeFolder, missingPlace } from './folders.js';
import { checkIdentity, type InfisicalStoreOptions, parsePlace } from './options.js';
import { pacerOf } from './pacing.js';
import { createServerTime } from './server-time.js';
import { inTurn } from './turns.js';

/** Infisical answers 500 to values over about 1 MB; secrets are far smaller. */
const LARGEST_VALUE_BYTES = 512 * 1024;

/** Pauses before a write is looked for again: Infisical may read from a replica or a cache. */
const READ_BACK_PAUSES_MILLISECONDS = [300, 1_000] as const;

/**
 * Keeps secrets in one folder of an Infisical. Nothing is sent, and the SDK is not loaded, before the first call.
 *
 * A failed write is `unknown` unless Infisical clearly refused it or no connection came about. No request is repeated,
 * except once with a new login after Infisical refused the token, which means that nothing had happened.
 *
 * @param options the place, the identity, and how to reach it.
 * @returns a store; see `SecretStore` for what its methods promise.
 * @throws `SETTING_INVALID` or `SETTING_MISSING` for a place or a token that cannot be right.
 * @see https://infisical.com/docs/api-reference/endpoints/secrets/list
 */
export function createInfisicalStore(options: InfisicalStoreOptions): SecretStore {
  const place = parsePlace(options);
  checkIdentity(options.identity);
  const { projectId, environment, secretPath } = place;
  const clock = options.clock ?? systemClock;
  const serverTime = createServerTime(clock);
  const client = createInfisicalClient({
    siteUrl: place.siteUrl,
    identity: options.identity,
    clock,
    requestTimeoutMilliseconds: options.requestTimeoutMilliseconds ?? 15_000,
    requestsPerMinute: options.requestsPerMinute ?? 36,
    fetch: options.fetch ?? ((...input) => globalThis.fetch(...input)),
    pacer: pacerOf(place.siteUrl, clock),
    serverTime,
  });
  const turn = [place.siteUrl, projectId, environment, secretPath].join(' ');
  /** Whether the folder was seen: an empty list then says that it is empty. */
  let folderSeen = false;

  async function queued<T>(doing: Doing, call: Call, work: () => Promise<T>): Promise<T> {
    let begun = false;
    try {
      return await inTurn(turn, call.signal, () => {
        begun = true;
        return work();
      });
    } catch (thrown) {
      throw begun ? thrown : notSent(call.signal, doing);
    }
  }

  async function list(doing: Doing, call: Call): Promise<readonly ListedSecret[]> {
    const answer: unknown = await client.request('secrets', doing, call, (sdk) =>
      sdk.secrets().listSecrets({
        projectId,
        environment,
        secretPath,
        expandSecretReferences: false,
        includeImports: false,
        recursive: false,
        viewSecretValue: true,
      }),
    );
    const parsed = secretListAnswer.safeParse(answer);
    if (!parsed.success) throw errorOf({ kind: 'unusable', status: 200, reason: 'wrong-shape' }, doing);
    if (parsed.data.secrets.length > 0) folderSeen = true;
    // A personal secret is one person's override; applications read the shared one.
    return parsed.data.secrets.filter((secret) => (secret.type ?? 'shared') === 'shared');
  }

  async function read(names: readonly string[], call: Call): Promise<ReadonlyMap<string, StoredSecret>> {
    const doing: Doing = { what: `reading the secrets of ${secretPath}`, effect: 'read', secrets: [] };
    const listed = await listOrLook(doing, call);
    if (listed.length === 0 && !folderSeen) await checkFolder(call);
    return pick(names, listed, doing);
  }

  /** Tells an empty folder from a missing one. A missing folder that is to be made counts as empty. */
  async function checkFolder(call: Call): Promise<void> {
    const standing = await lookAt(client, place, true, call);
    folderSeen = standing === 'all';
    if (standing === 'all' || (standing === 'no-folder' && options.createFolder === true)) return;
    throw missingPlace(standing, place);
  }

  /** Later servers may answer 404 where 2024's answer an empty list. */
  async function listOrLook(doing: Doing, call: Call): Promise<readonly ListedSecret[]> {
    try {
      return await list(doing, call);
    } catch (error) {
      if (!(error instanceof InfisicalRefusal) || error.status !== 404) throw error;
      const standing = await lookAt(client, place, false, call);
      if (standing === 'no-folder' && options.createFolder === true) return [];
      throw standing === 'all' ? error : missingPlace(standing, place);
    }
  }

  async function create(write: SecretWrite, call: Call): Promise<void> {
    const doing = writing('creating', write);
    try {
      await send('create', write, doing, call);
    } catch (error) {
      if (!(error instanceof InfisicalRefusal)) throw error;
      if (error.status === 400 || error.status === 409) return await settleRefusedCreate(write, error, call);
      if (error.status !== 404) throw error;
      const standing = await lookAt(client, place, await listable(call), call);
      if (standing === 'all') throw error;
      if (standing !== 'no-folder' || options.createFolder !== true) throw missingPlace(standing, place);
      await makeFolder(client, place, call);
      await send('create', write, doing, call);
    }
    await readBack(write, call);
  }

  /**
   * Infisical says 400 to a name that exists. It may be ours: an earlier create may have been carried out although its
   * answer was lost.
   */
  async function settleRefusedCreate(write: SecretWrite, refusal: InfisicalRefusal, call: Call): Promise<void> {
    const doing: Doing = { what: `looking for ${write.name}`, effect: 'read', secrets: [write.value] };
    const stored = pick([write.name], await list(doing, call), doing).get(write.name);
    if (stored === undefined) {
      if (!/already exist/i.test(refusal.said ?? '')) throw refusal;
      throw new RotationError({
        code: 'STORE_FORBIDDEN',
        kind: 'configuration',
        message: `Infisical says that ${write.name} exists already and does not show it to this identity. Nothing was changed.`,
      });
    }
    if (stored.copies > 1) throw duplicated(write.name, stored.copies);
    if (!isWritten(write, stored)) throw nameTaken(write.name);
  }

  async function update(write: SecretWrite, call: Call): Promise<void> {
    const doing = writing('updating', write);
    try {
      await send('update', write, doing, call);
    } catch (error) {
      if (!(error instanceof InfisicalRefusal) || error.status !== 404) throw error;
      const standing = await lookAt(client, place, await listable(call), call);
      throw standing === 'all' ? secretGone(write.name) : missingPlace(standing, place);
    }
    await readBack(write, call);
  }

  /** Whether the project's secrets can be listed, which Infisical allows even for an environment it does not have. */
  async function listable(call: Call): Promise<boolean> {
    const doing: Doing = { what: 'looking for the project', effect: 'read', secrets: [] };
    try {
      await list(doing, call);
      return true;
    } catch (error) {
      if (error instanceof InfisicalRefusal && error.status === 404) return false;
      throw error;
    }
  }

  async function send(verb: 'create' | 'update', write: SecretWrite, doing: Doing, call: Call): Promise<void> {
    const answer: unknown = await client.request('secrets', doing, call, async (sdk) => {
      const body = {
        projectId,
        environment,
        secretPath,
        secretValue: write.value.reveal(),
        // An absent comment leaves the one before; an empty one removes it.
        ...(write.note === undefined ? {} : { secretComment: plainNote(write.note) ?? '' }),
        type: 'shared' as Parameters<ReturnType<typeof sdk.secrets>['createSecret']>[1]['type'] & string,
      };
      const secrets = sdk.secrets();
      return verb === 'create' ? secrets.createSecret(write.name, body) : secrets.updateSecret(write.name, body);
    });
    const parsed = writeAnswer.safeParse(answer);
    if (!parsed.success) throw errorOf({ kind: 'unusable', status: 200, reason: 'wrong-shape' }, doing);
    if (parsed.data === 'awaits-approval') throw awaitsApproval(doing);
  }

  /** Makes sure that what was acknowledged is what stands there. */
  async function readBack(write: SecretWrite, call: Call): Promise<void> {
    const doing: Doing = { what: `reading ${write.name} back`, effect: 'read', secrets: [write.value] };
    try {
      for (const pause of [...READ_BACK_PAUSES_MILLISECONDS, undefined]) {
        const stored = pick([write.name], await list(doing, call), doing).get(write.name);
        if (stored !== undefined && stored.copies > 1) throw duplicated(write.name, stored.copies);
        if (stored !== undefined && isWritten(write, stored)) return;
        if (pause !== undefined) await clock.sleep(pause, call.signal);
      }
    } catch (error) {
      throw afterAcknowledgement(error, write.name, call.signal, doing);
    }
    throw new RotationError({
      code: 'STORE_CHANGED_ELSEWHERE',
      kind: 'unknown',
      message: `Infisical acknowledged ${write.name}, but something else stands there now.`,
    });
  }

  return {
    description: place.description,
    sharesJournalTransaction: false,
    async read(names, call) {
      for (const name of names) checkName(name);
      return await queued({ what: 'reading', effect: 'read', secrets: [] }, call, () => read(names, call));
    },
    async create(write, call) {
      checkWrite(write);
      await queued(writing('creating', write), call, () => create(write, call));
    },
    async update(write, call) {
      checkWrite(write);
      await queued(writing('updating', write), call, () => update(write, call));
    },
    async now(call) {
      const doing: Doing = { what: 'asking for the time', effect: 'read', secrets: [] };
      return await queued(doing, call, async () => {
        const known = serverTime.now();
        if (known !== undefined) return known;
        try {
          await client.status(call);
        } catch (error) {
          // Any answer tells the time, a refusal too; only no answer at all is a failure.
          if (serverTime.now() === undefined && !(error instanceof InfisicalRefusal)) throw error;
        }
        return serverTime.now();
      });
    },
  };
}

function writing(verb: string, write: SecretWrite): Doing {
  return { what: `${verb} ${write.name}`, effect: 'write', secrets: [write.value] };
}

/** Gathers the named secrets from a list, counting the copies of each. */
function pick(
  names: readonly string[],
  listed: readonly ListedSecret[],
  doing: Doing,
): ReadonlyMap<string, StoredSecret> {
  const found = new Map<string, StoredSecret>();
  for (const name of names) {
    const copies = listed.filter((secret) => secret.secretKey === name);
    const [first] = copies;
    if (first === undefined) continue;
    if (copies.some((copy) => copy.secretValueHidden === true)) throw valueHidden(name);
    if (first.secretValue === undefined) {
      throw errorOf({ kind: 'unusable', status: 200, reason: 'wrong-shape' }, doing);
    }
    const updatedAt = Date.parse(first.updatedAt ?? '');
    found.set(name, {
      value: new Secret(first.secretValue),
      note: plainNote(first.secretComment),
      updatedAt: Number.isNaN(updatedAt) ? undefined : updatedAt,
      copies: copies.length,
    });
  }
  return found;
}

function checkWrite(write: SecretWrite): void {
  checkName(write.name);
  const fault = faultOf(write.value.reveal());
  if (fault === undefined) return;
  throw new RotationError({
    code: 'STORE_REFUSED',
    kind: 'refused',
    message: `The value for ${write.name} ${fault}. Nothing was sent.`,
    action: 'Use a value without blanks around it and without references; a rotation makes such a value.',
  });
}

/** Why Infisical would not give a value back as it is. */
function faultOf(value: string): string | undefined {
  if (value === '' || value.trim() !== value) return 'is empty or has blanks around it, which Infisical takes away';
  if (/\$\{[^}]+\}/.test(value)) return 'looks like a reference, which Infisical replaces when applications read it';
  return Buffer.byteLength(value) > LARGEST_VALUE_BYTES ? 'is larger than Infisical can store' : undefined;
}

function valueHidden(name: string): RotationError {
  return new RotationError({
    code: 'STORE_FORBIDDEN',
    kind: 'configuration',
    message: `Infisical does not show this identity the value of ${name}. Nothing was changed.`,
    action: 'Give the machine identity the permission to read secret values in this environment and path.',
  });
}

function awaitsApproval(doing: Doing): RotationError {
  return new RotationError({
    code: 'STORE_FORBIDDEN',
    kind: 'configuration',
    message: `A change policy of the project holds ${doing.what} back until a person approves it. The stored value was not changed.`,
    action:
      'Close the change request in Infisical without merging it, and exempt this environment and path from the policy or use another one.',
  });
}

/** Reading back failed after a write was acknowledged: the write stands, as far as is known. */
function afterAcknowledgement(error: unknown, name: string, signal: AbortSignal, doing: Doing): RotationError {
  const cause = RotationError.isInstance(error) ? error : notSent(signal, doing);
  if (cause.code === 'STORE_DUPLICATE') return cause;
  return new RotationError({
    code: cause.code,
    kind: 'unknown',
    message: `Infisical acknowledged ${name}, but it could not be read back. ${cause.message}`,
    action: cause.action,
    ...(cause.status === undefined ? {} : { status: cause.status }),
    ...(cause.retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds: cause.retryAfterMilliseconds }),
  });
}
