#!/usr/bin/env node
/** The command `adit`. */
import { runCommand } from "./cli/command.ts";

const status = await runCommand(process.argv.slice(2), process.env);
// What failed may have left a listener open: nothing keeps a failed command alive.
if (status === 0) process.exitCode = 0;
else process.exit(status);
