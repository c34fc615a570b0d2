/** The redacting type, and what errors and durations promise. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/base/duration.js';
import { ERROR_CATALOGUE } from '../../src/base/error-catalogue.js';
import { asRotationError, RotationError } from '../../src/base/errors.js';
import { Secret, scrub } from '../../src/base/secret.js';

const VALUE = 'Kq3"vT8+zW/p=4nXcanary';
const secret = new Secret(VALUE);

describe('Secret', () => {
  it('shows nothing, however it is printed', () => {
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret, { showHidden: true, depth: 20 }),
      inspect({ deep: [secret] }, { showHidden: true, depth: 20 }),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone({ ...secret })),
      `${secret}`,
    ];
    for (const text of shown) expect(text).not.toContain('canary');
  });

  it('compares by value and names a value without telling it', () => {
    expect(secret.equals(new Secret(VALUE))).toBe(true);
    expect(secret.equals(new Secret(`${VALUE}x`))).toBe(false);
    expect(secret.fingerprint()).toMatch(/^[0-9a-f]{8}$/);
    expect(secret.fingerprint()).not.toBe(new Secret('other').fingerprint());
    expect(secret.reveal()).toBe(VALUE);
  });
});

describe('scrub', () => {
  it('removes a secret in every form it may be echoed in', () => {
    const echo = [VALUE, encodeURIComponent(VALUE), JSON.stringify({ VALUE }), Buffer.from(VALUE).toString('base64')];
    const clean = scrub(echo.join(' | '), [secret]);
    for (const form of echo) expect(clean).not.toContain(form);
    expect(clean).not.toContain('canary');
  });

  it('removes every piece of twelve characters or more, in every form', () => {
    const text = (least: number) => fc.string({ minLength: least, maxLength: 60 });
    fc.assert(
      fc.property(text(12), fc.nat(60), fc.nat(60), text(0), text(0), (value, from, length, before, after) => {
        for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64')]) {
          const piece = form.slice(from % (form.length - 11)).slice(0, 12 + length);
          const clean = scrub(`${before}${piece}${after}`, [new Secret(value)]);
          for (let start = 0; start + 12 <= form.length; start += 1) {
            expect(clean.split('[secret]').some((part) => part.includes(form.slice(start, start + 12)))).toBe(false);
          }
        }
      }),
    );
    expect(scrub(`Invalid value "${VALUE.slice(0, 16)}…" for`, [secret])).toBe('Invalid value "[secret]…" for');
  });

  it('leaves other text alone', () => {
    expect(scrub('nothing to see', [secret, new Secret('')])).toBe('nothing to see');
  });
});

describe('RotationError', () => {
  it('takes its action from the catalogue and is known across copies of the package', () => {
    const error = new RotationError({ code: 'UNDECIDED', kind: 'unknown', message: 'What happened.' });
    expect(error.action).toBe(ERROR_CATALOGUE.UNDECIDED);
    expect(RotationError.isInstance(error)).toBe(true);
    expect(RotationError.isInstance(new Error('other'))).toBe(false);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'UNDECIDED',
      kind: 'unknown',
      message: 'What happened.',
      action: ERROR_CATALOGUE.UNDECIDED,
    });
  });

  it('keeps the message of a foreign error to itself', () => {
    const error = asRotationError(new TypeError(`it echoes ${VALUE}`));
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
    expect(error).toMatchObject({ code: 'DEFECT', kind: 'defect' });
  });
});

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['30s', 30_000],
    ['5m', 300_000],
    ['3d', 259_200_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '5', '-5s', '5 s', '5w', 's', '1.5h', '5S', 'Infinity', '9999999999s'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('writes what a person can read', () => {
    expect([0, 850, 1_000, 125_000, 259_200_000, 90_061_000].map(formatDuration)).toEqual([
      '0 ms',
      '850 ms',
      '1 s',
      '2 min 5 s',
      '3 d',
      '1 d 1 h',
    ]);
    fc.assert(fc.property(fc.nat(), (milliseconds) => formatDuration(milliseconds).length > 0));
  });
});
