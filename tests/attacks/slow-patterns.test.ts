/** C18: texts made to be slow for regular expressions, as long as each place takes them. One that costs the square of its length does not end in time. */
import { checkRegion, parseModelArn, parseModelName } from "@adit/bedrock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claude, nova, toolNamed, chatPath } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openHostile, type Decoy } from "./decoy.ts";
import { openQuickAws, type QuickAws } from "./quick-aws.ts";

let aws: QuickAws;
let hostile: Decoy;
let hostileText = "HTTP/1.1 400 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
let house: House;
beforeAll(async () => {
  aws = await openQuickAws();
  hostile = await openHostile((socket) => socket.end(hostileText));
  house = await openHouse({
    variables: { AWS_ENDPOINT_URL: aws.url, ADIT_CUSTOM_HOSTS: hostile.url },
  });
});
afterAll(async () => {
  await house.close();
  await hostile.close();
  await aws.close();
});

/** Runs of one character or pair, with an end that keeps a pattern from matching. */
function evil(length: number): string[] {
  const units = ["a", "-a", "a-", "0", "/", "//", ":", ";", ",", ".", "..", " ", "\t", "_", "[", "(", "<", "<a", "<script", "=", ";a=b", "%", "%2f", "\\", "\n", "\r\n", "arn:aws:", "us-east-", "x*", "é", "\u00a0", "\ud83e\udd8a"]; // prettier-ignore
  return units.map(
    (unit, index) =>
      `${index % 3 === 0 ? "a" : ""}${unit.repeat(Math.floor(length / unit.length))}${index % 2 === 0 ? "!" : ""}`,
  );
}

const long = evil(120_000);

async function statusOf(body: object, headers: Record<string, string> = {}): Promise<number> {
  const asked = { model: nova, messages: [{ role: "user", content: "hi" }], ...body };
  const answer = await house.post(chatPath, asked, headers);
  await answer.text();
  return answer.status;
}

/** What no input may be answered with. */
const faults = (statuses: readonly number[]): number[] => statuses.filter((status) => status >= 500);

async function statusesOf(texts: readonly string[], ask: (text: string) => Promise<number>): Promise<number[]> {
  const statuses: number[] = [];
  for (const text of texts) statuses.push(await ask(text));
  return statuses;
}

describe("the library's own parsers, as long as a body may bring", () => {
  test.each([
    ["models' names", parseModelName],
    ["models' ARNs", parseModelArn],
    ["regions", (text: string) => { try { return checkRegion(text); } catch { return undefined; } }],
    ["ARNs with a right start", (text: string) => parseModelArn(`arn:aws:bedrock:us-east-1:123456789012:inference-profile/${text}`)],
    ["names with a provider", (text: string) => parseModelName(`bedrock/${text}@bedrock`)],
  ] as [string, (text: string) => unknown][])("%s", (_name, parse) => {
    expect(long.map((text) => typeof parse(text))).toHaveLength(long.length);
  }, 60_000); // prettier-ignore
});

const part = (type: string, value: object): object => ({
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "x" },
        { type, ...value },
      ],
    },
  ],
});
const places: [string, (text: string) => object][] = [
  ["model", (text) => ({ model: text })],
  ["a region", (text) => ({ aws_region_name: text, aws_access_key_id: "A", aws_secret_access_key: "b" })],
  ["a key id", (text) => ({ aws_access_key_id: text, aws_secret_access_key: text })],
  ["a short-term key", (text) => ({ customer_credentials: { bedrock: { api_key: `bedrock-api-key-${text}` } } })],
  ["a role", (text) => ({ customer_credentials: { bedrock: { role_arn: `arn:aws:iam::123456789012:role/${text}`, external_id: text } } })],
  ["a session name", (text) => ({ customer_credentials: { bedrock: { role_arn: "arn:aws:iam::123456789012:role/r", session_name: text } } })],
  ["an endpoint", (text) => ({ aws_bedrock_runtime_endpoint: `${hostile.url}/${text}` })],
  ["an image's data URL", (text) => part("image_url", { image_url: { url: `data:image/png;base64,${text}` } })],
  ["an image's type", (text) => part("image_url", { image_url: { url: `data:${text}` } })],
  ["an image's address", (text) => part("image_url", { image_url: { url: `https://127.0.0.1/${text}` } })],
  ["an S3 address", (text) => part("image_url", { image_url: { url: `s3://${text}` } })],
  ["a file's name", (text) => part("file", { file: { filename: text, file_data: "JVBERi0=" } })],
  ["a file's data", (text) => part("file", { file: { filename: "a.pdf", file_data: text } })],
  ["text", (text) => ({ messages: [{ role: "system", content: text }, { role: "user", content: text }] })],
  ["a tool's name", (text) => ({ tools: [toolNamed(text)] })],
  ["a tool's schema", (text) => ({ tools: [toolNamed("f", { parameters: { type: "object", properties: { x: { $ref: text, pattern: text } } } })] })],
  ["tool arguments", (text) => ({
    tools: [toolNamed("f")],
    messages: [{ role: "user", content: "x" }, { role: "assistant", content: text, tool_calls: [{ id: text, type: "function", function: { name: "f", arguments: text } }] }, { role: "tool", tool_call_id: text, content: text }],
  })],
  ["metadata", (text) => ({ metadata: { [text]: text }, user: text })],
  ["a stop", (text) => ({ stop: text })],
  ["an unknown field", (text) => ({ [text]: text })],
  ["a beta flag", (text) => ({ model: claude.sonnet45, anthropic_beta: [text] })],
  ["a schema's name", (text) => ({ response_format: { type: "json_schema", json_schema: { name: text, schema: { type: "object" } } } })],
]; // prettier-ignore

test.each(places)(
  "%s",
  async (_name, body) => {
    expect(faults(await statusesOf(long, (text) => statusOf(body(text))))).toEqual([]);
  },
  120_000,
);

describe("headers, as long as they may be", () => {
  const short = evil(40_000).map((text) => text.replace(/[^\t\x20-\x7e]/g, "").trim());
  test.each([
    [
      "x-portkey-config",
      (text: string) => JSON.stringify({ custom_host: `${hostile.url}${text.startsWith("/") ? "" : "/"}${text}` }),
    ],
    ["x-portkey-config", (text: string) => JSON.stringify({ provider: text, aws_region: text })],
    ["x-portkey-config", (text: string) => text],
    [
      "x-portkey-config",
      (text: string) =>
        JSON.stringify({ [text.slice(0, 20_000)]: 1, override_params: { model: text.slice(0, 20_000) } }),
    ],
    ["x-portkey-metadata", (text: string) => JSON.stringify({ a: text })],
    ["traceparent", (text: string) => `00-${"a".repeat(32)}-${"b".repeat(16)}-01-${text}`],
    ["traceparent", (text: string) => text],
    ["x-portkey-aws-region", (text: string) => text],
    ["x-portkey-forward-headers", (text: string) => text],
    ["x-portkey-provider", (text: string) => text],
    ["x-portkey-request-timeout", (text: string) => text],
    ["anthropic-beta", (text: string) => text],
    ["content-type", (text: string) => `application/json; charset=utf-8; ${text}`],
    ["content-type", (text: string) => `application/${text}+json`],
  ] as [string, (text: string) => string][])(
    "%s",
    async (name, value) => {
      expect(faults(await statusesOf(short, (text) => statusOf({}, { [name]: value(text) })))).toEqual([]);
    },
    120_000,
  );
});

describe("what a target answers", () => {
  test.each(["bedrock", "openai"])(
    "%s",
    async (provider) => {
      const config = JSON.stringify({ provider, api_key: "k", custom_host: hostile.url, retry: { attempts: 0 } });
      for (const text of long) {
        for (const type of ["text/html", "application/json", "text/event-stream"]) {
          const body = type === "application/json" ? JSON.stringify({ message: text, error: { message: text } }) : text;
          hostileText = `HTTP/1.1 400 No\r\ncontent-type: ${type}\r\nretry-after: ${text.slice(0, 3_000).replace(/[^ -~]/g, "")}\r\nconnection: close\r\n\r\n${body}`;
          const answer = await house.post(
            chatPath,
            { model: nova, messages: [{ role: "user", content: "hi" }] },
            { "x-portkey-config": config },
          );
          expect(answer.status, (await answer.text()).slice(0, 300)).toBeGreaterThanOrEqual(400);
        }
      }
    },
    20_000,
  );
});
