import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import type { Recording } from "./recordings.ts";

type StreamEvent = NonNullable<Recording["response"]["events"]>[number];

/** `fixtures/` of the repository; its README says what a file holds. */
export const fixturesFolder = resolve(import.meta.dirname, "../../../../../fixtures");

/** AWS fills each event up to a length that tells nothing, with the start of this row. */
const padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const codec = new EventStreamCodec(
  (bytes) => new TextDecoder().decode(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes),
  (text) => new TextEncoder().encode(text),
);

/** The project's own exchanges of one operation in the form of the recordings; streams are encoded by AWS's codec. */
export function fixturesOf(operation: string): Recording[] {
  const folder = join(fixturesFolder, operation);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .toSorted()
        .map((name) => withBytes(JSON.parse(readFileSync(join(folder, name), "utf8")) as Recording))
    : [];
}

function withBytes(fixture: Recording): Recording {
  const { events } = fixture.response;
  if (events === undefined) return fixture;
  const bytes = Buffer.concat(events.map(frameOf));
  const kept = bytes.subarray(0, bytes.length - Number(fixture.flags?.["cut_bytes"] ?? 0));
  return {
    ...fixture,
    frames: events.length,
    response: { ...fixture.response, body_base64: kept.toString("base64") },
  };
}

/** Members in order and `p` among them, as AWS writes them. The JSON of a native answer's chunk travels as base64. */
function frameOf({ type, message_type: messageType = "event", payload }: StreamEvent, index: number): Uint8Array {
  const isEvent = messageType === "event";
  const content = type === "chunk" ? { bytes: Buffer.from(JSON.stringify(payload)).toString("base64") } : payload;
  const members = { ...content, ...(isEvent && { p: padding.slice(0, 1 + ((index * 17) % padding.length)) }) };
  const ordered = Object.entries(members).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return codec.encode({
    headers: {
      [isEvent ? ":event-type" : `:${messageType}-type`]: { type: "string", value: type },
      ":content-type": { type: "string", value: "application/json" },
      ":message-type": { type: "string", value: messageType },
    },
    body: new TextEncoder().encode(JSON.stringify(Object.fromEntries(ordered))),
  });
}
