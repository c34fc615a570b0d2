/** Secrets in Infisical, over the official SDK with a guarded transport. */
export { createInfisicalStore } from './infisical-store.js';
export type { InfisicalIdentity, InfisicalStoreOptions } from './options.js';
