import { describe, expect, it } from "vitest";
import { AditError } from "./adit-error.ts";
import { errorRow, errorTable, isErrorCode, type ErrorCode } from "./error-table.ts";
import { dataFile } from "../wire/testing/data-checks.ts";

const codes = Object.keys(errorTable) as ErrorCode[];
const awsCodes = codes.filter((code) => /^[A-Z]/.test(code));

/** Types in the API references of OpenAI (with what its compatible servers add) and of Anthropic ("Errors"). */
const openaiTypes = [
  "authentication_error",
  "hooks_failed",
  "insufficient_quota",
  "invalid_request_error",
  "permission_error",
  "rate_limit_error",
  "server_error",
  "timeout_error",
];
const anthropicTypes = [
  "api_error",
  "authentication_error",
  "billing_error",
  "invalid_request_error",
  "not_found_error",
  "overloaded_error",
  "permission_error",
  "rate_limit_error",
  "request_too_large",
  "timeout_error",
];

describe.each(codes)("%s", (code) => {
  const row = errorRow(code);

  it("has the status of an error", () => {
    expect(Number.isInteger(row.status)).toBe(true);
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThanOrEqual(599);
  });

  it("says what is behind it and what to do, in a sentence each", () => {
    for (const words of [row.cause, row.remedy]) {
      expect(words).toMatch(/^[A-Z][^]{5,}[^.]\.$/);
      expect(words).toBe(words.trim());
    }
    expect(row.remedy).not.toBe(row.cause);
  });

  it("has a type in each dialect", () => {
    expect(openaiTypes).toContain(row.openai.type);
    expect(row.openai.code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(anthropicTypes).toContain(row.anthropic);
  });

  it("is named as its owner names errors", () => {
    expect(code).toMatch(/^(?:[A-Z][A-Za-z]+Exception|[a-z]+(?:_[a-z]+)*)$/);
    expect(isErrorCode(code)).toBe(true);
  });

  it("gives an error its status, its remedy and whether another try helps", () => {
    const error = new AditError(code, "It went wrong.");
    expect(error).toMatchObject({ code, status: row.status, retryable: row.retryable, remedy: row.remedy });
    expect(error.describe()).toContain(row.remedy);
  });
});

it("knows no other names", () => {
  for (const name of ["", "toString", "constructor", "__proto__", "validationException", "NoSuchException"]) {
    expect(isErrorCode(name)).toBe(false);
  }
});

it("tries nothing again that the caller must change", () => {
  const own = codes.filter((code) => !awsCodes.includes(code));
  const clientFaults = own.filter((code) => errorRow(code).status < 500 && errorRow(code).retryable);
  // A limit of this gateway's passes with time; nothing else of the caller's does.
  expect(clientFaults.filter((code) => errorRow(code).status !== 429)).toEqual([]);
});

interface ErrorShape {
  exception?: boolean;
  error?: { httpStatusCode: number };
}

const awsModel = dataFile("aws.bedrock-runtime.service-2.json") as
  | { shapes: Record<string, ErrorShape>; operations: Record<string, { errors?: { shape: string }[] }> }
  | undefined;

describe.skipIf(awsModel === undefined)("AWS's service model (run where ADIT_DATA_CHECKS is found)", () => {
  const model = awsModel ?? { shapes: {}, operations: {} };

  it("has a row for every error of the operations, with its status", () => {
    const named = new Set(
      Object.values(model.operations).flatMap(({ errors = [] }) => errors.map(({ shape }) => shape)),
    );
    expect(named.size).toBeGreaterThan(8);
    const statuses = Object.fromEntries([...named].map((name) => [name, model.shapes[name]?.error?.httpStatusCode]));
    const rows = Object.fromEntries(
      [...named].map((name) => [name, isErrorCode(name) ? errorRow(name).status : "no row"]),
    );
    expect(rows).toEqual(statuses);
  });
});
