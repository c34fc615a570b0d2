import { describe, expect, it } from 'vitest';
import type { Auth0Application } from '../../src/auth0/access.js';
import {
  canSeeKeys,
  type JudgementContext,
  judgeApplication,
  missingScopes,
  warnAboutScopes,
} from '../../src/auth0/application.js';

const ORDINARY: Auth0Application = {
  clientId: 'shop',
  name: 'Shop',
  applicationType: 'regular_web',
  tokenEndpointAuthenticationMethod: 'client_secret_post',
  keyAuthenticationMethods: undefined,
  isGlobal: false,
  externalMetadataType: undefined,
  signingAlgorithm: 'RS256',
  secretEncoded: false,
  grantTypes: ['authorization_code'],
};

function judge(application: Partial<Auth0Application>, context: Partial<JudgementContext> = {}) {
  return judgeApplication(
    { ...ORDINARY, ...application },
    { managementClientId: 'management', consent: {}, canSeeKeys: false, ...context },
  );
}

function warningsOf(verdict: ReturnType<typeof judge>): string[] | undefined {
  return verdict.verdict === 'rotatable' ? verdict.warnings.map(({ code }) => code) : undefined;
}

describe('an application', () => {
  it.each(['client_secret_post', 'client_secret_basic'])('with %s can be rotated', (method) => {
    const verdict = judge({ tokenEndpointAuthenticationMethod: method });
    expect(verdict).toEqual({ verdict: 'rotatable', warnings: [], authenticationUnclear: false });
  });

  it.each<[string, Partial<Auth0Application>]>([
    ['APPLICATION_PUBLIC', { tokenEndpointAuthenticationMethod: 'none' }],
    ['APPLICATION_USES_KEYS', { keyAuthenticationMethods: ['private_key_jwt'] }],
    ['APPLICATION_USES_KEYS', { keyAuthenticationMethods: ['self_signed_tls_client_auth'] }],
    ['APPLICATION_GLOBAL', { isGlobal: true }],
    ['APPLICATION_CIMD', { externalMetadataType: 'cimd' }],
    ['APPLICATION_IS_MANAGEMENT_CLIENT', { clientId: 'management' }],
    ['HS256_NOT_ACCEPTED', { signingAlgorithm: 'HS256' }],
  ])('is refused: %s %j', (code, application) => {
    const verdict = judge(application);
    if (verdict.verdict !== 'refused') throw new Error('It was not refused.');
    expect(verdict.refusal).toMatchObject({ code, kind: 'refused' });
    expect(verdict.refusal.message).toContain('Shop');
  });

  it('that signs with its secret can be rotated once that is accepted, with a warning', () => {
    expect(warningsOf(judge({ signingAlgorithm: 'HS256' }, { consent: { acceptHs256: true } }))).toEqual(['HS256']);
  });

  it('that is the management client can be rotated where the connection can follow', () => {
    const context = { consent: { connectionCanFollow: true } };
    expect(warningsOf(judge({ clientId: 'management' }, context))).toEqual([]);
  });

  it('no consent makes a public, global, CIMD or key-based application rotatable', () => {
    const consent = { acceptHs256: true, connectionCanFollow: true };
    for (const application of [
      { tokenEndpointAuthenticationMethod: 'none' },
      { isGlobal: true },
      { externalMetadataType: 'cimd' },
      { keyAuthenticationMethods: ['private_key_jwt'] },
    ]) {
      expect(judge(application, { consent }).verdict).toBe('refused');
    }
  });

  it('that decodes its secret is warned about', () => {
    expect(warningsOf(judge({ secretEncoded: true }))).toEqual(['SECRET_ENCODED']);
  });

  it.each([
    [undefined, undefined, false, true],
    [undefined, [], true, false],
    ['client_secret_basic', undefined, false, false],
    ['something_new', undefined, false, true],
  ])('with method %j and keys %j is unclear: %j %j', (method, keys, visible, unclear) => {
    const application = { tokenEndpointAuthenticationMethod: method, keyAuthenticationMethods: keys };
    expect(judge(application, { canSeeKeys: visible })).toMatchObject({ authenticationUnclear: unclear });
  });
});

describe('scopes', () => {
  it.each([
    [['read:clients', 'update:client_keys'], []],
    [['read:clients', 'update:clients'], ['update:client_keys']],
    [[], ['read:clients', 'update:client_keys']],
  ])('of %j lack %j', (scopes, missing) => {
    expect(missingScopes(new Set(scopes))).toEqual(missing);
  });

  it('that show keys are known', () => {
    expect(canSeeKeys(new Set(['read:clients', 'update:client_keys']))).toBe(false);
    expect(canSeeKeys(new Set(['read:client_keys']))).toBe(true);
    expect(canSeeKeys(new Set(['read:client_credentials']))).toBe(true);
  });

  it('beyond the needed two are warned about, in few words', () => {
    expect(warnAboutScopes(new Set(['read:clients', 'update:client_keys']))).toEqual([]);
    const wide = Array.from(
      { length: 90 },
      (_, index) => `read:thing_${String.fromCharCode(97 + (index % 26))}${'x'.repeat(index)}`,
    );
    const [warning] = warnAboutScopes(new Set(['read:clients', ...wide]));
    expect(warning?.code).toBe('SCOPES_WIDER_THAN_NEEDED');
    expect(warning?.message).toContain('and 85 more');
    expect(warning?.message.length).toBeLessThan(600);
  });
});
