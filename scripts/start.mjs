/** `npm start`: installs and builds what is missing, then serves; with the emulator where the server has no AWS credentials. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build, checkNode, installDependencies, root } from "./set-up.mjs";

checkNode();
installDependencies();
build();

// In this process: one of its own would be told of each Ctrl-C twice, by the terminal and by this one, and the second ends open streams.
process.argv.splice(2, 0, "serve", "--emulator");
await import(pathToFileURL(path.join(root, "packages", "gateway", "dist", "program", "main.js")).href);
