/**
 * Who may import whom. Reads every import of packages/*\/src and fails on one that crosses a line of `rules`; and on one of bench or scripts that leads nowhere.
 * The lines are the design's: dialects and families meet only in Converse, dialects in `dialects/translation`; the emulator shares no working code with the library.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./set-up.mjs";

/** `from`: files under this folder; `not`: what they may not import; `typesMay`: type-only imports are allowed. */
const rules = [
  { from: "packages/bedrock/src", not: ["@adit/gateway", "@adit/emulator", "packages/gateway", "packages/emulator"] },
  {
    from: "packages/emulator/src",
    not: ["@adit/bedrock", "packages/bedrock", "@adit/gateway", "packages/gateway"],
    typesMay: true,
  },
  { from: "packages/bedrock/src/converse", not: folders("auth", "wire", "models", "dialects", "families") },
  { from: "packages/bedrock/src/models", not: folders("auth", "wire", "dialects", "families") },
  { from: "packages/bedrock/src/errors", not: folders("auth", "wire", "models", "dialects", "families", "converse") },
  { from: "packages/bedrock/src/dialects", not: folders("auth", "wire", "families") },
  { from: "packages/bedrock/src/families", not: folders("auth", "wire", "dialects") },
  { from: "packages/bedrock/src/auth", not: folders("dialects", "families") },
  { from: "packages/bedrock/src/wire", not: folders("families") },
  {
    from: "packages/gateway/src/store",
    not: gatewayFolders("access", "calls", "cli", "ledger", "limits", "routing", "vault"),
  },
  { from: "packages/gateway/src/limits", not: gatewayFolders("access", "calls", "cli", "http", "ledger", "routing") },
  { from: "packages/gateway/src/vault", not: gatewayFolders("access", "calls", "cli", "http", "ledger", "routing") },
  {
    from: "packages/dashboard/src",
    not: [
      "@adit/bedrock",
      "@adit/gateway",
      "@adit/emulator",
      "packages/bedrock",
      "packages/gateway",
      "packages/emulator",
    ],
  },
  {
    from: "packages/gateway/src/http",
    not: gatewayFolders("access", "admin", "calls", "ledger", "limits", "routing", "store", "vault"),
    typesMay: true,
  },
  { from: "packages/gateway/src/access", not: gatewayFolders("admin", "calls", "cli", "ledger", "routing") },
  { from: "packages/gateway/src/cache", not: gatewayFolders("admin", "calls", "cli", "ledger") },
  { from: "packages/gateway/src/guardrails", not: gatewayFolders("admin", "calls", "cli") },
  { from: "packages/gateway/src/prompts", not: gatewayFolders("admin", "calls", "cli") },
  { from: "packages/gateway/src/routing", not: gatewayFolders("admin", "calls", "cli") },
];

/** What the gateway is built with beside the library's public face; nobody else's. */
const facePath = "@adit/bedrock/gateway";

/** Under `dialects`: what every dialect translates with. It knows none of them. */
const sharedByDialects = "translation";

function folders(...names) {
  return names.map((name) => `packages/bedrock/src/${name}`);
}

function gatewayFolders(...names) {
  return names.map((name) => `packages/gateway/src/${name}`);
}

const importForm =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/gm;
const faults = [];

for (const file of sources(path.join(root, "packages"))) {
  const name = path.relative(root, file).split(path.sep).join("/");
  const isTest = /\.test\.ts$|\/testing\//.test(name);
  for (const match of readFileSync(file, "utf8").matchAll(importForm)) {
    const target = resolve(file, match[2] ?? match[3]);
    const isType = match[1] !== undefined;
    for (const rule of rules.filter((candidate) => forbids(candidate, { name, target, isTest, isType })))
      faults.push(`${name} imports ${target}, which ${rule.from} may not`);
    if (crossesDialects(name, target) && !isTest)
      faults.push(`${name} imports ${target}: dialects do not know each other`);
    if (/^@adit\/[^/]+\//.test(target) && !(target === facePath && name.startsWith("packages/gateway/src/")))
      faults.push(`${name} imports ${target}: other packages are reached by their public face`);
  }
}

// No test runs these programs, and no type check reads them: a file that has moved would be missed on the day they are needed.
for (const file of ["bench", "scripts"].flatMap((folder) => [...sources(path.join(root, folder))])) {
  for (const match of readFileSync(file, "utf8").matchAll(importForm)) {
    const target = resolve(file, match[2] ?? match[3]);
    const source = target.replace(/^(packages\/[^/]+)\/dist\/(.*)\.js$/, "$1/src/$2.ts");
    if (/^(?:bench|scripts|packages)\//.test(source) && !existsSync(path.join(root, source)))
      faults.push(`${path.relative(root, file)} imports ${target}, which is not there`);
  }
}

function forbids(rule, { name, target, isTest, isType }) {
  if (!name.startsWith(`${rule.from}/`)) return false;
  // Tests may reach for a second opinion across the lines inside a package, never for another package's workings.
  if (isTest && !rule.not.some((line) => line.startsWith("@adit/"))) return false;
  if (rule.typesMay === true && isType) return false;
  return rule.not.some((line) => target === line || target.startsWith(`${line}/`));
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules" && entry.name !== "dist") yield* sources(file);
    } else if (/\.(?:tsx?|mjs)$/.test(entry.name)) yield file;
  }
}

function resolve(file, specifier) {
  if (!specifier.startsWith(".")) return specifier;
  return path
    .relative(root, path.resolve(path.dirname(file), specifier))
    .split(path.sep)
    .join("/");
}

function crossesDialects(name, target) {
  const form = /^packages\/bedrock\/src\/dialects\/([^/]+)\//;
  const from = form.exec(name)?.[1];
  const to = form.exec(target)?.[1];
  return from !== undefined && to !== undefined && from !== to && to !== sharedByDialects;
}

for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
