import type { Buffer } from "node:buffer";
import { AditError } from "../errors/adit-error.ts";
import { parsedObject } from "../json.ts";
import { countOf } from "../count.ts";

/** What CountTokens counted. Throws AditError `empty_output` for an answer that holds no count. */
export function countedTokensIn(body: Buffer): number {
  const answer = parsedObject(body.toString("utf8"));
  const count = answer === undefined ? undefined : countOf(answer["inputTokens"]);
  if (count === undefined) {
    throw new AditError("empty_output", "AWS's answer to CountTokens holds no count.");
  }
  return count;
}
