/** Log injection: one request is one line of JSON, whatever the caller's words are, and its fields say what the gateway says. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatPath, nova, question, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openHostile } from "./decoy.ts";
import { RawCaller, rawRequest } from "./raw-caller.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const forged = [
  '","status":200,"error":"none","x":"',
  '"}\n{"level":30,"msg":"request","status":200,"id":"forged"}',
  "\\",
  '\\\\"',
  "\\u0022,\\u0022status\\u0022:1",
  "\u0000\u0001\u001b[31m\u007f\u0085",
  "\u2028\u2029\ufeff",
  "\ud800",
  "é🦊",
  "__proto__",
  "%s %d %j %o",
  "x".repeat(5_000),
];

test.each(forged.map((text) => [JSON.stringify(text).slice(0, 60), text] as const))("%s", async (_shown, text) => {
  const before = house.logLines().length;
  const bodies = [
    question("hi", { model: text }),
    question("hi", { [text]: text, metadata: { [text]: text } }),
    { model: nova, messages: [{ role: text, content: text }] },
    question("hi", { credential_override: { [text]: { aws_access_key_id: text } } }),
    question("hi", { model: `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${text}` }),
  ];
  for (const body of bodies) await (await house.post(chatPath, body)).text();
  const inHeader = text.replace(/[^\x20-\x7e]/g, "").trim();
  const ascii = JSON.stringify({ [text]: text }).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const headers = {
    "user-agent": inHeader,
    "x-portkey-trace-id": inHeader,
    "x-portkey-span-name": inHeader,
    "x-portkey-metadata": ascii,
    "x-portkey-config": ascii,
    traceparent: inHeader,
  };
  const caller = new RawCaller(house.gateway.port);
  caller.send(rawRequest(house, headers));
  await caller.answered();
  caller.destroy();
  await until(() => house.logLines().length >= before + bodies.length + 1);
  // Each is parsed by the house: a line that is no JSON throws.
  const lines = house.logLines().slice(before);
  expect(lines).toHaveLength(bodies.length + 1);
  for (const line of lines) {
    expect(line["id"]).toMatch(/^req_[0-9a-f-]{36}$/);
    expect(line["path"]).toBe(chatPath);
    expect(line["error"]).not.toBe("none");
    expect(line["error"]).not.toBe("internal");
    expect(JSON.stringify(line).length).toBeLessThan(6_000);
  }
});

test("a path of the caller's own stands in its line as text", async () => {
  const before = house.logLines().length;
  const caller = new RawCaller(house.gateway.port);
  caller.send(`GET /"},"status":200,"x":{"%22%0a{ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  await caller.answered();
  caller.destroy();
  await until(() => house.logLines().length > before);
  expect(house.logLines().at(-1)).toMatchObject({ status: 404, path: '/"},"status":200,"x":{"%22%0a{' });
});

test("what a hostile target says of an answer's cost and end is no way for content into the log, nor is a heap of odd fields", async () => {
  const long = "content ".repeat(20_000);
  const usage = {
    prompt_tokens: 1,
    note: long,
    [long]: 1,
    many: Array.from({ length: 5_000 }, () => long.slice(0, 60)),
  };
  const chunk = (more: object): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, ...more }], usage })}\n\n`;
  const hostile = await openHostile((socket) =>
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: ${"i".repeat(9_000)}\r\nconnection: close\r\n\r\n` +
        `${chunk({ finish_reason: long })}data: [DONE]\n\n`,
    ),
  );
  const own = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: hostile.url } });
  const config = { provider: "openai", api_key: "k", custom_host: hostile.url };
  const answer = await own.post(chatPath, question("hi", { stream: true }), {
    "x-portkey-config": JSON.stringify(config),
  });
  await answer.text();
  const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`field-number-${index}`, 1]));
  await (await own.post(chatPath, question("hi", fields))).text();
  await until(() => own.logLines().length === 2);
  const [hostiles, odd] = own.logLines();
  expect(hostiles).toMatchObject({ status: 200, usage: { prompt_tokens: 1 } });
  for (const line of [hostiles, odd]) expect(JSON.stringify(line).length).toBeLessThan(6_000);
  await own.close();
  await hostile.close();
});
