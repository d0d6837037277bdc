/** `npm start` builds what is missing or old, and nothing else: a checkout from which what builds it was taken away serves at once. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";

const scripts = path.join(import.meta.dirname, "../../scripts");

const outputs = [
  ...["bedrock", "emulator", "gateway"].map((name) => `packages/${name}/dist/index.js`),
  "packages/gateway/dist/program/main.js",
  "packages/gateway/docs/README.md",
  "packages/gateway/ui/index.html",
];
const sources = [...["bedrock", "emulator", "gateway", "dashboard"].map((name) => `packages/${name}/src`), "docs"];

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** As much of a checkout as a start looks at; what builds it leaves a file. */
function makeCheckout() {
  const root = mkdtempSync(path.join(tmpdir(), "adit-checkout-"));
  folders.push(root);
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  const builds = path.join(root, "builds");
  for (const file of outputs) write(file, "");
  for (const folder of sources) write(`${folder}/index.ts`, "");
  write("package-lock.json", '{"lockfileVersion": 3}');
  write("node_modules/typescript/package.json", "{}");
  write(
    "scripts/build.mjs",
    `import { writeFileSync } from "node:fs"; import { noteBuild } from "./set-up.mjs"; writeFileSync("builds", ""); noteBuild();`,
  );
  cpSync(path.join(scripts, "set-up.mjs"), path.join(root, "scripts/set-up.mjs"));
  /** True where it built. */
  const start = (): boolean => {
    rmSync(builds, { force: true });
    const script = 'import("./scripts/set-up.mjs").then(({ build }) => build())';
    expect(spawnSync(process.execPath, ["-e", script], { cwd: root }).status).toBe(0);
    return existsSync(builds);
  };
  return { root, write, start };
}

test("a start builds once, and not again for a lock file that was written anew with the same words", () => {
  const { root, write, start } = makeCheckout();
  expect(start()).toBe(true);
  expect(start()).toBe(false);
  // As `npm prune --omit=dev` does.
  const later = new Date(Date.now() + 60_000);
  utimesSync(path.join(root, "package-lock.json"), later, later);
  expect(start()).toBe(false);
  write("package-lock.json", '{"lockfileVersion": 3, "packages": {}}');
  expect(start()).toBe(true);
  expect(start()).toBe(false);
});

test("a start builds again for a source that is newer, and for an output that is gone", () => {
  const { root, start } = makeCheckout();
  expect(start()).toBe(true);
  const later = new Date(Date.now() + 60_000);
  utimesSync(path.join(root, "packages/gateway/src/index.ts"), later, later);
  expect(start()).toBe(true);
  utimesSync(path.join(root, "packages/gateway/src/index.ts"), new Date(0), new Date(0));
  expect(start()).toBe(false);
  rmSync(path.join(root, "packages/gateway/ui/index.html"));
  expect(start()).toBe(true);
});
