/** The published test kit. */
export * from './randomness.js';
export * from './virtual-clock.js';
