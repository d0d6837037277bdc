import { AditError } from "@adit/bedrock";
import { CallerHeaders } from "../../http/request/caller-headers.ts";
import { CallerSignal } from "../../http/request/caller-signal.ts";
import type { Incoming } from "../../http/routes/route.ts";

export interface Arrival {
  method?: string;
  target?: string;
  address?: string;
  body?: string;
}

/** A request as the door sees it, without a listener around it. */
export function arriving(headers: Record<string, string>, arrival: Arrival = {}): Incoming {
  const { method = "POST", target = "/v1/chat/completions", address = "127.0.0.1", body = "" } = arrival;
  const [path = "", search = ""] = target.split("?");
  return {
    id: "req_of-this-test",
    traceId: "trace-of-this-test",
    admittedAt: undefined,
    receivedAt: 0,
    method,
    path,
    target,
    address,
    parameters: {},
    query: new URLSearchParams(search),
    headers: new CallerHeaders(headers),
    signal: new CallerSignal(),
    facts: undefined,
    tap: undefined,
    principal: undefined,
    error: undefined,
    hasLeft: false,
    readBody: () => Promise.resolve(Buffer.from(body)),
    bodyText: () => body,
    letGoOfBody: () => {},
  };
}

/** What a refusal comes to; a fault of the program's own is thrown on. */
export async function outcomeOf<Result>(run: () => Result | Promise<Result>): Promise<Result | string> {
  try {
    return await run();
  } catch (error) {
    if (AditError.isInstance(error)) return `${error.status} ${error.code}`;
    throw error;
  }
}
