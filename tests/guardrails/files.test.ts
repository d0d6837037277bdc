/** Text files in base64 and in data URLs: read by guardrails at every door, and masked in what AWS gets. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { withConfig } from "./asked.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const text = "name;mail\nAnn;ann@example.com\n";
const masked = "name;mail\nAnn;[EMAIL_ADDRESS]\n";
const base64 = Buffer.from(text).toString("base64");
const noMail = { "default.pii": { categories: ["EMAIL_ADDRESS"] } };

const question = { type: "text", text: "Read." };
const file = { type: "file", file: { filename: "a.csv", file_data: base64 } };
const input = { type: "input_file", filename: "a.csv", file_data: `data:text/csv;base64,${base64}` };
const document = { type: "document", source: { type: "base64", media_type: "text/plain", data: base64 } };
const block = { document: { name: "a", format: "csv", source: { bytes: base64 } } };
const doors: [string, string, (content: object) => object, object][] = [
  ["chat", "/v1/chat/completions", (part) => ({ model: nova, messages: [{ role: "user", content: [question, part] }] }), file],
  ["responses", "/v1/responses", (part) => ({ model: nova, input: [{ role: "user", content: [{ type: "input_text", text: "Read." }, part] }] }), input],
  ["messages", "/v1/messages", (part) => ({ model: nova, max_tokens: 50, messages: [{ role: "user", content: [question, part] }] }), document],
  ["converse", `/model/${nova}/converse`, (part) => ({ messages: [{ role: "user", content: [{ text: "Read." }, part] }] }), block],
  ["invoke", `/model/${nova}/invoke`, (part) => ({ messages: [{ role: "user", content: [{ text: "Read." }, part] }] }), block],
  ["invoke Claude", `/model/${claude.haiku3}/invoke`, (part) => ({ anthropic_version: "bedrock-2023-05-31", max_tokens: 50, messages: [{ role: "user", content: [question, part] }] }), { ...document, source: { type: "text", media_type: "text/plain", data: text } }],
]; // prettier-ignore

const sent = (): string => house.emulator.requests.map(({ body }) => body.toString("utf8")).join();

describe.each(doors)("%s", (name, path, bodyOf, part) => {
  test("a file that a guardrail denies is 446, and is not sent", async () => {
    const response = await house.post(
      path,
      bodyOf(part),
      withConfig({ input_guardrails: [{ ...noMail, deny: true }] }),
    );
    expect(await response.text()).not.toContain(base64);
    expect(response.status).toBe(446);
    expect(house.emulator.requests).toEqual([]);
  });

  test("what is redacted in it does not reach AWS", async () => {
    const redact = { "default.pii": { categories: ["EMAIL_ADDRESS"], redact: true } };
    const response = await house.post(path, bodyOf(part), withConfig({ input_guardrails: [redact] }));
    expect(response.status).toBe(200);
    const isPlain = name === "invoke Claude";
    expect(sent()).toContain(isPlain ? JSON.stringify(masked).slice(1, -1) : Buffer.from(masked).toString("base64"));
    expect(sent()).not.toContain(isPlain ? "ann@" : base64);
  });
});

test("a text file that no guardrail can read is refused where one is to judge it, and goes its way where none is", async () => {
  const bytes = Buffer.from("Müller; ann@example.com", "latin1").toString("base64");
  const body = { messages: [{ role: "user", content: [{ text: "Read." }, { document: { name: "a", format: "csv", source: { bytes } } }] }] }; // prettier-ignore
  const refused = await house.post(`/model/${nova}/converse`, body, withConfig({ input_guardrails: [noMail] }));
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("no guardrail can read");
  expect(house.emulator.requests).toEqual([]);
  expect((await house.post(`/model/${nova}/converse`, body)).status).toBe(200);
  expect(sent()).toContain(bytes);
});

test("a text file that is too long to be judged fails, and is not sent", async () => {
  const long = Buffer.from("a".repeat(4_000_001)).toString("base64");
  const part = { type: "file", file: { filename: "a.txt", file_data: long } };
  const body = { model: nova, messages: [{ role: "user", content: [question, part] }] };
  const response = await house.post("/v1/chat/completions", body, withConfig({ input_guardrails: [{ ...noMail, deny: true }] })); // prettier-ignore
  expect(response.status).toBe(446);
  expect(house.emulator.requests).toEqual([]);
});

test("what no check looks at may be of any form and length", async () => {
  const long = Buffer.from("a".repeat(4_000_001)).toString("base64");
  const odd = Buffer.from("Müller", "latin1").toString("base64");
  const parts = [long, odd].map((file_data) => ({ type: "file", file: { filename: "a.txt", file_data } }));
  const body = { model: nova, messages: [{ role: "user", content: [question, ...parts] }] };
  const checks = {
    "default.modelWhitelist": { models: [nova] },
    "default.allowedRequestTypes": { allowedTypes: ["chatComplete"] },
    "default.requestParametersCheck": { params: { blockedKeys: ["n"] } },
    "default.requiredMetadataKeys": { metadataKeys: ["a"], operator: "none" },
  };
  const config = { input_guardrails: [{ ...checks, deny: true }], input_mutators: [{ "default.addPrefix": { prefix: "Hi." } }] }; // prettier-ignore
  const response = await house.post("/v1/chat/completions", body, withConfig(config));
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  expect(sent()).toContain("Hi.");
});
