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
