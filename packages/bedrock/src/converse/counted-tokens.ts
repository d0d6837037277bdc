import type { Buffer } from "node:buffer";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonValue } from "../json.ts";
import { countOf } from "./invocation-counts.ts";

/** What CountTokens counted. Throws AditError `empty_output` for an answer that holds no count. */
export function countedTokensIn(body: Buffer): number {
  const answer = parsed(body);
  const count = isJsonObject(answer) ? countOf(answer["inputTokens"]) : undefined;
  if (count === undefined) {
    throw new AditError("empty_output", "AWS's answer to CountTokens holds no count.");
  }
  return count;
}

function parsed(body: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(body.toString("utf8")) as JsonValue;
  } catch {
    // Not JSON, so no count.
    return undefined;
  }
}
