import type { Buffer } from "node:buffer";
import { AditError, type AditErrorDetails, type AwsRefusal } from "../../errors/adit-error.ts";
import { awsCodeOfStatus } from "../../errors/code-of-status.ts";
import { isErrorCode, type ErrorCode } from "../../errors/error-table.ts";
import { inputTooLong, remedyForTooLong } from "../../errors/input-too-long.ts";
import { isJsonObject, parsedObject, type JsonObject } from "../../json.ts";
import { retryAfterSeconds } from "../attempts/retry-after.ts";

/** Headers of a reply by lower-case name, as undici gives them. */
export type ReplyHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A header's value; the first where it was sent more than once. */
export function headerOf(headers: ReplyHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** RFC 9110, 8.4.1, and those registered since. There are hosts that write a charset there (`utf-8`), or `none`: clients pass over what is no coding. */
const compressing = /\b(?:gzip|compress|deflate|br|zstd|dcb|dcz)\b/i;

/**
 * The coding in which an answer came, such as `gzip`, at most 64 characters of it; undefined where it came as it is. One of its transfer beside
 * `chunked` counts: the parser does not undo it (RFC 9112, 6.1). Headers may come twice.
 */
export function codingOf(headers: ReplyHeaders): string | undefined {
  return codingIn(headers["content-encoding"]) ?? codingIn(headers["transfer-encoding"]);
}

function codingIn(value: string | string[] | undefined): string | undefined {
  const values = typeof value === "string" ? [value] : value;
  return values
    ?.find((one) => compressing.test(one))
    ?.trim()
    .slice(0, 64);
}

/**
 * Seconds that an answer asks to wait: by OpenAI's `retry-after-ms` or Azure's `x-ms-retry-after-ms`, which are finer, else by `Retry-After`.
 * Undefined where none is there, or readable.
 */
export function waitInHeaders(headers: ReplyHeaders): number | undefined {
  const milliseconds = (headerOf(headers, "retry-after-ms") ?? headerOf(headers, "x-ms-retry-after-ms"))?.trim() ?? "";
  return /^\d{1,9}$/.test(milliseconds)
    ? Number(milliseconds) / 1000
    : retryAfterSeconds(headerOf(headers, "retry-after"), headerOf(headers, "date"));
}

/** AWS's id of the request, for the log and for AWS's support. */
export function requestIdOf(headers: ReplyHeaders): string | undefined {
  return headerOf(headers, "x-amzn-requestid") ?? headerOf(headers, "x-amzn-request-id");
}

/** Names under which AWS's front ends and STS's kin say what a row of the table says (AWS, "Common error types"). */
const aliases: Readonly<Record<string, ErrorCode>> = {
  ValidationError: "ValidationException",
  AccessDenied: "AccessDeniedException",
  NotAuthorized: "AccessDeniedException",
  OptInRequired: "AccessDeniedException",
  FTUFormNotFilled: "AccessDeniedException",
  MPAgreementBeingCreated: "AccessDeniedException",
  InvalidClientTokenId: "UnrecognizedClientException",
  SignatureDoesNotMatch: "InvalidSignatureException",
  RequestExpired: "InvalidSignatureException",
  RequestTimeTooSkewed: "InvalidSignatureException",
  IncompleteSignature: "IncompleteSignatureException",
  MissingAuthenticationToken: "MissingAuthenticationTokenException",
  ExpiredToken: "ExpiredTokenException",
  Throttling: "ThrottlingException",
  ThrottledException: "ThrottlingException",
  TooManyRequestsException: "ThrottlingException",
  RequestLimitExceeded: "ThrottlingException",
  InternalFailure: "InternalServerException",
  InternalServerError: "InternalServerException",
  ServiceUnavailable: "ServiceUnavailableException",
  UnknownOperation: "UnknownOperationException",
};

/**
 * The error of an answer that is no success. The type is `x-amzn-errortype` before `:` and after `#`, else the body's `__type` or
 * `code`; the words are its `message` or `Message`; the status stays AWS's. Recorded: `ValidationException:http://internal.amazon.com/...`
 * with `{"message":"..."}`, and a refused API key with no type and `{"Message":"Authentication failed: ..."}`.
 * A body that is not JSON (a proxy's page) is cleaned and shortened.
 */
export function awsErrorFrom(status: number, headers: ReplyHeaders, body: Buffer): AditError {
  const json = parsedObject(body.toString());
  const type = typeOf(headers, json);
  const wait = waitInHeaders(headers);
  const rest: AditErrorDetails = { status, ...(wait === undefined ? {} : { retryAfterSeconds: wait }) };
  const requestId = requestIdOf(headers);
  if (json === undefined && type === undefined) {
    return foreignError({ status, headers, body, rest });
  }
  const message = messageOf(json) ?? `AWS answered ${status} without a message.`;
  const code = codeOf(type, status, message);
  const aws = awsWords(type ?? code, message, { json, requestId });
  if (json !== undefined && body.length <= mostOfBody) {
    aws.body = body.toString("utf8");
  }
  const typeHeader = headerOf(headers, "x-amzn-errortype");
  if (typeHeader !== undefined) {
    aws.typeHeader = typeHeader;
  }
  return refusal(code, aws, rest);
}

/** A refusal is a sentence or two. */
const mostOfBody = 16_384;

/**
 * The error of a 200 that holds no output. An ARN that reaches AWS unencoded is answered so:
 * `{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}`.
 */
export function emptyOutputFrom(headers: ReplyHeaders, body: Buffer): AditError {
  const json = parsedObject(body.toString());
  const wrapped = json?.["Output"] ?? json?.["output"];
  const type = bareType(isJsonObject(wrapped) ? wrapped["__type"] : json?.["__type"]);
  const requestId = requestIdOf(headers);
  if (type !== undefined) {
    const code = codeOf(type, 200, "");
    const message = messageOf(isJsonObject(wrapped) ? wrapped : json) ?? `AWS answered 200 with ${type}.`;
    return refusal(code, awsWords(type, message, { json, requestId }), {});
  }
  const shown = body.length === 0 ? "an empty body" : `the body: ${shorten(body)}`;
  return new AditError("empty_output", `AWS answered 200 without an output, but with ${shown}`, { quotesAnswer: true });
}

/** The error of an exception frame: `:exception-type` such as `throttlingException`, payload `{"message":"..."}`. */
export function streamException(exceptionType: string, payload: string, requestId: string | undefined): AditError {
  const name = bareType(exceptionType) ?? "aws_error";
  const type = name === "aws_error" ? name : name.charAt(0).toUpperCase() + name.slice(1);
  const json = parsedObject(payload);
  const message = messageOf(json) ?? `AWS ended the stream with ${type}.`;
  return refusal(codeOf(type, 0, message), awsWords(type, message, { json, requestId }), {});
}

/** The error of an error frame: `:error-code` and `:error-message`, a fault of the transport that no model describes. */
export function streamError(errorCode: string, errorMessage: string, requestId: string | undefined): AditError {
  const type = bareType(errorCode) ?? "aws_error";
  const message = errorMessage === "" ? `AWS ended the stream with ${type}.` : errorMessage;
  return refusal(codeOf(type, 0, message), awsWords(type, message, { json: undefined, requestId }), {});
}

/** A quota by the day is not mended by waiting for seconds. Words of AWS: `Too many tokens per day, please wait before trying again.` */
const dailyQuota = /\bper day\b|\bdaily\b/i;

/** The permission that AWS says is missing. */
const missingAction = /is not authorized to perform: ([a-z0-9-]{1,40}:[A-Za-z]{1,60})\b/;

/** What to do where AWS means the account by a name that means the request: as clients of Claude on new accounts report it. */
const accountRemedies: readonly [words: RegExp, remedy: string][] = [
  [
    /use case details/i,
    "Fill in the form of the model's maker once, in Bedrock's console or by PutUseCaseForModelAccess, and wait some minutes.",
  ],
  [/^operation not allowed/i, "AWS does not let this account call the model: ask AWS's support to open it."],
];

function refusal(code: ErrorCode, aws: AwsRefusal, rest: AditErrorDetails): AditError {
  const details: AditErrorDetails = { ...rest, aws };
  const remedy = accountRemedies.find(([words]) => words.test(aws.message))?.[1];
  if (remedy !== undefined) details.remedy = remedy;
  if (code === "AccessDeniedException") {
    const action = missingAction.exec(aws.message)?.[1];
    // The table's remedy is the one for calls of models.
    if (action !== undefined && !action.startsWith("bedrock:InvokeModel")) {
      details.remedy = `Allow ${action} to the credential.`;
    }
  }
  if (code === "ThrottlingException" && dailyQuota.test(aws.message)) {
    details.retryable = false;
    details.remedy =
      "The day's rate limit is reached: use another region, profile or account, or have the quota raised.";
  }
  if (code === "ValidationException" && inputTooLong.test(aws.message)) {
    details.remedy = remedyForTooLong(aws.message);
  }
  return new AditError(code, aws.message, details);
}

function awsWords(
  type: string,
  message: string,
  more: { json: JsonObject | undefined; requestId: string | undefined },
): AwsRefusal {
  const aws: AwsRefusal = { type, message };
  if (more.requestId !== undefined) {
    aws.requestId = more.requestId;
  }
  const originalStatus = more.json?.["originalStatusCode"];
  if (typeof originalStatus === "number") {
    aws.originalStatusCode = originalStatus;
  }
  const originalMessage = more.json?.["originalMessage"];
  if (typeof originalMessage === "string") {
    aws.originalMessage = originalMessage;
  }
  return aws;
}

function codeOf(type: string | undefined, status: number, message: string): ErrorCode {
  const known = type === undefined ? undefined : knownCode(type);
  if (known !== undefined) {
    return known;
  }
  if (status === 403 && /^authentication failed/i.test(message)) {
    return "BedrockApiKeyException";
  }
  return awsCodeOfStatus(status) ?? "aws_error";
}

function knownCode(type: string): ErrorCode | undefined {
  if (Object.hasOwn(aliases, type)) {
    return aliases[type];
  }
  return isErrorCode(type) && /^[A-Z]/.test(type) ? type : undefined;
}

function typeOf(headers: ReplyHeaders, json: JsonObject | undefined): string | undefined {
  return bareType(headerOf(headers, "x-amzn-errortype")) ?? bareType(json?.["__type"]) ?? bareType(json?.["code"]);
}

/** `ValidationException` of `com.amazon.coral#ValidationException:http://...`; undefined for what is no name. */
function bareType(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  const name = value.split(":")[0]?.split("#").at(-1)?.trim() ?? "";
  return /^[A-Za-z]\w{0,99}$/.test(name) ? name : undefined;
}

function messageOf(json: JsonObject | undefined): string | undefined {
  const inner = json?.["error"];
  for (const value of [json?.["message"], json?.["Message"], isJsonObject(inner) ? inner["message"] : inner]) {
    if (typeof value === "string" && value.trim() !== "") {
      return value;
    }
  }
  return undefined;
}

/** An answer that is not AWS's: only what says "later" by its status is taken at its word. */
function foreignError(reply: {
  status: number;
  headers: ReplyHeaders;
  body: Buffer;
  rest: AditErrorDetails;
}): AditError {
  const { status, headers, body, rest } = reply;
  const code = status === 429 || status >= 500 ? awsCodeOfStatus(status) : undefined;
  const type = headerOf(headers, "content-type")?.split(";")[0] ?? "no content type";
  const fault = /[/+]json$/i.test(type) ? "that holds no JSON object" : "instead of JSON";
  const coding = codingOf(headers);
  const words = coding === undefined ? shorten(body) : `it came in the coding ${coding}`;
  const shown = body.length === 0 ? "an empty body" : `${type} ${fault}: ${words}`;
  return new AditError(code ?? "aws_error", `The endpoint answered ${status} with ${shown}`, rest);
}

/** Text of a page without its markup, on one line, at most 200 characters. */
function shorten(body: Buffer): string {
  const text = body.subarray(0, 4096).toString("utf8");
  const bare = text
    .replace(/<(script|style)\b[^>]*>[^<]*/gi, " ")
    .replace(/<[^<>]*>/g, " ")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  const shown = bare === "" ? text.replace(/[\p{Cc}\s]+/gu, " ").trim() : bare;
  return shown.length > 200 ? `${shown.slice(0, 200)}...` : shown;
}
