import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Connection } from "./connection.mjs";
import { resultOf } from "./result.mjs";
import { Tally } from "./tally.mjs";

const clockProgram = path.join(import.meta.dirname, "fine-clock.mjs");
/** What is due while so many are under way has failed: the target does not keep up. */
const connectionLimit = 4000;
/** How long replies may come in after the last request. */
const drainMs = 3000;

/** Requests are due at a fixed rate; their times count from when they were due, not from when they could be sent. */
export async function runOpen(job) {
  const tally = new Tally(job.pids);
  const idle = [];
  let opened = 0;
  let underWay = 0;
  let countFrom = Number.POSITIVE_INFINITY;
  let countUntil = Number.POSITIVE_INFINITY;
  const isCounted = ({ dueAt }) => dueAt >= countFrom && dueAt < countUntil;

  const owner = {
    onText(connection, words, isFirst) {
      if (tally.counting) tally.events += words;
      if (isFirst && isCounted(connection)) tally.firstText.record(connection.firstAt - connection.dueAt);
    },
    onDone(connection, error) {
      underWay -= 1;
      idle.push(connection);
      if (error !== undefined) {
        tally.error(error);
        return;
      }
      if (tally.counting) tally.requests += 1;
      if (isCounted(connection)) tally.latency.record(performance.now() - connection.dueAt);
    },
  };
  function send(dueAt) {
    if (idle.length === 0 && opened === connectionLimit) {
      tally.error(`${connectionLimit} requests under way: the target does not keep up with the rate`);
      return;
    }
    if (idle.length === 0) opened += 1;
    const connection = idle.pop() ?? new Connection(job, owner);
    underWay += 1;
    connection.send(dueAt);
  }

  const intervalMs = 1000 / job.rate;
  const lastsMs = job.warmupMs + job.durationMs;
  const clock = new Worker(clockProgram, { workerData: { intervalMs, lastsMs } });
  const [startedAt] = await once(clock, "message");
  let next = startedAt - performance.timeOrigin;
  const sendUntil = next + lastsMs;
  setTimeout(() => {
    countFrom = performance.now();
    tally.start();
  }, job.warmupMs);
  clock.on("message", () => {
    const now = performance.now();
    for (; next <= now && next < sendUntil; next += intervalMs) send(next);
  });
  await once(clock, "exit");
  countUntil = performance.now();
  const counted = tally.stop();
  for (let waited = 0; underWay > 0 && waited < drainMs; waited += 50) await sleep(50);
  if (underWay > 0) tally.error(`${underWay} requests had no whole reply ${drainMs} ms after the last was sent`);
  return { ...resultOf(tally, counted), rate: job.rate };
}
