/** Values out of a model's answer, by JSONPath (RFC 9535): a connector's output schema. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { alteredIn, spansAt } from "@adit/bedrock/gateway";
import { JSONPathEnvironment, JSONPathError, type JSONPathQuery } from "json-p3";
import { nameOf } from "./convert-value.ts";
import type { FieldType, OutputField } from "./connector-schema.ts";
import { MeteredAnswer, TooManyLooks } from "./metered-answer.ts";

export interface MappedOutput {
  output: JsonObject;
  /** Fields that the answer does not have, or not as what they should be. */
  faults: { name: string; path: string; message: string }[];
}

/** A path that descends twice can cost the square of the answer's size. */
const mostDescents = 1;
const environment = new JSONPathEnvironment({ maxRecursionDepth: 1_000 });
// A pattern of somebody's own could hold every caller up: JavaScript's engine knows no limit of time.
environment.functionRegister.delete("match");
environment.functionRegister.delete("search");

/** @throws AditError `invalid_request` that names the field whose path is malformed. */
export function checkOutputFields(fields: readonly OutputField[]): void {
  for (const [index, { path }] of fields.entries()) compiled(path, `output_schema[${index}].path`);
}

/**
 * The values by their names, out of an answer and the text that it was read from. A path to one place gives its value; any other the list of what it finds, which a field of the type string
 * has joined with nothing between. What is not there is null, and a fault.
 */
export function mapOutput(answer: JsonValue, fields: readonly OutputField[], source: string): MappedOutput {
  const faults: MappedOutput["faults"] = [];
  const metered = new MeteredAnswer(answer);
  const exact = new ExactValues(answer, source);
  const values = fields.map((field, index): [string, JsonValue] => {
    const query = compiled(field.path, `output_schema[${index}].path`);
    const { value, fault } = foundBy(query, { metered, exact }, field);
    if (fault !== undefined) faults.push({ name: field.name, path: field.path, message: fault });
    return [field.name, value ?? null];
  });
  return { output: Object.fromEntries(values), faults };
}

type Found = { value: JsonValue; fault?: never } | { value?: never; fault: string };

function foundBy(
  query: JSONPathQuery,
  { metered, exact }: { metered: MeteredAnswer; exact: ExactValues },
  field: OutputField,
): Found {
  try {
    const nodes = query.query(metered.value);
    if (!exact.areAt(nodes.locations())) return notExact;
    const plain = (nodes.values() as JsonValue[]).map((value) => metered.plain(value));
    return valueOf(field, plain, query.singularQuery());
  } catch (error) {
    // The library hands the values of a list on as arguments, of which there can be too many.
    const isOwn = error instanceof JSONPathError || error instanceof TooManyLooks || error instanceof RangeError;
    if (!isOwn) throw error;
    return { fault: `The answer could not be searched: ${error.message}.` };
  }
}

/** Which values are what the text says. */
class ExactValues {
  readonly #source: string;
  readonly #isWhole: boolean;

  constructor(answer: JsonValue, source: string) {
    this.#source = source;
    this.#isWhole = isExact(source, answer);
  }

  areAt(locations: (string | number)[][]): boolean {
    return this.#isWhole || spansAt(this.#source, locations).every((span) => span !== undefined && this.#isIn(span));
  }

  #isIn({ start, end }: { start: number; end: number }): boolean {
    const text = this.#source.slice(start, end);
    return isExact(text, JSON.parse(text) as JsonValue);
  }
}

function isExact(text: string, value: JsonValue): boolean {
  return alteredIn(Buffer.from(`[${text}]`), [value]) === undefined;
}

const notExact: Found = {
  fault: "The answer has a number of more digits there than are kept, or a name that comes twice.",
};
const nothingThere: Found = { fault: "The answer has nothing there." };

function valueOf({ type }: OutputField, found: JsonValue[], isSingle: boolean): Found {
  const isList = type === undefined || type === "array" || type === "other";
  if (isSingle || (found.length === 1 && !isList)) return typed(type, found[0]);
  if (isList) return { value: found };
  if (type !== "string") return { fault: `The answer has ${found.length} values there, where one ${type} should be.` };
  if (found.length === 0) return nothingThere;
  const texts = found.filter((value) => typeof value === "string");
  if (texts.length === found.length) return { value: texts.join("") };
  return { fault: "The answer has more than texts there." };
}

function typed(type: OutputField["type"], value: JsonValue | undefined): Found {
  if (value === undefined) return nothingThere;
  if (type === undefined || type === "other" || kinds[type](value)) return { value };
  return { fault: `The answer has ${nameOf(value)} there, which is no ${type}.` };
}

const kinds: Readonly<Record<Exclude<FieldType, "other">, (value: JsonValue) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  float: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: isJsonObject,
};

function compiled(path: string, param: string): JSONPathQuery {
  try {
    const query = environment.compile(path);
    // An escape in a name may hold two dots too: a path of that kind is refused with the others.
    if (path.split("..").length - 1 <= mostDescents) return query;
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    throw new AditError("invalid_request", `${param} is no JSONPath: ${error.message}.`, {
      param,
      remedy: "Write it as RFC 9535 has it, such as $.output.message.content[*].text; match and search are not served.",
    });
  }
  throw new AditError("invalid_request", `${param} descends (..) more than once.`, {
    param,
    remedy: "Name the members on the way.",
  });
}
