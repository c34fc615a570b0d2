/** What the tests need of the command line to run it inside their process; built together with the command. */
export { createAssemble } from '../../../src/cli/assemble.js';
export { runCommandLine } from '../../../src/cli/program.js';
