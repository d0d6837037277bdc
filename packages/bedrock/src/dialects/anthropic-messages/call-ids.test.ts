import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { translateMessages } from "./testing/translate.ts";
import { ownCallId, shownCallId } from "./call-ids.ts";

const any = { toolIds: "any" } as const;

describe("ids of calls at Anthropic's door", () => {
  it("are in Anthropic's letters, and lead back to the model's own", () => {
    expect(shownCallId("functions.get_temperature:0")).toBe("id-functions-dget_temperature-c0");
    const id = fc.stringMatching(/^[a-zA-Z0-9_.:-]{1,64}$/);
    fc.assert(
      fc.property(id, (own) => {
        const shown = shownCallId(own);
        expect(shown).toMatch(/^[a-zA-Z0-9_-]+$/);
        expect(shown === own || ownCallId(shown, any) === own).toBe(true);
      }),
    );
  });

  it("that fit stay as they are, both ways", () => {
    for (const id of [
      "toolu_bdrk_01UKekiAlMT9CZPCBZK9frgE",
      "tooluse_Mj06ft-ITJik1Otgpkc1uA",
      "call-d1-c2",
      "id-1--2",
    ]) {
      expect([shownCallId(id), ownCallId(id, any)]).toEqual([id, id]);
    }
  });

  it("of any length are read", () => {
    const long = "a".repeat(20_000_000);
    expect(ownCallId(`id-${long}-d`, any)).toBe(`${long}.`);
    expect(ownCallId(`id-${long}-x`, any)).toBe(`id-${long}-x`);
  });

  it("go back to the model that gave them as its own, and to Claude as they are", () => {
    const id = "id-functions-dget_temperature-c0";
    const messages = [
      { role: "user", content: "How warm is it?" },
      { role: "assistant", content: [{ type: "tool_use", id, name: "get_temperature", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "18" }] },
    ];
    for (const [model, sent] of [
      ["moonshot.kimi-k2-thinking", "functions.get_temperature:0"],
      ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", id],
    ] as const) {
      const { request, dropped } = translateMessages({ messages }, { model });
      expect(request.messages?.[1]?.content[0]?.toolUse?.toolUseId).toBe(sent);
      expect(request.messages?.[2]?.content[0]?.toolResult?.toolUseId).toBe(sent);
      expect(dropped).toEqual(["tools"]);
    }
  });
});
