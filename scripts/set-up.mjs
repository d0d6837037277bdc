/** What both `npm start` and `npm test` need first: a fit Node, the dependencies, a build. Does only what is missing. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const leastNode = [20, 19];

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])) {
    console.error(`Adit needs Node.js ${leastNode.join(".")} or later; this is ${process.versions.node}.`);
    process.exit(1);
  }
}

/** Runs a program in the root of the checkout; ends this process with its status when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
    ...options,
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const lock = path.join(root, "package-lock.json");

/** Installs when the lock file is newer than what is installed. */
export function installDependencies() {
  const installed = path.join(root, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  install();
}

/** What builds too, also where NODE_ENV is `production`. */
function install() {
  console.error("Installing dependencies (once) ...");
  run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: ["ignore", 2, 2] });
}

/** True where PostgreSQL's server (15 or later) is installed, as the tests look for it. */
export function hasPostgres() {
  const debian = "/usr/lib/postgresql";
  const folders = existsSync(debian)
    ? readdirSync(debian)
        .filter((name) => Number(name) >= 15)
        .map((name) => path.join(debian, name, "bin"))
    : [];
  return [...folders, ...(process.env.PATH ?? "").split(path.delimiter)].some((folder) =>
    ["initdb", "postgres"].every((program) => existsSync(path.join(folder, program))),
  );
}

/** Tests of the store want a real PostgreSQL: from Debian's packages where this may install them. Says so where it may not or cannot. */
export function installPostgres() {
  return hasPostgres() || (aptInstall("postgresql", "PostgreSQL's server") && hasPostgres());
}

/** Installs a package of Debian's for the tests; false where this may not or cannot. */
function aptInstall(name, words) {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.error(`Installing ${words} for the tests (once) ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args) => spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", 2] }).status === 0;
  // A list of packages may be missing or old: then it is fetched first.
  const install = () => apt("install", "-y", "--no-install-recommends", name);
  return install() || (apt("update") && install());
}

/** The browser with which the tests open the dashboard; undefined where none is installed. */
export function findChromium() {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders
    .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
}

/** Tests of the dashboard want a real browser: from Debian's packages where this may install them. */
export function installChromium() {
  if (findChromium() !== undefined) return true;
  return aptInstall("chromium", "Chromium") && findChromium() !== undefined;
}

/** Where a build notes that it is done, and by which lock file. */
const stamp = path.join(root, "node_modules", ".cache", "adit", "built");

export function noteBuild() {
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockDigest());
}

/** By what it says, not by its time: `npm prune` writes the same lock file anew. */
function lockDigest() {
  return createHash("sha256").update(readFileSync(lock)).digest("hex");
}

/** Builds when a source is newer than the last build, or the lock file another. */
export function build() {
  const packages = path.join(root, "packages");
  const code = ["bedrock", "emulator", "gateway", "dashboard"].map((name) => path.join(packages, name, "src"));
  // The gateway's package holds the documents.
  const sources = [...code, path.join(root, "docs")];
  const outputs = [
    ...["bedrock", "emulator", "gateway"].map((name) => path.join(packages, name, "dist", "index.js")),
    path.join(packages, "gateway", "dist", "program", "main.js"),
    path.join(packages, "gateway", "docs", "README.md"),
    path.join(packages, "gateway", "ui", "index.html"),
  ];
  const isOfLock = existsSync(stamp) && readFileSync(stamp, "utf8") === lockDigest();
  const built = isOfLock && outputs.every((file) => existsSync(file)) ? statSync(stamp).mtimeMs : 0;
  if (built > Math.max(...sources.map(newest))) return;
  // Whoever runs a built checkout may have taken away what built it (`npm prune --omit=dev`).
  if (!existsSync(path.join(root, "node_modules", "typescript"))) install();
  console.error("Building ...");
  run(process.execPath, [path.join(root, "scripts", "build.mjs")], { stdio: ["ignore", 2, 2] });
}

function newest(folder) {
  let latest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(file) : statSync(file).mtimeMs);
  }
  return latest;
}
