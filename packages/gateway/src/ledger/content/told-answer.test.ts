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
