import type { Buffer } from "node:buffer";
import { shortestWithheld } from "../../auth/withheld-secrets.ts";
import { AditError, type AditErrorDetails } from "../../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { Secret } from "../../secret.ts";
import { headerOf, waitInHeaders, type ReplyHeaders } from "../aws-error.ts";

/** The target's id of the request; empty where it gave none. */
export function targetRequestId(headers: ReplyHeaders): string {
  return headerOf(headers, "x-request-id") ?? headerOf(headers, "x-amzn-requestid") ?? "";
}

/** Where a call goes, and the errors that come from there: the target's words, never the key. */
export class Target {
  readonly origin: string;
  readonly host: string;
  /** Of the base URL, without a trailing slash. */
  readonly basePath: string;
  /** Of a target that is not AWS's. */
  readonly apiKey: Secret | undefined;

  /**
   * `baseUrl` is http or https with a path or none, such as `https://api.openai.com/v1`. Whether the target is allowed is the caller's to say.
   * Throws AditError `invalid_config` for another URL, and for a key that no header can carry.
   */
  constructor(baseUrl: string, apiKey?: Secret) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
    if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
      throw new AditError("invalid_config", "The address of the target is not an http or https URL.");
    }
    if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
      throw new AditError(
        "invalid_config",
        "The address of the target must hold no user, password, query or fragment.",
      );
    }
    if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey.reveal())) {
      throw new AditError("invalid_config", "The API key of the target is empty or holds a character that no key has.");
    }
    this.origin = url.origin;
    this.host = url.host;
    this.basePath = url.pathname.replace(/\/+$/, "");
    this.apiKey = apiKey;
  }

  /** The error of an answer that is no success. */
  refusal(status: number, headers: ReplyHeaders, body: Buffer): AditError {
    const json = parsed(body);
    const words = this.#wordsOf(json) ?? this.#shown(headers, body);
    const requestId = targetRequestId(headers);
    const wait = waitInHeaders(headers);
    return this.#error(status, words + (requestId === "" ? "" : ` (request id ${requestId})`), {
      retryable: mayPass(status, json),
      ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
    });
  }

  /** The error that a 200 or an event of a stream holds in its body. */
  failure(json: JsonObject | undefined, text: string): AditError {
    const status = statusIn(json?.["error"]) ?? 502;
    const words = this.#wordsOf(json) ?? `without a message: ${shorten(this.#withoutKey(text))}`;
    return this.#error(status, words, { retryable: mayPass(status, json) });
  }

  /** The error of a success that is not what was asked for. */
  notExpected(expected: string, headers: ReplyHeaders, body: Buffer): AditError {
    const json = parsed(body);
    return isError(json)
      ? this.failure(json, body.toString("utf8", 0, 4096))
      : this.#error(502, `${this.#shown(headers, body)}, where ${expected} was expected`, { retryable: false });
  }

  /** The key goes before anything is shortened: half of it would not be found any more. */
  #withoutKey(text: string): string {
    const key = this.apiKey?.reveal() ?? "";
    return key.length < shortestWithheld ? text : text.replaceAll(key, "[secret]");
  }

  #wordsOf(json: JsonObject | undefined): string | undefined {
    const words = wordsOf(json);
    const safe = words === undefined ? undefined : this.#withoutKey(words);
    return safe !== undefined && safe.length > 2_000 ? `${safe.slice(0, 2_000)}...` : safe;
  }

  #error(status: number, words: string, details: AditErrorDetails): AditError {
    // A target that repeats the key it was given must not make it known.
    const safe = this.#withoutKey(words);
    const isError = status >= 400 && status <= 599;
    return new AditError(
      "provider_error",
      `${this.host} answered ${status === 502 ? "with an error" : status}: ${safe}`,
      {
        ...details,
        ...(isError ? { status } : {}),
      },
    );
  }

  #shown(headers: ReplyHeaders, body: Buffer): string {
    const type = headerOf(headers, "content-type")?.split(";")[0] ?? "no content type";
    return body.length === 0
      ? "an empty body"
      : `${type}: ${shorten(this.#withoutKey(body.toString("utf8", 0, 4096)))}`;
  }
}

/** True for `{"error": ...}`, and for `{"object": "error", ...}` as vLLM writes it. */
export function isError(json: JsonObject | undefined): boolean {
  return (json?.["error"] !== undefined && json["error"] !== null) || json?.["object"] === "error";
}

/** The object that a body holds; undefined for anything else. */
export function parsed(body: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not JSON: the caller shows what it is.
    return undefined;
  }
}

/** OpenAI's own client tries these again; a quota that is used up is paid, not waited for. */
function mayPass(status: number, json: JsonObject | undefined): boolean {
  const error = json?.["error"];
  if (isJsonObject(error) && (error["code"] === "insufficient_quota" || error["type"] === "insufficient_quota")) {
    return false;
  }
  // A loop stays one, and each gateway of it would multiply the tries.
  return status === 408 || status === 409 || status === 429 || (status >= 500 && status !== 508);
}

function wordsOf(json: JsonObject | undefined): string | undefined {
  const inner = json?.["error"];
  for (const value of [isJsonObject(inner) ? inner["message"] : inner, json?.["message"], json?.["detail"]]) {
    if (typeof value === "string" && value.trim() !== "") {
      return value;
    }
  }
  return undefined;
}

/** Some targets put the HTTP status into the error's `code` or `status`. */
function statusIn(error: JsonValue | undefined): number | undefined {
  if (!isJsonObject(error)) {
    return undefined;
  }
  return [error["code"], error["status"]]
    .map(Number)
    .find((value) => Number.isInteger(value) && value >= 400 && value <= 599);
}

/** One line without markup, at most 200 characters. */
function shorten(text: string): string {
  const bare = text
    .replace(/<[^<>]*>/g, " ")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return bare.length > 200 ? `${bare.slice(0, 200)}...` : bare;
}
