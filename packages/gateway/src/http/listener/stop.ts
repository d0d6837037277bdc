/** A stop that drops no stream: what is under way may end, what is new is refused, and it does not last for ever. */
import type { Server } from "node:http";
import { AditError } from "@adit/bedrock";
import type { Connections } from "./connections.ts";
import type { RouteRunner } from "../routes/run-route.ts";

export interface StopParts {
  server: Server;
  connections: Connections;
  runner: RouteRunner;
  /** How long requests under way may last. */
  patienceMs: number;
  /** From the abort of those that are left to the end of their connections. */
  abortGraceMs: number;
}

/**
 * Refuses new requests (503, `connection: close`) and closes idle connections at once; waits for the requests under way.
 * After `patienceMs` those that are left are aborted with `shutting_down`, and `abortGraceMs` later their connections are
 * broken off. The port is held until then, so that callers get an answer and not a refused connection.
 */
export async function stopGracefully(parts: StopParts): Promise<void> {
  const { server, connections, runner } = parts;
  const quiet = new Promise<void>((resolve) => {
    const look = (): void => {
      // In a moment: an answer that has just ended leaves its connection idle only then.
      setImmediate(() => server.closeIdleConnections());
      if (runner.openCount === 0) resolve();
    };
    runner.refuseNew(look);
    connections.closeIdle();
    look();
  });
  if (!(await within(quiet, parts.patienceMs))) {
    runner.abortAll(new AditError("shutting_down", "The gateway is stopping and could not wait any longer."));
    await within(quiet, parts.abortGraceMs);
  }
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // What the last answers have left in buffers goes out first; what then stays open has no reader.
  server.closeIdleConnections();
  await within(closed, runner.openCount === 0 ? parts.abortGraceMs : 0);
  connections.destroyAll();
  server.closeAllConnections();
  await closed;
}

/** True where the promise is fulfilled in time. */
async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const isInTime = await Promise.race([promise.then(() => true as const), late]);
  clearTimeout(timer);
  return isInTime;
}
