/** Tests run from the sources; the kernel's end-to-end tests start the built bundle in dist/. */
import { defineConfig } from "vitest/config";

/** Python's test suite waits 0.1 s for a message: a machine busy with other tests takes longer now and then. */
const alone = ["test/kernel/conformance.test.ts"];
const all = ["test/**/*.test.ts"];

const config = defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // What is built is loaded as users load it, not transformed.
    server: { deps: { external: [/\/dist\//] } },
    projects: [
      { extends: true, test: { name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: { name: "together", include: all, exclude: alone, sequence: { groupOrder: 2 } },
      },
    ],
  },
});

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default config;
