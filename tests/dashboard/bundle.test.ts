/** What the browser loads: little of it first, licences of all of it, and a client that is the gateway's document. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { ControlOptions } from "../../packages/gateway/src/admin/control-routes.ts";
import { openApiDocument } from "../../packages/gateway/src/admin/document/openapi.ts";
import { describedRoutes } from "../../packages/gateway/src/admin/document/described-routes.ts";

const root = resolve(import.meta.dirname, "../..");
const dist = join(root, "packages/gateway/ui");
const read = (file: string): string => readFileSync(join(dist, file), "utf8");

/** Scripts that the first page cannot do without: the entry, and what it imports before it runs. */
function firstScripts(): string[] {
  const entry = /<script[^>]*src="\/ui\/(assets\/[^"]+\.js)"/.exec(read("index.html"))?.[1] ?? "";
  const found = new Set<string>();
  const follow = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, name = ""] of read(file).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) follow(`assets/${name}`);
  };
  follow(entry);
  return [...found];
}

test("the first page's script is under 300 kB, zipped", () => {
  const scripts = firstScripts();
  expect(scripts.length).toBeGreaterThan(0);
  const bytes = scripts.reduce((sum, file) => sum + gzipSync(read(file)).length, 0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes, scripts.join(", ")).toBeLessThan(300_000);
});

test("no file names another host to load from", () => {
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!/\.(?:html|css)$/.test(file)) continue;
    expect(read(file), file).not.toMatch(/(?:src|href)="https?:|url\(\s*["']?https?:|@import/);
  }
});

test("licences of all that is bundled are in the build", () => {
  const licences = read("licenses.md");
  for (const name of [
    "react",
    "react-dom",
    "@tanstack/react-router",
    "@tanstack/react-query",
    "@radix-ui/react-dialog",
    "openapi-fetch",
    "@codemirror/view",
    "@lezer/common",
    "get-nonce",
  ]) {
    expect(licences, name).toContain(`## ${name} -`);
  }
  expect(read("inter-license.txt")).toContain("SIL OPEN FONT LICENSE");
});

test("the client is written from the document that the gateway serves", async () => {
  // A name that is not a literal: the program has no types.
  const program: string = "../../scripts/dashboard-client.mjs";
  const { clientFile, clientText } = (await import(program)) as {
    clientFile: string;
    clientText: (document: object) => Promise<string>;
  };
  expect(existsSync(clientFile)).toBe(true);
  const document = openApiDocument(describedRoutes({} as ControlOptions), "0");
  expect(readFileSync(clientFile, "utf8"), "npm run dashboard-client").toBe(await clientText(document));
}, 60_000);
