import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseApplicationId } from '../../src/auth0/application-id.js';

describe('a client id', () => {
  it('is taken as the dashboard shows it', () => {
    expect(parseApplicationId('aBc_-019')).toBe('aBc_-019');
  });

  it.each(['', '.', '..', '../x', 'a/b', 'a%2fb', 'a b', 'a\n', 'é', 'a'.repeat(129), 'tpc_https://x'])(
    '%j is refused without being repeated',
    (text) => {
      expect(() => parseApplicationId(text)).toThrow(
        expect.objectContaining({ code: 'APPLICATION_ID_INVALID', kind: 'refused', field: 'clientId' }),
      );
    },
  );

  it('is one segment of a path, whatever it is', () => {
    const anyText = fc.array(fc.constantFrom('a', 'Z', '9', '_', '-', '.', '/', '%', '\\', '?', '#', ' ', '\n', 'é'));
    fc.assert(
      fc.property(anyText, (parts) => {
        const text = parts.join('');
        let id: string;
        try {
          id = parseApplicationId(text);
        } catch {
          return;
        }
        expect(new URL(`https://acme.eu.auth0.com/api/v2/clients/${id}`).pathname).toBe(`/api/v2/clients/${text}`);
      }),
    );
  });
});
