/** The gateway is no proxy and no file server: what stands in the request line leads to its own routes or nowhere. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { openDecoy, type Decoy } from "./decoy.ts";
import { RawCaller } from "./raw-caller.ts";

let house: House;
let decoy: Decoy;
beforeAll(async () => {
  decoy = await openDecoy();
  house = await openHouse();
});
afterAll(async () => {
  await house.close();
  await decoy.close();
});

async function sent(line: string, headers = ""): Promise<{ status: number | undefined; text: string }> {
  const caller = new RawCaller(house.gateway.port);
  caller.send(
    `${line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${house.key}\r\nconnection: close\r\n${headers}\r\n`,
  );
  await caller.answered();
  caller.destroy();
  return { status: caller.statuses[0], text: caller.received };
}

describe("a request for another host", () => {
  test.each([
    (port: number) => `GET http://127.0.0.1:${port}/secret`,
    (port: number) => `GET https://127.0.0.1:${port}/secret`,
    (port: number) => `POST http://127.0.0.1:${port}/v1/chat/completions`,
    (port: number) => `CONNECT 127.0.0.1:${port}`,
    (port: number) => `GET //127.0.0.1:${port}/secret`,
    (port: number) => `GET /http://127.0.0.1:${port}/secret`,
    (port: number) => `GET /v1/proxy/http://127.0.0.1:${port}`,
    (port: number) => `GET http://user:pass@127.0.0.1:${port}/`,
    (port: number) => `TRACE http://127.0.0.1:${port}/`,
    (port: number) => `OPTIONS http://127.0.0.1:${port}/`,
  ])("%s", async (line) => {
    const { status, text } = await sent(line(decoy.port), "x-forwarded-host: evil.test\r\nmax-forwards: 0\r\n");
    expect(status ?? 400, text.slice(0, 300)).toBeLessThan(500);
    expect(text).not.toContain("Decoy");
    // What was sent is not sent back, as TRACE would.
    expect(text).not.toContain(house.key);
    expect(decoy.heard).toEqual([]);
  });
});

describe("a path that climbs", () => {
  const climbs = [
    "..",
    "%2e%2e",
    "..%2f",
    "%2e%2e%2f",
    "..%5c",
    "..\\",
    "....//",
    "%252e%252e",
    "..;",
    "%c0%ae%c0%ae",
    ".%00.",
    "\u0080..",
  ];
  const files = ["package.json", "etc/passwd", "admin-key", "data/admin-key", "SECURITY.md"];
  test.each(["/docs/", "/docs", "/", "/v1/models/", "/llms.txt/"])("from %s", async (start) => {
    for (const climb of climbs) {
      for (const file of files) {
        const { status, text } = await sent(`GET ${start}${`${climb}/`.repeat(4)}${file}`);
        expect([301, 302, 308, 400, 404, undefined], `${climb} ${text.slice(0, 300)}`).toContain(status);
        expect(text).not.toMatch(/root:.*:0:0|"workspaces"|adit_admin_|Please report a weakness/);
      }
    }
  });
});

test("a model's name in a path, however long or odd, is answered at once", async () => {
  for (const name of [
    "a".repeat(50_000),
    "anthropic.".repeat(5_000),
    "%F0%9F%A6%8A".repeat(4_000),
    "%",
    "%zz",
    "%ff",
    "..%2f..",
    "a%0d%0ax-evil:%20y",
    "-".repeat(60_000),
  ]) {
    const { status, text } = await sent(`GET /v1/models/${name}`);
    expect([400, 404], text.slice(0, 300)).toContain(status);
    expect(text.length).toBeLessThan(20_000);
    expect(text).not.toMatch(/^x-evil:/im);
  }
}, 10_000);
