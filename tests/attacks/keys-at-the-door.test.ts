/** C5: no Authorization, however it is shaped, passes or breaks the door, and nothing is sent for it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { RawCaller, rawRequest } from "./raw-caller.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const key = "test-gateway-key-0123456789";
const wrong: [string, string][] = [
  ["nothing", ""], ["Bearer", "Bearer"], ["Bearer and a space", "Bearer "], ["the key alone", key], ["Basic", `Basic ${Buffer.from(`u:${key}`).toString("base64")}`],
  ["quotes", `Bearer "${key}"`], ["single quotes", `Bearer '${key}'`], ["SQL", `Bearer ' OR '1'='1' --`], ["SQL with the key", `Bearer ${key}' OR 1=1 --`],
  ["a wildcard", "Bearer %"], ["another wildcard", "Bearer *"], ["an object", 'Bearer {"$ne":null}'], ["an array", `Bearer ["${key}"]`], ["undefined", "Bearer undefined"],
  ["null", "Bearer null"], ["true", "Bearer true"], ["NaN", "Bearer NaN"], ["__proto__", "Bearer __proto__"], ["constructor", "Bearer constructor"],
  ["the first half", `Bearer ${key.slice(0, 13)}`], ["all but the last", `Bearer ${key.slice(0, -1)}`], ["one too many", `Bearer ${key}0`], ["another case", `Bearer ${key.toUpperCase()}`],
  ["the same first twenty", `Bearer ${key.slice(0, 20)}${"x".repeat(7)}`], ["the key twice", `Bearer ${key}, Bearer ${key}`], ["with a comma", `Bearer ${key},`], ["two words", `Bearer ${key} ${key}`],
  ["Latin-1", "Bearer caf\u00e9\u00ff"], ["UTF-8 bytes", `Bearer ${Buffer.from("ключ🦊").toString("latin1")}`], ["percent-encoded", `Bearer ${encodeURIComponent(key).replace("-", "%2D")}`],
  ["base64", `Bearer ${Buffer.from(key).toString("base64")}`], ["a hash of it", `Bearer ${"a".repeat(64)}`], ["a no-break space", `Bearer\u00a0${key}`], ["AWS's scheme", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y"],
  ["a template", "Bearer {{key}}"], ["a path", "Bearer ../../admin-key"], ["50 KB", `Bearer ${"x".repeat(50_000)}`], ["50 KB of spaces", `Bearer ${" ".repeat(50_000)}x`], ["50 KB of quotes", `Bearer ${"'\"".repeat(25_000)}`],
]; // prettier-ignore

describe.each([
  "authorization",
  "x-api-key",
  "x-adit-api-key",
  "x-portkey-api-key",
  "x-obiguard-api-key",
  "x-portkey-api_key",
])("%s", (header) => {
  test("opens for nothing but the key", async () => {
    for (const [name, value] of wrong) {
      const isKeyItself = header !== "authorization" && value === key;
      const caller = new RawCaller(house.gateway.port);
      const own = header === "authorization" ? {} : { [header]: value };
      const head = rawRequest(house, own, { authorization: header === "authorization" ? value : "" });
      caller.send(head);
      await caller.answered();
      expect(caller.statuses, `${name}: ${caller.received.slice(0, 500)}`).toEqual([isKeyItself ? 200 : 401]);
      expect(caller.received).not.toContain(key);
      caller.destroy();
    }
    for (const call of house.emulator.requests) expect(call.verdict).toBe("sigv4 ok");
  });
});

test.each([
  ["NUL", `Bearer ${key}\0`, [400]],
  ["a line feed", `Bearer\n ${key}`, [400]],
  ["a bare CR", `Bearer ${key}\rx`, [400]],
  ["1 MB", `Bearer ${"x".repeat(1_048_576)}`, [431]],
  ["1 MB that ends in the key", `Bearer ${" ".repeat(1_048_576)}${key}`, [431]],
])("%s in the value never reaches the door", async (_name, authorization, statuses) => {
  house.emulator.clearRequests();
  const caller = new RawCaller(house.gateway.port);
  caller.send(rawRequest(house, {}, { authorization }));
  await caller.answered();
  expect(caller.statuses, caller.received.slice(0, 300)).toEqual(statuses);
  expect(house.emulator.requests).toEqual([]);
  caller.destroy();
});

test("the first key that is there decides: no other place, no query and no cookie mends a wrong one", async () => {
  house.emulator.clearRequests();
  for (const headers of [
    { "x-adit-api-key": "wrong", authorization: `Bearer ${key}` },
    { "x-portkey-api-key": "wrong", "x-api-key": key, authorization: `Bearer ${key}` },
    { authorization: "Bearer wrong", "x-api-key": key },
    { authorization: "", cookie: `key=${key}; authorization=Bearer ${key}` },
    { authorization: "", "proxy-authorization": `Bearer ${key}` },
    { authorization: "", "api-key": key },
    { authorization: "", "x-goog-api-key": key },
  ]) {
    const answer = await house.post(
      `/v1/chat/completions?api_key=${key}&key=${key}&access_token=${key}`,
      { model: "m", messages: [] },
      headers,
    );
    expect(answer.status).toBe(401);
  }
  const twice = new RawCaller(house.gateway.port);
  twice.send(rawRequest(house, { authorization: `Bearer ${key}` }, { authorization: "Bearer wrong" }));
  await twice.answered();
  expect(twice.statuses).toEqual([401]);
  twice.destroy();
  expect(house.emulator.requests).toEqual([]);
});

test.each([
  ["Latin-1", "caf\u00e9-key"],
  ["UTF-8", Buffer.from("ключ-🦊").toString("latin1")],
  ["control characters", "key\u0001\u007f"],
  ["a space", "two words"],
  ["50 KB", "x".repeat(50_000)],
])("a Bedrock API key with %s behind a vendor's key is refused in words, never a fault", async (_name, token) => {
  house.emulator.clearRequests();
  const caller = new RawCaller(house.gateway.port);
  caller.send(rawRequest(house, { "x-portkey-api-key": key }, { authorization: `Bearer ${token}` }));
  await caller.answered();
  expect(caller.statuses[0], caller.received).toBeLessThan(500);
  expect(caller.statuses[0]).toBeGreaterThanOrEqual(400);
  expect(caller.received.length).toBeLessThan(5_000);
  caller.destroy();
});
