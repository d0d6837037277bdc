/** Posts JSON to a host that the operator listed, and reads the JSON that it answers: within a time, up to a size, without redirects. */
import { AditError, type JsonObject, type JsonValue } from "@adit/bedrock";
import { valueNestsDeeperThan, type Post } from "@adit/bedrock/gateway";
import type { PostOptions } from "./check.ts";

/** As deep as a body may be: what is told of it in the answer would overflow the stack of whoever writes that. */
const deepest = 200;

/** Rejects with Error, whose message names no secret. */
export async function postJson(
  post: Post,
  url: string,
  body: JsonObject,
  { headers, timeoutMs }: PostOptions,
): Promise<JsonValue> {
  const signal = AbortSignal.timeout(timeoutMs);
  const posting = { url, headers: { ...lowerCase(headers), "content-type": "application/json" }, signal };
  const reply = await post({ ...posting, body: JSON.stringify(body) }).catch((cause: unknown) => {
    throw new Error(`The host ${faultOf(cause, signal, timeoutMs)}.`, { cause });
  });
  if (reply.status < 200 || reply.status > 299) throw new Error(`The host answered ${reply.status}.`);
  if (reply.body === "") return null;
  const value = jsonIn(reply.body);
  if (typeof value === "object" && value !== null && valueNestsDeeperThan(value, deepest)) {
    throw new Error(`The host answered with more than ${deepest} objects and arrays in one another.`);
  }
  return value;
}

function jsonIn(text: string): JsonValue {
  try {
    // Some servers write a mark of the order of bytes before it, which a reader of JSON may pass over (RFC 8259, section 8.1).
    return JSON.parse(text.replace(/^\ufeff/, "")) as JsonValue;
  } catch (cause) {
    throw new Error("The host answered with what is not JSON.", { cause });
  }
}

/** Their names are the host's to read in whatever case; of two spellings it would get both. */
function lowerCase(headers: PostOptions["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function faultOf(error: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (signal.aborted) return `did not answer within ${timeoutMs} ms`;
  if (!AditError.isInstance(error)) return "could not be reached";
  if (error.code === "reply_too_large") return "answered with too much";
  if (error.code === "empty_output") return "answered in a compressed form";
  return error.code === "upstream_reset" ? "broke off" : "could not be reached";
}
