/** Installs what the bench compares with, apart from the project: Portkey's gateway from npm, nginx from the system. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const folder = path.join(import.meta.dirname, "peers");

export function installPortkey() {
  if (fs.existsSync(path.join(folder, "node_modules", "@portkey-ai", "gateway"))) return;
  console.error("Installing @portkey-ai/gateway into bench/peers ...");
  spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, stdio: ["ignore", 2, 2] });
}

export function installNginx() {
  const packages = ["install", "-y", "--no-install-recommends", "nginx-light"];
  const command = process.getuid?.() === 0 ? ["apt-get", ...packages] : ["sudo", "apt-get", ...packages];
  spawnSync(command[0], command.slice(1), { stdio: ["inherit", 2, 2] });
}
