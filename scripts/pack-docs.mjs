/**
 * Before the gateway is packed: puts the documents into its folder, where the packed gateway finds them. After: takes them out
 * again, so that a checkout has them once. `npm pack` runs it only with `--ignore-scripts=false`, for the project's .npmrc is strict.
 */
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { root } from "./set-up.mjs";

const copy = path.join(root, "packages", "gateway", "docs");
rmSync(copy, { recursive: true, force: true });
if (process.argv[2] === "put") cpSync(path.join(root, "docs"), copy, { recursive: true });
