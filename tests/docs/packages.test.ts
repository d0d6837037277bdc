/** What the three packages say of themselves, and what is in them when they are packed. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { documents, root, textOf } from "./documents.ts";

const names = ["bedrock", "emulator", "gateway"] as const;

interface Manifest {
  name: string;
  version: string;
  license: string;
  scripts?: Record<string, string>;
  dependencies: Record<string, string>;
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(path.join(root, "packages", name, "package.json"), "utf8")) as Manifest;
}

/** What `npm pack` would put into a package, in the folder given. */
function packed(folder: string, ...options: string[]): string[] {
  const json = execFileSync("npm", ["pack", "--dry-run", "--json", ...options], {
    cwd: folder,
    env: { ...process.env, npm_config_update_notifier: "false" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const packs = JSON.parse(json) as Record<string, { files: { path: string }[] }>;
  return Object.values(packs).flatMap((pack) => pack.files.map((file) => file.path));
}

describe.each(names)("@adit/%s", (name) => {
  test("packs what is needed, and no test", () => {
    const files = packed(path.join(root, "packages", name));
    expect(files).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "NOTICE",
        "README.md",
        "package.json",
        "dist/index.js",
        "dist/index.d.ts",
        "src/index.ts",
      ]),
    );
    expect(files.filter((file) => /\.test\.|\/testing\//.test(file))).toEqual([]);
  });

  test("has the licence of the whole, and no install script", () => {
    const manifest = manifestOf(name);
    expect(manifest.license).toBe("Apache-2.0");
    expect(readFileSync(path.join(root, "packages", name, "LICENSE"), "utf8")).toBe(textOf("LICENSE"));
    expect(readFileSync(path.join(root, "packages", name, "NOTICE"), "utf8")).toBe(textOf("NOTICE"));
    expect(Object.keys(manifest.scripts ?? {}).filter((script) => /install|prepare/.test(script))).toEqual([]);
  });

  test("has its dependencies in docs/dependencies.md, each with its reason", () => {
    const text = textOf("docs/dependencies.md");
    const start = text.indexOf(`## \`@adit/${name}\``);
    const end = text.indexOf("\n## ", start + 1);
    const rows = text.slice(start, end === -1 ? undefined : end).matchAll(/^\| `([^`]+)` \| (.{10,}) \|$/gm);
    const listed = [...rows].map((row) => row[1] ?? "");
    expect(listed.toSorted()).toEqual(Object.keys(manifestOf(name).dependencies).toSorted());
  });
});

test("the gateway is packed with the documents, the dashboard and its command", () => {
  // In a copy: while the documents stand in the package's folder, a gateway that starts there would take them for its own.
  const copy = mkdtempSync(path.join(tmpdir(), "adit-pack-"));
  try {
    for (const folder of ["docs", "scripts", "packages/gateway/bin", "packages/dashboard/dist"]) {
      cpSync(path.join(root, folder), path.join(copy, folder), { recursive: true });
    }
    const gateway = path.join(copy, "packages", "gateway");
    cpSync(path.join(root, "packages/gateway/package.json"), path.join(gateway, "package.json"));
    const files = packed(gateway, "--ignore-scripts=false");
    const pages = documents().filter((file) => file.startsWith("docs/"));
    expect(files).toEqual(expect.arrayContaining(["bin/adit.js", "ui/index.html", "ui/licenses.md", ...pages]));
    expect(existsSync(path.join(gateway, "docs"))).toBe(false);
    expect(existsSync(path.join(gateway, "ui"))).toBe(false);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

test("the changelog's newest entry is the packages' version", () => {
  const newest = /^## (\d+\.\d+\.\d+)/m.exec(textOf("CHANGELOG.md"))?.[1];
  expect(names.map((name) => manifestOf(name).version)).toEqual(names.map(() => newest));
});
