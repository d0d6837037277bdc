/** Checks of one field each. `undefined` and `null` are absent. */
import { AditError } from "../../../errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { invalidRequest, wrongType } from "./request-fault.ts";

export function checkString(value: unknown, path: string): void {
  if (value !== undefined && value !== null && typeof value !== "string") {
    throw wrongType(path, "a string", value);
  }
}

export function checkBoolean(value: unknown, path: string): void {
  if (value !== undefined && value !== null && typeof value !== "boolean") {
    throw wrongType(path, "true or false", value);
  }
}

export function checkObject(value: unknown, path: string): void {
  if (value !== undefined && value !== null && !isJsonObject(value)) {
    throw wrongType(path, "an object", value);
  }
}

/** A number between the bounds, both included. */
export function checkNumber(value: unknown, path: string, least: number, most: number): void {
  if (value === undefined || value === null) {
    return;
  }
  if (typeof value !== "number") {
    throw wrongType(path, "a number", value);
  }
  if (!(value >= least && value <= most)) {
    throw invalidRequest(path, `${path} must be between ${least} and ${most} (it is ${value})`);
  }
}

/** 2^31 - 1, the most that AWS's Integer carries. */
const mostOfInteger = 2_147_483_647;

/** A whole number that is not below the bound, and that AWS can carry. */
export function checkWhole(value: unknown, path: string, least: number): void {
  if (value === undefined || value === null) {
    return;
  }
  if (typeof value !== "number") {
    throw wrongType(path, "a whole number", value);
  }
  if (value > mostOfInteger) {
    throw invalidRequest(path, `${path} must be at most ${mostOfInteger}, the most that AWS carries (it is ${value})`);
  }
  if (!Number.isInteger(value) || value < least) {
    throw invalidRequest(path, `${path} must be a whole number of at least ${least} (it is ${value})`);
  }
}

/** A string, or a list of strings. */
export function checkStrings(value: unknown, path: string): void {
  if (value === undefined || value === null || typeof value === "string") {
    return;
  }
  if (!Array.isArray(value)) {
    throw wrongType(path, "a string or a list of strings", value);
  }
  value.forEach((item, index) => {
    if (typeof item !== "string") {
      throw wrongType(`${path}[${index}]`, "a string", item);
    }
  });
}

/** One of the names. */
export function checkName(value: unknown, path: string, names: readonly string[]): void {
  if (value === undefined || value === null) {
    return;
  }
  if (typeof value !== "string") {
    throw wrongType(path, "a string", value);
  }
  if (!names.includes(value)) {
    throw invalidRequest(
      path,
      `${path} must be one of ${names.join(", ")} (it is ${JSON.stringify(value.slice(0, 64))})`,
    );
  }
}

/** A string that must be there. */
export function needString(value: unknown, path: string): string {
  if (typeof value !== "string") {
    throw wrongType(path, "a string", value);
  }
  return value;
}

/** A name that must be there. */
export function needName(value: unknown, path: string): void {
  if (needString(value, path) === "") {
    throw invalidRequest(path, `${path} must not be empty`);
  }
}

/** What a caller without types gives as the request itself. */
export function needRequest(body: unknown): void {
  if (!isJsonObject(body)) {
    throw new AditError("invalid_request", "The request must be an object.");
  }
}

/** An object that must be there. */
export function needObject(value: unknown, path: string): JsonObject {
  if (!isJsonObject(value)) {
    throw wrongType(path, "an object", value);
  }
  return value;
}

/** Anthropic's `cache_control`; its `ttl` is 5m or 1h. */
export function checkCacheControl(value: unknown, path: string): void {
  if (value === undefined || value === null) {
    return;
  }
  checkName(needObject(value, path)["ttl"], `${path}.ttl`, ["5m", "1h"]);
}

/** The grammar of a URI's scheme, at the start. */
const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/;

/** An address of media. */
export function checkScheme(url: string, path: string): void {
  if (!scheme.test(url.slice(0, 32))) {
    throw invalidRequest(path, `${path} must be an address that starts with https:, data: or s3:`);
  }
}
