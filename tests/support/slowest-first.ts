/** In which order the files run: the slowest first, so that all workers end together. `--sequence.seed=N` shuffles them instead. */
import { createHash } from "node:crypto";
import { BaseSequencer, type TestSpecification } from "vitest/node";

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { seed } = this.ctx.config.sequence;
    const place = (file: TestSpecification): string =>
      createHash("sha256")
        .update(`${String(seed)} ${file.moduleId}`)
        .digest("hex");
    const sorted =
      seed === undefined ? await super.sort(files) : files.toSorted((a, b) => place(a).localeCompare(place(b)));
    // A process is not shared beyond a file of the other project.
    return sorted.toSorted((a, b) => a.project.name.localeCompare(b.project.name));
  }
}
