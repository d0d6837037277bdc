import { expect, it } from "vitest";
import { z } from "zod";
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

it("a tool in OpenAI's form may hold a zod schema, and no other library's", () => {
  const toolWith = (given: unknown): unknown[] => [{ type: "function", function: { name: "a", parameters: given } }];
  const [tool] = readTools(toolWith(z.object({ city: z.string() })), "tools", true).tools;
  expect(tool).toMatchObject({ function: { name: "a", parameters: { properties: { city: { type: "string" } } } } });
  expect(readTools(toolWith(parameters), "tools", true).tools).toEqual(toolWith(parameters));
  expect(() => readTools(toolWith({ _def: {} }), "tools", true)).toThrow(
    /^tools\[0\]\.function\.parameters must be a zod/,
  );
});
