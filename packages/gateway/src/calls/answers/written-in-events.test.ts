/** What a stream that passes through unread has shown, about, however its events come. */
import { expect, test } from "vitest";
import { WrittenInEvents } from "./written-in-events.ts";

const words = ["A", " quiet", " harbour", " in", " the", " morning", ", and", " nobody", " is", " there", "."];
const text = words.join("");

const forms: [name: string, event: (word: string) => string][] = [
  [
    "chat",
    (content) =>
      `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795699321,"model":"openai.gpt-oss-20b","choices":[{"index":0,"delta":${JSON.stringify({ content })},"logprobs":null,"finish_reason":null}]}\n\n`,
  ],
  [
    "responses",
    (delta) =>
      `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":${JSON.stringify(delta)},"sequence_number":7}\n\n`,
  ],
  [
    "messages",
    (delta) =>
      `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":${JSON.stringify({ type: "text_delta", text: delta })}}\n\n`,
  ],
];

const cuts: [name: string, reads: (events: string[]) => string[]][] = [
  ["an event a read", (events) => events],
  [
    "three events a read",
    (events) => events.flatMap((_event, at) => (at % 3 === 0 ? events.slice(at, at + 3).join("") : [])),
  ],
  ["all at once", (events) => [events.join("")]],
  ["comments in between", (events) => events.flatMap((event) => [": ping\n\n", event])],
];

test.each(
  forms.flatMap(([form, event]) => cuts.map(([cut, reads]) => ({ form, cut, reads: reads(words.map(event)) }))),
)("$form, $cut", ({ reads }) => {
  const written = new WrittenInEvents();
  for (const read of reads) written.take(Buffer.from(read));
  expect(written.characters).toBeLessThanOrEqual(text.length);
  // The shortest event's own text is taken for form.
  expect(written.characters).toBe(text.length - words.length);
});

test("one long event is no form", () => {
  const written = new WrittenInEvents();
  written.take(Buffer.from(`data: {"choices":[{"delta":{"content":"${"a".repeat(4_000)}"}}]}\n\n`));
  expect(written.characters).toBeGreaterThan(3_500);
});

test("nothing is nothing", () => {
  expect(new WrittenInEvents().characters).toBe(0);
});
