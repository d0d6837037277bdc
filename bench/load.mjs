/**
 * The load generator: one process, bare sockets. Reads one job (JSON) from standard input, runs it, writes one result
 * (JSON) to standard output.
 *
 * Job: {port, path, headers, body, status = 200, countedWord, wordsPerReply?, mode, connections, rate?, warmupMs,
 * durationMs, rampMs = 0, openWithinMs?, leaveAfterMs?, pids = []}.
 * `closed`: each connection sends its next request when the last has ended. `open`: requests are due at a fixed rate,
 * whatever became of those before; their times count from when they were due.
 * `rampMs`: closed connections start evenly over this time; `openWithinMs`: all streams are waited for, at most so long,
 * before the warm-up. `leaveAfterMs`: callers that leave in mid-stream.
 */
import { Buffer } from "node:buffer";
import { text } from "node:stream/consumers";
import { runClosed } from "./load/closed-loop.mjs";
import { runOpen } from "./load/open-loop.mjs";

function requestBytes({ path, headers, body }) {
  const payload = Buffer.from(body);
  const lines = Object.entries({ ...headers, "content-type": "application/json", "content-length": payload.length });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${head}\r\n`), payload]);
}

process.on("SIGTERM", () => process.exit(0));
const given = JSON.parse(await text(process.stdin));
const job = { status: 200, rampMs: 0, pids: [], ...given, request: requestBytes(given) };
const result = await (job.mode === "open" ? runOpen(job) : runClosed(job));
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
