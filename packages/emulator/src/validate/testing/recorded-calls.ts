import { Buffer } from "node:buffer";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** One call, recorded with AWS or written for the project, as far as the tests of the rules read it. */
export interface RecordedCall {
  id: string;
  operation: string;
  model_id: string;
  flags?: Record<string, unknown>;
  provenance?: string;
  request: { host: string; path?: string; headers?: Record<string, string>; body?: unknown };
  response: {
    status: number;
    headers: Record<string, string>;
    body_json?: { message?: string; [key: string]: unknown };
    /** `chunk`: the decoded bytes of an InvokeModel stream. */
    events?: {
      type: string;
      message_type?: string;
      payload: Record<string, unknown>;
      chunk?: Record<string, unknown>;
    }[];
  };
}

/** First bytes that make a file look like its format; the recordings left the media out. */
const heads: Record<string, string> = {
  png: "89504e470d0a1a0a",
  jpeg: "ffd8ffe000104a46",
  gif: "4749463839610100",
  webp: "52494646000000005745425056503820",
  pdf: "255044462d312e37",
};

/** Folder of recorded exchanges: `ADIT_RECORDINGS`, else `../shared/recordings` beside the repository; undefined where there is none. */
export function recordingsFolder(): string | undefined {
  const folder = process.env["ADIT_RECORDINGS"] ?? resolve(import.meta.dirname, "../../../../../../shared/recordings");
  return existsSync(join(folder, "INDEX.tsv")) ? folder : undefined;
}

/** `fixtures/` of the repository: the project's own exchanges; its README says what a file holds. */
export const fixturesFolder = resolve(import.meta.dirname, "../../../../../fixtures");

/** The project's own calls of Converse and ConverseStream. */
export function fixtureCalls(): RecordedCall[] {
  return callsIn(fixturesFolder, ["Converse", "ConverseStream"]);
}

/** The recorded calls whose request was kept, none where the folder is missing; media that the recording left out stand as a stub of their format. */
export function recordedCalls(): RecordedCall[] {
  const folder = recordingsFolder();
  if (folder === undefined) return [];
  return callsIn(folder, ["Converse", "ConverseStream"])
    .filter(({ request }) => isKept(request.body))
    .map((call) => ({ ...call, request: { ...call.request, body: withMedia(call.request.body) } }));
}

/** The recorded calls of other operations, none where the folder is missing; media stand as a stub of their format. */
export function recordingsOf(...operations: string[]): RecordedCall[] {
  const folder = recordingsFolder();
  if (folder === undefined) return [];
  return callsIn(folder, operations).map((call) => ({
    ...call,
    request: { ...call.request, body: withMedia(call.request.body) },
  }));
}

function callsIn(folder: string, operations: readonly string[]): RecordedCall[] {
  return operations.flatMap((operation) =>
    readdirSync(join(folder, operation))
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(folder, operation, name), "utf8")) as RecordedCall),
  );
}

/** Region of the host that was called. */
export function regionOf(call: Pick<RecordedCall, "request">): string {
  return call.request.host.split(".")[1] ?? "us-east-1";
}

function isKept(body: unknown): boolean {
  return typeof body === "object" && body !== null && !("_prompt" in body);
}

function withMedia(value: unknown, format = "txt"): unknown {
  if (typeof value === "string")
    return value.startsWith("<media removed")
      ? Buffer.from(heads[format] ?? "656d756c61746f72", "hex").toString("base64")
      : value;
  if (Array.isArray(value)) return value.map((item) => withMedia(item, format));
  if (typeof value !== "object" || value === null) return value;
  const own = "format" in value && typeof value.format === "string" ? value.format : format;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withMedia(item, own)]));
}
