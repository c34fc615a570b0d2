/** The version of this package, for `--version`. */
import { createRequire } from 'node:module';

const PACKAGE_NAME = 'auth0-client-secret-rotation';

/** @returns the version in `package.json`, which is one folder up when built and two up when run from source. */
export function packageVersion(): string {
  const require = createRequire(import.meta.url);
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = require(path) as { name?: unknown; version?: unknown };
      if (name === PACKAGE_NAME && typeof version === 'string') return version;
    } catch {
      // Not at this place.
    }
  }
  return 'unknown';
}
