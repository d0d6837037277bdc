/** Lists of addresses behind proxies: whose word counts, at a real gateway, and what a caller cannot make of the header. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSettings } from "../../packages/gateway/src/settings.ts";
import { adminKey, openControl, type Control } from "../control/control.ts";

const question = JSON.stringify({ model: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }] });

type Opened = Control & { close: () => Promise<void> };

async function keyFor(control: Control, addresses: string[]): Promise<string> {
  const terms = { name: addresses.join(), scopes: ["completions.write"], allowed_addresses: addresses };
  return (await control.ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", terms)).body.key;
}

/** With header lines as they are given, one as often as it is there. */
function call(control: Control, key: string, lines: readonly [string, string][]): Promise<number> {
  const own = [
    ["host", new URL(control.gateway.url).host],
    ["content-type", "application/json"],
    ["content-length", String(question.length)],
    ["authorization", `Bearer ${key}`],
  ];
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: [...own, ...lines].flat() };
    const sent = request(`${control.gateway.url}/v1/chat/completions`, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end(question);
  });
}

describe("a gateway with a proxy on this machine", () => {
  let control: Opened;
  let key: string;
  beforeAll(async () => {
    control = await openControl({ ADIT_TRUSTED_PROXIES: "127.0.0.1, ::1, 10.0.0.0/8" });
    key = await keyFor(control, ["203.0.113.0/24"]);
  });
  afterAll(() => control.close());

  test.each<[string, [string, string][], number]>([
    ["the address that the proxy names", [["X-Forwarded-For", "203.0.113.7"]], 200],
    ["behind two proxies", [["X-Forwarded-For", "203.0.113.7, 10.1.1.1"]], 200],
    ["with a port", [["X-Forwarded-For", "203.0.113.7:52100"]], 200],
    ["the proxy itself, which names nobody", [], 403],
    ["a stranger", [["X-Forwarded-For", "198.51.100.1"]], 403],
    ["a stranger who writes an allowed address before", [["X-Forwarded-For", "203.0.113.7, 198.51.100.1"]], 403],
    ["and who sends the header twice", [["X-Forwarded-For", "203.0.113.7"], ["X-Forwarded-For", "198.51.100.1"]], 403],
    ["what is no address", [["X-Forwarded-For", "203.0.113.7, unknown"]], 403],
    ["an empty last entry", [["X-Forwarded-For", "203.0.113.7,"]], 403],
    ["other headers", [["Forwarded", "for=203.0.113.7"], ["X-Real-IP", "203.0.113.7"], ["X-Client-IP", "203.0.113.7"], ["CF-Connecting-IP", "203.0.113.7"], ["True-Client-IP", "203.0.113.7"]], 403],
    ["an underscored one", [["X_Forwarded_For", "203.0.113.7"]], 403],
  ])("%s", async (_name, lines, status) => {
    expect(await call(control, key, lines)).toBe(status);
  }); // prettier-ignore

  test("the audit log tells the caller's address, not the proxy's", async () => {
    const headers = { "x-forwarded-for": "192.168.0.1, 203.0.113.9" };
    await control.ask("POST", "/v1/projects", { name: "Told" }, headers);
    const { body } = await control.ask<{ data: { actor: { address: string } }[] }>(
      "GET",
      "/v1/audit-logs?action=project.create&limit=1",
    );
    expect(body.data[0]?.actor.address).toBe("203.0.113.9");
  });

  test("who signs in wrongly waits by the caller's address: others behind the proxy do not", async () => {
    const signIn = (address: string, count: number) =>
      fetch(`${control.gateway.url}/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-forwarded-for": address },
        body: JSON.stringify({ email: `nobody-${count}@example.com`, password: "wrong" }),
      }).then(({ status }) => status);
    const statuses = [];
    for (let count = 0; count < 21; count += 1) statuses.push(await signIn("203.0.113.66", count));
    expect(statuses.at(-1)).toBe(429);
    // Another word of the attacker's own before it changes nothing.
    expect(await signIn("198.51.100.5, 203.0.113.66", 100)).toBe(429);
    expect(await signIn("203.0.113.67", 101)).toBe(401);
  });
});

describe("a gateway that trusts no proxy", () => {
  let control: Opened;
  beforeAll(async () => {
    control = await openControl();
  });
  afterAll(() => control.close());

  test("takes nobody's word", async () => {
    const elsewhere = await keyFor(control, ["203.0.113.0/24"]);
    expect(await call(control, elsewhere, [["X-Forwarded-For", "203.0.113.7"]])).toBe(403);
    const here = await keyFor(control, ["127.0.0.1", "::1"]);
    expect(await call(control, here, [["X-Forwarded-For", "203.0.113.7"]])).toBe(200);
    expect(await call(control, adminKey, [["X-Forwarded-For", "203.0.113.7"]])).toBe(200);
  });
});

describe("the setting", () => {
  test.each([
    "10.0.0.0/33",
    "proxy.example.com",
    "10.0.0.0/8/8",
    "0.0.0.0/0",
    "0.0.0.0/1, 128.0.0.0/1",
    "0.0.0.0/2,64.0.0.0/2,128.0.0.0/1",
    "::/1, 8000::/1",
    "::/0",
    "0.0.0.0/00",
    "::ffff:0:0/96",
    "10.0.0",
  ])("%s is refused", (value) => {
    expect(() => readSettings({ ADIT_TRUSTED_PROXIES: `127.0.0.1,${value}` })).toThrow(/ADIT_TRUSTED_PROXIES/);
  });
});
