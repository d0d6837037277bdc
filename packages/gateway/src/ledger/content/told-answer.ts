/** An answer as data, whatever its form: JSON, server-sent events, AWS's event stream, or other bytes. Pure. */
import { isUtf8 } from "node:buffer";
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { parsedJson } from "@adit/bedrock/gateway";
import { framesIn } from "./secrets-in-pieces.ts";

export interface ToldAnswer {
  /** For the reader: JSON as it is, a stream of text as its text, a stream of frames as a list of them, other bytes in base64. */
  shown: JsonValue;
  /** To be compared: of a stream what its events make up together, by the place where it stands in them. */
  compared: JsonValue;
}

export function toldAnswer(bytes: Buffer): ToldAnswer {
  if (isUtf8(bytes)) {
    const text = bytes.toString("utf8");
    const json = parsedJson(text);
    if (json !== undefined) return { shown: json, compared: json };
    const events = eventsIn(text);
    return { shown: text, compared: events.length === 0 ? text : gathered(events) };
  }
  const events = toldFrames(bytes);
  if (events !== undefined) return { shown: events, compared: gathered(events) };
  const other = { base64: bytes.toString("base64") };
  return { shown: other, compared: other };
}

/** What AWS's event stream says, frame by frame, as far as its frames are whole; undefined for bytes that are not an event stream. */
export function toldFrames(bytes: Buffer): JsonObject[] | undefined {
  const { frames } = framesIn(bytes);
  return frames.length === 0 ? undefined : frames.map(({ headers, payload }) => eventOf(headers, payload));
}

/** Its type beside its members; the chunk of a model's own stream is opened. */
function eventOf(headers: ReturnType<typeof framesIn>["frames"][number]["headers"], payload: string): JsonObject {
  const named = headers.find(([name]) => name === ":event-type" || name === ":exception-type")?.[1].value;
  const event = parsedJson(payload);
  const { bytes, ...rest } = isJsonObject(event) ? event : { payload };
  const chunk = typeof bytes === "string" ? parsedJson(Buffer.from(bytes, "base64").toString("utf8")) : undefined;
  if (isJsonObject(chunk)) return { type: typeof named === "string" ? named : "", ...chunk };
  return { type: typeof named === "string" ? named : "", ...rest, ...(bytes !== undefined && { bytes }) };
}

function eventsIn(text: string): JsonObject[] {
  return [...text.matchAll(/^data: ?(\{.*)$/gm)].flatMap(([, data = ""]) => {
    const event = parsedJson(data);
    return isJsonObject(event) ? [event] : [];
  });
}

/** Numbers of events, and padding: different each time, and nothing that was said. */
const passedOver = new Set(["sequence_number", "obfuscation", "p", "type"]);
/** Members that are written piece by piece; what stands alike in others is said again with each event. */
const isWritten =
  /(?:^|[.\]])(?:content|text|delta|arguments|input|partial_json|thinking|reasoning|reasoning_content|refusal)$/;
/** Of a place that is told: names of any length may lead to any number of texts. */
const longestPlace = 256;

/** The place of a part; what lies beyond the longest place stands there together. */
function below(place: string, part: string): string {
  if (place.length >= longestPlace) return place;
  return `${place}${part.slice(0, longestPlace)}`.slice(0, longestPlace);
}

/** Members that number what an event is a piece of. */
const numbers = ["output_index", "content_index", "contentBlockIndex", "index"];

/** What stands at one place of the events: pieces of a text are joined, of all else the last counts. */
function gathered(events: readonly JsonObject[]): JsonObject {
  const texts = new Map<string, string[]>();
  const others = new Map<string, JsonValue>();
  const walk = (place: string, value: JsonValue): void => {
    if (typeof value === "string") {
      const pieces = texts.get(place);
      if (pieces === undefined) texts.set(place, [value]);
      else pieces.push(value);
    } else if (Array.isArray(value))
      for (const [index, entry] of value.entries()) walk(placeIn(place, entry, index), entry);
    else if (isJsonObject(value)) {
      for (const [name, entry] of Object.entries(value)) {
        if (entry !== undefined && !passedOver.has(name)) walk(below(place, place === "" ? name : `.${name}`), entry);
      }
    } else others.set(place, value);
  };
  for (const event of events)
    walk(typeof event["type"] === "string" ? placeIn(below("", event["type"]), event, undefined) : "", event);
  const joined = [...texts].map(([place, pieces]): [string, JsonValue] => [
    place,
    !isWritten.test(place) && pieces.every((piece) => piece === pieces[0]) ? (pieces[0] ?? "") : pieces.join(""),
  ]);
  return Object.fromEntries([...others, ...joined]);
}

function placeIn(place: string, value: JsonValue, index: number | undefined): string {
  const own = isJsonObject(value)
    ? numbers.map((name) => value[name]).filter((number) => typeof number === "number")
    : [];
  if (own.length > 0) return below(place, `[${own.join("][")}]`);
  return below(place, index === undefined ? "" : `[${index}]`);
}
