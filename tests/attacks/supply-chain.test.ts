/** C14: few dependencies at run time, each with its reason, none of which runs anything when it is installed. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

interface Manifest {
  name: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const manifests = readdirSync(join(root, "packages"))
  .map((name) => `packages/${name}/package.json`)
  .filter((file) => existsSync(join(root, file)))
  .map((file) => JSON.parse(read(file)) as Manifest);
const lock = JSON.parse(read("package-lock.json")) as { lockfileVersion: number; packages: Record<string, Locked> };
const ours = new Set(manifests.map(({ name }) => name));
const runtime = [
  ...new Set(manifests.flatMap(({ dependencies = {} }) => Object.keys(dependencies)).filter((name) => !ours.has(name))),
].sort();

/** All that a user's install of the packages brings, however deep. */
function installed(): Map<string, Locked> {
  const found = new Map<string, Locked>();
  const follow = (from: string, names: readonly string[]): void => {
    for (const name of names) {
      const path = whereIs(from, name);
      if (path === undefined || found.has(path)) continue;
      const entry = lock.packages[path]!;
      found.set(path, entry);
      follow(path, Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }));
    }
  };
  for (const { name } of manifests) {
    const folder = `packages/${name.replace(/^@[^/]+\//, "")}`;
    follow(
      folder,
      Object.keys(lock.packages[folder]?.dependencies ?? {}).filter((other) => !ours.has(other)),
    );
  }
  return found;
}

/** As node finds a package: beside its user, or further up. */
function whereIs(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (lock.packages[path] !== undefined) return path;
    if (folder === "") return undefined;
    if (!folder.includes("/node_modules/")) folder = "";
    if (folder === "" && lock.packages[`node_modules/${name}`] !== undefined) return `node_modules/${name}`;
  }
}

test("fifteen dependencies at run time at most, none of them optional or asked of the user", () => {
  expect(runtime.length).toBeGreaterThan(0);
  expect(runtime.length, runtime.join(", ")).toBeLessThanOrEqual(15);
  for (const { optionalDependencies = {}, peerDependencies = {} } of manifests) {
    expect({ ...optionalDependencies, ...peerDependencies }).toEqual({});
  }
});

describe("docs/dependencies.md", () => {
  const sections = new Map(
    read("docs/dependencies.md")
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const rows = [...section.matchAll(/^\| `([^`]+)` \| (.*?) \|$/gm)].map((row) => [row[1]!, row[2]!] as const);
        return [/^`([^`]+)`/.exec(section)?.[1] ?? section.slice(0, 40), new Map(rows)] as const;
      }),
  );

  test.each(manifests.filter(({ dependencies }) => dependencies !== undefined))(
    "gives each dependency of $name its reason, and names no other",
    ({ name, dependencies = {} }) => {
      const reasons = sections.get(name) ?? new Map<string, string>();
      expect([...reasons.keys()].sort()).toEqual(Object.keys(dependencies).sort());
      expect([...reasons].filter(([, why]) => why.length < 10 || /^(todo|tbd)/i.test(why))).toEqual([]);
    },
  );
});

test("nothing that is installed runs a script, and npm is told to run none", () => {
  const brought = installed();
  expect(brought.size).toBeGreaterThan(runtime.length);
  const withScript = [...brought].filter(([, entry]) => entry.hasInstallScript === true).map(([path]) => path);
  // Its script only looks whether the binary that came with it fits the machine; it downloads nothing, and is not needed.
  expect(withScript).toEqual(["node_modules/@photostructure/sqlite"]);
  for (const { name, scripts = {} } of manifests) {
    for (const hook of ["preinstall", "install", "postinstall", "prepare", "prepublish"]) {
      expect(scripts[hook], `${name}: ${hook}`).toBeUndefined();
    }
  }
  expect(read(".npmrc")).toMatch(/^ignore-scripts=true$/m);
});

test("the lock pins every package by its content and names no host", () => {
  expect(lock.lockfileVersion).toBeGreaterThanOrEqual(3);
  const text = read("package-lock.json");
  expect([...text.matchAll(/"resolved": "(?!packages\/)[^"]*"/g)].map((found) => found[0])).toEqual([]);
  const elsewhere = [...text.matchAll(/\b(?:git\+|https?:|file:|ssh:)[^"]*/g)].map((found) => found[0]);
  // Pages that ask for donations stand in the lock too; nothing is fetched from them.
  expect(elsewhere.filter((url) => /\.tgz|\.git\b|^(git\+|file:|ssh:)/.test(url))).toEqual([]);
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes("node_modules/") || entry.link === true) continue;
    expect(entry.integrity, path).toMatch(/^sha512-/);
  }
});

test("what is asked for is a range of versions, never a place or a tag", () => {
  for (const { name, dependencies = {} } of manifests) {
    for (const [other, range] of Object.entries(dependencies))
      expect(range, `${name}: ${other}`).toMatch(/^[\^~]?\d+(\.\d+){0,2}$/);
  }
});
