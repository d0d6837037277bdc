import { expect, test } from "vitest";
import { callerPairs, callerText } from "./caller-text.ts";

test.each([
  ["short", "short"],
  ["\ud800", "\ufffd"],
  [`a long text with a half \udc00 in it, and 😀`, "a long text with a half \ufffd in it, and 😀"],
  // The cut goes through a character.
  [`${"x".repeat(508)}😀😀😀`, `${"x".repeat(508)}\ufffd...`],
])("%j is text in UTF-8", (given, kept) => {
  expect(callerText(given)).toBe(kept);
  expect(callerPairs({ [given]: given })).toEqual({ [kept]: kept });
});
