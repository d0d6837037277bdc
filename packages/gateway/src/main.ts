#!/usr/bin/env node
/** The command `adit`. */
import { runCommand } from "./cli/command.ts";

// Whoever read what is printed has left, as `head` does: that is no failure of the command.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return;
  process.stderr.write(`adit: what it prints could not be written, and is not whole: ${error.message}.\n`);
  process.exit(1);
});

// Nobody can be told of it: what the command does goes on.
process.stderr.on("error", () => {});

const status = await runCommand(process.argv.slice(2), process.env);
// What failed may have left a listener open: nothing keeps a failed command alive.
if (status === 0) process.exitCode = 0;
else process.exit(status);
