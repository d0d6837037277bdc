import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonLine } from "./json-line.ts";

test("a line is what JSON.stringify makes of the same members", () => {
  const members = fc.record({
    text: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
    number: fc.option(fc.integer(), { nil: undefined }),
    flag: fc.option(fc.boolean(), { nil: undefined }),
    object: fc.option(fc.dictionary(fc.string(), fc.jsonValue()), { nil: undefined }),
  });
  fc.assert(
    fc.property(members, ({ text, number, flag, object }) => {
      const line = new JsonLine();
      line.text("text", text);
      line.value("number", number);
      line.value("flag", flag);
      line.json("object", object);
      expect(line.end()).toBe(`${JSON.stringify({ text, number, flag, object })}\n`);
    }),
  );
});
