/** Chance as a port: real for the emulator that people run, seeded for tests that must repeat. */
import { randomBytes } from 'node:crypto';

/** Where chance comes from. */
export interface Randomness {
  /** A number from 0 up to, but not including, 1. */
  fraction(): number;
  /** That many bytes. */
  bytes(count: number): Uint8Array;
}

/** The randomness of this machine, fit for secrets. */
export const systemRandomness: Randomness = {
  fraction: () => Math.random(),
  bytes: (count) => randomBytes(count),
};

/**
 * Randomness that repeats: the same seed gives the same run. For tests and simulations only, never for a secret that
 * protects something.
 *
 * @param seed any integer.
 * @returns a generator (SplitMix32, whose whole state is one 32-bit number).
 */
export function seededRandomness(seed: number): Randomness {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return {
    fraction: () => next() / 2 ** 32,
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
  };
}
