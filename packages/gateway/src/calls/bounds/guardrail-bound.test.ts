/** What is reserved for checks is never less than what they are shown. */
import type { JsonObject } from "@adit/bedrock";
import { expect, test } from "vitest";
import { requestTexts } from "../../guardrails/request-texts.ts";
import { askedSize } from "./guardrail-bound.ts";

test.each<[string, "chatComplete" | "createModelResponse" | "converse", JsonObject]>([
  [
    "arguments that are written as a text",
    "chatComplete",
    {
      messages: [
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          tool_calls: [
            {
              id: "a",
              type: "function",
              function: { name: "f", arguments: JSON.stringify({ q: ["a", "b", '"', "d"] }) },
            },
          ],
        },
        { role: "tool", tool_call_id: "a", content: "ok" },
      ],
    },
  ],
  [
    "items of Responses",
    "createModelResponse",
    {
      input: [{ type: "function_call", call_id: "a", name: "f", arguments: ' ["a","b",1111111,2222222,3333333,4e7]' }],
    },
  ],
  [
    "variables of AWS's prompts, and JSON of tools",
    "converse",
    {
      promptVariables: { a: { text: "x" }, b: { text: "y" } },
      messages: [{ role: "user", content: [{ toolUse: { toolUseId: "t", name: "f", input: { q: ["a", 1234567] } } }] }],
    },
  ],
])("for %s", (_name, type, body) => {
  const texts = requestTexts(type, body, "all");
  expect(texts.length).toBeGreaterThan(3);
  expect(askedSize({ body, text: JSON.stringify(body) }).blocks).toBeGreaterThanOrEqual(texts.length);
});
