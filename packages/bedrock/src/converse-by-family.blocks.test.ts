import { describe, expect, it } from "vitest";
import { nativeConversation } from "./converse-by-family.ts";
import type { ConverseRequest } from "./converse/request.ts";
import { AditError } from "./errors/adit-error.ts";
import { factsOfModel } from "./models/facts-of-model.ts";

/** Blocks in AWS's own shape pass the dialects as they are: Converse would judge them, but InvokeModel never sees them. */
describe("blocks that are none", () => {
  const models = [
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.amazon.nova-lite-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "cohere.command-r-plus-v1:0",
  ];
  const blocks = [
    { citationsContent: { content: "x" } },
    { image: {} },
    { document: { name: "d", format: "pdf" } },
    { toolResult: { toolUseId: "t" } },
    { reasoningContent: null },
    { guardContent: { text: null } },
  ];

  it.each(models)("are the caller's fault, named by their place: %s", (id) => {
    for (const block of blocks) {
      const request = { messages: [{ role: "user", content: [{ text: "q" }, block] }] } as unknown as ConverseRequest;
      const error = thrownBy(() => nativeConversation(request, factsOfModel(id), false));
      // A family that reads no such block may leave it out or refuse it by its kind.
      if (error === undefined) continue;
      expect(error, JSON.stringify(block)).toBeInstanceOf(AditError);
      expect(error, JSON.stringify(block)).toMatchObject({ status: 400 });
    }
  });

  it("says where it stands and what is expected", () => {
    const request = {
      messages: [{ role: "user", content: [{ citationsContent: { content: "x" } }] }],
    } as unknown as ConverseRequest;
    const error = thrownBy(() => nativeConversation(request, factsOfModel(models[0] ?? ""), false));
    expect(error).toMatchObject({ code: "invalid_request", param: "messages[0].content[0].citationsContent.content" });
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
