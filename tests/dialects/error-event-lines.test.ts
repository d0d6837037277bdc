import { AditError, openAiErrorBody } from "../../packages/bedrock/src/index.ts";
import { expect, it } from "vitest";
import { lineEnd } from "../../packages/bedrock/src/dialects/translation/testing/line-ends.ts";
import { openAiErrorEvent } from "../../packages/gateway/src/calls/answers/stream-answer.ts";

it("an error's words end no line for readers that end lines at more than line feeds", () => {
  const error = new AditError("ValidationException", "Found\u2028here\u0085there\u2029.\n\ndata: [DONE]");
  for (const withVendorFields of [false, true]) {
    const event = openAiErrorEvent(error, withVendorFields);
    const lines = event.split(lineEnd).filter((line) => line !== "");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe("event: error");
    expect(JSON.parse(lines[1]?.slice("data: ".length) ?? "")).toEqual(openAiErrorBody(error, withVendorFields));
  }
});
