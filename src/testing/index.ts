/** The published test kit. */
export * from './auth0-emulator/index.js';
export type { ContractCase, ContractRunner, Disposable } from './contracts/contract.js';
export { ContractBroken } from './contracts/contract.js';
export * from './contracts/journal.js';
export * from './contracts/secret-store.js';
export * from './infisical-stand-in/index.js';
export * from './randomness.js';
export * from './virtual-clock.js';
