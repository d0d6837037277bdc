/** Values of a connector's fields as the type that the field has. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { alteredIn, comesThrough } from "@adit/bedrock/gateway";
import type { FieldType } from "./connector-schema.ts";

/** @throws AditError `invalid_request` that names `param`: nothing is cut or guessed to make it fit. */
export function convertedTo(type: FieldType | undefined, value: JsonValue, param: string): JsonValue {
  const converted = converters[type ?? "other"](value);
  if (converted !== undefined) return converted;
  throw new AditError("invalid_request", `${param} is ${nameOf(value)}, which is no ${type}.`, {
    param,
    remedy: "Send another value, or change the field's type.",
  });
}

const converters: Readonly<Record<FieldType, (value: JsonValue) => JsonValue | undefined>> = {
  string: (value) => (typeof value === "string" ? value : JSON.stringify(value)),
  number: numberFrom,
  float: numberFrom,
  integer: (value) => {
    const number = numberFrom(value);
    return Number.isInteger(number) ? number : undefined;
  },
  boolean: (value) => {
    const text = typeof value === "string" ? value.trim().toLowerCase() : value;
    return text === true || text === "true" ? true : text === false || text === "false" ? false : undefined;
  },
  array: (value) => only(value, Array.isArray),
  object: (value) => only(value, isJsonObject),
  other: (value) => value,
};

const numberForm = /^\s*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/;

function numberFrom(value: JsonValue): number | undefined {
  if (typeof value === "number") return value;
  const text = typeof value === "string" && numberForm.test(value) ? value.trim() : undefined;
  return text !== undefined && comesThrough(text) ? Number(text) : undefined;
}

/** The value, or what it holds as JSON text. */
function only(value: JsonValue, fits: (value: unknown) => boolean): JsonValue | undefined {
  if (fits(value)) return value;
  if (typeof value !== "string") return undefined;
  try {
    const parsed = JSON.parse(value) as JsonValue;
    return fits(parsed) && alteredIn(Buffer.from(value), parsed as JsonObject | JsonValue[]) === undefined
      ? parsed
      : undefined;
  } catch {
    // No JSON: then it is a text, and no list or object.
    return undefined;
  }
}

export function nameOf(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  const kind = typeof value;
  return kind === "object" ? "an object" : `a ${kind}`;
}
