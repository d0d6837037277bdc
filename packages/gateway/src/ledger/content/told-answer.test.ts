/** Answers as data, of whatever form their events are. */
import { expect, test } from "vitest";
import { toldAnswer } from "./told-answer.ts";

test("the pieces of a stream stand together by their places, and no name makes places heavy", () => {
  const long = "n".repeat(300_000);
  const events = [
    { choices: [{ index: 0, delta: { content: "Good " } }] },
    { choices: [{ index: 0, delta: { content: "morning" } }] },
    { [long]: Array.from({ length: 100_000 }, () => "a") },
    { type: long, [`${long}2`]: { deep: "b" } },
  ];
  const { compared } = toldAnswer(Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")));
  const places = Object.keys(compared as object);
  expect(compared).toMatchObject({ "choices[0].delta.content": "Good morning" });
  expect(Math.max(...places.map(({ length }) => length))).toBeLessThanOrEqual(256);
});

test.each([
  [{ choices: [{ index: 0, delta: { content: "ha" } }] }, "choices[0].delta.content"],
  [
    { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "ha" },
    "response.output_text.delta[0][0].delta",
  ],
  [
    { type: "content_block_delta", index: 0, delta: { partial_json: "ha" } },
    "content_block_delta[0].delta.partial_json",
  ],
])("pieces of a text that are alike are pieces of it: %j", (event, place) => {
  const said = (times: number): unknown => {
    const line = `data: ${JSON.stringify({ id: "same", ...event })}\n\n`;
    return toldAnswer(Buffer.from(line.repeat(times))).compared;
  };
  expect([said(2), said(3)]).toMatchObject([{ [place]: "haha" }, { [place]: "hahaha" }]);
  expect(Object.values(said(2) as object)).toContain("same");
});
