import { AditError } from "./errors/adit-error.ts";
import { isJsonObject } from "./json.ts";
import { didYouMean } from "./near-names.ts";

/**
 * Throws AditError `invalid_request` where a name is no option: TypeScript says so by itself, and in JavaScript a slip of the pen
 * (`regoin`) would be passed over. `taker` is whose options they are, such as `new Bedrock`.
 */
export function needKnownOptions(given: unknown, known: Readonly<Record<string, true>>, taker: string): void {
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
  }
}
