/** What a family's native body may hold, as the model's own layer checks it. */
export type Schema =
  | { kind: "any" }
  | { kind: "string"; min?: number; max?: number; values?: readonly string[] }
  | { kind: "integer" | "number"; min?: number; max?: number }
  | { kind: "boolean" }
  | { kind: "list"; of: Schema; min?: number; max?: number }
  /** `open`: other members are taken too. */
  | { kind: "object"; members: Readonly<Record<string, Schema>>; required: readonly string[]; open: boolean }
  /** One of several objects, told apart by the member `tag`. */
  | { kind: "tagged"; tag: string; variants: Readonly<Record<string, Schema>> }
  /** The first option whose JSON type fits; they differ in it. */
  | { kind: "either"; options: readonly Schema[] };

export const any: Schema = { kind: "any" };
export const string: Schema = { kind: "string" };
export const boolean: Schema = { kind: "boolean" };

export function choice(...values: string[]): Schema {
  return { kind: "string", values };
}

export function integer(min?: number, max?: number): Schema {
  return { kind: "integer", ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

export function number(min?: number, max?: number): Schema {
  return { kind: "number", ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

export function listOf(of: Schema, limits: { min?: number; max?: number } = {}): Schema {
  return { kind: "list", of, ...limits };
}

/** An object that takes no other members. */
export function closed(members: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { kind: "object", members, required, open: false };
}

/** An object that takes other members too. */
export function open(members: Record<string, Schema> = {}, required: readonly string[] = []): Schema {
  return { kind: "object", members, required, open: true };
}

export function tagged(variants: Record<string, Schema>, tag = "type"): Schema {
  return { kind: "tagged", tag, variants };
}

export function either(...options: Schema[]): Schema {
  return { kind: "either", options };
}
