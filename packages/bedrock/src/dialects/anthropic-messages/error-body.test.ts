import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import { errorTable, isErrorCode } from "../../errors/error-table.ts";
import { awsErrorFrom } from "../../wire/aws-errors/aws-error.ts";
import { messagesErrorBody, messagesErrorEvent } from "./error-body.ts";
import { eventsOf } from "./testing/sse-events.ts";

/** Status and type of Anthropic's API reference ("Errors"), by what AWS answers. */
const expected: [status: number, type: string, anthropic: string][] = [
  [400, "ValidationException", "invalid_request_error"],
  [403, "AccessDeniedException", "permission_error"],
  [403, "ExpiredTokenException", "authentication_error"],
  [404, "ResourceNotFoundException", "not_found_error"],
  [408, "ModelTimeoutException", "timeout_error"],
  [424, "ModelErrorException", "api_error"],
  [429, "ThrottlingException", "rate_limit_error"],
  [429, "ModelNotReadyException", "overloaded_error"],
  [500, "InternalServerException", "api_error"],
  [503, "ServiceUnavailableException", "overloaded_error"],
];

describe("an error in Anthropic's shape", () => {
  it.each(expected)("of AWS's %d %s is %s", (status, type, anthropic) => {
    const body = Buffer.from(JSON.stringify({ message: "AWS's words." }));
    const error = awsErrorFrom(status, { "x-amzn-errortype": type, "x-amzn-requestid": "aws-1" }, body);
    expect(messagesErrorBody(error, "req_1")).toEqual({
      type: "error",
      error: { type: anthropic, message: expect.stringMatching(/^AWS's words\..*aws-1/) as string },
      request_id: "req_1",
    });
  });

  it("tells a client that asked for a thread to go on without one", () => {
    const refusal = (param: string): unknown =>
      messagesErrorBody(new AditError("unsupported_parameter", "x", { param }));
    expect(refusal("thread")).toMatchObject({ error: { details: { error_code: "thread_unsupported_request" } } });
    expect(refusal("container")).not.toHaveProperty("error.details");
    const passedOn = (words: string): unknown =>
      messagesErrorBody(new AditError("provider_error", words, { status: 400 }));
    expect(passedOn("thread: Extra inputs are not permitted")).toMatchObject({
      error: { details: { unsupported: ["thread"] } },
    });
    expect(passedOn("threads: Extra inputs are not permitted")).not.toHaveProperty("error.details");
  });

  it("goes by the status where the row's is another", () => {
    const typeAt = (status: number): string =>
      messagesErrorBody(new AditError("aws_error", "x", { status })).error.type;
    expect([400, 401, 404, 413, 429, 529, 418].map(typeAt)).toEqual([
      "invalid_request_error",
      "authentication_error",
      "not_found_error",
      "request_too_large",
      "rate_limit_error",
      "overloaded_error",
      "api_error",
    ]);
  });

  it.each(Object.keys(errorTable).filter(isErrorCode))("in a stream is one event: %s", (code) => {
    const [event, ...more] = eventsOf(messagesErrorEvent(new AditError(code, "Line one\nline two")));
    expect(more).toEqual([]);
    expect(event?.name).toBe("error");
    // A client that is told of a rate limit in mid-stream does not try again.
    expect(event?.data).toMatchObject({
      type: "error",
      error: { type: expect.not.stringMatching("rate_limit_error") as string },
    });
  });
});
