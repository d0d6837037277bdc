/** `npm start`: installs and builds what is missing, then serves; with the emulator where the server has no AWS credentials. */
import { spawn } from "node:child_process";
import path from "node:path";
import { build, checkNode, installDependencies, root } from "./set-up.mjs";

checkNode();
installDependencies();
build();

const main = path.join(root, "packages", "gateway", "dist", "program", "main.js");
const server = spawn(process.execPath, [main, "serve", "--emulator", ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill(signal));
server.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
