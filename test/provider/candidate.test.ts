import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { isCandidate, makeCandidate } from '../../src/provider/auth0-client-secret/candidate.js';

const SHOP = 'Vn4Wq8bT2kXs6LrYpD0cGm7uJh1eZa5f';
const OTHER = 'Kp9Zx3cV7bN1mQ5wE8rT2yU6iO0aS4dF';

describe('candidates', () => {
  test('are 70 characters that need no escaping anywhere', () => {
    for (let round = 0; round < 200; round += 1) {
      expect(makeCandidate(SHOP, randomBytes).reveal()).toMatch(/^[A-Za-z0-9_-]{70}$/);
    }
  });

  test('carry 48 bytes of the source they are given', () => {
    const sizes: number[] = [];
    const candidate = makeCandidate(SHOP, (size) => {
      sizes.push(size);
      return Buffer.alloc(size, 0xab);
    });
    expect(sizes).toEqual([48]);
    expect(candidate.reveal().slice(0, 64)).toBe(Buffer.alloc(48, 0xab).toString('base64url'));
  });

  test('differ from each other', () => {
    const made = Array.from({ length: 100 }, () => makeCandidate(SHOP, randomBytes).reveal());
    expect(new Set(made).size).toBe(100);
  });

  test('are recognised by their application alone', () => {
    const candidate = makeCandidate(SHOP, randomBytes);
    expect(isCandidate(SHOP, candidate)).toBe(true);
    expect(isCandidate(OTHER, candidate)).toBe(false);
  });

  test('are not recognised with any character changed', () => {
    const text = makeCandidate(SHOP, randomBytes).reveal();
    for (let index = 0; index < text.length; index += 1) {
      const changed = text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1);
      expect(isCandidate(SHOP, new Secret(changed))).toBe(false);
    }
  });

  test('are not anything else that may stand in a store', () => {
    const text = makeCandidate(SHOP, randomBytes).reveal();
    for (const foreign of [
      '',
      'x',
      text.slice(1),
      `${text}A`,
      `${text}\n`,
      ` ${text}`,
      randomBytes(52).toString('hex'),
    ]) {
      expect(isCandidate(SHOP, new Secret(foreign))).toBe(false);
    }
    expect(isCandidate(SHOP, new Secret(randomBytes(53).toString('base64url').slice(0, 70)))).toBe(false);
  });

  test('keep their checksum from one version to the next', () => {
    // A changed label would disown every candidate that waits in a store.
    const candidate = makeCandidate(SHOP, (size) => Buffer.alloc(size, 7));
    expect(candidate.reveal().slice(64)).toMatchInlineSnapshot(`"QuokPO"`);
  });
});
