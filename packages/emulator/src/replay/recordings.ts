import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { validateHeaderName, validateHeaderValue } from "node:http";
import path from "node:path";
import { recodeStream } from "../frames/encode.ts";
import type { Reply } from "../server/reply.ts";
import { parsedJson } from "../validate/parsed-json.ts";

/** Says which file is no recorded exchange, or that a folder holds none. */
export class RecordingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RecordingError";
  }
}

/** One recorded exchange, as far as it is replayed. */
interface Recording {
  operation: string;
  model_id: string;
  /** What says otherwise than `recorded` is not replayed. */
  provenance?: string;
  request: { method: string; body?: unknown };
  response: {
    status: number;
    headers: Record<string, string>;
    body_json?: unknown;
    body_text?: string;
    body_base64?: string;
  };
}

/** Headers that belong to the connection or to the moment. */
const notReplayed: ReadonlySet<string> = new Set(["connection", "content-length", "date", "transfer-encoding"]);

/** Recorded answers, by what was asked. */
export class Recordings {
  readonly #answers = new Map<string, Recording["response"]>();

  /**
   * Reads a folder that holds a folder for each operation, a JSON file for each exchange. Of several answers to one request the first
   * that succeeded is kept. Throws where the folder cannot be read, and RecordingError where a file is no recording or there is none.
   */
  constructor(folder: string) {
    for (const entry of readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory())) {
      const names = readdirSync(path.join(folder, entry.name)).filter((name) => name.endsWith(".json"));
      names.toSorted().forEach((name) => this.#add(path.join(folder, entry.name, name)));
    }
    // A folder too high or too low in the tree: its user would take what is made up for what was recorded.
    if (this.#answers.size === 0) {
      throw new RecordingError(
        `${folder} holds no recorded exchange: it must have a folder for each operation, with a JSON file for each exchange.`,
      );
    }
  }

  /** The recorded answer to the same operation, model and JSON-equal body; undefined where there is none. */
  find(operation: string, modelId: string, body: Buffer): Reply | undefined {
    const value = body.length === 0 ? null : parsed(body);
    const answer = isTooDeep(body) ? undefined : this.#answers.get(keyOf(operation, modelId, value));
    return answer === undefined ? undefined : replyOf(answer);
  }

  #add(file: string): void {
    const { operation, model_id: modelId, provenance = "recorded", request, response: told } = recordingIn(file);
    const response = { ...told, headers: lowerCase(told.headers) };
    needAnswer(file, response);
    const isKept = provenance === "recorded" && (request.method === "GET" || request.body !== undefined);
    const key = keyOf(operation, modelId, request.body ?? null);
    const known = this.#answers.get(key);
    if (isKept && (known === undefined || (known.status !== 200 && response.status === 200))) {
      this.#answers.set(key, response);
    }
  }
}

/** What a file must have to be replayed: paths of members, and what these are. */
const needed: readonly (readonly [path: string, type: string])[] = [
  ["operation", "string"],
  ["model_id", "string"],
  ["request.method", "string"],
  ["response.status", "number"],
  ["response.headers", "object"],
];

function recordingIn(file: string): Recording {
  let recording: unknown;
  try {
    recording = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw error instanceof SyntaxError ? new RecordingError(`${file} is not JSON: ${error.message}.`) : error;
  }
  const lacking = needed.find(([place, type]) => typeof memberAt(recording, place) !== type);
  if (lacking !== undefined) {
    throw new RecordingError(`${file} is no recorded exchange: its ${lacking[0]} is missing or no ${lacking[1]}.`);
  }
  return recording as Recording;
}

/** Names as they come off the wire are told in any case. */
function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Throws RecordingError for an answer that could not be sent: better at the start than at the call. */
function needAnswer(file: string, answer: Recording["response"]): void {
  const { status, headers, body_json: json, body_text: text, body_base64: base64 } = answer;
  try {
    if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError(`its status is ${status}`);
    if (json === undefined && text === undefined && base64 === undefined) throw new TypeError("it has no body");
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    replyOf(answer);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new RecordingError(`${file} is no recorded exchange: its answer cannot be sent: ${words}.`);
  }
}

function memberAt(value: unknown, place: string): unknown {
  return place
    .split(".")
    .reduce<unknown>((inner, name) => (inner as Readonly<Record<string, unknown>> | null | undefined)?.[name], value);
}

function replyOf(answer: Recording["response"]): Reply {
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !notReplayed.has(name)));
  const requestId = headers["x-amzn-requestid"];
  if (requestId !== undefined) {
    delete headers["x-amzn-requestid"];
    headers["x-amzn-RequestId"] = requestId;
  }
  const { status, body_json: json, body_text: text, body_base64: base64 } = answer;
  if (base64 !== undefined && headers["content-type"]?.startsWith("application/vnd.amazon.eventstream") === true) {
    return { status, headers, parts: recodeStream(Buffer.from(base64, "base64")), isStream: true };
  }
  if (base64 !== undefined && headers["content-type"]?.startsWith("text/event-stream") === true) {
    const events = Buffer.from(base64, "base64")
      .toString("utf8")
      .split(/(?<=\n\n)/);
    return { status, headers, parts: events.map((event) => Buffer.from(event)), isStream: true };
  }
  const body = base64 === undefined ? Buffer.from(text ?? JSON.stringify(json)) : Buffer.from(base64, "base64");
  return { status, headers, parts: [body], isStream: false };
}

function keyOf(operation: string, modelId: string, body: unknown): string {
  return createHash("sha256")
    .update(`${operation}\n${modelId}\n${JSON.stringify(sorted(body))}`)
    .digest("base64");
}

/** Deeper than any recording and than a walk by recursion bears; brackets in texts count too, which only spares a look-up. */
function isTooDeep(body: Buffer): boolean {
  let depth = 0;
  for (const byte of body) {
    if (byte === openBrace || byte === openBracket) {
      depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
    }
    if (depth > deepest) {
      return true;
    }
  }
  return false;
}

const deepest = 1_000;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

function parsed(body: Buffer): unknown {
  try {
    return parsedJson(body);
  } catch {
    // Text that is not JSON was recorded as a text.
    return body.toString("utf8");
  }
}

/** The same value with the keys of its objects in order, so that equal JSON gives equal text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
