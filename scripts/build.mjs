/** `npm run build`: the packages by TypeScript, without what is left of sources that are gone; then the program in few files, and the dashboard. */
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import path from "node:path";
import { noteBuild, root, run } from "./set-up.mjs";

const packages = path.join(root, "packages");
/** What vite writes: anew each time, and from more than one source. */
const program = path.join(packages, "gateway", "dist", "program");

const typescript = path.join(root, "node_modules", "typescript", "bin", "tsc");
const vite = path.join(root, "node_modules", "vite", "bin", "vite.js");

const compiled = ["bedrock", "emulator", "gateway"].map((name) => path.join(packages, name));
// TypeScript believes its own notes that a package is built, whose outputs somebody took away.
for (const folder of compiled)
  if (!existsSync(path.join(folder, "dist"))) rmSync(path.join(folder, "tsconfig.tsbuildinfo"), { force: true });
run(process.execPath, [typescript, "-b"]);
for (const folder of compiled) sweep(path.join(folder, "dist"), path.join(folder, "src"));
for (const name of ["gateway", "dashboard"])
  run(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd: path.join(packages, name) });
noteBuild();

/**
 * Takes outputs away whose source is gone. TypeScript leaves them: they would be packed with the rest, and whatever still
 * names a file that was moved would go on finding the old one.
 */
function sweep(outputs, sources) {
  for (const entry of readdirSync(outputs, { withFileTypes: true })) {
    const output = path.join(outputs, entry.name);
    if (!entry.isDirectory()) {
      const name = entry.name.replace(/\.(?:d\.ts|js|js\.map|json)$/, "");
      if (![".ts", ".json"].some((ending) => existsSync(path.join(sources, name + ending)))) rmSync(output);
    } else if (output !== program) {
      sweep(output, path.join(sources, entry.name));
      if (readdirSync(output).length === 0) rmdirSync(output);
    }
  }
}
