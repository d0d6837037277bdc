import { AditError, type ErrorCode } from "@adit/bedrock";
import { expect, test } from "vitest";
import { failed } from "./check-connection.ts";

test.each<[ErrorCode, string]>([
  ["ThrottlingException", "quota"],
  ["rate_limited", "quota"],
  ["virtual_key_inactive", "credential"],
  ["forbidden", "permission"],
  ["InternalServerException", "aws"],
])("%s is a state of the connection, caused by %s", (code, cause) => {
  expect(failed(new AditError(code, "No.")).connection_status).toMatchObject({ status: "failed", cause });
});

test.each<ErrorCode>(["store_unavailable", "vault_key_missing", "overloaded", "shutting_down"])(
  "%s is the gateway's own fault, and not said to be AWS's",
  (code) => {
    const error = new AditError(code, "No.");
    expect(() => failed(error)).toThrow(error);
  },
);
