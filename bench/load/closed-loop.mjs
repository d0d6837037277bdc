import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "./connection.mjs";
import { resultOf } from "./result.mjs";
import { Tally } from "./tally.mjs";

/** After an error a connection waits this long, so that a target that is down is not hammered. */
const pauseAfterErrorMs = 50;

/** Each connection sends, waits for the whole reply, sends again. */
export async function runClosed(job) {
  const tally = new Tally(job.pids);
  let running = true;
  const connections = [];

  function send(connection) {
    if (!running || connection.busy) return;
    const dueAt = performance.now();
    connection.send(dueAt);
    if (job.leaveAfterMs !== undefined) setTimeout(() => leave(connection, dueAt), job.leaveAfterMs);
  }
  function leave(connection, dueAt) {
    if (!connection.busy || connection.dueAt !== dueAt) return;
    connection.drop();
    if (tally.counting) tally.requests += 1;
    send(connection);
  }
  const owner = {
    onText(connection, words, isFirst) {
      if (!tally.counting) return;
      tally.events += words;
      if (isFirst) tally.firstText.record(connection.firstAt - connection.dueAt);
    },
    onDone(connection, error) {
      if (error !== undefined) {
        if (running) tally.error(error);
        setTimeout(() => send(connection), pauseAfterErrorMs);
        return;
      }
      if (tally.counting) {
        tally.requests += 1;
        tally.latency.record(performance.now() - connection.dueAt);
      }
      send(connection);
    },
  };

  for (let index = 0; index < job.connections; index += 1) {
    const connection = new Connection(job, owner);
    connections.push(connection);
    setTimeout(() => send(connection), (job.rampMs * index) / job.connections);
  }
  await sleep(job.rampMs);
  const isOpen = ({ busy, firstAt }) => busy && firstAt > 0;
  for (let waited = 0; waited < (job.openWithinMs ?? 0) && !connections.every(isOpen); waited += 200) await sleep(200);
  await sleep(job.warmupMs);
  tally.start();
  await sleep(job.durationMs);
  const counted = tally.stop();
  running = false;
  const openStreams = connections.filter(isOpen).length;
  for (const connection of connections) connection.drop();
  return { ...resultOf(tally, counted), openStreams };
}
