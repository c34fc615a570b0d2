// Builds one ES module per public entry point, and the command line.
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    engine: 'src/engine/index.ts',
    stores: 'src/stores/index.ts',
    adapters: 'src/adapters/index.ts',
    consumer: 'src/consumer/index.ts',
    testing: 'src/testing/index.ts',
    cli: 'src/cli/main.ts',
  },
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  splitting: true,
  clean: true,
  dts: true,
  sourcemap: false,
});
