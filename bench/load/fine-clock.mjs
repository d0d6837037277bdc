/**
 * A thread that says when a request is due. Timers of the event loop are whole milliseconds; a wait on memory is not, and
 * does not spin on a core that the upstream may share.
 */
import { parentPort, workerData } from "node:worker_threads";

const { intervalMs, lastsMs } = workerData;
const never = new Int32Array(new SharedArrayBuffer(4));
const now = () => performance.timeOrigin + performance.now();

const start = now();
const until = start + lastsMs;
let next = start;
// The first message tells when the schedule began, the others only that something is due.
while (next < until) {
  const waitMs = next - now();
  if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs);
  parentPort.postMessage(start);
  const missed = Math.max(0, Math.floor((now() - next) / intervalMs));
  next += intervalMs * (missed + 1);
}
