/** Parts of a request that a check has left nothing of. */
import type { JsonObject } from "@adit/bedrock";
import { expect, test } from "vitest";
import { withoutEmptied } from "./emptied-parts.ts";
import { withTexts } from "./placed-text.ts";
import { requestTexts } from "./request-texts.ts";
import type { RequestType } from "./check.ts";

/** The request with each text that says "gone" emptied. */
function emptied(type: RequestType, body: JsonObject): JsonObject {
  const changed = requestTexts(type, body, "all").flatMap(({ path, text }) =>
    text === "gone" ? [{ path, text: "" }] : [],
  );
  return withoutEmptied(withTexts(body, changed), changed);
}

test("of a message's list they are left out, in the results of tools and the system prompt too", () => {
  const mark = { type: "ephemeral" };
  expect(
    emptied("messages", {
      system: [
        { type: "text", text: "gone" },
        { type: "text", text: "Be kind." },
      ],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "gone", cache_control: mark },
            { type: "text", text: "Hi" },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t",
              content: [
                { type: "text", text: "7" },
                { type: "text", text: "gone" },
              ],
            },
            { type: "text", text: "gone" },
          ],
        },
      ],
    }),
  ).toEqual({
    system: [{ type: "text", text: "Be kind." }],
    messages: [
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "7" }] }],
      },
    ],
  });
  expect(emptied("converse", { messages: [{ role: "user", content: [{ text: "a" }, { text: "gone" }] }] })).toEqual({
    messages: [{ role: "user", content: [{ text: "a" }] }],
  });
});

test("a mark of the cache goes with all that it followed", () => {
  const mark = { cachePoint: { type: "default" } };
  const content = (parts: object[]) => ({ messages: [{ role: "user", content: parts }] }) as JsonObject;
  expect(emptied("converse", content([{ text: "gone" }, mark, { text: "a" }, mark]))).toEqual(
    content([{ text: "a" }, mark]),
  );
  expect(emptied("converse", content([{ text: "a" }, { text: "gone" }, mark]))).toEqual(content([{ text: "a" }, mark]));
  const longer = { cachePoint: { type: "default", ttl: "1h" } };
  expect(emptied("converse", content([{ text: "a" }, longer, { text: "gone" }, mark, { text: "b" }, mark]))).toEqual(
    content([{ text: "a" }, longer, { text: "b" }, mark]),
  );
  expect(emptied("converse", content([{ text: "gone" }, mark]))).toEqual(content([{ text: "" }, mark]));
});

test("what was empty before stays, and data, and whatever nothing else stands beside", () => {
  const toolUse = { toolUseId: "t", name: "f", input: { content: [{ text: "gone" }, { text: "b" }] } };
  expect(
    emptied("converse", {
      messages: [
        { role: "user", content: [{ text: "gone" }] },
        { role: "assistant", content: [{ text: "" }, { toolUse }] },
        { role: "user", content: [{ document: { name: "gone", source: { text: "gone" } } }, { text: "gone" }] },
      ],
    }),
  ).toEqual({
    messages: [
      { role: "user", content: [{ text: "" }] },
      {
        role: "assistant",
        content: [{ text: "" }, { toolUse: { ...toolUse, input: { content: [{ text: "" }, { text: "b" }] } } }],
      },
      { role: "user", content: [{ document: { name: "document", source: { text: "" } } }] },
    ],
  });
});
