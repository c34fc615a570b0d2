/** The published test kit. */
export * from './auth0-emulator/index.js';
export * from './randomness.js';
export * from './virtual-clock.js';
