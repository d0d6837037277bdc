import path from "node:path";
import { text } from "node:stream/consumers";
import { startProcess } from "./processes.mjs";

const program = path.join(import.meta.dirname, "..", "load.mjs");

/** Runs one job of load.mjs in a process of its own; its result, see load/result.mjs. */
export async function runLoad(job, core) {
  const args = [program];
  const started = startProcess({ name: "load", command: process.execPath, args, core, output: "pipe" });
  started.child.stdin.end(JSON.stringify(job));
  const printed = await text(started.child.stdout);
  const code = await started.ended;
  if (code !== 0) throw new Error(`The load generator ended with ${code}. ${started.complaint.trim()}`);
  return JSON.parse(printed);
}
