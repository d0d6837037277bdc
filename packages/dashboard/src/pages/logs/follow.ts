/** Calls as they end: whose connection breaks connects again, and goes on from the last call that was told. */
import { useEffect, useState } from "react";
import { useControl, type Control } from "../../api/control.ts";
import { ApiError, apiErrorIn } from "../../api/api-error.ts";
import type { Log } from "../../api/objects.ts";
import { eventsOf } from "../../api/server-events.ts";
import { useProject } from "../../session/project.ts";
import { queryOf, type LogFilter } from "./log-query.ts";

const mostLive = 200;
/** Doubled each time that the gateway cannot be reached, up to the longest. */
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

export function useTail(filter: LogFilter) {
  const control = useControl();
  const { project } = useProject();
  const [logs, setLogs] = useState<readonly Log[]>([]);
  const [hasGap, setHasGap] = useState(false);
  const [isAway, setIsAway] = useState(false);
  const [error, setError] = useState<unknown>();
  const { search } = filter;
  const query = new URLSearchParams({
    ...queryOf(filter, project.id),
    ...(search !== undefined && { search }),
  }).toString();
  useEffect(() => {
    const stop = new AbortController();
    setLogs([]);
    setHasGap(false);
    setIsAway(false);
    setError(undefined);
    follow(control, query, stop.signal, {
      onLog: (log) => setLogs((before) => withLog(before, log)),
      onGap: () => setHasGap(true),
      onAway: setIsAway,
    }).catch((fault: unknown) => {
      if (!stop.signal.aborted) setError(fault);
    });
    return () => stop.abort();
  }, [control, query]);
  return { logs, hasGap, isAway, error };
}

/** Who connects again may be told of calls a second time. */
function withLog(before: readonly Log[], log: Log): readonly Log[] {
  return before.some(({ id }) => id === log.id) ? before : [log, ...before].slice(0, mostLive);
}

interface Follower {
  onLog: (log: Log) => void;
  onGap: () => void;
  /** Whether the connection is broken, each time that it breaks and is there again. */
  onAway: (isAway: boolean) => void;
}

/** Until `signal` ends it. @throws ApiError where the gateway refuses */
async function follow(control: Control, query: string, signal: AbortSignal, follower: Follower): Promise<void> {
  let last: string | undefined;
  let pauseMs = firstPauseMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      const body = await control.stream(`/v1/logs/tail?${query}`, signal, { after: last });
      pauseMs = firstPauseMs;
      follower.onAway(false);
      // From which call on they are missing is not known.
      if (!isFirst && last === undefined) follower.onGap();
      for await (const told of eventsOf(body)) last = tell(told, follower) ?? last;
    } catch (error) {
      if (signal.aborted || isRefusal(error)) throw error;
    }
    follower.onAway(true);
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** @returns the id of the call that it tells of. @throws ApiError where the gateway refuses to tell more */
function tell({ event, data }: { event: string; data: string }, follower: Follower): string | undefined {
  if (event === "gap") follower.onGap();
  if (event === "error") throw apiErrorIn(JSON.parse(data));
  if (event !== "log") return undefined;
  const log = JSON.parse(data) as Log;
  follower.onLog(log);
  return log.id;
}

/** What is the same however often it is asked for; a gateway that stops, or whose store is away, is there again. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const { status, code } = error;
  return status < 500 && status !== 429 && code !== "unreachable" && code !== "store_unavailable";
}

/** Rejects as soon as `signal` ends it. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(new DOMException("Nobody follows any more.", "AbortError"));
      },
      { once: true },
    );
  });
}
