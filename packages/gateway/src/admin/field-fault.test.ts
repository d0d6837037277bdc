/** A fault names the field, also where a value may have several forms. */
import { expect, test } from "vitest";
import { readBy } from "./field-fault.ts";
import { feedbackCreate } from "./schemas/feedback.ts";
import { logsCreate } from "./schemas/given-logs.ts";

test.each<[given: unknown, param: string]>([
  [{ trace_id: "t", value: 20 }, "value"],
  [{ trace_id: "t", value: 1, weight: 2 }, "weight"],
  [{ trace_id: "t", value: "high" }, "value"],
  [
    [
      { trace_id: "t", value: 1 },
      { trace_id: "t", value: -11 },
    ],
    "[1].value",
  ],
  [{ value: 1 }, "trace_id"],
])("%j is refused for %s", (given, param) => {
  expect(() => readBy(feedbackCreate, given)).toThrow(expect.objectContaining({ code: "invalid_request", param }));
});

test.each<[given: unknown, param: string | undefined]>([
  [{ response: { status: 7 } }, "response.status"],
  [[{ request: {} }, { response: { status: 7 } }], "[1].response.status"],
  [{ 0: { request: {} }, 1: { response: { status: 7 } } }, "1.response.status"],
  [{}, undefined],
  [{ 0: {} }, "0"],
  [{ requests: [] }, undefined],
])("of logs %j is refused for %s", (given, param) => {
  expect(() => readBy(logsCreate, given)).toThrow(expect.objectContaining({ code: "invalid_request", param }));
});
