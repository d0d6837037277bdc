/** In which order the files run: the slowest first, so that all workers end together. `--sequence.seed=N` shuffles them instead. */
import { createHash } from "node:crypto";
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes ten seconds or more where nothing is known of an earlier run; the rest fills what they leave. */
const slow = [
  "tests/limits/never-overspent.test.ts",
  "tests/pains/d-store-faults.test.ts",
  "tests/attacks/doors.test.ts",
  "tests/limits/retries-are-reserved.test.ts",
  "tests/cli/store.test.ts",
  "tests/dashboard/stories.test.ts",
  "packages/gateway/src/access/sign-in.test.ts",
  "tests/control/every-route-every-role.test.ts",
  "tests/cli/adit.test.ts",
  "tests/limits/left-streams.test.ts",
  "tests/attacks/odd-bodies.test.ts",
  "tests/dashboard/every-page.test.ts",
  "tests/attacks/canaries-at-doors.test.ts",
  "tests/docs/code-blocks.test.ts",
  "tests/killed-gateway.test.ts",
  "tests/library/tarballs.test.ts",
  "tests/seeds/dashboard.test.ts",
  "tests/cli/person.test.ts",
  "tests/dashboard/logs.test.ts",
  "tests/dashboard/states.test.ts",
  "packages/gateway/src/limits/no-overspend.test.ts",
  "tests/dashboard/attacks.test.ts",
  "packages/bedrock/src/wire/event-stream/event-stream.test.ts",
  "tests/attacks/control-api.test.ts",
  "tests/limits/steady-state.test.ts",
  "tests/pains/d-callers.test.ts",
  "packages/gateway/src/ledger/intake/taker-thread.test.ts",
  "tests/limits/broken-off-calls.test.ts",
  "tests/control/explain.test.ts",
  "packages/gateway/src/vault/virtual-keys.test.ts",
  "tests/killed-after-storing.test.ts",
  "tests/attacks/slow-patterns.test.ts",
  "tests/attacks/trusted-proxies.test.ts",
  "tests/cli/apply.test.ts",
  "tests/attacks/hostile-upstream.test.ts",
  "tests/guardrails/guardrail-costs.test.ts",
  "tests/attacks/canaries-stored.test.ts",
  "tests/translation-is-accepted.test.ts",
];

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root, sequence } = this.ctx.config;
    const { seed } = sequence;
    const hashOf = (file: TestSpecification): string =>
      createHash("sha256")
        .update(`${String(seed)} ${file.moduleId}`)
        .digest("hex");
    const rankOf = (file: TestSpecification): number => {
      const place = slow.indexOf(relative(root, file.moduleId));
      return place === -1 ? slow.length : place;
    };
    const sorted =
      seed === undefined
        ? (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b))
        : files.toSorted((a, b) => hashOf(a).localeCompare(hashOf(b)));
    // A process is not shared beyond a file of the other project.
    return sorted.toSorted((a, b) => a.project.name.localeCompare(b.project.name));
  }
}
