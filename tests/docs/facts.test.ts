/** Lists in the documents against the code that they speak of. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { errorTable, type ErrorRow } from "@adit/bedrock";
import { isCredentialField } from "@adit/bedrock/gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { firstCells, root, section, textOf, unique } from "./documents.ts";

function sourceOf(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

describe("environment variables", () => {
  const read = unique(
    [...sourceOf("packages/gateway/src/settings.ts").matchAll(/"(ADIT_[A-Z_]+)"/g)].map((m) => m[1] ?? ""),
  );

  test.each([
    ["README.md", "Configuration"],
    ["docs/operations.md", "Variables"],
  ])("%s lists those that the settings read, and no other", (file, heading) => {
    const listed = unique(firstCells(section(file, heading)).filter((name) => name.startsWith("ADIT_")));
    expect(read.length).toBeGreaterThan(10);
    expect(listed).toEqual(read);
  });

  test("AWS's that the pages name are read somewhere", () => {
    const sources = ["chain-links", "endpoints", "region", "shared-config"]
      .map((name) => sourceOf(`packages/bedrock/src/auth/${name}.ts`))
      .join("\n");
    const named = unique(
      [...textOf("docs/credentials.md").matchAll(/`(AWS_[A-Z_]+)(?:=\w+)?`/g)].map((m) => m[1] ?? ""),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !sources.includes(`"${name}"`))).toEqual([]);
  });

  test("docs/credentials.md names every one that replaces a host", () => {
    const source = sourceOf("packages/bedrock/src/auth/endpoints.ts");
    const read = unique([...source.matchAll(/"([A-Z]+_ENDPOINT_URL\w*)"/g)].map((match) => match[1] ?? ""));
    const listed = firstCells(section("docs/credentials.md", "Endpoints"));
    expect(read.length).toBeGreaterThan(4);
    expect(read.filter((name) => !listed.includes(name))).toEqual([]);
  });
});

describe("headers", () => {
  const gateway = execFileSync("find", ["packages/gateway/src", "-name", "*.ts", "-not", "-name", "*.test.ts"], {
    cwd: root,
    encoding: "utf8",
  })
    .trim()
    .split("\n")
    .map(sourceOf)
    .join("\n");

  test("the request's that gateway.md lists are read, and those that are read are listed", () => {
    const listed = unique(firstCells(section("docs/gateway.md", "Request headers")));
    // An answer's are read where a call is made within.
    const read = [...gateway.matchAll(/(?<!reply\.)headers\.(?:get|raw)\("([a-z-]+)"\)/g)].map((m) => m[1] ?? "");
    const notTheCallersMatter = ["accept-encoding", "origin", "access-control-request-headers", "user-agent"];
    const control = `${textOf("docs/control-api.md")}\n${textOf("docs/logs.md")}`.toLowerCase();
    // Those of a credential are read by the rule for all their names.
    const isRead = (name: string): boolean => gateway.includes(`"${name}"`) || isCredentialField(name);
    expect(listed.filter((name) => !isRead(name) && name !== "content-type")).toEqual([]);
    const isListed = (name: string): boolean => listed.includes(name) || control.includes(`\`${name}\``);
    expect(unique(read).filter((name) => !isListed(name) && !notTheCallersMatter.includes(name))).toEqual([]);
  });

  test("the answer's that gateway.md lists are written, and those that are written are listed", () => {
    const text = section("docs/gateway.md", "Response headers");
    const listed = unique(firstCells(text));
    const written = [...gateway.matchAll(/"(x-(?:adit|portkey)-[a-z-]+[a-z])"/g)].map((m) => m[1] ?? "");
    // Of requests, or members of the OpenAPI document.
    const requests = [
      "hop",
      "use-converse",
      "cache-force-refresh",
      "do-not-track",
      "api-key",
      "config",
      "virtual-key",
      "role",
      "scope",
    ];
    const notOfAnswers = requests.map((name) => `x-adit-${name}`);
    const limits = textOf("docs/limits.md");
    expect(listed.filter((name) => !gateway.includes(`"${name}"`))).toEqual([]);
    const isListed = (name: string): boolean => listed.includes(name) || limits.includes(`\`${name}\``);
    expect(unique(written).filter((name) => !isListed(name) && !notOfAnswers.includes(name))).toEqual([]);
  });
});

test("docs/library-reference.md is what the script makes of the doc comments", () => {
  const made = execFileSync(process.execPath, ["scripts/api-reference.mjs", "--print"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(textOf("docs/library-reference.md")).toBe(made);
});

describe("docs/errors.md", () => {
  test("is what the script makes of the table", () => {
    const made = execFileSync(process.execPath, ["scripts/error-page.mjs", "--print"], { cwd: root, encoding: "utf8" });
    expect(textOf("docs/errors.md")).toBe(made);
  });

  test.each(Object.entries<ErrorRow>(errorTable))("holds the row %s", (name, row) => {
    const lines = textOf("docs/errors.md")
      .split("\n")
      .filter((line) => line.startsWith(`| \`${name}\` |`));
    expect(lines).toHaveLength(1);
    const cells = (lines[0] ?? "").split(" | ").map((cell) => cell.replaceAll(/[`|]/g, "").trim());
    const retry = row.retryable ? "yes" : "no";
    const { type, code } = row.openai;
    expect(cells).toEqual([name, String(row.status), type, code, retry, row.cause, row.remedy, row.anthropic]);
  });

  test("holds no row that the table lacks", () => {
    const rows = textOf("docs/errors.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows).toHaveLength(Object.keys(errorTable).length);
  });
});

describe("the request log", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  test("has no field that operations.md does not name", async () => {
    const config = JSON.stringify({
      cache: { mode: "simple" },
      strategy: { mode: "fallback" },
      targets: [{ aws_region: "eu-west-1" }, {}],
    });
    const body = { model: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }], seed: 1 };
    const metadata = JSON.stringify({ team: "docs" });
    const headers = {
      "x-adit-config": config,
      "x-adit-metadata": metadata,
      "x-adit-span-id": "one",
      "x-adit-span-name": "n",
      "x-adit-parent-span-id": "p",
    };
    house.emulator.faultNext({ kind: "refuse", type: "ResourceNotFoundException" });
    await (await house.post("/v1/chat/completions", body, headers)).text();
    house.emulator.faultNext({ kind: "exception", frame: 3 });
    await (await house.post("/v1/chat/completions", { ...body, stream: true })).text();
    await (await house.post("/v1/chat/completions", { ...body, n: 2 })).text();
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" });
    await (await house.post("/v1/chat/completions", body)).text();
    const breaking = JSON.stringify({
      strategy: { mode: "fallback", cb_config: { failure_threshold: 1, failure_status_codes: [403] } },
      targets: [{}, {}],
    });
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" });
    for (let index = 0; index < 2; index += 1)
      await (await house.post("/v1/chat/completions", body, { "x-adit-config": breaking })).text();
    await house.post("/v1/prompts", { name: "Hi", slug: "pp-hi", string: "Hi", model: body.model });
    await (await house.post("/v1/prompts/pp-hi/completions", {})).text();
    await expect.poll(() => house.logLines().length).toBe(8);
    const named = firstCells(section("docs/operations.md", "The log"));
    const written = unique(house.logLines().flatMap((line) => Object.keys(line)));
    expect(written.filter((name) => !named.includes(name))).toEqual([]);
    // A call that limits took otherwise than foreseen is in tests/limits, a stream that brings what is not known in tests/seeds/ai-squared.test.ts,
    // a store that does not answer in packages/gateway/src/stored.test.ts.
    expect(named.filter((name) => !written.includes(name))).toEqual(["limits", "unfamiliar", "reason"]);
  });
});
