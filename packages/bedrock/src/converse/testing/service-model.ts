/** AWS's service model as an oracle: the little of its grammar that Converse's request uses, read at the time of the test. */

export interface Shape {
  type: string;
  members?: Record<string, { shape: string }>;
  member?: { shape: string };
  key?: { shape: string };
  value?: { shape: string };
  required?: string[];
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  union?: boolean;
  document?: boolean;
}

export interface ServiceModel {
  shapes: Record<string, Shape>;
  /** True: a member that the model does not know, and a null, are faults too. AWS passes both over. */
  isStrict?: boolean;
}

/** What the model finds wrong with a body of Converse or ConverseStream, whose shape `name` is; undefined for nothing. */
export function faultBy(model: ServiceModel, body: unknown, name = "ConverseStreamRequest"): string | undefined {
  return fault(model, name, body, []);
}

/** A shape of the model; fails where it has none of the name. */
export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) {
    throw new Error(`The service model has no shape ${name}.`);
  }
  return shape;
}

/** Documents that must be objects: AWS says so in its refusals, not in its model. */
const objectDocuments = new Set([
  "ToolInputSchema.json",
  "ConverseRequest.additionalModelRequestFields",
  "ConverseStreamRequest.additionalModelRequestFields",
]);

function fault(model: ServiceModel, name: string, value: unknown, path: string[]): string | undefined {
  const shape = shapeOf(model, name);
  const at = (words: string): string => `${path.join(".")}: ${words} (${name})`;
  if (shape.document === true) {
    return undefined;
  }
  switch (shape.type) {
    case "structure":
      return isObject(value) ? structureFault(model, name, value, path) : at("no object");
    case "list":
      if (!Array.isArray(value)) {
        return at("no list");
      }
      if (!isWithin(shape, value.length)) {
        return at("length");
      }
      return first(value, (member, index) => fault(model, shape.member?.shape ?? "", member, [...path, String(index)]));
    case "map": {
      if (!isObject(value)) {
        return at("no map");
      }
      const entries = Object.entries(value);
      return isWithin(shape, entries.length)
        ? first(
            entries,
            ([key, member]) =>
              fault(model, shape.key?.shape ?? "", key, [...path, key]) ??
              fault(model, shape.value?.shape ?? "", member, [...path, key]),
          )
        : at("size");
    }
    case "string":
      return typeof value === "string" && stringIsFine(shape, value) ? undefined : at("string");
    case "blob":
      return typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value) && isWithin(shape, value.length)
        ? undefined
        : at("blob");
    case "boolean":
      return typeof value === "boolean" ? undefined : at("boolean");
    case "integer":
      return Number.isInteger(value) && isWithin(shape, value as number) && Math.abs(value as number) < 2 ** 31
        ? undefined
        : at("integer");
    case "float":
      return typeof value === "number" && isWithin(shape, value) ? undefined : at("float");
    default:
      throw new Error(`The oracle does not know the type ${shape.type}.`);
  }
}

function structureFault(
  model: ServiceModel,
  name: string,
  value: Record<string, unknown>,
  path: string[],
): string | undefined {
  const shape = shapeOf(model, name);
  const isGiven = (member: unknown): boolean => member !== undefined && (member !== null || model.isStrict === true);
  const given = Object.keys(value).filter((member) => isGiven(value[member]));
  const known = given.filter((member) => Object.hasOwn(shape.members ?? {}, member));
  const unknown = model.isStrict === true ? given.find((member) => !known.includes(member)) : undefined;
  if (unknown !== undefined) {
    return `${path.join(".")}: ${unknown} is unknown (${name})`;
  }
  if (shape.union === true && (given.length === 0 || known.length > 1)) {
    return `${path.join(".")}: a union of ${known.length} members (${name})`;
  }
  // The model id is part of the path.
  const missing = shape.required?.find(
    (member) =>
      member !== "modelId" &&
      (isDocument(model, shape, member) ? value[member] === undefined : !given.includes(member)),
  );
  if (missing !== undefined) {
    return `${path.join(".")}: ${missing} is missing (${name})`;
  }
  return first(known, (member) =>
    objectDocuments.has(`${name}.${member}`) && !isObject(value[member])
      ? `${path.join(".")}.${member}: no object`
      : fault(model, shape.members?.[member]?.shape ?? "", value[member], [...path, member]),
  );
}

function isDocument(model: ServiceModel, shape: Shape, member: string): boolean {
  return shapeOf(model, shape.members?.[member]?.shape ?? "").document === true;
}

function stringIsFine(shape: Shape, value: string): boolean {
  const matches = shape.pattern === undefined || new RegExp(`^(?:${shape.pattern})$`).test(value);
  return isWithin(shape, value.length) && (shape.enum?.includes(value) ?? true) && matches;
}

function isWithin(shape: Shape, size: number): boolean {
  return size >= (shape.min ?? -Infinity) && size <= (shape.max ?? Infinity);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function first<Item>(
  items: readonly Item[],
  find: (item: Item, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
