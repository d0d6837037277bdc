import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { xmlText } from "./xml-text.ts";

describe("xmlText", () => {
  it.each([
    ["<A>x</A>", "x"],
    ["<a:A b='c'>\n x \n</a:A>", "x"],
    ["<AB>no</AB><A>yes</A>", "yes"],
    ["<A>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;</A>", "<>&\"'AB"],
    ["<A>&amp;lt; &unknown; &#x110000;</A>", "&lt; &unknown; &#x110000;"],
    ["<A>&constructor; &toString;</A>", "&constructor; &toString;"],
    ["<A></A>", ""],
    ["<A><B>x</B></A>", undefined],
    ["<A/>", undefined],
    ["", undefined],
  ])("%j", (xml, expected) => {
    expect(xmlText(xml, "A")).toBe(expected);
  });

  it("gives back any text that was escaped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
        expect(xmlText(`<R><A>${escaped}</A></R>`, "A")).toBe(text.trim());
      }),
    );
  });
});
