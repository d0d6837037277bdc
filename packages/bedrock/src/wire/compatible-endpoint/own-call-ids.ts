/**
 * Ids of calls in a response. bedrock-mantle counts them anew in each answer (recorded with GPT-5.5: `call_0`), and clients know a call by its id: in
 * a conversation of several they take the second for one that has been answered, or leave the first out. AWS takes any id back.
 */
import { Buffer } from "node:buffer";
import { isJsonObject, parsedObject, type JsonObject, type JsonValue } from "../../json.ts";
import { withValuesAt } from "../../json-text/json-span.ts";
import type { ServerSentEvent } from "./sse-reader.ts";

const counted = /^call_\d+$/;
const mayHoldCounted = /"call_id"\s*:\s*"call_\d+"/;

/** A response, or an event of one, whose counted ids are the items' own; the same text where it has none. What else it holds stays as it was written. */
export function withOwnCallIds(json: string): string {
  const value = mayHoldCounted.test(json) ? parsedObject(json) : undefined;
  if (value === undefined) {
    return json;
  }
  const values = itemsOf(value).flatMap(([path, item]) => {
    const own = ownIdOf(item);
    return own === undefined ? [] : [{ path: [...path, "call_id"], json: JSON.stringify(own) }];
  });
  return withValuesAt(json, values);
}

/** The event's bytes, likewise. */
export function eventWithOwnCallIds({ name, data }: ServerSentEvent, bytes: Buffer): Buffer {
  const own = withOwnCallIds(data);
  if (own === data) {
    return bytes;
  }
  const lines = own.split("\n").map((line) => `data: ${line}\n`);
  return Buffer.from(`${name === "" ? "" : `event: ${name}\n`}${lines.join("")}\n`);
}

/** Of a whole response, of the one that an event holds, and an event's own. */
function itemsOf(value: JsonObject): [path: (string | number)[], item: JsonValue][] {
  const { item, response } = value;
  const within = isJsonObject(response) ? response["output"] : undefined;
  return [
    ...(item === undefined ? [] : [[["item"], item] as [string[], JsonValue]]),
    ...listed(value["output"], ["output"]),
    ...listed(within, ["response", "output"]),
  ];
}

function listed(items: JsonValue | undefined, path: string[]): [path: (string | number)[], item: JsonValue][] {
  return Array.isArray(items) ? items.map((item, index) => [[...path, index], item]) : [];
}

/** `call_` and what makes the item's id its own: `fc_36f0...` is called `call_36f0...`. */
function ownIdOf(item: JsonValue): string | undefined {
  const { id, call_id: callId } = isJsonObject(item) ? item : {};
  const isCounted = typeof id === "string" && typeof callId === "string" && counted.test(callId);
  return isCounted ? `call_${id.slice(id.indexOf("_") + 1)}` : undefined;
}
