/** What the demo plays on: an emulated Auth0 tenant and a stand-in for Infisical, two real servers on loopback. */
import { Secret } from '../base/secret.js';
import { type Auth0Emulator, startAuth0Emulator } from '../testing/auth0-emulator/index.js';
import { type InfisicalStandIn, startInfisicalStandIn } from '../testing/infisical-stand-in/index.js';
import { NODES, switchAfter } from './pace.js';

export interface Stage {
  readonly auth0: Auth0Emulator;
  readonly infisical: InfisicalStandIn;
  /** The application that is rotated, with the secret it has at first. */
  readonly application: { readonly clientId: string; readonly name: string; readonly clientSecret: Secret };
  /** Stops both servers and ends their connections. */
  close(): Promise<void>;
}

/**
 * Starts both servers, each on a free port of 127.0.0.1.
 *
 * @param windowMilliseconds how long the nodes of the tenant disagree after a change.
 * @returns when both take requests. Nothing is left running when one of them cannot start.
 */
export async function openStage(windowMilliseconds: number): Promise<Stage> {
  const auth0 = await startAuth0Emulator({
    nodes: NODES,
    propagationMilliseconds: windowMilliseconds,
    switchAfter: ({ node }) => switchAfter(node, windowMilliseconds),
    pickNode: 'random', // A balancer; in turns, a caller could fall into step with the nodes.
  });
  try {
    const infisical = await startInfisicalStandIn();
    const [application] = auth0.describe().applications;
    if (application === undefined) throw new TypeError('The emulated tenant has no application.');
    return {
      auth0,
      infisical,
      application: { ...application, clientSecret: new Secret(application.clientSecret) },
      close: async () => {
        await Promise.all([auth0.close(), infisical.close()]);
      },
    };
  } catch (thrown) {
    await auth0.close();
    throw thrown;
  }
}
