/** Names that the guides list (options, exports, spellings, commands) against the code that takes them. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as library from "@adit/bedrock";
import * as ofGateway from "@adit/bedrock/gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { firstCells, root, section, textOf, unique } from "./documents.ts";

function sourceOf(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/** Names of the members of an interface or a constant, read from its source. */
function membersOf(file: string, start: string): string[] {
  const source = sourceOf(file);
  const at = source.indexOf(start);
  if (at === -1) throw new Error(`${file} has no "${start}".`);
  const body = source.slice(at, source.indexOf("\n}", at));
  return unique([...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map((match) => match[1] ?? ""));
}

describe("docs/library.md", () => {
  /** What the table of a section names in its second column. */
  function namedIn(heading: string): string[] {
    const rows = section("docs/library.md", heading)
      .split("\n")
      .filter((line) => line.startsWith("| "));
    return rows.flatMap((row) => [...(row.split("|")[2] ?? "").matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ""));
  }

  test("names every value that @adit/bedrock exports", () => {
    const text = textOf("docs/library.md").split("## `@adit/bedrock/gateway`")[0] ?? "";
    const names = Object.keys(library);
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test("names nothing as exported that is not", () => {
    expect(namedIn("What else is exported").filter((name) => !(name in library))).toEqual([]);
  });

  test("tells the gateway's own apart: what it is built with is none of the library's face", () => {
    const names = Object.keys(ofGateway);
    expect(names.toSorted()).toEqual(namedIn("`@adit/bedrock/gateway`").toSorted());
    expect(names.filter((name) => name in library)).toEqual([]);
  });

  test.each([
    [
      "`new Bedrock(options)`",
      "packages/bedrock/src/bedrock.ts",
      ["export interface BedrockOptions", "export interface CallOptions"],
    ],
    [
      "`BedrockClient`",
      "packages/bedrock/src/client-calls.ts",
      [
        "export interface BedrockClientOptions",
        "export interface RuntimeCall",
        "export interface ModelCall",
        "export interface ConverseCall",
        "export interface PassedParts",
        "export interface PassedModelCall",
        "export interface PassedRuntimeCall",
      ],
    ],
    [
      "Functions",
      "packages/bedrock/src/generate/options.ts",
      [
        "export interface ConnectionOptions",
        "export interface PlainTextOptions",
        "export interface PlainObjectOptions",
        "export interface PlainEmbedOptions",
      ],
    ],
    [
      "Functions",
      "packages/bedrock/src/generate/result.ts",
      ["export interface CallPlaces", "export interface TextResult"],
    ],
  ])("%s lists every option of %s", (heading, file, starts) => {
    const listed = firstCells(section("docs/library.md", heading));
    const members = starts.flatMap((start) => membersOf(file, start));
    expect(members.length).toBeGreaterThan(10);
    expect(members.filter((name) => !listed.includes(name))).toEqual([]);
  });

  test("lists the limits of time with their defaults", () => {
    const source = sourceOf("packages/bedrock/src/wire/transport/time-limits.ts");
    const shown = (value: string): string => (value === "0" ? "none" : Number(value).toLocaleString("en"));
    const defaultsOf = (name: string): Record<string, string> => {
      const text = new RegExp(`${name}: TimeLimits = \\{([^}]+)\\}`).exec(source)?.[1]?.replaceAll("_", "") ?? "";
      return Object.fromEntries([...text.matchAll(/(\w+): (\d+)/g)].map((match) => [match[1], shown(match[2] ?? "")]));
    };
    const [whole, streams] = [defaultsOf("wholeAnswerLimits"), defaultsOf("streamLimits")];
    const rows = section("docs/library.md", "`new Bedrock(options)`").matchAll(
      /^\| `(\w+Ms)`[^|]*\| ([^|]+) \| ([^|]+) \|$/gm,
    );
    const listed = [...rows].map((row) => [row[1], row[2], row[3]]);
    expect(listed).toEqual(Object.keys(whole).map((name) => [name, whole[name], streams[name]]));
    expect(listed).toHaveLength(4);
  });
});

test("docs/emulator.md lists every option of startEmulator, and no other", () => {
  const members = membersOf("packages/emulator/src/options.ts", "export interface EmulatorOptions");
  expect(members.length).toBeGreaterThan(5);
  const rows = section("docs/emulator.md", "Start it");
  expect(unique(firstCells(rows).filter((name) => name !== "startEmulator"))).toEqual(members);
});

test("docs/credentials.md lists every spelling of every part, and no other", () => {
  const source = sourceOf("packages/bedrock/src/auth/credential-input.ts");
  const start = source.indexOf("const aliases");
  const aliases = [...source.slice(start, source.indexOf("};", start)).matchAll(/"(\w+)"/g)].map(
    (match) => match[1] ?? "",
  );
  const kinds = ["accessKey", "assumedRole", "apiKey", "serviceRole"];
  const listed = section("docs/credentials.md", "Spellings")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .flatMap((line) => [...(line.split("|")[2] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""))
    .filter((name) => !kinds.includes(name) && !name.startsWith("ADIT_"));
  expect(unique(listed.map((name) => name.replaceAll("_", "")))).toEqual(unique(aliases));
});

test("CONTRIBUTING.md says where everything lives: each folder of the sources, and none that is not there", () => {
  const rows = section("CONTRIBUTING.md", "Where things live");
  for (const name of ["bedrock", "gateway", "emulator", "dashboard"]) {
    const own = rows.split("\n").filter((row) => row.startsWith(`| \`packages/${name}/src`));
    const folders = readdirSync(path.join(root, "packages", name, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "testing")
      .map((entry) => entry.name);
    expect(folders.length).toBeGreaterThan(3);
    const isNamed = (folder: string): boolean => own.some((row) => new RegExp(`(?:/|\`)${folder}(?:/|\`)`).test(row));
    expect(folders.filter((folder) => !isNamed(folder))).toEqual([]);
  }
  const places = firstCells(rows).filter((place) => /^[a-z]+(?:\/|$)/.test(place) && !place.includes("NAME"));
  expect(places.length).toBeGreaterThan(30);
  const isThere = (place: string): boolean => existsSync(path.join(root, place));
  expect(places.filter((place) => !isThere(place) && !isThere(path.join("packages/bedrock/src", place)))).toEqual([]);
});

test("docs/operations.md lists every subcommand with its actions and its options, and no other", () => {
  const help = execFileSync(process.execPath, ["packages/gateway/bin/adit.js", "--help"], {
    cwd: root,
    encoding: "utf8",
  });
  /** By the name of the subcommand: its actions, such as `list`, and its options. */
  const wordsOf = (text: string): Record<string, string[]> => {
    const parts = text.split(/^ *(?=adit [a-z])/m).filter((part) => part.startsWith("adit "));
    return Object.fromEntries(
      parts.map((part) => {
        const [, name = "", actions = ""] = /^adit ([a-z-]+)((?: *\|? *[a-z]+(?: [A-Z@]+)?)*)/.exec(part) ?? [];
        const isList = actions.includes("|");
        return [
          name,
          unique([
            ...(isList ? actions.split("|").map((action) => action.trim().split(" ")[0] ?? "") : []),
            ...[...part.matchAll(/--[a-z-]+/g)].map(([option]) => option),
          ]),
        ];
      }),
    );
  };
  const rows = [...section("docs/operations.md", "Start").matchAll(/^\| (`adit .*?) \| /gm)].map(
    ([, cell]) => cell ?? "",
  );
  const commands = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""));
  const listed = commands.join("\n").replaceAll("\\|", "|");
  expect(Object.keys(wordsOf(help)).length).toBeGreaterThan(10);
  expect(wordsOf(listed)).toEqual(wordsOf(help));
});

describe("docs/configs.md", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  const body = { model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }] };
  const ask = (config: object): Promise<Response> =>
    house.post("/v1/chat/completions", body, { "x-adit-config": JSON.stringify(config) });
  test("cache.mode is left out and named where it is semantic", async () => {
    const response = await ask({ cache: { mode: "semantic" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-adit-dropped")).toBe("config.cache.mode");
  });

  test("lists the fields that the code reads", () => {
    const source = sourceOf("packages/gateway/src/routing/config/config-schema.ts");
    const schemas = source.slice(source.indexOf("const conditionSchema"), source.indexOf("export type ConfigNode"));
    const read = unique([...schemas.matchAll(/^ {2}(?:get )?(\w+)[:(]/gm)].map((match) => match[1] ?? ""));
    const named = textOf("docs/configs.md");
    expect(read.length).toBeGreaterThan(30);
    expect(read.filter((name) => !new RegExp(`\`(?:\\w+\\.)?${name}(?:\\.\\w+)?\``).test(named))).toEqual([]);
  });
});

describe("docs/emulator.md: the words that steer the answers", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  interface Answer {
    finish: string;
    content: string | null;
    calls: string[];
    status: number;
  }

  async function ask(content: string, more: object = {}, model = "us.amazon.nova-lite-v1:0"): Promise<Answer> {
    const request = { model, messages: [{ role: "user", content }], ...more };
    const response = await house.post("/v1/chat/completions", request, { "x-adit-strict-open-ai-compliance": "false" });
    const answer = (await response.json()) as {
      choices?: {
        finish_reason: string;
        message: { content: string | null; tool_calls?: { function: { name: string } }[] };
      }[];
    };
    const choice = answer.choices?.[0];
    const calls = choice?.message.tool_calls?.map((call) => call.function.name) ?? [];
    return {
      finish: choice?.finish_reason ?? "",
      content: choice?.message.content ?? null,
      calls,
      status: response.status,
    };
  }

  const tool = (name: string): object => ({
    type: "function",
    function: { name, parameters: { type: "object", properties: {} } },
  });
  const tools = [tool("weather"), tool("news")];
  const guardrail = (guardrailIdentifier: string): object => ({
    guardrailConfig: { guardrailIdentifier, guardrailVersion: "1" },
  });

  test("the page names them", () => {
    const text = section("docs/emulator.md", "What steers its answers");
    const words = [
      "no tools",
      "two",
      "both",
      "twice",
      "parallel",
      "TRIP_GUARDRAIL",
      "missing",
      "STOP_REASON:",
      "/emu-",
    ];
    expect(words.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
  });

  test("tools", async () => {
    expect((await ask("What is the news?", { tools })).calls).toEqual(["news"]);
    expect((await ask("Hello", { tools })).calls).toEqual(["weather"]);
    expect((await ask("Hello, no tools please", { tools })).calls).toEqual([]);
    expect((await ask("both weather and news", { tools })).calls.toSorted()).toEqual(["news", "weather"]);
  });

  test("guardrails", async () => {
    expect((await ask("TRIP_GUARDRAIL", guardrail("abc"))).finish).toBe("guardrail_intervened");
    expect((await ask("TRIP_GUARDRAIL")).finish).toBe("end_turn");
    expect((await ask("Hello", guardrail("missing"))).status).toBe(400);
  });

  test("stop reasons", async () => {
    for (const reason of [
      "content_filtered",
      "malformed_model_output",
      "malformed_tool_use",
      "model_context_window_exceeded",
    ]) {
      expect((await ask(`STOP_REASON:${reason}`)).finish).toBe(reason);
    }
  });

  test("an ARN that names its model", async () => {
    const profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile";
    const named = `${profile}/emu-us.amazon.nova-lite-v1:0`;
    const answer = await ask("Hello", { stop: ["heard"], tools: [] }, named);
    // Nova keeps the stop sequence in its text, Claude does not.
    expect(answer.content).toMatch(/heard$/);
    expect((await ask("Hello", { stop: ["heard"] }, `${profile}/other`)).content).not.toMatch(/heard$/);
  });
});
