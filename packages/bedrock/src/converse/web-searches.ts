/**
 * Searches of the web that Nova has made for an answer (`nova_grounding`). AWS bills them beside the tokens ("additional costs beyond standard
 * inference pricing": its guide to Nova 2), and its usage does not tell them (recorded: `serverToolUsage` is empty): the answer shows each as
 * a call.
 */
import { isJsonObject, parsedObject } from "../json.ts";

const name = "nova_grounding";
const quotedName = `"${name}"`;

/** In the content of a whole answer, Converse's or Nova's own. */
export function webSearchesIn(content: unknown): number {
  return Array.isArray(content)
    ? content.filter((block) => isJsonObject(block) && isWebSearch(block["toolUse"])).length
    : 0;
}

/** True for the call, or for the start of one in a stream. Not every form is recorded to tell its type; what tells one of the caller's is none. */
export function isWebSearch(toolUse: unknown): boolean {
  return isJsonObject(toolUse) && toolUse["name"] === name && toolUse["type"] !== "tool_use";
}

/** True for the payload of a `contentBlockStart`, or for a chunk of Nova's own stream, with which such a call begins. */
export function beginsWebSearch(payload: string): boolean {
  if (!payload.includes(quotedName)) return false;
  const event = parsedObject(payload) ?? {};
  const { start } = isJsonObject(event["contentBlockStart"]) ? event["contentBlockStart"] : event;
  return isJsonObject(start) && isWebSearch(start["toolUse"]);
}

/** The usage with the searches, as {@link BillableUsage} names them. */
export function withWebSearches<Usage extends object>(usage: Usage | undefined, queries: number): Usage | undefined {
  return usage === undefined || queries === 0 ? usage : { ...usage, queries };
}
