/** The provider in the shapes other platforms expect. */
export { createInfisicalRotationFactory, type InfisicalRotationFactoryOptions } from './infisical-factory.js';
export type {
  InfisicalAuth0Connection,
  InfisicalAuth0Credentials,
  InfisicalAuth0Rotation,
  InfisicalConnectionStore,
  InfisicalKeyManagement,
  InfisicalRotationFactory,
  InfisicalRotationOperations,
  InfisicalSecretPayload,
} from './infisical-types.js';
