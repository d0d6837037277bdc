/** What the three packages say of themselves, and what is in them when they are packed. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import program from "../../packages/gateway/vite.config.ts";
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
function packed(folder: string): string[] {
  const json = execFileSync("npm", ["pack", "--dry-run", "--json"], {
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

  test("has types that whoever installs it has too", () => {
    const dist = path.join(root, "packages", name, "dist");
    const files = readdirSync(dist, { recursive: true, encoding: "utf8" });
    const asked = files
      .filter((file) => file.endsWith(".d.ts") && !/\.test\.|testing\//.test(file))
      .flatMap((file) => [...readFileSync(path.join(dist, file), "utf8").matchAll(/\bfrom "(?!\.|node:)([^"]+)"/g)])
      .map((match) => match[1] ?? "");
    expect(asked).toContain(name === "emulator" ? "@adit/bedrock" : "zod");
    // Types of a package's own come with it; those of `@types` are there while Adit is made, and not where it is used.
    expect(asked.filter((one) => existsSync(path.join(root, "node_modules/@types", one)))).toEqual([]);
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

test("the gateway is packed by a plain npm pack with the documents, the dashboard and the program", () => {
  const files = packed(path.join(root, "packages/gateway"));
  const pages = documents().filter((file) => file.startsWith("docs/"));
  const program = ["main", "taker-worker", "search-worker"].map((name) => `dist/program/${name}.js`);
  const wanted = ["bin/adit.js", ...program, "dist/program/licenses.md", "ui/index.html", "ui/licenses.md", ...pages];
  expect(wanted.filter((file) => !files.includes(file))).toEqual([]);
  // Scripts of npm's do not run here: what they would add is what is missing from a plain one.
  expect(
    Object.keys(manifestOf("gateway").scripts ?? {}).filter((script) => /pack|prepare|publish/.test(script)),
  ).toEqual([]);
});

test("the gateway names each package that its program does not bundle: it need not be in reach otherwise", () => {
  const external = program.ssr?.external;
  // What pg asks for where somebody has installed it.
  const wanted = (Array.isArray(external) ? external : []).filter((name) => name !== "pg-native");
  expect(wanted).not.toEqual([]);
  expect(Object.keys(manifestOf("gateway").dependencies)).toEqual(expect.arrayContaining(wanted));
});

test("a gateway that was packed before it was built says so", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "adit-unbuilt-"));
  try {
    for (const file of ["bin", "package.json"]) {
      cpSync(path.join(root, "packages/gateway", file), path.join(folder, file), { recursive: true });
    }
    const { status, stderr } = spawnSync(process.execPath, [path.join(folder, "bin/adit.js"), "serve"], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining("npm run build")]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the changelog's newest entry is the packages' version", () => {
  const newest = /^## (\d+\.\d+\.\d+)/m.exec(textOf("CHANGELOG.md"))?.[1];
  expect(names.map((name) => manifestOf(name).version)).toEqual(names.map(() => newest));
});
