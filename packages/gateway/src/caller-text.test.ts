import { expect, test } from "vitest";
import { callerPairs, callerText } from "./caller-text.ts";

test.each([
  ["short", "short"],
  ["\ud800", "\ufffd"],
  [`a long text with a half \udc00 in it, and 😀`, "a long text with a half \ufffd in it, and 😀"],
])("%j is text in UTF-8", (given, kept) => {
  expect(callerText(given)).toBe(kept);
  expect(callerPairs({ [given]: given })).toEqual({ [kept]: kept });
});

test("a cut goes through a character", () => {
  expect(callerText(`${"x".repeat(508)}😀😀😀`)).toBe(`${"x".repeat(508)}\ufffd...`);
});

test.each(["api_key", "X-Api-Key", "customer_password", "clientSecret", "session-token"])(
  "what stands under a secret's name is none of a record's: %s",
  (name) => {
    const values = ["hunter2", "correct horse"];
    const kept = values.map((value) => callerPairs({ [name]: value })?.[name] ?? "");
    expect(new Set(kept).size).toBe(2);
    for (const value of kept) {
      expect(value).toMatch(/^\[secret\] #[0-9a-f]{8}$/);
      expect(callerPairs({ [name]: value })).toEqual({ [name]: value });
    }
    expect(callerPairs({ [name]: "" })).toEqual({ [name]: "" });
    expect(callerPairs({ keyboard: "hunter2", secretary: "hunter2" })).toEqual({
      keyboard: "hunter2",
      secretary: "hunter2",
    });
  },
);

test.each([
  ["secrets", [`sk-${"a".repeat(40)}`, `sk-${"b".repeat(40)}`], /^\[secret\] #[0-9a-f]{8}$/],
  ["passwords in addresses", ["a://u:one@h", "a://u:two@h"], /^a:\/\/u:\[secret\]@h #[0-9a-f]{8}$/],
  ["long values", [`${"x".repeat(600)}1`, `${"x".repeat(600)}2`], /^x{499}\.\.\. #[0-9a-f]{8}$/],
])("values of which the same is kept stay two: %s", (_name, [one, other], form) => {
  const kept = [one, other].map((value) => callerPairs({ _user: value ?? "" })?.["_user"] ?? "");
  expect(new Set(kept).size).toBe(2);
  for (const value of kept) {
    expect(value).toMatch(form);
    // Found by what is shown, too.
    expect(callerPairs({ _user: value })).toEqual({ _user: value });
  }
});
