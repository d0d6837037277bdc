import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { Secret } from "../../secret.ts";
import { Target } from "./target.ts";

test("a key that repeats itself is taken out of a host's long words within a moment", () => {
  const key = `a${"a".repeat(30_000)}b${"a".repeat(30_000)}`;
  const target = new Target("https://models.example/v1", new Secret(key));
  const said = (message: string) =>
    target.refusal(400, {}, Buffer.from(JSON.stringify({ error: { message } }))).message;
  const beganAt = performance.now();
  const long = "a".repeat(4_000_000);
  expect(said(long)).toBe(`${long.slice(0, 2_000)}...`);
  expect(said(`Not ${key}.`)).toBe("Not [secret].");
  // It took half a minute.
  expect(performance.now() - beganAt).toBeLessThan(5_000);
});

test("no part of a key is shown where a host's page is cut", () => {
  const key = "sk-canary-0123456789abcdef";
  const target = new Target("https://models.example/v1", new Secret(key));
  const tags = "<i>".repeat(2_000);
  for (let before = 4_060; before < 4_100; before += 1) {
    const page = Buffer.from(`${tags.slice(0, before - 1)}>${key}`);
    const errors = [target.refusal(500, {}, page), target.notExpected("a chat completion", {}, page)];
    for (const { message } of errors) expect(message).not.toContain("sk-");
  }
});
