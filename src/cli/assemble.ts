/**
 * The composition root: puts provider, store and engine together for one rotation. Everything heavy is loaded here, on
 * first use, and after the network has been prepared.
 */
import type { OneShotOptions } from '../engine/one-shot-types.js';
import type { Auth0ClientSecretProvider } from '../provider/auth0-client-secret/index.js';
import { confirmAtTerminal } from './confirm.js';
import { namedErrors, namedResult } from './error-names.js';
import type { Assemble, RotationRun, RunContext, Services } from './host.js';
import { followProxySettings } from './network.js';
import type { RotationSettings } from './settings.js';

/**
 * Makes the function that puts rotations together. Rotations that trust the same origins share one provider, and with
 * it the management token and the pacing of their tenant.
 */
export function createAssemble(): Assemble {
  const providers = new Map<string, Auth0ClientSecretProvider>();
  return (settings, context) =>
    namedErrors(settings, async () => {
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
        plan: () => namedErrors(settings, () => engine.planOneShot(options)),
        rotate: async (plan) => namedResult(settings, await engine.rotateOneShot(options, plan)),
        recover: async () => namedResult(settings, await engine.recoverOneShot(options)),
        check: async () => namedResult(settings, await engine.checkOneShot(options)),
      } satisfies RotationRun;
    });
}

/** The real parts behind the command line. */
export const SERVICES: Services = {
  assemble: createAssemble(),
  startEmulator: async (options) => (await import('../testing/auth0-emulator/index.js')).startAuth0Emulator(options),
  runDemo: async (options) => (await import('../demo/run-demo.js')).runDemo(options),
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
