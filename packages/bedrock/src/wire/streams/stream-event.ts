import { dropNulls, isBlockDelta, isBlockStart } from "../../converse/answer-shape.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { isJsonObject, parsedObject, type JsonObject } from "../../json.ts";
import { corruptStream } from "../event-stream/frame.ts";

type Check = (payload: JsonObject) => boolean;

const hasIndex: Check = (payload) => Number.isSafeInteger(payload["contentBlockIndex"]);

/** What an event must hold so that every reader after this can trust its type. Members beyond these are kept as they come. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["messageStart", (payload) => typeof payload["role"] === "string"],
  ["contentBlockStart", (payload) => hasIndex(payload) && isBlockStart(payload["start"])],
  ["contentBlockDelta", (payload) => hasIndex(payload) && isBlockDelta(payload["delta"])],
  ["contentBlockStop", hasIndex],
  ["messageStop", (payload) => typeof payload["stopReason"] === "string"],
  ["metadata", (payload) => isJsonObject(payload["usage"])],
]);

/**
 * The event of a frame: its payload without the padding `p`. An event that this version does not know comes as `unknown`, payload whole,
 * and empty where it is no JSON object: AWS's SDKs pass over such an event, whatever it holds. Throws AditError `corrupt_stream` for a
 * known one's payload that is no JSON object or lacks what its event must hold.
 */
export function streamEventFrom(eventType: string, json: string): ConverseStreamEvent {
  const check = checks.get(eventType);
  if (check === undefined) {
    return { type: "unknown", eventType, payload: parsedObject(json) ?? {} };
  }
  const payload = parsePayload(eventType, json);
  dropNulls(payload);
  if (!check(payload)) {
    throw corruptStream(`the event ${eventType} lacks a member that it must have`);
  }
  const { p: _padding, type: _type, ...members } = payload;
  return asStreamEvent(eventType, members);
}

/** The one cast from the wire: the checks above have been made. */
function asStreamEvent(type: string, members: JsonObject): ConverseStreamEvent {
  return { type, ...members } as unknown as ConverseStreamEvent;
}

function parsePayload(eventType: string, json: string): JsonObject {
  let payload: unknown;
  try {
    payload = JSON.parse(json);
  } catch (error) {
    throw corruptStream(`the payload of ${eventType} is not JSON`, error);
  }
  if (!isJsonObject(payload)) {
    throw corruptStream(`the payload of ${eventType} is not an object`);
  }
  return payload;
}
