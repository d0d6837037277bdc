/** Shapes of AWS's service model, as far as Converse needs them. */
export type Shape =
  /** `alsoTaken` is a value that AWS writes, and takes back, though its model does not have it. */
  | { kind: "string"; min?: number; max?: number; pattern?: string; values?: readonly string[]; alsoTaken?: string }
  | { kind: "integer" | "float"; min?: number; max?: number }
  | { kind: "boolean" }
  /** Base64 in JSON. */
  | { kind: "blob"; min?: number }
  /** Any JSON. */
  | { kind: "document" }
  | { kind: "list"; of: Shape; min?: number; max?: number }
  | { kind: "map"; key: Shape; of: Shape; min?: number; max?: number }
  | { kind: "structure"; members: Record<string, Shape>; required: readonly string[] }
  /** `name` is the shape's name in AWS's messages. */
  | { kind: "union"; name: string; members: Record<string, Shape> };

export const string: Shape = { kind: "string" };
export const boolean: Shape = { kind: "boolean" };
export const document: Shape = { kind: "document" };
export const blob: Shape = { kind: "blob", min: 1 };

export function text(limits: { min?: number; max?: number; pattern?: string }): Shape {
  return { kind: "string", ...limits };
}

export function oneOf(...values: string[]): Shape {
  return { kind: "string", values };
}

export function listOf(of: Shape, limits: { min?: number; max?: number } = {}): Shape {
  return { kind: "list", of, ...limits };
}

export function structure(members: Record<string, Shape>, required: readonly string[] = []): Shape {
  return { kind: "structure", members, required };
}

export function union(name: string, members: Record<string, Shape>): Shape {
  return { kind: "union", name, members };
}
