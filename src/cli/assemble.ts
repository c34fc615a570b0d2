/**
 * The composition root: puts provider, store and engine together for one rotation. Everything heavy is loaded here, on
 * first use, and after the network has been prepared.
 */
import { RotationError } from '../base/errors.js';
import type { OneShotOptions } from '../engine/one-shot-types.js';
import type { Auth0ClientSecretProvider } from '../provider/auth0-client-secret/index.js';
import { confirmAtTerminal } from './confirm.js';
import type { Assemble, RotationRun, RunContext, Services } from './host.js';
import { followProxySettings } from './network.js';
import type { SettingKey } from './setting-table.js';
import type { RotationSettings } from './settings.js';

/** What the rooms below call a setting, and what it is called on the command line. */
const SETTING_OF_FIELD: Readonly<Record<string, SettingKey>> = {
  domain: 'auth0Domain',
  audience: 'auth0Audience',
  allowedOrigins: 'allowAuth0Origin',
  clientId: 'application',
  'parameters.clientId': 'application',
  siteUrl: 'infisicalSiteUrl',
  projectId: 'projectId',
  environment: 'environment',
  secretPath: 'secretPath',
};

/**
 * Makes the function that puts rotations together. Rotations that trust the same origins share one provider, and with
 * it the management token and the pacing of their tenant.
 */
export function createAssemble(): Assemble {
  const providers = new Map<string, Auth0ClientSecretProvider>();
  return (settings, context) =>
    namingSettings(settings, async () => {
      const [{ createAuth0ClientSecretProvider }, { createInfisicalStore }, engine, { parseTenant }] =
        await Promise.all([
          import('../provider/auth0-client-secret/index.js'),
          import('../stores/infisical/index.js'),
          import('../engine/one-shot.js'),
          import('../auth0/tenant.js'),
        ]);
      const { domain, audience, allowedOrigins, credentials } = settings.auth0;
      parseTenant({ domain, audience, allowedOrigins }); // Refused now, before any rotation of this run is planned.

      const trust = JSON.stringify(allowedOrigins);
      const provider =
        providers.get(trust) ?? createAuth0ClientSecretProvider({ allowedOrigins, clock: context.clock });
      providers.set(trust, provider);
      const steps = provider.open({
        connection: { domain, audience, credentials },
        parameters: { clientId: settings.application },
      });
      const store = createInfisicalStore({ ...settings.infisical, clock: context.clock });
      const options = optionsOf(settings, context, steps, store);
      return {
        plan: () => namingSettings(settings, () => engine.planOneShot(options)),
        rotate: (plan) => engine.rotateOneShot(options, plan),
        recover: () => engine.recoverOneShot(options),
        check: () => engine.checkOneShot(options),
      } satisfies RotationRun;
    });
}

/** The real parts behind the command line. */
export const SERVICES: Services = {
  assemble: createAssemble(),
  startEmulator: async (options) => (await import('../testing/auth0-emulator/index.js')).startAuth0Emulator(options),
  prepareNetwork: followProxySettings,
  confirm: confirmAtTerminal,
};

function optionsOf(
  settings: RotationSettings,
  context: RunContext,
  steps: OneShotOptions['steps'],
  store: OneShotOptions['store'],
): OneShotOptions {
  return {
    steps,
    store,
    names: settings.names,
    announces: settings.announces,
    overlapMilliseconds: settings.overlapMilliseconds,
    settleMilliseconds: settings.settleMilliseconds,
    waitMilliseconds: settings.waitMilliseconds,
    overwrite: settings.overwrite,
    ...(settings.adopt === undefined ? {} : { adopt: settings.adopt }),
    compromised: settings.compromised,
    consent: { acceptHs256: settings.acceptHs256, connectionCanFollow: false },
    clock: context.clock,
    observer: context.observer,
    signal: context.signal,
  };
}

/** Lets errors from below name the flag, variable or place in the config file that the person gave. */
async function namingSettings<T>(settings: RotationSettings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!RotationError.isInstance(thrown)) throw thrown;
    const key = thrown.field === undefined ? undefined : SETTING_OF_FIELD[thrown.field];
    if (key === undefined) throw thrown;
    const field = settings.fieldOf(key);
    const { code, kind, message, action, status, retryAfterMilliseconds } = thrown;
    throw new RotationError({
      code,
      kind,
      message: `${field}: ${message}`,
      action,
      field,
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
    });
  }
}
