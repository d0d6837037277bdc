import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";

/** The processors this process may run on, as numbers; undefined where Linux does not tell. */
function allowedCores() {
  try {
    const list = /Cpus_allowed_list:\s*(\S+)/.exec(fs.readFileSync("/proc/self/status", "latin1"))?.[1] ?? "";
    return list.split(",").flatMap((part) => {
      const [first, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  } catch {
    return undefined;
  }
}

function hasTaskset() {
  return spawnSync("taskset", ["--version"], { stdio: "ignore" }).status === 0;
}

/**
 * Who runs where: the target has a core of its own; the load generator and the upstream share the next, or have one each
 * where there are three. Undefined when processes cannot be tied to cores here.
 */
export function planCores() {
  const cores = allowedCores();
  if (cores === undefined || cores.length < 2 || !hasTaskset()) return undefined;
  return { target: cores[0], load: cores[1], upstream: cores[2] ?? cores[1] };
}

/** What a reader of the figures needs to know of the machine. */
export function describeMachine(cores) {
  return {
    processor: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.cpus().length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release().split(".", 2).join(".")}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    load: os
      .loadavg()
      .map((value) => value.toFixed(2))
      .join(" "),
    pinned:
      cores === undefined
        ? "processes were not tied to cores"
        : `target on core ${cores.target}, load generator on ${cores.load}, upstream on ${cores.upstream}`,
  };
}
