#!/usr/bin/env node
// Here from the start, where the program comes with the build: npm links the command when it installs.
import { existsSync } from "node:fs";

const program = new URL("../dist/program/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write("Adit is not built here: run npm run build in the checkout, and before npm pack too.\n");
  process.exitCode = 1;
}
