/** Where the pair of secrets is read from. A source is just a function, so that any secret manager's client will do. */
import { SecretSourceError } from './errors.js';

/** The two values an application follows. */
export interface SecretValues {
  /** The secret under the ordinary name. */
  readonly current: string;
  /** The secret under the fallback name. Absent, empty or equal to `current` when there is nothing to fall back to. */
  readonly fallback?: string | null | undefined;
}

/**
 * Reads the pair anew, from where a rotation writes it.
 *
 * @param signal aborts when the time for reading is over.
 */
export type SecretSource = (signal: AbortSignal) => SecretValues | Promise<SecretValues>;

/** Names of environment variables, and where to look them up. */
export interface EnvironmentSourceOptions {
  /** The variable with the current secret. @default 'AUTH0_CLIENT_SECRET' */
  readonly current?: string;
  /** The variable with the fallback. It may be unset. @default the name of `current` and `_FALLBACK` */
  readonly fallback?: string;
  /** The variables themselves. @default process.env, looked up at each read */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * A source that reads two environment variables, each time anew.
 *
 * The environment of a process seldom changes while it runs, so re-reading it does not help by itself: with this
 * source, start or redeploy the application between the announcement of a new secret and its activation.
 *
 * @returns a source. It throws `SecretSourceError` (`unusable`) naming the variable when the current secret is unset.
 */
export function fromEnvironment(options: EnvironmentSourceOptions = {}): SecretSource {
  const current = options.current ?? 'AUTH0_CLIENT_SECRET';
  const fallback = options.fallback ?? `${current}_FALLBACK`;
  return () => {
    const variables = options.environment ?? processEnvironment();
    const value = variables[current];
    if (!value) throw new SecretSourceError('unusable', `The environment variable ${current} is not set.`);
    return { current: value, fallback: variables[fallback] };
  };
}

/** Edge runtimes may have no `process`. */
function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {};
}
