/** C2, C3: an address of the inner network is refused wherever a request can name one, before anything is sent anywhere. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask, claude, refusalOf, toolNamed } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openDecoy, type Decoy } from "./decoy.ts";

let house: House;
let decoy: Decoy;
beforeAll(async () => {
  decoy = await openDecoy();
  house = await openHouse();
});
afterEach(() => house.emulator.clearRequests());
afterAll(async () => {
  await house.close();
  await decoy.close();
});

const inner = (): string[] => {
  const { port } = decoy;
  return [
    decoy.url, `https://127.0.0.1:${port}/x`, "https://127.0.0.1/x",
    "https://127.1/x", "https://2130706433/x", "https://0x7f000001/x", "https://0177.0.0.1/x", "https://0/x", "https://[::1]/x", "https://[::]/x",
    "https://[::ffff:127.0.0.1]/x", "https://[::ffff:7f00:1]/x", "https://[64:ff9b::7f00:1]/x", "https://[64:ff9b:1::a00:1]/x",
    "https://[2002:7f00:1::]/x", "https://[2002:a9fe:a9fe::]/x", "https://[fe80::1]/x", "https://[fc00::1]/x", "https://[fd00:ec2::254]/latest/meta-data",
    "https://169.254.169.254/latest/meta-data/iam/security-credentials/", "http://169.254.169.254/latest/meta-data", "http://169.254.170.2/v2/credentials",
    "https://10.0.0.1/x", "https://172.16.0.1/x", "https://192.168.1.1/x", "https://100.64.0.1/x", "https://198.18.0.1/x", "https://224.0.0.1/x",
    "https://255.255.255.255/x", "https://①②⑦.⓪.⓪.①/x", "https://１２７.0.0.1/x", "https://127。0。0。1/x", "https://user:pass@127.0.0.1/x",
    "https://example.com@127.0.0.1/x", "file:///etc/passwd", "file://localhost/etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:6379/_x",
    "blob:https://127.0.0.1/x", "javascript:alert(1)", "//127.0.0.1/x", "/etc/passwd", "127.0.0.1/x", "https://", "http://[", "\u0000", "https:\\\\127.0.0.1\\x", "https://127.0.0.1:443/x", " https://127.0.0.1/x ", "ht\ntps://127.0.0.1/x",
  ]; // prettier-ignore
};

type Part = Record<string, unknown>;
const parts: [string, (url: string) => Part][] = [
  ["image_url", (url) => ({ type: "image_url", image_url: { url } })],
  ["image_url as text", (url) => ({ type: "image_url", image_url: url })],
  ["video_url", (url) => ({ type: "video_url", video_url: { url } })],
  ["video_url as text", (url) => ({ type: "video_url", video_url: url })],
  ["file.file_url", (url) => ({ type: "file", file: { file_url: url, filename: "a.pdf" } })],
];
const call = {
  role: "assistant",
  content: null,
  tool_calls: [{ id: "t1", type: "function", function: { name: "look", arguments: "{}" } }],
};
const places: [string, (part: Part) => Record<string, unknown>][] = [
  ["the caller's turn", (part) => ({ messages: [{ role: "user", content: [{ type: "text", text: "what?" }, part] }] })],
  ["a tool's result", (part) => ({
    tools: [toolNamed("look")],
    messages: [{ role: "user", content: "what?" }, call, { role: "tool", tool_call_id: "t1", content: [part] }],
  })],
  ["an earlier turn", (part) => ({
    messages: [{ role: "user", content: [part] }, { role: "assistant", content: "yes" }, { role: "user", content: "and?" }],
  })],
]; // prettier-ignore

describe.each(parts)("%s", (_kind, part) => {
  test.each(places)("in %s", async (_place, body) => {
    const answers = await Promise.all(
      inner().map(async (url) => [url, await ask(house, "", { model: claude.sonnet45, ...body(part(url)) })] as const),
    );
    for (const [url, answer] of answers) {
      const refusal = await refusalOf(answer);
      expect(refusal.status, `${url}: ${refusal.message}`).toBe(400);
      expect(refusal.message).not.toMatch(/user:pass/);
    }
    expect(house.emulator.requests).toEqual([]);
    expect(decoy.heard).toEqual([]);
  });
});

test("blocks of Bedrock's and Anthropic's own shape carry no address that the gateway would fetch", async () => {
  for (const part of [
    { image: { format: "png", source: { url: decoy.url } } },
    { type: "image", source: { type: "url", url: decoy.url } },
    { type: "document", source: { type: "url", url: decoy.url } },
    { type: "input_image", image_url: decoy.url },
    { type: "input_file", file_url: decoy.url },
    { type: "input_audio", input_audio: { url: decoy.url, format: "wav" } },
    { type: "text", text: decoy.url, image_url: { url: decoy.url } },
  ]) {
    const answer = await ask(house, "", { model: claude.sonnet45, messages: [{ role: "user", content: [part] }] });
    expect([200, 400], await answer.text()).toContain(answer.status);
  }
  expect(decoy.heard).toEqual([]);
});

test("a name of this machine is no way in either", async () => {
  for (const url of [`https://localhost:${decoy.port}/x`, "https://localhost/x", "HTTPS://LOCALHOST./x"]) {
    const content = [{ type: "image_url", image_url: { url } }];
    expect((await ask(house, "", { messages: [{ role: "user", content }] })).status).toBe(400);
  }
  expect(decoy.heard).toEqual([]);
});

test("ADIT_FETCH_MEDIA=off fetches nothing, not even what is public", async () => {
  const closed = await openHouse({ variables: { ADIT_FETCH_MEDIA: "off" } });
  for (const [, part] of parts) {
    for (const url of ["https://example.com/a.png", "https://93.184.216.34/a.png", ...inner().slice(0, 4)]) {
      const refusal = await refusalOf(await ask(closed, "", { messages: [{ role: "user", content: [part(url)] }] }));
      expect(refusal.status).toBe(400);
      expect(refusal.code).toBe("media_not_allowed");
    }
  }
  expect(closed.emulator.requests).toEqual([]);
  expect(decoy.heard).toEqual([]);
  await closed.close();
});

test("a request is no way to flood another's host: too many addresses are refused before the first is looked up", async () => {
  const urls = Array.from({ length: 101 }, (_, index) => `https://victim.invalid/${index}.png`);
  const content = urls.map((url) => ({ type: "image_url", image_url: { url } }));
  const refusal = await refusalOf(await ask(house, "", { messages: [{ role: "user", content }] }));
  expect(refusal).toMatchObject({ status: 400, code: "media_not_allowed" });
  expect(refusal.message).toContain("101");
});
