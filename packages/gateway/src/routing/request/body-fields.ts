/** Reads what fields of the gateway's own hold in a body; what is of another form is refused with its path. */
import { AditError, isJsonObject, providerNamed, type JsonObject, type JsonValue } from "@adit/bedrock";
import { isCredentialName } from "../config/config-names.ts";

/** Names are looked at for each target: they are bounded by what AWS bounds identifiers at, with a prefix. */
const mostModels = 100;
const longestName = 2_100;
const mostStars = 8;

/** True for a model's name, or a pattern with a few `*`. */
export function isName(text: string): boolean {
  return text.length <= longestName && text.split("*", mostStars + 2).length <= mostStars + 1;
}

export function wrongType(path: string, expected: string): AditError {
  return new AditError("invalid_request", `${path} must be ${expected}.`, { param: path });
}

export function flagFrom(value: JsonValue | undefined, path: string): boolean | undefined {
  if (value !== undefined && typeof value !== "boolean") throw wrongType(path, "true or false");
  return value;
}

export function textFrom(value: JsonValue | undefined, path: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw wrongType(path, "a string");
}

/** True for what says nothing: absent, null, an empty text, an object of such. */
export function isBlank(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  return isJsonObject(value) && Object.values(value).every((entry) => isBlank(entry));
}

/**
 * Bedrock's entry in an object by provider; an object that holds the credential's own fields is Bedrock's itself. What is not read of it
 * is noted in `unread`.
 */
export function bedrockFields(value: JsonValue | undefined, path: string, unread: string[]): JsonObject | undefined {
  if (value === undefined) return undefined;
  if (!isJsonObject(value))
    throw wrongType(path, path === "customer_credentials" ? "an object or an array" : "an object");
  for (const [name, fields] of Object.entries(value)) {
    if (providerNamed(name) !== "bedrock" || fields === undefined || fields === null) continue;
    if (!isJsonObject(fields)) throw wrongType(`${path}.${name}`, "an object");
    noteUnread(fields, `${path}.${name}.`, unread);
    return fields;
  }
  if (!Object.values(value).some((field) => typeof field === "string")) return undefined;
  noteUnread(value, `${path}.`, unread);
  return value;
}

/** Characters of a name that are told. */
const longestTold = 64;

/** Notes the names beside a credential that are no part of one, as `aws_session_tokn`: it would be passed over without a word. */
export function noteUnread(fields: JsonObject, prefix: string, unread: string[]): void {
  for (const [name, value] of Object.entries(fields)) {
    if (!isBlank(value) && !isCredentialName(name)) unread.push(prefix + name.slice(0, longestTold));
  }
}

export function modelsFrom(value: JsonValue | undefined, path: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > mostModels) {
    throw wrongType(path, `an array of ${mostModels} model names at most`);
  }
  return value.map((name, index) => {
    if (typeof name !== "string") throw wrongType(`${path}[${index}]`, "a string");
    if (!isName(name)) throw wrongType(`${path}[${index}]`, "a model's name or a pattern for names");
    return name;
  });
}
