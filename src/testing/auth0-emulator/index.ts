/** The Auth0 tenant emulator. */
export type { Answer, Delivery } from './answer.js';
export type { ApplicationSeed, ClientFields, ClientGrant, EmulatedApplication } from './application.js';
export type { RateLimits } from './decide.js';
export { DEFAULT_API, defaultApplications } from './default-applications.js';
export { describeTenant, type EmulatorDescription } from './description.js';
export { type BrokenBody, FAULT_CATALOGUE, type Fault, type FaultAnswer, type FaultEffect, faults } from './fault.js';
export type { FaultTarget, InjectedFault } from './fault-injection.js';
export type { StrayRequest } from './in-process-fetch.js';
export type { EmulatedApi, OpenQuestions } from './operation.js';
export type { RateLimit } from './rate-limit.js';
export type { LoggedRequest, OperationCounters, RequestFacts, RequestListener } from './request-facts.js';
export type { Operation } from './route.js';
export { type Auth0Emulator, type Auth0EmulatorOptions, startAuth0Emulator } from './server.js';
export { createAuth0Tenant } from './tenant.js';
export type { Auth0TenantOptions, EmulatedTenant, ManagementClientSeed } from './tenant-contract.js';
export type { TenantRequest } from './tenant-request.js';
export type { SecretChange } from './tenant-state.js';
