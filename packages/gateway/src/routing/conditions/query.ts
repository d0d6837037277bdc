/**
 * The queries of `strategy.conditions`: `{"metadata.plan": "paid", "params.max_tokens": {"$gt": 1000}}`. Operators and comparisons are
 * Portkey's (its conditional router): numbers are compared as parseFloat reads them, all else as it is. Two things differ: what stands
 * beside `$and`, `$or` or `$regex` counts too, where Portkey passes it over; and keys may go deeper than two names.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { didYouMean, type ValuePath } from "@adit/bedrock/gateway";
import { everyElement, parseJsonPath, valueAt, type Step } from "../config/json-path.ts";
import { compilePattern, type Patience } from "./pattern.ts";
import { PatternFault } from "./pattern-syntax.ts";

/** What of a request a query can ask. */
export interface AskedFacts {
  /** The header's, as it was sent. */
  metadata: JsonObject;
  /** The body. */
  params: JsonObject;
  /** Stands in the place of the body's model; undefined: the body's own. */
  model: string | undefined;
  /** The path of the URL. */
  pathname: string;
  /** Bounds the work of all patterns together. */
  patience: Patience;
}

export type Query = (facts: AskedFacts) => boolean;

/** What is wrong with a query, and where in it. */
export class QueryFault extends Error {
  readonly path: ValuePath;

  constructor(path: ValuePath, message: string) {
    super(message);
    this.path = path;
  }
}

type Test = (value: JsonValue | undefined, patience: Patience) => boolean;
type Scalar = string | number | boolean | null;

/** Queries in queries: as deep as anyone writes by hand, and a bound for who does not. */
const deepest = 20;
const mostTests = 1_000;

/** @throws QueryFault */
export function compileQuery(query: JsonObject): Query {
  return new Compiler().query(query, [], 0);
}

class Compiler {
  #tests = 0;

  query(query: JsonObject, path: ValuePath, depth: number): Query {
    if (depth > deepest) throw new QueryFault(path, `nests more than ${deepest} queries`);
    const parts = entriesOf(query).map(([key, value]) => this.#part(key, value, { path: [...path, key], depth }));
    if (parts.length === 0) throw new QueryFault(path, "is empty: it asks nothing");
    return (facts) => parts.every((part) => part(facts));
  }

  #part(key: string, value: JsonValue, { path, depth }: { path: ValuePath; depth: number }): Query {
    this.#count(path);
    switch (key) {
      case "$and": {
        const parts = this.#queries(value, path, depth);
        return (facts) => parts.every((part) => part(facts));
      }
      case "$or": {
        const parts = this.#queries(value, path, depth);
        return (facts) => parts.some((part) => part(facts));
      }
      case "$not": {
        if (!isJsonObject(value)) throw new QueryFault(path, "must be a query");
        const part = this.query(value, path, depth + 1);
        return (facts) => !part(facts);
      }
      default: {
        if (key.startsWith("$")) throw unknownName(path, key, logicalOperators);
        const read = reader(key, path);
        const test = this.#test(value, path, depth);
        return (facts) => test(read(facts), facts.patience);
      }
    }
  }

  #queries(value: JsonValue, path: ValuePath, depth: number): Query[] {
    if (!Array.isArray(value) || value.length === 0) throw new QueryFault(path, "must be an array of queries");
    return value.map((entry, index) => {
      const at = [...path, index];
      if (!isJsonObject(entry)) throw new QueryFault(at, "must be a query");
      return this.query(entry, at, depth + 1);
    });
  }

  /** What a value is held against: a plain value, or operators that must all hold. */
  #test(value: JsonValue, path: ValuePath, depth: number): Test {
    if (!isJsonObject(value)) return equals(scalar(value, path));
    if (depth > deepest) throw new QueryFault(path, `nests more than ${deepest} operators`);
    const tests = entriesOf(value).map(([operator, operand]) => {
      const at = [...path, operator];
      this.#count(at);
      if (operator === "$not") return not(this.#test(operand, at, depth + 1));
      const make = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
      if (make === undefined) throw unknownName(at, operator, [...Object.keys(operators), "$not"]);
      return make(operand, at);
    });
    if (tests.length === 0) throw new QueryFault(path, "is empty: it asks nothing");
    return (asked, patience) => tests.every((test) => test(asked, patience));
  }

  #count(path: ValuePath): void {
    this.#tests += 1;
    if (this.#tests > mostTests) throw new QueryFault(path, `is one of more than ${mostTests} in this query`);
  }
}

const logicalOperators = ["$and", "$or", "$not"];

const operators: Readonly<Record<string, (operand: JsonValue, path: ValuePath) => Test>> = {
  $eq: (operand, path) => equals(scalar(operand, path)),
  $ne: (operand, path) => not(equals(scalar(operand, path))),
  $gt: (operand, path) => compares(operand, path, (value, bound) => value > bound),
  $gte: (operand, path) => compares(operand, path, (value, bound) => value >= bound),
  $lt: (operand, path) => compares(operand, path, (value, bound) => value < bound),
  $lte: (operand, path) => compares(operand, path, (value, bound) => value <= bound),
  $in: (operand, path) => isAmong(operand, path),
  $nin: (operand, path) => not(isAmong(operand, path)),
  $regex: (operand, path) => fits(operand, path),
};

function not(test: Test): Test {
  return (value, patience) => !test(value, patience);
}

function equals(wanted: Scalar): Test {
  return (value) => value === wanted;
}

function isAmong(operand: JsonValue, path: ValuePath): Test {
  if (!Array.isArray(operand)) throw new QueryFault(path, "must be an array");
  const wanted = new Set<JsonValue | undefined>(operand.map((entry, index) => scalar(entry, [...path, index])));
  return (value) => wanted.has(value);
}

function compares(operand: JsonValue, path: ValuePath, holds: (value: number, bound: number) => boolean): Test {
  const bound = numberFrom(operand);
  if (Number.isNaN(bound)) throw new QueryFault(path, "must be a number");
  return (value) => holds(numberFrom(value), bound);
}

/** A text may be megabytes of digits, and be asked by a thousand tests. */
const longestNumber = 1_000;

/** As parseFloat reads it; NaN, which no comparison holds for, where that is no number. */
function numberFrom(value: JsonValue | undefined): number {
  if (typeof value === "string") return Number.parseFloat(value.slice(0, longestNumber));
  return typeof value === "number" ? value : Number.NaN;
}

function fits(operand: JsonValue, path: ValuePath): Test {
  if (typeof operand !== "string") throw new QueryFault(path, "must be a string");
  try {
    const matches = compilePattern(operand);
    return (value, patience) => (isScalar(value) && value !== null ? matches(String(value), patience) : false);
  } catch (error) {
    if (error instanceof PatternFault) throw new QueryFault(path, error.message);
    throw error;
  }
}

function scalar(value: JsonValue, path: ValuePath): Scalar {
  if (isScalar(value)) return value;
  throw new QueryFault(path, "must be a string, a number, true, false or null");
}

function isScalar(value: JsonValue | undefined): value is Scalar {
  return value !== undefined && (typeof value !== "object" || value === null);
}

const roots = ["metadata", "params", "url"];

/** The way from a request to the value that a key names. */
function reader(key: string, path: ValuePath): (facts: AskedFacts) => JsonValue | undefined {
  const dot = key.indexOf(".");
  const root = dot === -1 ? key : key.slice(0, dot);
  const rest = dot === -1 ? "" : key.slice(dot + 1);
  if (!roots.includes(root)) {
    throw new QueryFault(path, `must begin with metadata., params. or url.${didYouMean(root, roots)}`);
  }
  if (root === "url") {
    if (rest !== "pathname") throw new QueryFault(path, "must be url.pathname: nothing else of the URL can be asked");
    return (facts) => facts.pathname;
  }
  const steps = parseJsonPath(rest);
  if (root === "metadata" && rest !== "") return (facts) => metadataAt(facts.metadata, rest, steps);
  if (steps === undefined || steps.includes(everyElement)) {
    throw new QueryFault(path, `must name a value, such as ${root}.${root === "params" ? "model" : "plan"}`);
  }
  return (facts) => paramAt(facts, steps);
}

/** What stands at a place of the body. */
export function paramAt(
  { params, model }: Pick<AskedFacts, "params" | "model">,
  path: readonly Step[],
): JsonValue | undefined {
  return model !== undefined && path[0] === "model" ? valueAt(model, path.slice(1)) : valueAt(params, path);
}

/** Names of metadata are any texts: they may hold dots themselves. */
function metadataAt(metadata: JsonObject, name: string, steps: readonly Step[] | undefined): JsonValue | undefined {
  if (Object.hasOwn(metadata, name)) return metadata[name];
  return steps === undefined ? undefined : valueAt(metadata, steps);
}

function unknownName(path: ValuePath, name: string, names: readonly string[]): QueryFault {
  return new QueryFault(path, `is none of ${names.join(", ")}.${didYouMean(name, names)}`);
}

function entriesOf(object: JsonObject): [string, JsonValue][] {
  return Object.entries(object).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
}
