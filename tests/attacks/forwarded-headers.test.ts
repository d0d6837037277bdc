/** C11, C13: `forward-headers` opens no way to AWS's headers, to the connection or to the gateway's own. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ask } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { onlyModelCall, signedHeaders } from "../support/seen.ts";
import { RawCaller, rawRequest } from "./raw-caller.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

/** Lower case; what a caller may send at all is sent, with a value that is looked for upstream. */
const mark = "attackers-own-value";
const forbidden = [
  "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-target", "x-amzn-bedrock-trace", "x-amzn-requestid",
  "x_amz_security_token", "x_amz_date", "x-amz_date", "x_forwarded_for", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
  "forwarded", "via", "cookie", "proxy-authorization", "proxy-connection", "te", "x-api-key", "api-key", "api_key",
  "x-adit-hop", "x_adit_hop", "x-adit-anything", "x-portkey-config-x", "x_portkey_custom_host", "x-obiguard-region-x",
  "accept-encoding", "content-encoding", "content-type", "user-agent", "keep-alive", "proxy-x",
]; // prettier-ignore

test.each(forbidden)("%s stays behind, and the call goes on", async (name) => {
  for (const listed of [name, name.toUpperCase(), ` ${name} `, `a,${name},b`, name.replaceAll("-", "_")]) {
    house.emulator.clearRequests();
    const caller = new RawCaller(house.gateway.port);
    const value = name === "content-type" ? "application/json; x=attackers-own-value" : mark;
    // Not all of these pass a client's library.
    const own = name === "content-encoding" ? {} : { [name]: value };
    caller.send(rawRequest(house, { ...own, "x-portkey-forward-headers": listed }));
    await caller.answered();
    expect(caller.statuses, caller.received).toEqual([200]);
    const call = onlyModelCall(house.emulator);
    expect(JSON.stringify(call.headers)).not.toContain("attackers-own-value");
    caller.destroy();
  }
});

test.each([
  "authorization",
  "Authorization",
  "AUTHORIZATION",
  "host",
  "Host",
  "connection",
  "content-length",
  "transfer-encoding",
  "expect",
  "upgrade",
  "trailer",
  ":authority",
  ":path",
  "host\r\n",
  "",
  ",,,",
  "*",
  "x\u0000",
])("listing %j changes nothing of the call", async (listed) => {
  const caller = new RawCaller(house.gateway.port);
  caller.send(
    rawRequest(
      house,
      { "x-adit-forward-headers": listed.replace(/[\r\n\0]/g, "") },
      { host: "attackers-own-value.test" },
    ),
  );
  await caller.answered();
  expect(caller.statuses, caller.received).toEqual([200]);
  const call = onlyModelCall(house.emulator);
  expect(call.headers["host"]).toBe(new URL(house.emulator.url).host);
  expect(call.headers["authorization"]).toMatch(/^AWS4-HMAC-SHA256 Credential=/);
  expect(JSON.stringify(call.headers)).not.toContain("attackers-own-value");
  expect(JSON.stringify(call.headers)).not.toContain(house.key);
  caller.destroy();
});

test("a header that may travel does, and the signature holds", async () => {
  const answer = await ask(
    house,
    "hello",
    {},
    { "x-portkey-forward-headers": "X-Team, x-amz-date", "x-team": "blue", "x-amz-date": mark },
  );
  expect(answer.status).toBe(200);
  const call = onlyModelCall(house.emulator);
  expect(call.headers["x-team"]).toBe("blue");
  expect(call.headers["x-amz-date"]).toMatch(/^\d{8}T\d{6}Z$/);
  expect(signedHeaders(call)).toContain("host");
});

test("a header whose bytes no header to AWS may hold is no fault of the gateway's", async () => {
  for (const value of ["caf\u00e9", "\u0080\u00ff", "\t tab \t"]) {
    house.emulator.clearRequests();
    const caller = new RawCaller(house.gateway.port);
    caller.send(rawRequest(house, { "x-portkey-forward-headers": "x-team", "x-team": value }));
    await caller.answered();
    expect(caller.statuses[0], caller.received).toBeLessThan(500);
    caller.destroy();
  }
});
