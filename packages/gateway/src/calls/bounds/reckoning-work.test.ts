import { expect, test } from "vitest";
import { refusal } from "../../routing/testing/request.ts";
import { checkWork } from "./reckoning-work.ts";

const turns = (count: number) => ({
  messages: Array.from({ length: count }, () => ({ role: "user", content: "hi" })),
});
const text = (length: number) => ({ messages: [{ role: "user", content: "x".repeat(length) }] });

test("many targets may get an ordinary body, and two any", () => {
  expect(() => checkWork(turns(1_000), 500)).not.toThrow();
  expect(() => checkWork(text(40_000_000), 25)).not.toThrow();
  expect(() => checkWork(turns(200_000), 10)).not.toThrow();
  expect(() => checkWork(text(60_000_000), 5)).not.toThrow();
  expect(() => checkWork({ list: Array.from({ length: 5_000_000 }, () => 1) }, 2)).not.toThrow();
});

test("a body of many values, or a long one, is not reckoned with for hundreds of targets", () => {
  for (const body of [turns(100_000), text(20_000_000)]) {
    expect(refusal(() => checkWork(body, 100))).toMatchObject({ code: "invalid_request", status: 400 });
  }
});
