import { expect, it } from "vitest";
import { awsErrorFrom } from "../wire/aws-errors/aws-error.ts";
import { awsCodeOfStatus } from "./code-of-status.ts";
import { errorRow } from "./error-table.ts";
import { namedError } from "./named-errors.ts";

it.each([
  [400, "ValidationException"],
  [401, "UnrecognizedClientException"],
  [403, "AccessDeniedException"],
  [404, "ResourceNotFoundException"],
  [408, "ModelTimeoutException"],
  [413, "ValidationException"],
  [424, "ModelErrorException"],
  [429, "ThrottlingException"],
  [500, "InternalServerException"],
  [502, "ServiceUnavailableException"],
  [503, "ServiceUnavailableException"],
  [504, "ServiceUnavailableException"],
  [529, "ServiceUnavailableException"],
])("an error of status %i is %s, whether AWS answers with it, a proxy, or a model in its answer", (status, code) => {
  const answered = awsErrorFrom(status, {}, Buffer.from('{"message":"Some words."}'));
  expect([answered.code, answered.status]).toEqual([code, status]);
  expect(namedError({ message: "Some words.", status })).toMatchObject({ code, status });
  expect(namedError({ message: "Some words.", code: String(status) })).toMatchObject({ code, status });
});

it.each([500, 502, 503, 504, 529])("a page of a proxy with the status %i is an error that passes", (status) => {
  const page = awsErrorFrom(status, { "content-type": "text/html" }, Buffer.from("<h1>Sorry</h1>"));
  expect([page.code, page.status, page.retryable]).toEqual([awsCodeOfStatus(status), status, true]);
});

it("gives the error back whose own status it is, wherever AWS's model has one of that status", () => {
  for (const code of [
    "ValidationException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ModelTimeoutException",
    "ModelErrorException",
    "ThrottlingException",
    "InternalServerException",
    "ServiceUnavailableException",
  ] as const) {
    expect(awsCodeOfStatus(errorRow(code).status)).toBe(code);
  }
});

it.each([200, 302, 402, 405, 409, 418, 499, 508, 599])("%i alone is no error of AWS's", (status) => {
  expect(awsCodeOfStatus(status)).toBeUndefined();
});
