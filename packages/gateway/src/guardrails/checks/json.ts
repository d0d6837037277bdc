/** JSON in a text: whether it fits a schema, and which keys it has. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { valueNestsDeeperThan } from "@adit/bedrock/gateway";
import { z } from "zod";
import { PatternFault } from "../../routing/conditions/pattern-syntax.ts";
import { kind, ofText, turned, type Judgement } from "../check.ts";
import { jsonIn } from "./json-in-text.ts";
import { compileSchema, SchemaFault, type Validate } from "./schema-validator.ts";
import { fits } from "./words.ts";

/** What stands in a text is held to no depth of a body. */
const deepestSchema = 200;

/** As an object, or as its text, as Portkey's forms send it. */
const schema = z.union([z.record(z.string(), z.unknown()), z.string()]).transform((given, context): Validate => {
  try {
    const read: unknown = typeof given === "string" ? JSON.parse(given) : given;
    if (typeof read === "object" && read !== null && valueNestsDeeperThan(read, deepestSchema)) {
      throw new SchemaFault([], "nests too deeply");
    }
    return compileSchema(read as JsonObject);
  } catch (error) {
    if (!(error instanceof SchemaFault || error instanceof PatternFault || error instanceof SyntaxError)) throw error;
    const path = error instanceof SchemaFault ? [...error.path] : [];
    const message = error instanceof SyntaxError ? "is no JSON" : error.message;
    context.issues.push({ code: "custom", input: undefined, path, message });
    return z.NEVER;
  }
});

export const jsonSchema = kind(
  z.strictObject({ schema, not: z.boolean().optional() }),
  ({ schema: validate, not }) => ({
    grasp: "whole",
    judge: ofText((text, { patience }) => {
      const { values: candidates, isAll } = jsonIn(text, not);
      if (candidates.length === 0) return unseen(isAll ? "The text holds no JSON." : tooMuch);
      if (not === true && !isAll) return unseen(tooMuch);
      try {
        const isValid = validate(candidates, patience);
        return {
          verdict: turned(isValid, not),
          data: { explanation: `The text's JSON ${isValid ? "fits" : "does not fit"} the schema.` },
        };
      } catch {
        // Too deep or too much: else it would be the way around the check.
        return { verdict: false, data: { explanation: "The text's JSON is too large to be held against the schema." } };
      }
    }),
  }),
);

export const jsonKeys = kind(
  z.strictObject({
    keys: z.array(z.string()).min(1).max(1_000),
    operator: z.enum(["any", "all", "none"]).default("any"),
  }),
  ({ keys, operator }) => ({
    grasp: "whole",
    judge: ofText((text) => {
      const { values: candidates, isAll } = jsonIn(text, operator === "none");
      if (candidates.length === 0) return unseen(isAll ? "The text holds no JSON." : tooMuch);
      if (operator === "none" && !isAll) return unseen(tooMuch);
      const counts = candidates.map((candidate) => keysIn(candidate, keys));
      // "none" is for all of the JSON that is there.
      const verdict =
        operator === "none"
          ? counts.every((count) => fits(operator, count, keys.length))
          : counts.some((count) => fits(operator, count, keys.length));
      const found = Math.max(...counts);
      return { verdict, data: { explanation: `${found} of ${keys.length} keys were found; wanted: ${operator}.` } };
    }),
  }),
);

/** It would be the way around a check for what must not be there. */
const tooMuch = "The text holds more pieces of JSON than are looked at.";

function unseen(explanation: string): Judgement {
  return { verdict: false, data: { explanation } };
}

function keysIn(value: JsonValue, keys: readonly string[]): number {
  return isJsonObject(value) ? keys.filter((key) => Object.hasOwn(value, key)).length : 0;
}
