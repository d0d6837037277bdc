/** Posts JSON to a host that the operator listed, and reads the JSON that it answers: within a time, up to a size, without redirects. */
import type { JsonObject, JsonValue } from "@adit/bedrock";
import type { PostOptions } from "./check.ts";

const mostBytes = 1024 * 1024;

/** Rejects with Error, whose message names no secret. */
export async function postJson(url: string, body: JsonObject, { headers, timeoutMs }: PostOptions): Promise<JsonValue> {
  const signal = AbortSignal.timeout(timeoutMs);
  let reply: Response;
  try {
    reply = await fetch(url, {
      method: "POST",
      headers: { ...withoutType(headers), "content-type": "application/json" },
      body: JSON.stringify(body),
      // The address was allowed, another was not.
      redirect: "manual",
      signal,
    });
  } catch (cause) {
    const words = signal.aborted ? `did not answer within ${timeoutMs} ms` : "could not be reached";
    throw new Error(`The host ${words}.`, { cause });
  }
  if (!reply.ok) {
    await reply.body?.cancel();
    throw new Error(`The host answered ${reply.status}.`);
  }
  const text = await textOf(reply, timeoutMs);
  if (text === "") return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new Error("The host answered with what is not JSON.", { cause });
  }
}

/** In any spelling: of two the host would get both. */
function withoutType(headers: PostOptions["headers"]): PostOptions["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "content-type"));
}

async function textOf(reply: Response, timeoutMs: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of reply.body ?? []) {
      bytes += piece.byteLength;
      if (bytes > mostBytes) throw new RangeError("too long");
      pieces.push(piece);
    }
  } catch (cause) {
    const words =
      cause instanceof RangeError
        ? `answered with more than ${mostBytes} bytes`
        : `broke off, or took more than ${timeoutMs} ms`;
    throw new Error(`The host ${words}.`, { cause });
  }
  return Buffer.concat(pieces).toString("utf8");
}
