/** What a person or a script needs to use a running emulator. */
import type { EmulatedTenant } from './tenant-contract.js';

/** The one JSON line that tells an emulator is ready. It holds made-up credentials in plain text, by design. */
export interface EmulatorDescription {
  readonly origin: string;
  readonly domain: string;
  readonly managementClientId: string;
  /** Empty when the management client signs with a key. */
  readonly managementClientSecret: string;
  /** Those that have a client secret, the ones to rotate first; not the management client. */
  readonly applications: readonly {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly name: string;
  }[];
}

/** Describes a tenant as it is at this moment. */
export function describeTenant(tenant: EmulatedTenant): EmulatorDescription {
  return {
    origin: tenant.origin,
    domain: tenant.domain,
    managementClientId: tenant.managementClientId,
    managementClientSecret: tenant.secretOf(tenant.managementClientId)?.reveal() ?? '',
    applications: tenant
      .applications()
      .filter(({ clientId }) => clientId !== tenant.managementClientId)
      .flatMap(({ clientId, clientSecret, fields }) =>
        clientSecret === undefined ? [] : [{ clientId, clientSecret: clientSecret.reveal(), name: fields.name }],
      ),
  };
}
