import { describe, expect, it } from "vitest";
import { eventWithOwnCallIds, withOwnCallIds } from "./own-call-ids.ts";

// Shapes as recorded with openai.gpt-5.5; the number and the spaces tell whether the text was written anew.
const item = (callId: string, more = "") =>
  `{"arguments": "{\\"call_id\\":\\"call_0\\"}", "call_id": "${callId}", "id": "fc_36f011", "name": "f", "type": "function_call"${more}}`;
const own = item("call_36f011");

describe("ids of calls that are counted anew become the items' own, and the rest of the text stays", () => {
  it.each([
    ["a whole response", (one: string) => `{"n": 9007199254740993, "output": [{"id": "rs_1"}, ${one}]}`],
    ["an event of an item", (one: string) => `{"item": ${one}, "type": "response.output_item.done"}`],
    ["the event of the end", (one: string) => `{"response": {"output": [${one}]}, "type": "response.completed"}`],
  ])("in %s", (_name, text) => {
    expect(withOwnCallIds(text(item("call_0")))).toBe(text(own));
    expect(withOwnCallIds(text(item("call_12")))).toBe(text(own));
    // OpenAI's own, and a caller's, are nobody else's.
    for (const id of ["call_abc123", "call_", "resp_1:call_0", "functions.f:0"]) {
      expect(withOwnCallIds(text(item(id)))).toBe(text(item(id)));
    }
  });

  it("in none that has no id, and in no text of the model's", () => {
    for (const text of [
      '{"output": [{"call_id": "call_0", "type": "function_call"}]}',
      '{"delta": "\\"call_id\\":\\"call_0\\"", "type": "response.function_call_arguments.delta"}',
      '{"call_id":"call_0"',
    ]) {
      expect(withOwnCallIds(text)).toBe(text);
    }
  });

  it("in an event's bytes, which are the same ones where nothing changes", () => {
    const event = (data: string) => ({ name: "response.output_item.added", data });
    const bytes = Buffer.from(`event: x\ndata: {}\n\n`);
    expect(eventWithOwnCallIds(event("{}"), bytes)).toBe(bytes);
    const data = `{"item": ${item("call_0")}}`;
    expect(eventWithOwnCallIds(event(data), bytes).toString()).toBe(
      `event: response.output_item.added\ndata: {"item": ${own}}\n\n`,
    );
    expect(eventWithOwnCallIds({ name: "", data: data.replace(", ", ",\n") }, bytes).toString()).toBe(
      `data: {"item": ${own.replace(", ", ",\ndata: ")}}\n\n`,
    );
  });
});
