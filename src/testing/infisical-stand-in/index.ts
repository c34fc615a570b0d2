/** A stand-in for Infisical, for tests and demonstrations. Never a place for real secrets. */
export type { SecretKey, StandInPlace, StandInSecret } from './contents.js';
export type { FaultMoment, FaultOrder, StandInFault } from './faults.js';
export {
  ALL_PERMISSIONS,
  type InfisicalStandInOptions,
  type StandInIdentity,
  type StandInOperation,
  type StandInPermission,
  type StandInProject,
  type StandInStep,
} from './options.js';
export {
  type InfisicalStandIn,
  type PartialPlace,
  type StandInDescription,
  type StandInRequest,
  type StandInTruth,
  startInfisicalStandIn,
} from './stand-in.js';
