import { defineConfig } from "vitest/config";

/** Leads to this checkout's own packages as they stand, not as they were built. Its name is Adit's alone: others publish a `source`, too. */
const ownSources = ["@adit/source"];

export default defineConfig({
  resolve: { conditions: ownSources },
  ssr: { resolve: { conditions: ownSources, externalConditions: ownSources } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts"],
    // Vitest leaves a core free, which is half of a machine with two.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
