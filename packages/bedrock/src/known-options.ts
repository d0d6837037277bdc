import { AditError } from "./errors/adit-error.ts";
import { isJsonObject } from "./json.ts";
import { didYouMean } from "./near-names.ts";

/** What an option's value must be. */
export interface OptionForm {
  /** Behind "must be". */
  words: string;
  fits: (value: unknown) => boolean;
}

/** What options there are: `true` for each whose value somebody else looks at, or its form. */
export type KnownOptions<Name extends string = string> = Readonly<Record<Name, true | OptionForm>>;

export const yesOrNo: OptionForm = { words: "true or false", fits: (value) => typeof value === "boolean" };
export const aString: OptionForm = { words: "a string", fits: (value) => typeof value === "string" };
export const anObject: OptionForm = { words: "an object", fits: isJsonObject };
export const aFunction: OptionForm = { words: "a function", fits: (value) => typeof value === "function" };
/** An AbortSignal, or an object that works like one. Its AbortController does not. */
export const aSignal: OptionForm = {
  words: "an AbortSignal",
  fits: (value) => {
    const { aborted, addEventListener } = (value ?? {}) as { aborted?: unknown; addEventListener?: unknown };
    return typeof aborted === "boolean" && typeof addEventListener === "function";
  },
};

const hasFunctions =
  (...names: string[]) =>
  (value: unknown): boolean =>
    isJsonObject(value) && names.every((name) => typeof (value[name] as unknown) === "function");
export const aClock: OptionForm = { words: "a Clock, with now and sleep", fits: hasFunctions("now", "sleep") };
export const aTransport: OptionForm = { words: "a Transport", fits: hasFunctions("dispatch", "close") };
export const aSource: OptionForm = {
  words: "a source of credentials, such as staticSource, assumeRoleSource or defaultChain gives",
  fits: hasFunctions("get", "invalidate"),
};

/** Throws AditError `invalid_request` for what is no text: in JavaScript anything may come. */
export function needText(value: unknown, param: string): void {
  if (typeof value !== "string") {
    throw new AditError("invalid_request", `${param} must be a text.`, { param });
  }
}

/**
 * Throws AditError `invalid_request` where the one argument of `taker` is no object, one of its members is not of its form, or one of `needed`
 * is missing. Members that are not known are not looked at: a call is often made of an object that holds more. `null` is absent.
 */
export function needMembers(
  given: unknown,
  forms: ReadonlyMap<string, OptionForm>,
  needed: readonly string[],
  taker: string,
): void {
  if (!isJsonObject(given)) {
    throw new AditError("invalid_request", `${taker} must be given an object.`);
  }
  for (const [name, form] of forms) {
    const value: unknown = given[name] ?? undefined;
    if (value === undefined ? needed.includes(name) : !form.fits(value)) {
      throw new AditError("invalid_request", `${taker}: ${name} must be ${form.words}.`, { param: name });
    }
  }
}

/**
 * Throws AditError `invalid_request` where a name is no option, or a value is not of its option's form: TypeScript says so by itself, and
 * in JavaScript a slip of the pen (`regoin`) would be passed over, a switch set to "no" be on, and tries without a number have no end.
 * `null` is absent. `taker` is whose options they are, such as `new Bedrock`; `path` is where they stand in others.
 */
export function needKnownOptions(given: unknown, known: KnownOptions, taker: string, path = ""): void {
  if (!isJsonObject(given)) {
    throw new AditError("invalid_request", `The options of ${taker} must be an object.`, {
      param: path === "" ? "options" : path,
    });
  }
  const prefix = path === "" ? "" : `${path}.`;
  for (const name in given) {
    if (given[name] !== undefined && !Object.hasOwn(known, name)) {
      throw unknownOption(name, prefix, known, taker);
    }
    const form = known[name];
    const value: unknown = given[name] ?? undefined;
    if (value !== undefined && typeof form === "object" && !form.fits(value)) {
      const param = prefix + name;
      throw new AditError("invalid_request", `${param} must be ${form.words}.`, { param });
    }
  }
}

function unknownOption(name: string, prefix: string, known: KnownOptions, taker: string): AditError {
  const names = Object.keys(known);
  const shown = name.slice(0, 64);
  return new AditError("invalid_request", `${taker} has no option "${shown}".${didYouMean(shown, names)}`, {
    param: prefix + shown,
    remedy: `The options are ${names.join(", ")}.`,
  });
}

/** The options, where undefined is absent to the compiler too (`exactOptionalPropertyTypes`). */
export type OrUndefined<Options> = { [Name in keyof Options]: Options[Name] | undefined };

/** The options without those that are null or undefined. */
export function withoutNulls<Options extends object>(options: OrUndefined<Options>): Options {
  const said = {} as Options;
  for (const name in options) {
    if (options[name] !== null && options[name] !== undefined) said[name] = options[name];
  }
  return said;
}
