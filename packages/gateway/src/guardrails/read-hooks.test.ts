/** The short form of guardrails: what may stand beside a check may stand beside its name. */
import { expect, test } from "vitest";
import { readGuardrailList } from "./read-hooks.ts";

function checksOf(entry: object) {
  const [source] = readGuardrailList([entry as never], "input_guardrails", "guardrail");
  if (source?.kind !== "inline") throw new Error("It is written out.");
  return source.hook.checks;
}

const rule = { rule: "x" };

test.each([
  ["among its parameters", { "default.regexMatch": { ...rule, stream_window: 64, scope: "all", failOnError: true } }],
  ["beside it", { "default.regexMatch": rule, stream_window: 64, scope: "all", failOnError: true }],
])("Adit's own words for a check stand %s", (_where, entry) => {
  expect(checksOf(entry)).toMatchObject([{ window: 64, scope: "all", failsOnError: true }]);
});

test("what a check says itself goes before what stands beside", () => {
  const entry = { "default.regexMatch": { ...rule, stream_window: 128 }, "default.wordCount": { maxWords: 3 } };
  expect(checksOf({ ...entry, stream_window: 64 })).toMatchObject([{ window: 128 }, { window: 64 }]);
});

test("what is wrong beside a check is told", () => {
  expect(() => checksOf({ "default.regexMatch": rule, stream_window: 1 })).toThrow("64");
});

test.each([
  { "default.pii": { redact: true } },
  { "default.regexReplace": rule },
  { "default.addPrefix": { prefix: "x" } },
  { "default.notNull": {}, "bedrock.guard": { guardrailId: "g", guardrailVersion: "1", redact: true } },
])("nobody waits for what is async, so it changes nothing: %j", (entry) => {
  expect(() => checksOf({ ...entry, async: true })).toThrow("would change nothing");
  expect(checksOf({ ...entry, async: false })).not.toEqual([]);
});
