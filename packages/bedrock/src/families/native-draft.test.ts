import { describe, expect, it } from "vitest";
import { NativeDraft } from "./native-draft.ts";

describe("what a family's format leaves out", () => {
  it("is named once each, also where a long conversation has it in every turn", () => {
    const draft = new NativeDraft("Titan Text");
    const paths = Array.from({ length: 200_000 }, (_, turn) => `messages[${turn}].content[0].reasoningContent`);
    for (const path of [...paths, ...paths]) draft.drop(path);
    expect(draft.dropped).toEqual(paths);
  });
});
