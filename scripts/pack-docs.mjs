/**
 * Before the gateway is packed: puts the documents and the built dashboard into its folder, where the packed gateway finds them. After:
 * takes them out again, so that a checkout has them once. `npm pack` runs it only with `--ignore-scripts=false`, for the project's .npmrc
 * is strict.
 */
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { root } from "./set-up.mjs";

const gateway = path.join(root, "packages", "gateway");
const copies = [
  { from: path.join(root, "docs"), to: path.join(gateway, "docs") },
  { from: path.join(root, "packages", "dashboard", "dist"), to: path.join(gateway, "ui") },
];

for (const { from, to } of copies) {
  rmSync(to, { recursive: true, force: true });
  if (process.argv[2] === "put") cpSync(from, to, { recursive: true });
}
