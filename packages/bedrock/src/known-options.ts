import { AditError } from "./errors/adit-error.ts";
import { isJsonObject } from "./json.ts";
import { didYouMean } from "./near-names.ts";

/** What options there are: `true` for each, or that it says yes or no. */
export type KnownOptions<Name extends string = string> = Readonly<Record<Name, true | "boolean">>;

/**
 * Throws AditError `invalid_request` where a name is no option: TypeScript says so by itself, and in JavaScript a slip of the pen
 * (`regoin`) would be passed over, and a switch set to "no" be on. `taker` is whose options they are, such as `new Bedrock`.
 */
export function needKnownOptions(given: unknown, known: KnownOptions, taker: string): void {
  if (!isJsonObject(given)) {
    throw new AditError("invalid_request", `The options of ${taker} must be an object.`, { param: "options" });
  }
  for (const name in given) {
    if (given[name] !== undefined && !Object.hasOwn(known, name)) {
      const names = Object.keys(known);
      const shown = name.slice(0, 64);
      throw new AditError("invalid_request", `${taker} has no option "${shown}".${didYouMean(shown, names)}`, {
        param: shown,
        remedy: `The options are ${names.join(", ")}.`,
      });
    }
    const value = given[name] ?? true;
    if (known[name] === "boolean" && typeof value !== "boolean") {
      throw new AditError("invalid_request", `${name} must be true or false.`, { param: name });
    }
  }
}
