/** Tests run from the sources; the kernel's end-to-end tests start the built bundle in dist/. */
import { defineConfig } from "vitest/config";

const config = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // What is built is loaded as users load it, not transformed.
    server: { deps: { external: [/\/dist\//] } },
  },
});

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default config;
