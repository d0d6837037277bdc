/**
 * The three packages as `npm pack` makes them, in an empty project: nothing of the checkout is in reach but the dependencies that the
 * packages name, as an installation would bring them.
 */
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Running } from "../cli/command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const names = ["bedrock", "emulator", "gateway"] as const;
let folder: string;
let project: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "adit-tarballs-"));
  project = path.join(folder, "project");
  mkdirSync(path.join(project, "node_modules", "@adit"), { recursive: true });
  writeFileSync(path.join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  for (const tarball of packAll()) unpack(tarball);
  // The types of Node are the consumer's own to install.
  for (const name of [...dependencies(), "@types/node"]) link(name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As anybody packs them: the build has put all into their folders, and no script of npm's runs. */
function packAll(): string[] {
  const workspaces = names.flatMap((name) => ["-w", `packages/${name}`]);
  const json = execFileSync("npm", ["pack", ...workspaces, "--json", "--offline", "--pack-destination", folder], {
    cwd: root,
    env: { ...process.env, npm_config_update_notifier: "false" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const packs = JSON.parse(json.slice(json.search(/^[[{]/m))) as Record<string, { filename: string }>;
  return Object.values(packs).map(({ filename }) => path.join(folder, filename));
}

function unpack(tarball: string): void {
  const into = path.join(folder, "unpacked");
  mkdirSync(into, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", into]);
  const { name } = manifestIn(path.join(into, "package"));
  cpSync(path.join(into, "package"), path.join(project, "node_modules", name), { recursive: true });
  rmSync(into, { recursive: true });
}

interface Manifest {
  name: string;
  dependencies: Record<string, string>;
}

function manifestIn(packageFolder: string): Manifest {
  return JSON.parse(readFileSync(path.join(packageFolder, "package.json"), "utf8")) as Manifest;
}

/** What the packed manifests name, Adit's own packages left out. */
function dependencies(): string[] {
  const named = names.flatMap((name) =>
    Object.keys(manifestIn(path.join(project, "node_modules", "@adit", name)).dependencies),
  );
  return [...new Set(named)].filter((name) => !name.startsWith("@adit/"));
}

function link(name: string): void {
  const places = [root, ...names.map((workspace) => path.join(root, "packages", workspace))];
  const found = places.map((place) => path.join(place, "node_modules", name)).find((place) => existsSync(place));
  if (found === undefined) throw new Error(`${name} is not installed.`);
  const at = path.join(project, "node_modules", name);
  mkdirSync(path.dirname(at), { recursive: true });
  if (!existsSync(at)) symlinkSync(found, at, "dir");
}

/** Runs a program of the project, nothing of this process in its environment; gives what it prints. */
async function run(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
    cwd: project,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, AWS_EC2_METADATA_DISABLED: "true" },
    timeout: 120_000,
  });
  return stdout;
}

test("the library calls the emulator, both from their tarballs, and the program ends by itself", async () => {
  const printed = await run(`
    import { generateText, streamText } from "@adit/bedrock";
    import { startEmulator } from "@adit/emulator";
    const emulator = await startEmulator();
    const { accessKeyId, secretAccessKey } = emulator.credential;
    const options = { accessKeyId, secretAccessKey, environment: { AWS_ENDPOINT_URL: emulator.url } };
    const { text, usage } = await generateText("bedrock:us.amazon.nova-lite-v1:0", "Good morning", options);
    console.log(text, usage.totalTokens > 0);
    console.log(await streamText("bedrock:us.amazon.nova-lite-v1:0", "Good night", options).text);
    console.log(import.meta.resolve("@adit/bedrock"));
    const { Roster } = await import("@adit/bedrock/gateway");
    console.log(typeof Roster);
    await emulator.close();
  `);
  const [whole, streamed, where, ofGateway] = printed.split("\n");
  expect(ofGateway).toBe("function");
  expect(whole).toMatch(/Good morning.* true$/);
  expect(streamed).toContain("Good night");
  expect(where).toContain("adit-tarballs-");
});

/** What a program does last: a call by `environment` that is given up, and a line that says how it ended and which sockets are left. */
const endedCall = `
    const options = { environment, region: "us-east-1", accessKeyId: "AKIA", secretAccessKey: "s", signal: AbortSignal.timeout(300) };
    const { code } = await generateText("us.amazon.nova-lite-v1:0", "Hi", options).catch((error) => error);
    const holding = process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS)/.test(name));
    console.log(code, JSON.stringify(holding));
`;

test.each(["", "http", "https", "socks5"])(
  "a call that was ended while its connection was being made does not keep its program from ending: %s",
  async (proxy) => {
    const printed = await run(`
    import { generateText } from "@adit/bedrock";
    import { createServer } from "node:net";
    const mute = createServer((socket) => socket.unref()).unref();
    await new Promise((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const address = "127.0.0.1:" + mute.address().port;
    const way = { AWS_ENDPOINT_URL: "https://" + address };
    const environment = "${proxy}" === "" ? way : { HTTPS_PROXY: "${proxy}://" + address };
    ${endedCall}
  `);
    expect(printed).toBe("client_closed []\n");
  },
);

test("one that was ended while the proxy's tunnel was being secured does not, either", async () => {
  const printed = await run(`
    import { generateText } from "@adit/bedrock";
    import { createServer } from "node:http";
    const proxy = createServer().unref();
    proxy.on("connect", (_request, socket) => {
      socket.unref();
      socket.on("error", () => {});
      socket.write("HTTP/1.1 200 OK\\r\\n\\r\\n");
    });
    await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const environment = { HTTPS_PROXY: "http://127.0.0.1:" + proxy.address().port };
    ${endedCall}
  `);
  expect(printed).toBe("client_closed []\n");
});

test("the gateway serves from its tarball, with its documents and its dashboard, and its threads fill and search the ledger", async () => {
  const program = path.join(project, "node_modules/@adit/gateway/bin/adit.js");
  const variables = { ADIT_PORT: "0", ADIT_ADMIN_KEY: "test-gateway-key-0123456789" };
  const running = await Running.start(["serve", "--emulator"], variables, program);
  const url = await running.said(/listens on (http:\S+)/);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await (await fetch(`${url}/docs/library.md`)).text()).toBe(
    readFileSync(path.join(root, "packages/gateway/docs/library.md"), "utf8"),
  );
  const page = await fetch(`${url}/ui/`);
  const [, script = ""] = /<script[^>]*src="(\/ui\/assets\/[^"]+\.js)"/.exec(await page.text()) ?? [];
  expect([page.status, (await fetch(`${url}${script}`)).status]).toEqual([200, 200]);
  const headers = { "content-type": "application/json", authorization: "Bearer test-gateway-key-0123456789" };
  await fetch(`${url}/v1/logs/settings`, { method: "PUT", headers, body: '{"content":"all"}' });
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Good morning" }] }),
  });
  expect([answer.status, answer.headers.get("x-adit-route")]).toEqual([200, "emulator"]);
  const search = `${url}/v1/logs?search=morning&search_content=true`;
  const found = async () => ((await (await fetch(search, { headers })).json()) as { data: unknown[] }).data;
  await expect.poll(found).toHaveLength(1);
  running.signal("SIGTERM");
  expect((await running.ended()).code).toBe(0);
});

test("the emulator serves from its tarball by the command", async () => {
  const program = path.join(project, "node_modules/@adit/gateway/bin/adit.js");
  const running = await Running.start(["emulator", "--port", "0"], {}, program);
  const url = await running.said(/(http:\/\/127\.0\.0\.1:\d+)/);
  expect((await fetch(`${url}/model/us.amazon.nova-lite-v1%3A0/converse`, { method: "POST", body: "{}" })).status).toBe(
    403,
  );
  running.signal("SIGTERM");
  expect((await running.ended()).code).toBe(0);
});

test("the types are whole: a strict consumer compiles against them, and a wrong option is an error", () => {
  const source = `
    import { Bedrock, generateText, generateObject, streamText, putKey, type TextResult } from "@adit/bedrock";
    import { z } from "zod";
    const result: TextResult = await generateText("bedrock:us.amazon.nova-lite-v1:0", "Hi", { maxTokens: 5, max_tokens: 5, use_converse: true });
    const next = await generateText("us.amazon.nova-lite-v1:0", [{ role: "user", content: "Hi" }, result.message]);
    const { object } = await generateObject("us.amazon.nova-lite-v1:0", "A city?", z.object({ name: z.string() }));
    const name: string = object.name;
    // Of another release of zod, in its own types.
    declare const ofOlderZod: { _zod: { output: { name: string }; input: { name: string }; def: { type: "object" }; version: { major: 4; minor: 5; patch: number } } };
    const older = await generateObject("us.amazon.nova-lite-v1:0", "A city?", ofOlderZod, { tools: [{ name: "t", parameters: ofOlderZod }] });
    older.object.name satisfies string;
    const { object: any } = await generateObject("us.amazon.nova-lite-v1:0", "A city?", { type: "object" });
    for await (const part of streamText("us.amazon.nova-lite-v1:0", "Hi")) if (part.type === "text-delta") console.log(part.text, name, next.text, any);
    putKey("aws_bedrock", { accessKeyId: "a", secretAccessKey: "b" });
    const bedrock = new Bedrock({ region: process.env["AWS_REGION"], apiKey: undefined });
    const within = async (signal: AbortSignal | undefined) => [
      await generateText("us.amazon.nova-lite-v1:0", "Hi", { signal, maxTokens: undefined, system_prompt: undefined }),
      await bedrock.converse({ modelId: "us.amazon.nova-lite-v1:0" }, { signal }),
    ];
    console.log(within);
    // @ts-expect-error An option that does not exist.
    await generateText("us.amazon.nova-lite-v1:0", "Hi", { maxTokes: 5 });
    // @ts-expect-error No number.
    object.name satisfies number;
  `;
  writeFileSync(path.join(project, "consumer.ts"), source);
  const options = {
    strict: true,
    module: "nodenext",
    target: "es2022",
    noEmit: true,
    types: ["node"],
    exactOptionalPropertyTypes: true,
  };
  writeFileSync(
    path.join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, files: ["consumer.ts"] }),
  );
  const compile = (): string =>
    execFileSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", project], {
      encoding: "utf8",
    });
  expect(compile()).toBe("");
});
