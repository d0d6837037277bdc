import { describe, expect, it } from "vitest";
import { converseShape, converseStreamShape } from "./request-shapes.ts";
import type { Shape } from "./shape.ts";
import { serviceShapes, type AwsShape } from "./testing/service-model.ts";

const shapes = serviceShapes("bedrock-runtime");

/** What two shapes must share, in one form. */
function ours(shape: Shape): unknown {
  switch (shape.kind) {
    case "string":
      return { type: "string", ...limits(shape), pattern: shape.pattern, enum: shape.values };
    case "integer":
    case "float":
    case "boolean":
    case "blob":
      return { type: shape.kind, ...("min" in shape || "max" in shape ? limits(shape) : limits({})) };
    case "document":
      return { type: "document" };
    case "list":
      return { type: "list", ...limits(shape), member: ours(shape.of) };
    case "map":
      return { type: "map", ...limits(shape), key: ours(shape.key), value: ours(shape.of) };
    case "structure":
      return { type: "structure", required: shape.required.toSorted(), members: membersOf(shape.members) };
    case "union":
      return { type: "union", members: membersOf(shape.members) };
  }
}

function membersOf(members: Record<string, Shape>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, ours(member)]));
}

function theirs(name: string): unknown {
  const shape = shapes?.[name] ?? { type: "missing" };
  if (shape.document === true) return { type: "document" };
  switch (shape.type) {
    case "string":
      return { type: "string", ...limits(shape), pattern: shape.pattern, enum: shape.enum };
    case "list":
      return { type: "list", ...limits(shape), member: theirs(shape.member!.shape) };
    case "map":
      return { type: "map", ...limits(shape), key: theirs(shape.key!.shape), value: theirs(shape.value!.shape) };
    case "structure":
      return structureOf(shape);
    default:
      return { type: shape.type, ...limits(shape) };
  }
}

function structureOf(shape: AwsShape): unknown {
  const inBody = Object.entries(shape.members ?? {}).filter(([, member]) => member.location === undefined);
  const members = Object.fromEntries(inBody.map(([name, member]) => [name, theirs(member.shape)]));
  if (shape.union === true) return { type: "union", members };
  return { type: "structure", required: (shape.required ?? []).filter((name) => name in members).toSorted(), members };
}

/** A minimum of 0 says nothing. */
function limits(shape: { min?: number; max?: number }): object {
  return { min: shape.min === 0 && shape.max !== 1 ? undefined : shape.min, max: shape.max };
}

describe.skipIf(shapes === undefined)("the shapes of the request", () => {
  it("are those of AWS's service model: Converse", () => {
    expect(ours(converseShape)).toEqual(theirs("ConverseRequest"));
  });

  it("are those of AWS's service model: ConverseStream", () => {
    expect(ours(converseStreamShape)).toEqual(theirs("ConverseStreamRequest"));
  });
});
