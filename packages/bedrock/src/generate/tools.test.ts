import { expect, it } from "vitest";
import { readTools } from "./tools.ts";

const parameters = { type: "object", properties: {} };

it("what a tool that is found by search cannot carry is a warning, and the others keep their places", () => {
  const deferred = { name: "a", parameters, deferLoading: true, strict: true, cacheControl: { type: "ephemeral" } };
  const read = readTools([deferred, { name: "b", parameters }, { toolSpec: { name: "c" } }], "tools", true);
  expect(read.deferred).toEqual([{ name: "a", input_schema: parameters, defer_loading: true }]);
  expect(read.warnings.map(({ path }) => path)).toEqual(["tools[0].strict", "tools[0].cacheControl"]);
  expect(read.places).toEqual([
    { path: "tools[1]", isDefinition: true },
    { path: "tools[2]", isDefinition: false },
  ]);
});
