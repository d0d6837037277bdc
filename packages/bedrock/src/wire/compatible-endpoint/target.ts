import type { Buffer } from "node:buffer";
import { shortestWithheld, withoutText } from "../../auth/withheld-secrets.ts";
import { AditError, type AditErrorDetails, type ProviderRefusal } from "../../errors/adit-error.ts";
import { isPassing, namedError } from "../../errors/named-errors.ts";
import { isJsonObject, parsedObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { Secret } from "../../secret.ts";
import { headerOf, waitInHeaders, type ReplyHeaders } from "../aws-errors/aws-error.ts";
import { parseUrl } from "../../parse-url.ts";

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
    const url = parseUrl(baseUrl);
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
    const json = parsedObject(body.toString("utf8"));
    const requestId = targetRequestId(headers);
    const wait = waitInHeaders(headers);
    const details = {
      retryable: mayPass(status, json),
      ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
    };
    return (
      this.#saidError(status, json, details, requestId) ??
      this.#error(status, this.#shown(headers, body) + (requestId === "" ? "" : ` (request id ${requestId})`), details)
    );
  }

  /** The error that a 200 or an event of a stream holds in its body. */
  failure(json: JsonObject | undefined, text: string): AditError {
    const status = statusNamedIn(json) ?? 502;
    const details = { retryable: mayPass(status, json) };
    return (
      this.#saidError(status, json, details) ??
      this.#error(status, `without a message: ${shorten(this.#withoutKey(text))}`, { ...details, quotesAnswer: true })
    );
  }

  /** The error of a success that is not what was asked for. */
  notExpected(expected: string, headers: ReplyHeaders, body: Buffer): AditError {
    const json = parsedObject(body.toString("utf8"));
    return isError(json)
      ? this.failure(json, body.toString("utf8"))
      : this.#error(502, `${this.#shown(headers, body)}, where ${expected} was expected`, {
          retryable: false,
          quotesAnswer: true,
        });
  }

  /** The key is taken out before the text is shortened: half a key would no longer be found. */
  #withoutKey(text: string): string {
    const key = this.apiKey?.reveal() ?? "";
    return key.length < shortestWithheld ? text : withoutText(text, key);
  }

  #wordsOf(json: JsonObject | undefined): string | undefined {
    const words = wordsOf(json);
    const safe = words === undefined ? undefined : this.#withoutKey(words);
    return safe !== undefined && safe.length > 2_000 ? `${safe.slice(0, 2_000)}...` : safe;
  }

  /** The error in the target's words, with the names that it gave it; undefined where it said none. */
  #saidError(
    status: number,
    json: JsonObject | undefined,
    details: AditErrorDetails,
    requestId = "",
  ): AditError | undefined {
    const words = this.#wordsOf(json);
    if (json === undefined || words === undefined) {
      return undefined;
    }
    const provider: ProviderRefusal = {
      from: this.#answered(status),
      vendorName: this.apiKey === undefined ? "bedrock" : "openai",
      ...this.#namesIn(json, status),
    };
    if (requestId !== "") {
      provider.requestId = requestId;
    }
    return new AditError("provider_error", words, { ...details, ...statusOf(status), provider });
  }

  #error(status: number, words: string, details: AditErrorDetails): AditError {
    // A target that repeats the key it was given must not make it known.
    const safe = this.#withoutKey(words);
    return new AditError("provider_error", `${this.#answered(status)}: ${safe}`, { ...details, ...statusOf(status) });
  }

  #answered(status: number): string {
    return `${this.host} answered ${status === 502 ? "with an error" : status}`;
  }

  /** OpenAI's `type`, `code` and `param`, in `error` or, in an event of Responses, beside the words. A type is never missing. */
  #namesIn(json: JsonObject, status: number): Omit<ProviderRefusal, "from" | "vendorName"> {
    const inner = json["error"];
    const error = isJsonObject(inner) ? inner : json;
    const names: Omit<ProviderRefusal, "from" | "vendorName"> = {
      type: this.#nameOf(typeIn(error)) ?? typeOfStatus(status),
    };
    for (const name of ["code", "param"] as const) {
      const value = error[name];
      const text = value === null ? null : this.#nameOf(value);
      if (text !== undefined) {
        names[name] = text;
      }
    }
    return names;
  }

  #nameOf(value: JsonValue | undefined): string | undefined {
    return typeof value === "string" && value !== "" ? this.#withoutKey(value).slice(0, mostOfName) : undefined;
  }

  #shown(headers: ReplyHeaders, body: Buffer): string {
    const type = headerOf(headers, "content-type")?.split(";")[0] ?? "no content type";
    return body.length === 0 ? "an empty body" : `${type}: ${shorten(this.#withoutKey(body.toString("utf8")))}`;
  }
}

/** A name is a word or a path. */
const mostOfName = 200;

function statusOf(status: number): Pick<AditErrorDetails, "status"> {
  return status >= 400 && status <= 599 ? { status } : {};
}

/** An event of Responses that is an error has `error` where others have the error's own type. */
function typeIn(error: JsonObject): JsonValue | undefined {
  const { type } = error;
  return type === "error" ? undefined : type;
}

/** OpenAI's types by status, for a target that gives none ("Error codes" in its guides). */
function typeOfStatus(status: number): string {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 429:
      return "rate_limit_error";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

/** True for `{"error": ...}`, and for `{"object": "error", ...}` as vLLM writes it. */
export function isError(json: JsonObject | undefined): boolean {
  return (json?.["error"] !== undefined && json["error"] !== null) || json?.["object"] === "error";
}

/** A quota that is used up is paid, not waited for. */
function mayPass(status: number, json: JsonObject | undefined): boolean {
  const error = json?.["error"];
  if (isJsonObject(error) && (error["code"] === "insufficient_quota" || error["type"] === "insufficient_quota")) {
    return false;
  }
  return isPassing(status);
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

/** By the error's own names, in `error` or, in an event of Responses and as vLLM writes it, beside the words. */
function statusNamedIn(json: JsonObject | undefined): number | undefined {
  const inner = json?.["error"];
  const error = isJsonObject(inner) ? inner : json;
  return error === undefined ? undefined : namedError(error)?.status;
}

/** Of these characters the first are shown. */
const mostRead = 4_096;

/** One line without markup, at most 200 characters. */
function shorten(text: string): string {
  const bare = text
    .slice(0, mostRead)
    .replace(/<[^<>]*>/g, " ")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return bare.length > 200 ? `${bare.slice(0, 200)}...` : bare;
}
