import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { SlowestFirst } from "./tests/support/slowest-first.ts";

/** Leads to this checkout's own packages as they stand, not as they were built. Its name is Adit's alone: others publish a `source`, too. */
const ownSources = ["@adit/source"];

/**
 * What a process has but once: its clock, prototypes, memory, a key put for all of it. A file that changes or measures one of them gets a
 * process of its own. Who sets variables or listens for a while does not: whether it takes them back is looked at.
 */
const ofTheProcess =
  /\bvi\.(?:useFakeTimers|setSystemTime|stubGlobal|spyOn|mock)\b|moved-clock|\b(?:putKey|runHere)\b|\bprocess\.(?:env\S* = |chdir|umask|memoryUsage|cpuUsage)/;

/** The rest share one process for each worker: what they import is loaded once for all of them. */
const files = ["packages", "tests"]
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
  .filter((name) => name.endsWith(".test.ts") && !name.includes("node_modules"));
const alone = files.filter((name) => ofTheProcess.test(readFileSync(name, "utf8")));

const include = ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts"];

export default defineConfig({
  resolve: { conditions: ownSources },
  ssr: { resolve: { conditions: ownSources, externalConditions: ownSources } },
  test: {
    // A third of their time tests wait: for databases, browsers, other processes and the clock. More workers took as long.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // No measure of speed: only what hangs comes near them, on a machine that is busy with something else too.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: "tests/support/place-of-the-run.ts",
    sequence: { sequencer: SlowestFirst },
    projects: [
      { extends: true, test: { name: "alone", include: alone, isolate: true } },
      {
        extends: true,
        test: {
          name: "shared",
          include,
          exclude: [...configDefaults.exclude, ...alone],
          isolate: false,
          setupFiles: ["tests/support/leaves-no-trace.ts"],
        },
      },
    ],
  },
});
