// Arrows between the rooms point one way: base <- auth0 <- provider <- engine, and so on. Type imports count.
// A rule says from where nothing but a short list may be imported.

/** Modules of Node.js. */
const node = { dependencyTypesNot: ['core'] };

/**
 * A room that may import its own files, Node.js, and what is listed.
 *
 * @param {string} name of the rule
 * @param {string} from the room, a regular expression on paths
 * @param {string[]} allowed what it may import beside itself, regular expressions on paths
 */
const room = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { pathNot: [from, ...allowed], ...node },
});

/**
 * A package that only some rooms may import.
 *
 * @param {string} name of the package, a regular expression
 * @param {string} rooms that may import it
 */
const onlyIn = (name, rooms) => ({
  name: `only-${rooms.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')}-imports-${name.replace(/[^a-z0-9]+/gi, '-').replace(/^-/, '')}`,
  severity: 'error',
  from: { pathNot: `^src/(${rooms})/` },
  to: { path: `node_modules/(${name})/` },
});

const base = '^src/base/';
const zod = 'node_modules/zod/';
const contract = '^src/provider/contract\\.ts$';
/** What belongs to every provider: the contract, proof by probing, the fate of late requests. */
const anyProvider = '^src/provider/[^/]+\\.ts$';
/** The engine's ports and the data they carry, without its behaviour. */
const enginePorts = '^src/engine/(ports|attempt)\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'only-declared-packages',
      comment: 'What src imports at run time must be installed with the package.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'heavy-packages-load-at-first-use',
      comment: 'Importing a room stays cheap: these are imported by "await import()", or for their types.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: 'node_modules/(auth0|@infisical/sdk|jose|undici|yaml|@clack/prompts)/',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    room('base-stands-alone', base, []),
    room('contract-needs-base-and-zod', contract, [base, zod]),
    room('auth0-needs-base', '^src/auth0/', [base, contract, zod, 'node_modules/(auth0|jose)/']),
    room('provider-needs-auth0-and-base', '^src/provider/', [base, '^src/auth0/', zod]),
    room('engine-needs-the-contract-not-a-provider', '^src/engine/', [base, anyProvider, zod]),
    room('stores-need-the-ports', '^src/stores/', [base, enginePorts, zod, 'node_modules/@infisical/sdk/']),
    room('adapters-need-providers', '^src/adapters/', [base, '^src/provider/']),
    room('consumer-stands-alone', '^src/consumer/', []),
    room('testing-needs-contracts', '^src/testing/', [
      base,
      anyProvider,
      enginePorts,
      zod,
      'node_modules/(undici|jose)/',
    ]),
    room('demo-puts-the-rooms-together', '^src/demo/', [
      base,
      '^src/(provider|engine|stores|consumer|testing)/',
      zod,
      'node_modules/@infisical/sdk/',
    ]),
    room('index-offers-the-provider', '^src/index\\.ts$', [base, '^src/provider/', '^src/auth0/(access|probe)\\.ts$']),
    {
      name: 'nothing-needs-the-command-line',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-the-command-line-needs-the-demo',
      severity: 'error',
      from: { pathNot: '^src/(cli|demo)/' },
      to: { path: '^src/demo/' },
    },
    onlyIn('auth0', 'auth0'),
    // The demo's applications read their secrets as anybody's would.
    onlyIn('@infisical/sdk', 'stores|demo'),
    onlyIn('undici', 'cli|testing'),
    onlyIn('commander', 'cli'),
    onlyIn('@clack/prompts', 'cli'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
