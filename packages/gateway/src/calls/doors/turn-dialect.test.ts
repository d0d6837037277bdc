import { expect, test } from "vitest";
import { ownPath } from "./turn-dialect.ts";

test("the caller's own items count from 0, those of earlier responses apart", () => {
  const path = (text: string): string => ownPath(text, { earlierCount: 3 });
  expect(path("input[3].content[0].type")).toBe("input[0].content[0].type");
  expect(path("input[12]")).toBe("input[9]");
  expect(path("input[2].call_id")).toBe("previous_response_id[2].call_id");
  expect(path("input[4] and input[0] differ")).toBe("input[1] and previous_response_id[0] differ");
  expect(path("input")).toBe("input");
  expect(path("tools[3].input_schema")).toBe("tools[3].input_schema");
});
