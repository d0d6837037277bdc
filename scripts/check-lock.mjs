/** The lock file holds no registry's address and lacks no optional package: `npm ci` refuses a lock that does. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./set-up.mjs";

const lock = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
const names = new Set(Object.keys(lock.packages).map((key) => key.split("node_modules/").pop()));
const missing = Object.values(lock.packages)
  .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
  .filter((name) => !names.has(name));
const addresses = Object.entries(lock.packages).filter(([, entry]) => /^https?:/.test(entry.resolved ?? ""));

for (const name of missing) console.error(`The lock file lacks the optional package ${name}.`);
for (const [name] of addresses) console.error(`The lock file names a registry's address for ${name}.`);
process.exit(missing.length + addresses.length === 0 ? 0 : 1);
