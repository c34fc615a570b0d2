import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  createInfisicalRotationFactory,
  type InfisicalAuth0Credentials,
  type InfisicalAuth0Rotation,
  type InfisicalConnectionStore,
  type InfisicalKeyManagement,
  type InfisicalRotationFactory,
} from '../../src/adapters/index.js';
import { RotationError } from '../../src/base/errors.js';
import { APPLICATION_ID, createFakeTenant, type FakeTenantOptions, MANAGEMENT_ID } from '../provider/fake-tenant.js';
import { PREVIOUS, rejection } from '../provider/harness.js';
import { createVirtualClock } from '../provider/virtual-clock.js';

const RETIRED = 'retired-canary-4Nc7Wq1Zk8Ry3Xv6';
const unused = () => {
  throw new Error('An Auth0 rotation has no use for this.');
};
const appConnectionDAL: InfisicalConnectionStore = { findById: unused, update: unused, updateById: unused };
const kmsService: InfisicalKeyManagement = { createCipherPairWithDataKey: unused };

/** All that is there before a rotation has been created. */
const rotation: InfisicalAuth0Rotation = {
  parameters: { clientId: APPLICATION_ID },
  secretsMapping: { clientId: 'AUTH0_CLIENT_ID', clientSecret: 'AUTH0_CLIENT_SECRET' },
  rotationInterval: 30,
  connection: {
    credentials: {
      domain: 'https://acme.eu.auth0.com/',
      clientId: MANAGEMENT_ID,
      clientSecret: 'management-canary-8Zq1vT6nB3xK0wR5',
      audience: 'https://acme.eu.auth0.com/api/v2/',
    },
  },
};

const set = (clientSecret: string): InfisicalAuth0Credentials => ({ clientId: APPLICATION_ID, clientSecret });

function setUp(options: Partial<FakeTenantOptions> = {}) {
  const clock = createVirtualClock();
  const tenant = createFakeTenant({ live: PREVIOUS, ...options, clock });
  const factory = createInfisicalRotationFactory({ clock, access: () => tenant.access, probe: () => tenant.probe });
  const calls: InfisicalAuth0Credentials[] = [];
  const callback = async (made: InfisicalAuth0Credentials) => {
    calls.push(made);
    return { id: 'row' };
  };
  return { tenant, clock, calls, callback, operations: factory(rotation, appConnectionDAL, kmsService) };
}

describe('the shape', () => {
  /** What a registry written in TypeScript asks for, spelled out once more with a row type of its own. */
  interface Row {
    readonly id: string;
  }
  interface FullRotation extends InfisicalAuth0Rotation {
    readonly id: string;
    readonly activeIndex: number;
  }
  type RegistryFactory = (
    secretRotation: FullRotation,
    appConnectionDAL: {
      findById: (id: string) => Promise<Row | undefined>;
      update: (filter: Partial<Row>, data: Partial<Row>) => Promise<Row[]>;
      updateById: (id: string, data: Partial<Row>) => Promise<Row>;
    },
    kmsService: { createCipherPairWithDataKey: (input: { type: string }) => Promise<unknown> },
    gatewayService: { open: () => void },
    gatewayV2Service: { open: () => void },
    gatewayPoolService: { open: () => void },
  ) => {
    issueCredentials: (
      callback: (newCredentials: InfisicalAuth0Credentials) => Promise<Row>,
      temporaryParameters?: undefined,
    ) => Promise<Row>;
    rotateCredentials: (
      credentialsToRevoke: InfisicalAuth0Credentials | undefined,
      callback: (newCredentials: InfisicalAuth0Credentials) => Promise<Row>,
      activeCredentials: InfisicalAuth0Credentials,
    ) => Promise<Row>;
    revokeCredentials: (
      generatedCredentials: InfisicalAuth0Credentials[],
      callback: () => Promise<Row>,
    ) => Promise<Row>;
    getSecretsPayload: (generatedCredentials: InfisicalAuth0Credentials) => { key: string; value: string }[];
    checkActiveCredentials?: (activeCredentials: InfisicalAuth0Credentials) => Promise<void>;
  };

  test("is the registry's", () => {
    expectTypeOf(createInfisicalRotationFactory()).toExtend<RegistryFactory>();
    expectTypeOf<Parameters<InfisicalRotationFactory>['length']>().toEqualTypeOf<3 | 4 | 5 | 6>();
  });

  test('is five verbs', () => {
    const { operations } = setUp();
    expect(Object.keys(operations).sort()).toEqual([
      'checkActiveCredentials',
      'getSecretsPayload',
      'issueCredentials',
      'revokeCredentials',
      'rotateCredentials',
    ]);
  });

  test('asks nothing of the connection as it is stored, and sends nothing before a verb is called', () => {
    const { tenant } = setUp();
    expect(tenant.requests).toEqual([]);
  });
});

describe('issueCredentials', () => {
  test('calls back once with credentials that are live, and answers with what the callback gave', async () => {
    const { operations, tenant, calls, callback } = setUp();
    expect(await operations.issueCredentials(callback)).toEqual({ id: 'row' });
    expect(calls).toEqual([set(tenant.live())]);
    expect(tenant.live()).not.toBe(PREVIOUS);
  });

  test('changes nothing when the application cannot be rotated, and says what to do', async () => {
    const { operations, tenant, calls, callback } = setUp({ application: { signingAlgorithm: 'HS256' } });
    const error = await rejection(operations.issueCredentials(callback));
    expect(error).toMatchObject({ code: 'HS256_NOT_ACCEPTED' });
    expect((error as RotationError).message).toContain((error as RotationError).action);
    expect(tenant.sentValues).toEqual([]);
    expect(calls).toEqual([]);
  });

  test('says that the live secret was not kept when the callback rejects: there is nothing to put back', async () => {
    const { operations, tenant } = setUp();
    const error = await rejection(operations.issueCredentials(() => Promise.reject(new Error('name taken'))));
    expect(RotationError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: 'PUBLISH_FAILED' });
    expect((error as Error).message).not.toContain(tenant.live());
  });
});

describe('rotateCredentials', () => {
  test('calls back once with credentials that are live, the first time too', async () => {
    for (const credentialsToRevoke of [undefined, set(RETIRED)]) {
      const { operations, tenant, calls, callback } = setUp();
      expect(await operations.rotateCredentials(credentialsToRevoke, callback, set(PREVIOUS))).toEqual({ id: 'row' });
      expect(calls).toEqual([set(tenant.live())]);
      expect(tenant.sentValues).toHaveLength(1);
    }
  });

  test('puts the previous secret back, proves it, and passes on the very error of the callback', async () => {
    const { operations, tenant, clock } = setUp();
    const conflict = Object.assign(new Error('name taken'), { name: 'BadRequest' });
    let called = 0;
    const callback = () => {
      called += 1;
      return Promise.reject(conflict);
    };
    expect(await rejection(operations.rotateCredentials(undefined, callback, set(PREVIOUS)))).toBe(conflict);
    expect(conflict.message).toBe('name taken');
    expect(called).toBe(1);
    expect(tenant.live()).toBe(PREVIOUS);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(30_000);
  });

  test('goes through an ambiguous answer with one and the same secret', async () => {
    const { operations, tenant, calls, callback } = setUp({ faults: ['lost-request', 'lost-answer'] });
    await operations.rotateCredentials(undefined, callback, set(PREVIOUS));
    expect(new Set(tenant.sentValues).size).toBe(1);
    expect(calls).toEqual([set(tenant.live())]);
  });
});

describe('revokeCredentials', () => {
  test('destroys the live one of two sets, then calls back once', async () => {
    const { operations, tenant } = setUp();
    const seen: string[] = [];
    const answer = await operations.revokeCredentials([set(RETIRED), set(PREVIOUS)], async () => {
      seen.push(tenant.live());
      return { id: 'row' };
    });
    expect(answer).toEqual({ id: 'row' });
    expect(seen).toHaveLength(1);
    expect(seen).not.toContain(PREVIOUS);
  });

  test('leaves a secret alone that replaced both sets', async () => {
    const { operations, tenant } = setUp({ live: 'newer-canary-8Wd2Kq5' });
    await operations.revokeCredentials([set(RETIRED), set(PREVIOUS)], async () => undefined);
    expect(tenant.requests).toEqual([]);
  });
});

describe('getSecretsPayload and checkActiveCredentials', () => {
  test('lay the credentials out, client id first', () => {
    expect(setUp().operations.getSecretsPayload(set('value'))).toEqual([
      { key: 'AUTH0_CLIENT_ID', value: APPLICATION_ID },
      { key: 'AUTH0_CLIENT_SECRET', value: 'value' },
    ]);
  });

  test('resolve to nothing for a live set and reject for another', async () => {
    const { operations, tenant } = setUp();
    expect(await operations.checkActiveCredentials(set(PREVIOUS))).toBeUndefined();
    const error = await rejection(operations.checkActiveCredentials(set(RETIRED)));
    expect(error).toMatchObject({ code: 'STORED_SECRET_NOT_LIVE' });
    expect((error as Error).message).not.toContain(RETIRED);
    expect(tenant.requests).toEqual([]);
  });
});

describe('the domain', () => {
  test.each([
    ['http://acme.eu.auth0.com', 'ORIGIN_NOT_ALLOWED'],
    ['evil.com\\@acme.eu.auth0.com', 'DOMAIN_INVALID'],
  ])('%s is refused', async (domain, code) => {
    const credentials = { ...rotation.connection.credentials, domain };
    const factory = createInfisicalRotationFactory();
    const operations = factory({ ...rotation, connection: { credentials } }, appConnectionDAL, kmsService);
    expect(await rejection(operations.checkActiveCredentials(set(PREVIOUS)))).toMatchObject({ code });
  });
});
