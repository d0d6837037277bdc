/** What is sent for one call of a connector: values put into its request format, by place and with their types. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { ValuePath } from "@adit/bedrock/gateway";
import { everyElement, parseJsonPath, valueAt, type Step } from "../routing/config/json-path.ts";
import { convertedTo } from "./convert-value.ts";
import type { InputField } from "./connector-schema.ts";

/** What the places get. */
export interface FormatValues {
  /** The connector's own fields. */
  fields: readonly InputField[];
  /** What dynamic fields look up. */
  data: JsonObject;
  /** By place, as the caller gives them; laid over the fields. */
  values: JsonObject;
}

/**
 * The request format with the values in it, as a copy.
 * @throws AditError `invalid_request` that names the field: a place that is none, a value of another type, data that is missing.
 */
export function fillFormat(format: JsonObject, { fields, data, values }: FormatValues): JsonObject {
  const overlaid = new Set(Object.keys(values));
  // One copy for all places: one for each would cost the square of their number.
  const body = structuredClone(format);
  for (const [index, field] of fields.entries()) {
    if (overlaid.has(field.name)) continue;
    const param = `input_schema[${index}]`;
    putAt(body, stepsOf(field.name, `${param}.name`), { value: valueOf(field, data, param), param: `${param}.name` });
  }
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const param = `values.${name}`;
    putAt(body, stepsOf(name, param), { value, param });
  }
  return body;
}

/**
 * What no data can change is checked where the fields are saved. @throws AditError `invalid_request` that names the field: a name that is no
 * place, a value or default that is not of the field's type.
 */
export function checkInputFields(fields: readonly InputField[]): void {
  for (const [index, field] of fields.entries()) {
    const { name, type, value, default: standIn } = field;
    const param = `input_schema[${index}]`;
    stepsOf(name, `${param}.name`);
    if (isFixed(field)) convertedTo(type, value, `${param}.value`);
    if (standIn !== undefined) convertedTo(type, standIn, `${param}.default`);
  }
}

/**
 * Whether every field has a place in the format, as far as it is known before a call: what is below the place of a value that a call brings is
 * not. @throws AditError `invalid_request` that names the field.
 */
export function checkPlaces(format: JsonObject, fields: readonly InputField[]): void {
  const body = structuredClone(format);
  const brought: ValuePath[] = [];
  for (const [index, field] of fields.entries()) {
    const param = `input_schema[${index}]`;
    const place = stepsOf(field.name, `${param}.name`);
    if (brought.some((above) => isBelow(place, above))) continue;
    const isKnown = isFixed(field);
    const value = isKnown ? convertedTo(field.type, field.value, `${param}.value`) : null;
    putAt(body, place, { value, param: `${param}.name` });
    if (!isKnown) brought.push(place);
  }
}

function isBelow(place: ValuePath, above: ValuePath): boolean {
  return above.length <= place.length && above.every((step, index) => String(step) === String(place[index]));
}

/** True where no data changes the value. */
function isFixed({ value, value_type: source }: InputField): boolean {
  return source !== "dynamic" && !hasHole(value);
}

function hasHole(value: JsonValue | undefined): boolean {
  if (typeof value === "string") return value.includes("{{");
  return typeof value === "object" && value !== null && Object.values(value).some((inner) => hasHole(inner));
}

/** @throws AditError `invalid_request` for a text that is no place in JSON. */
function stepsOf(name: string, param: string): Exclude<Step, typeof everyElement>[] {
  const steps = parseJsonPath(name);
  const single = steps?.filter((step) => step !== everyElement);
  if (steps === undefined || single?.length !== steps.length) {
    throw new AditError("invalid_request", `${param} is no place in the request format.`, {
      param,
      remedy: "Write it as messages.0.content or messages[0].content, up to one value.",
    });
  }
  return single;
}

function valueOf(field: InputField, data: JsonObject, param: string): JsonValue {
  const { type, value, default: standIn } = field;
  const from = new DataReader(data);
  const isName = field.value_type === "dynamic" && typeof value === "string" && !value.includes("{{");
  const isJson = (type === "array" || type === "object") && typeof value === "string" && !onlyHole.test(value);
  const found = isName ? from.valueOf(value) : isJson ? expandedJson(value, from) : expanded(value, from);
  const [missing] = from.missing;
  if (missing !== undefined && standIn === undefined) throw lacksData(missing, param);
  const given = missing === undefined ? found : standIn;
  return convertedTo(type, given ?? null, `${param}.value`);
}

/** The data, and what of it was asked for in vain. */
class DataReader {
  readonly missing: string[] = [];
  readonly #data: JsonObject;

  constructor(data: JsonObject) {
    this.#data = data;
  }

  valueOf(name: string): JsonValue {
    const found = lookedUp(name, this.#data);
    if (found === undefined) this.missing.push(name);
    return found ?? null;
  }

  textOf(name: string): string {
    const found = this.valueOf(name);
    return typeof found === "string" ? found : JSON.stringify(found);
  }
}

/** A name of the data, or a place in it. */
function lookedUp(name: string, data: JsonObject): JsonValue | undefined {
  if (Object.hasOwn(data, name)) return data[name];
  const steps = parseJsonPath(name);
  return steps === undefined ? undefined : valueAt(data, steps);
}

const hole = /\{\{\s*([^{}\s]+)\s*\}\}/g;
const onlyHole = /^\{\{\s*([^{}\s]+)\s*\}\}$/;
/** A text of JSON, or a hole between them. One that does not end is taken too: else its end would be looked for from each quote in it. */
const jsonTextOrHole = /"(?:[^"\\]|\\.)*"?|\{\{\s*([^{}\s]+)\s*\}\}/g;

/**
 * `Summarise {{doc}}` with the data in it, in lists and objects too; `{{doc}}` alone keeps the value's type. What is put in is not read
 * again.
 */
function expanded(value: JsonValue, from: DataReader): JsonValue {
  if (typeof value === "string") {
    const only = onlyHole.exec(value)?.[1];
    return only === undefined
      ? value.replaceAll(hole, (_whole, name: string) => from.textOf(name))
      : from.valueOf(only);
  }
  if (Array.isArray(value)) return value.map((inner) => expanded(inner, from));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, inner]) => [name, expanded(inner ?? null, from)] as const);
  return Object.fromEntries(members);
}

/** The same in a text that holds JSON. What is put in is a value of it, or a part of a text in it, and never a part of its form. */
function expandedJson(text: string, from: DataReader): string {
  return text.replaceAll(jsonTextOrHole, (whole: string, bare: string | undefined) => {
    if (bare !== undefined) return JSON.stringify(from.valueOf(bare));
    return whole.replaceAll(hole, (_hole, name: string) => JSON.stringify(from.textOf(name)).slice(1, -1));
  });
}

function lacksData(name: string, param: string): AditError {
  return new AditError("invalid_request", `data has no ${JSON.stringify(name.slice(0, 64))}, which ${param} takes.`, {
    param: "data",
    remedy: "Send it in data, or give the field a default.",
  });
}

/** Puts a copy of the value there: a later place may lie within it. What is not there on the way is made. */
function putAt(root: JsonObject, place: ValuePath, { value, param }: { value: JsonValue; param: string }): void {
  let container: JsonValue = root;
  for (const [index, step] of place.entries()) {
    const next = place[index + 1];
    const inner: JsonValue =
      next === undefined ? structuredClone(value) : (memberAt(container, step) ?? (isIndex(next) ? [] : {}));
    setMember(container, step, { value: inner, param });
    container = inner;
  }
}

function memberAt(container: JsonValue, step: string | number): JsonValue | undefined {
  if (Array.isArray(container)) return isIndex(step) ? container[Number(step)] : undefined;
  return isJsonObject(container) && Object.hasOwn(container, step) ? container[step] : undefined;
}

/** A member that is there keeps its turn. */
function setMember(
  container: JsonValue,
  step: string | number,
  { value, param }: { value: JsonValue; param: string },
): void {
  if (Array.isArray(container)) {
    // One behind the last adds to it: anything further would leave holes.
    if (!isIndex(step) || Number(step) > container.length) throw noSuchPlace(step, param);
    container[Number(step)] = value;
    return;
  }
  if (!isJsonObject(container)) throw noSuchPlace(step, param);
  // Defined, so that a member named "__proto__" stays a plain one.
  Object.defineProperty(container, step, { value, writable: true, enumerable: true, configurable: true });
}

function isIndex(step: string | number): boolean {
  return typeof step === "number" || /^\d{1,9}$/.test(step);
}

function noSuchPlace(step: string | number, param: string): AditError {
  return new AditError("invalid_request", `${param} names a place that the request format does not have, at ${step}.`, {
    param,
    remedy: "Check it against the request format.",
  });
}
