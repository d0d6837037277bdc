/** The form of the project's own exchanges, and that their streams are streams: what `fixtures/README.md` says of a file holds. */
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fixturesFolder, fixturesOf } from "./fixtures.ts";
import { chunksOf } from "./native-chunks.ts";
import { isTruncated, type Recording } from "./recordings.ts";

type StreamEvent = NonNullable<Recording["response"]["events"]>[number];

/** The last part of the path by operation; none for the one that is not on bedrock-runtime. */
const routes: Record<string, string | undefined> = {
  Converse: "converse",
  ConverseStream: "converse-stream",
  InvokeModel: "invoke",
  InvokeModelWithResponseStream: "invoke-with-response-stream",
  GetInferenceProfile: undefined,
};
const operations = Object.keys(routes);
const fixtures = operations.flatMap((operation) => fixturesOf(operation));
const streams = fixturesOf("ConverseStream").filter(({ response }) => response.events !== undefined);
/** HTTP status by error type, of AWS's service model. */
const statuses: Record<string, number> = {
  ValidationException: 400,
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  UnrecognizedClientException: 403,
  ResourceNotFoundException: 404,
  ModelErrorException: 424,
  ThrottlingException: 429,
};

describe("every fixture", () => {
  it("lies in the folder of its operation, under its id", () => {
    for (const operation of operations) {
      const names = readdirSync(join(fixturesFolder, operation)).toSorted();
      expect(fixturesOf(operation).map(({ id }) => `${id}.json`)).toEqual(names);
    }
    expect(new Set(fixtures.map(({ id, operation }) => `${operation}/${id}`)).size).toBe(fixtures.length);
  });

  it("ends in one line break and has no key that the README does not name", () => {
    const named = /^(?:id|about|operation|model_id|resolved_model_id|family|tags|provenance|flags|request|response)$/;
    for (const { id, operation } of fixtures) {
      const text = readFileSync(join(fixturesFolder, operation, `${id}.json`), "utf8");
      expect(text).toMatch(/[^\n]\n$/);
      expect(Object.keys(JSON.parse(text) as object).filter((key) => !named.test(key))).toEqual([]);
    }
  });

  it.each(fixtures)("$operation $id has the form of a recording", (fixture) => {
    const { request, response, operation } = fixture;
    expect(fixture.provenance).toBe("written");
    expect(Object.keys(fixture.flags ?? {}).filter((name) => name !== "unseen" && name !== "cut_bytes")).toEqual([]);
    const [, kind, encoded, verb] = request.path.split("/");
    expect(decodeURIComponent(encoded ?? "")).toBe(fixture.model_id);
    const route = routes[operation];
    expect([kind, verb]).toEqual(route === undefined ? ["inference-profiles", undefined] : ["model", route]);
    expect(request.host).toMatch(
      route === undefined ? /^bedrock\.[a-z0-9-]+\.amazonaws\.com$/ : /^bedrock-runtime\.[a-z0-9-]+\.amazonaws\.com$/,
    );
    expect(Object.keys(response.headers).filter((name) => name !== name.toLowerCase())).toEqual([]);
    expect(response.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect([response.body_json, response.events].filter((body) => body !== undefined)).toHaveLength(1);
  });

  it.each(fixtures.filter(({ response }) => response.status !== 200))(
    "$operation $id is an error of AWS",
    (fixture) => {
      const { status, headers, body_json: body } = fixture.response;
      const type = headers["x-amzn-errortype"]?.split(":")[0] ?? "";
      expect(statuses[type]).toBe(status);
      expect(body).toMatchObject({ message: expect.stringMatching(/\S/) as unknown });
    },
  );

  it("has a request id and tool ids of its own", () => {
    const ids = fixtures.map(({ response }) => response.headers["x-amzn-requestid"]);
    expect(new Set(ids).size).toBe(ids.length);
    const calls = fixtures.flatMap(({ response }) => toolIdsIn(response.body_json ?? response.events));
    const own = calls.filter((id) => id.startsWith("tooluse_"));
    expect(new Set(own).size).toBe(own.length);
    expect(own.filter((id) => !/^tooluse_[A-Za-z0-9_-]{22}$/.test(id))).toEqual([]);
  });
});

describe("figures", () => {
  const answers = ["Converse", "ConverseStream"].flatMap((operation) => fixturesOf(operation));
  const usages = answers.flatMap(({ id, response }) => {
    const last = response.events?.find(({ type }) => type === "metadata")?.payload ?? response.body_json;
    const usage = (last as { usage?: Record<string, number> } | undefined)?.usage;
    return usage === undefined ? [] : [{ id, usage }];
  });

  it.each(usages)("of $id add up", ({ usage }) => {
    const { inputTokens = 0, outputTokens = 0, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
    // AWS's total counts what was read from and written to the cache.
    expect(usage["totalTokens"]).toBe(inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens);
    for (const name of ["cacheReadInputToken", "cacheWriteInputToken"]) {
      expect([undefined, usage[`${name}s`]]).toContain(usage[`${name}Count`]);
    }
  });
});

describe("streams", () => {
  it.each(streams)("$id is a sequence that AWS gives", (fixture) => {
    const { events = [], body_base64: base64 = "" } = fixture.response;
    const fault = faultIn(events);
    expect(fault).toBe(endOf(fixture));
    expect(Buffer.from(base64, "base64").length).toBeGreaterThan(0);
  });

  it.each([
    ["a block that never opened is closed", [start, stop(0)], "contentBlockStop 0"],
    ["two blocks are open", [start, text(0), text(1)], "contentBlockDelta 1"],
    ["a delta comes after its stop", [start, text(0), stop(0), text(0)], "contentBlockDelta 0"],
    ["the message stops in a block", [start, text(0), { type: "messageStop", payload: {} }], "messageStop"],
    ["nothing started", [text(0)], "contentBlockDelta 0"],
    ["a tool's input is no JSON", [start, tool(0), input(0, '{"a":'), stop(0)], "contentBlockStop 0"],
  ])("the rule sees where %s", (_what, events: StreamEvent[], place) => {
    expect(faultIn(events)).toBe(place);
  });
});

describe("streams of native answers", () => {
  const native = fixturesOf("InvokeModelWithResponseStream").filter(({ response }) => response.events !== undefined);

  it.each(native)("$id: every frame is a chunk, AWS's figures come with the last alone", (fixture) => {
    const { events = [] } = fixture.response;
    expect(events.filter(({ type, message_type: kind }) => type !== "chunk" && kind !== "exception")).toEqual([]);
    expect(chunksOf(fixture)).toEqual(events.filter(({ type }) => type === "chunk").map(({ payload }) => payload));
    const places = events.flatMap(({ payload }, index) =>
      "amazon-bedrock-invocationMetrics" in payload ? [index] : [],
    );
    const isWhole = events.at(-1)?.message_type !== "exception" && !isTruncated(fixture);
    expect(places).toEqual(isWhole ? [events.length - 1] : []);
  });
});

const start: StreamEvent = { type: "messageStart", payload: { role: "assistant" } };

function stop(index: number): StreamEvent {
  return { type: "contentBlockStop", payload: { contentBlockIndex: index } };
}

function text(index: number): StreamEvent {
  return { type: "contentBlockDelta", payload: { contentBlockIndex: index, delta: { text: "a" } } };
}

function tool(index: number): StreamEvent {
  const toolUse = { name: "a", toolUseId: "tooluse_a" };
  return { type: "contentBlockStart", payload: { contentBlockIndex: index, start: { toolUse } } };
}

function input(index: number, part: string): StreamEvent {
  return { type: "contentBlockDelta", payload: { contentBlockIndex: index, delta: { toolUse: { input: part } } } };
}

/** How the walk over a fixture's events is to end: done, at its exception, or where the connection ended. */
function endOf(fixture: Recording): string {
  const last = fixture.response.events?.at(-1);
  if (last?.message_type === "exception") return last.type;
  return fixture.flags?.["cut_bytes"] === 0 && isTruncated(fixture) ? "open end" : "done";
}

/**
 * Walks a stream by AWS's order: messageStart; blocks one after another, each of deltas that follow an optional start (tools always have one)
 * and end in a stop; messageStop; metadata. Gives the first event that is out of place, `done`, an exception's type, or `open end`.
 */
function faultIn(events: readonly StreamEvent[]): string {
  const walk = {
    stage: "before",
    next: 0,
    open: undefined as number | undefined,
    input: undefined as string | undefined,
  };
  for (const event of events) {
    if (event.message_type === "exception")
      return event === events.at(-1) ? event.type : `${event.type} is not the last`;
    if (!isInPlace(event, walk)) {
      const index = event.payload["contentBlockIndex"];
      return typeof index === "number" ? `${event.type} ${index}` : event.type;
    }
  }
  return walk.stage === "metered" ? "done" : "open end";
}

interface Walk {
  stage: string;
  /** Index of the block that may open next. */
  next: number;
  /** Index of the open block. */
  open: number | undefined;
  /** Text of the open tool call's input. */
  input: string | undefined;
}

function isInPlace({ type, payload }: StreamEvent, walk: Walk): boolean {
  switch (type) {
    case "messageStart":
      return moves(walk, "before", "started");
    case "messageStop":
      return walk.open === undefined && moves(walk, "started", "stopped");
    case "metadata":
      return moves(walk, "stopped", "metered");
    case "contentBlockStart":
    case "contentBlockDelta":
    case "contentBlockStop":
      return walk.stage === "started" && isBlockInPlace(type, payload, walk);
    default:
      // What no document names may come anywhere between the first and the last.
      return walk.stage === "started";
  }
}

function moves(walk: Walk, from: string, to: string): boolean {
  if (walk.stage !== from) return false;
  walk.stage = to;
  return true;
}

function isBlockInPlace(type: string, payload: StreamEvent["payload"], walk: Walk): boolean {
  const index = payload["contentBlockIndex"] as number;
  if (type === "contentBlockStop") {
    const isClosed = walk.open === index && (walk.input === undefined || isInput(walk.input));
    Object.assign(walk, { open: undefined, input: undefined });
    return isClosed;
  }
  const opens = walk.open === undefined && index === walk.next;
  if (opens) Object.assign(walk, { open: index, next: index + 1 });
  if (type === "contentBlockStart") {
    walk.input = "toolUse" in (payload["start"] as object) ? "" : undefined;
    return opens;
  }
  const part = (payload["delta"] as { toolUse?: { input: string } }).toolUse;
  if (part !== undefined) walk.input = walk.input === undefined ? undefined : walk.input + part.input;
  return walk.open === index && (part === undefined) === (walk.input === undefined);
}

function isInput(text: string): boolean {
  if (text === "") return true;
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function toolIdsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "toolUse" ? [String((inner as { toolUseId?: string }).toolUseId ?? "")] : toolIdsIn(inner),
  );
}
