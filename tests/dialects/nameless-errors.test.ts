/** Streams that break, for clients of OpenAI's that read events without a name alone: what breaks is no answer that has ended well. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const bodies = {
  "/v1/chat/completions": { messages: [{ role: "user", content: "Good morning" }] },
  "/v1/completions": { prompt: "Good morning" },
  "/v1/messages": { messages: [{ role: "user", content: "Good morning" }], max_tokens: 100 },
};

async function broken(path: keyof typeof bodies, headers: Record<string, string>): Promise<string> {
  house.emulator.faultNext({ kind: "exception", frame: 4 }, 1);
  const response = await house.post(path, { model: nova, stream: true, ...bodies[path] }, headers);
  return response.text();
}

const versions: [lang: string, version: string, isNamed: boolean][] = [
  ["js", "4.0.0", false],
  ["js", "4.20.1", false],
  ["js", "4.28.5", false],
  ["js", "4.29.0", true],
  ["js", "4.104.0", true],
  ["js", "6.49.0", true],
  ["python", "1.3.9", false],
  ["python", "1.13.4", false],
  ["python", "1.14.0", true],
  ["python", "1.109.1", true],
  ["python", "2.1.0", true],
  ["go", "1.3.0", true],
];

test.each(versions)("%s %s", async (lang, version, isNamed) => {
  for (const path of ["/v1/chat/completions", "/v1/completions"] as const) {
    const text = await broken(path, { "x-stainless-lang": lang, "x-stainless-package-version": version });
    const last = text.trimEnd().split("\n\n").at(-1) ?? "";
    expect(last.startsWith("event: error\n")).toBe(isNamed);
    const data = last.replace("event: error\n", "").replace(/^data: /, "");
    expect(JSON.parse(data)).toMatchObject({ error: { code: "rate_limit_exceeded" } });
    expect(text).not.toContain("[DONE]");
  }
});

test("Anthropic's clients, which send the same headers and read events by their names, have theirs at any version", async () => {
  for (const [lang, version] of versions) {
    const client = { "x-stainless-lang": lang, "x-stainless-package-version": version };
    const text = await broken("/v1/messages", { ...client, "anthropic-version": "2023-06-01" });
    expect(text.trimEnd().split("\n\n").at(-1)).toMatch(/^event: error\ndata: /);
  }
});
