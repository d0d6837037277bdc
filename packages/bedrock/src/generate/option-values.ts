import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { OptionName } from "./option-names.ts";
import type { GivenOption, ReadOptions } from "./read-options.ts";

/** Values of options, each checked for its type. All throw AditError `invalid_request` with the path that the caller wrote. */

export function booleanOf({ values }: ReadOptions, name: OptionName): boolean | undefined {
  const given = values.get(name);
  if (given === undefined || typeof given.value === "boolean") {
    return given?.value as boolean | undefined;
  }
  throw wrong(given, "true or false");
}

export function stringOf({ values }: ReadOptions, name: OptionName): string | undefined {
  const given = values.get(name);
  if (given === undefined || typeof given.value === "string") {
    return given?.value as string | undefined;
  }
  throw wrong(given, "a string");
}

/** Above 0. */
export function wholeNumberOf({ values }: ReadOptions, name: OptionName): number | undefined {
  const given = values.get(name);
  if (given === undefined || (Number.isSafeInteger(given.value) && Number(given.value) > 0)) {
    return given?.value as number | undefined;
  }
  throw wrong(given, "a whole number above 0");
}

export function objectOf({ values }: ReadOptions, name: OptionName): JsonObject | undefined {
  const given = values.get(name);
  if (given === undefined || isJsonObject(given.value)) {
    return given?.value as JsonObject | undefined;
  }
  throw wrong(given, "an object");
}

export function wrong({ path }: GivenOption, expected: string): AditError {
  return new AditError("invalid_request", `${path} must be ${expected}.`, { param: path });
}
