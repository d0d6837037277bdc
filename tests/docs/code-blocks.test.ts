/**
 * What the documents show works. Every block of `js`, `ts` or `sh` in them is a program and runs here against a gateway and an
 * emulator, unless the words behind its fence hold `no-run`. The blocks are plain JavaScript, the `ts` ones too, and take what differs from
 * reader to reader from the environment. A block marked `output` is what the block before it prints: JSON is compared by its shape,
 * text, and texts within JSON that are abridged, by their words, where `...` stands for any.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { exampleApiKey } from "@adit/emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewayKey, openHouse, type House } from "../support/house.ts";
import { documents, root, runnableBlocks, type CodeBlock } from "./documents.ts";

const documentedAddress = "http://127.0.0.1:8787";
const documentedEmulator = "http://127.0.0.1:8788";
const openAi = "https://api.openai.com";

let house: House;
let openAiStandIn: Server;
let openAiUrl: string;
let home: string;

beforeAll(async () => {
  openAiStandIn = createServer((request, response) => {
    request.resume();
    response.writeHead(429, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "Rate limit reached", type: "requests", code: "rate_limit" } }));
  });
  await new Promise<void>((resolve) => openAiStandIn.listen(0, "127.0.0.1", resolve));
  openAiUrl = `http://127.0.0.1:${(openAiStandIn.address() as AddressInfo).port}`;
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: openAiUrl } });
  home = mkdtempSync(path.join(tmpdir(), "adit-docs-"));
});

afterAll(async () => {
  await house.close();
  openAiStandIn.close();
  rmSync(home, { recursive: true, force: true });
});

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** What a reader has set before the samples work: keys, and AWS's variables, which here lead to the emulator. */
function readersEnvironment(): Record<string, string> {
  const { accessKeyId, secretAccessKey } = house.emulator.credential;
  return {
    PATH: `${path.join(root, "node_modules", ".bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
    HOME: home,
    ADIT_ADMIN_KEY: gatewayKey,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: house.emulator.url,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    BEDROCK_API_KEY: exampleApiKey,
    OPENAI_API_KEY: "sk-of-openai",
    npm_config_update_notifier: "false",
  };
}

function run(block: CodeBlock): Promise<Outcome> {
  const code = block.code
    .replaceAll(documentedAddress, house.gateway.url)
    .replaceAll(documentedEmulator, house.emulator.url)
    .replaceAll(openAi, openAiUrl);
  const [command, args] =
    block.language === "sh" ? ["sh", ["-euc", code]] : [process.execPath, ["--input-type=module", "-e", code]];
  const child = spawn(command, args, {
    cwd: root,
    env: readersEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: what a block has started ends with it.
    detached: true,
  });
  const timer = setTimeout(() => endGroup(child.pid), 120_000);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status, stdout, stderr });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid !== undefined) process.kill(-pid, "SIGKILL");
}

/** Keys and types of a JSON value, all the way down; of a list its first member. A text that the page abridges is held by its words. */
function shapeOf(value: unknown, documented: unknown): unknown {
  if (typeof value === "string" && typeof documented === "string" && documented.includes("..."))
    return asPattern(documented).test(value) ? documented : value;
  if (Array.isArray(value)) return value.slice(0, 1).map((member) => shapeOf(member, memberOf(documented, 0)));
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, shapeOf(member, memberOf(documented, name))]),
  );
}

function memberOf(value: unknown, name: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}

function asPattern(text: string): RegExp {
  const pieces = text
    .trim()
    .split("...")
    .map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${pieces.join("[\\s\\S]*?")}$`);
}

/** What was printed and what the page says, in a form in which they are equal where the page is right. */
function compared(stdout: string, output: CodeBlock | undefined): [printed: unknown, documented: unknown] {
  if (output === undefined) return [stdout.match(/"error"\s*:\s*\{.*|^event: error.*/m), null];
  if (output.language === "json") {
    const page = JSON.parse(output.code) as unknown;
    return [shapeOf(JSON.parse(stdout), page), shapeOf(page, page)];
  }
  const documented = output.code.trim();
  return [asPattern(documented).test(stdout.trim()) ? documented : stdout.trim(), documented];
}

const blocks = runnableBlocks();

test("there are blocks to run in every guide that has code", () => {
  const guides = [
    "README.md",
    "docs/README.md",
    "docs/coding-agents.md",
    "docs/coming-from-portkey.md",
    "docs/coming-from-obiguard.md",
    "docs/coming-from-keywords-ai.md",
    "docs/coming-from-ai-squared.md",
    "docs/connectors.md",
    "docs/configs.md",
    "docs/credentials.md",
    "docs/emulator.md",
    "docs/gateway.md",
    "docs/library.md",
    "docs/models.md",
    "packages/bedrock/README.md",
    "packages/emulator/README.md",
  ];
  const files = new Set(blocks.map(({ block }) => block.file));
  expect(documents()).toEqual(expect.arrayContaining(guides));
  expect(guides.filter((guide) => !files.has(guide))).toEqual([]);
});

describe("the documents' code blocks run", () => {
  test.each(blocks)("$name", async ({ block, output }) => {
    const { status, stdout, stderr } = await run(block);
    expect(status, stderr).toBe(0);
    expect(stdout.trim(), "a block prints something").not.toBe("");
    const [printed, documented] = compared(stdout, output);
    expect(printed).toEqual(documented);
  });
});
