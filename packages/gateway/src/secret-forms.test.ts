import { expect, test } from "vitest";
import { hiddenSecret, withoutKnownForms } from "./secret-forms.ts";

const letters = "aB3-".repeat(10_000);

test.each([
  ["a bearer token", `Bearer ${letters}`],
  ["a key of Adit's", `adit_sk_${letters}`],
  ["a token of JSON, of which no end is within reach", `${"h".repeat(20)}.eyJ${letters}.${letters}`],
  ["a PEM", `-----BEGIN RSA PRIVATE KEY-----${`\n${"a+/B".repeat(16)}`.repeat(500)}\n`],
])("%s of more letters than are read at once is hidden to its end", (_what, secret) => {
  expect(withoutKnownForms(`before ${secret} and behind`).startsWith("before ")).toBe(true);
  const safe = withoutKnownForms(`before ${secret}"and behind, and sk-${"x".repeat(30)}"`);
  expect(safe).toMatch(/^before (Bearer )?\[secret\]/);
  expect(safe.length).toBeLessThan(100);
});

test("what stands around a long secret stays, and so does another", () => {
  const safe = withoutKnownForms(`one sk-${letters}, two sk-${"x".repeat(30)} three`);
  expect(safe).toBe(`one ${hiddenSecret}, two ${hiddenSecret} three`);
});

test("a secret of the same form that begins within the letters behind a long one is hidden too", () => {
  const safe = withoutKnownForms(`Bearer ${letters}==Bearer ${"x".repeat(30)} end`);
  expect(safe).not.toContain("x");
  expect(safe.endsWith(" end")).toBe(true);
});
