import { expect, test } from "vitest";
import { itemsOf, storedItems } from "./input-items.ts";

test("an input is a text, a list or nothing; anything else is none", () => {
  expect(itemsOf("Hi")).toEqual([{ type: "message", role: "user", content: "Hi" }]);
  expect(itemsOf([{ role: "user", content: "Hi" }])).toEqual([{ role: "user", content: "Hi" }]);
  expect(itemsOf(undefined)).toEqual([]);
  expect(itemsOf(null)).toEqual([]);
  expect(itemsOf(5)).toBeUndefined();
  expect(itemsOf({})).toBeUndefined();
});

test("items get an id each, and OpenAI's whole form; what the caller gave stays", () => {
  const items = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello" },
    { type: "message", role: "user", id: "msg_own", content: [{ type: "input_text", text: "x" }], phase: "final" },
    { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
    { type: "function_call_output", call_id: "c", output: "1" },
    { type: "reasoning", id: "", summary: [] },
    { type: "mcp_list_tools" },
    5,
  ];
  expect(storedItems(items, "resp_1")).toEqual([
    {
      id: "msg_1_in_0",
      type: "message",
      status: "completed",
      role: "user",
      content: [{ type: "input_text", text: "Hi" }],
    },
    {
      id: "msg_1_in_1",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Hello", annotations: [] }],
    },
    {
      id: "msg_own",
      type: "message",
      status: "completed",
      role: "user",
      content: [{ type: "input_text", text: "x" }],
      phase: "final",
    },
    { id: "fc_1_in_3", type: "function_call", call_id: "c", name: "f", arguments: "{}" },
    { id: "fco_1_in_4", type: "function_call_output", call_id: "c", output: "1" },
    { id: "rs_1_in_5", type: "reasoning", summary: [] },
    { id: "mcp_list_tools_1_in_6", type: "mcp_list_tools" },
    5,
  ]);
});
