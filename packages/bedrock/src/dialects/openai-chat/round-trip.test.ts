/** Every request that AWS took, recorded or written as such: Converse -> chat completions -> Converse gives the same request. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { exchangesOf, recordingsFolder } from "../../wire/testing/recordings.ts";
import { chatFromConverseRequest } from "./chat-from-converse.ts";
import { checkChatRequest } from "./check-request.ts";
import { converseFromChat } from "./request.ts";

interface RecordedRequest {
  name: string;
  model: string;
  /** Written for the project, not recorded with AWS. */
  isWritten: boolean;
  body: ConverseRequest;
}

function acceptedRequests(): RecordedRequest[] {
  const requests: RecordedRequest[] = [];
  for (const operation of ["Converse", "ConverseStream"]) {
    for (const exchange of exchangesOf(operation)) {
      // Some recordings hold the prompt alone, not the request.
      const body = withMedia(exchange.request.body as JsonObject | undefined);
      if (exchange.response.status === 200 && Array.isArray(body?.["messages"])) {
        requests.push({
          name: `${operation} ${exchange.id}`,
          model: exchange.resolved_model_id ?? exchange.model_id,
          isWritten: exchange.provenance === "written",
          body: body,
        });
      }
    }
  }
  return requests;
}

/** In the recordings words stand for images and files: `<media removed: 82092 base64 characters, ...>`. Here they are bytes. */
function withMedia<T>(body: T): T {
  const text = (JSON.stringify(body) as string | undefined) ?? "null";
  return JSON.parse(
    text.replaceAll(/(?<=")<[^"<>]* base64 characters[^"<>]*>(?=")/g, (words) => Buffer.from(words).toString("base64")),
  ) as T;
}

/** Without containers that ask for nothing (`system: []`, `inferenceConfig: {}`). */
function withoutEmpty(request: ConverseRequest): JsonObject {
  return Object.fromEntries(
    Object.entries(request as unknown as JsonObject).filter(
      ([, value]) => !(typeof value === "object" && value !== null && Object.keys(value).length === 0),
    ),
  );
}

/** Turns of one role as one turn, in AWS's shape. */
function merged(request: JsonObject): JsonObject {
  const turns: { role: string; content: JsonValue[] }[] = [];
  for (const turn of request["messages"] as { role: string; content: JsonValue[] }[]) {
    const last = turns.at(-1);
    if (last?.role === turn.role) {
      last.content.push(...turn.content);
    } else {
      turns.push({ role: turn.role, content: [...turn.content] });
    }
  }
  return { ...request, messages: turns };
}

function turnsOf(request: JsonObject): number {
  return (request["messages"] as JsonValue[]).length;
}

function roundTrip(recorded: RecordedRequest): { back: JsonObject; notCarried: string[]; dropped: string[] } {
  const { request: chat, notCarried } = chatFromConverseRequest(recorded.body, recorded.model);
  const checked = checkChatRequest(JSON.parse(JSON.stringify(chat)) as JsonObject);
  const { request, notes } = converseFromChat(checked, {
    model: factsOfModel(recorded.model),
    media: new Map(),
    anthropicBeta: [],
  });
  return { back: request as unknown as JsonObject, notCarried, dropped: notes.dropped };
}

describe("requests that AWS took, through OpenAI's format and back", () => {
  const requests = acceptedRequests();

  it("are found", () => {
    expect(requests.some(({ isWritten }) => isWritten)).toBe(true);
  });

  it.skipIf(recordingsFolder() === undefined)("are as many recordings as the page on this dialect says", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../../../docs/openai-chat.md"), "utf8");
    const recorded = requests.filter(({ isWritten }) => !isWritten);
    const joined = recorded.filter(({ body }) => !withoutMerges(body));
    const turns = joined.map(({ body }) => (body.messages ?? []).length - turnsOf(merged(withoutEmpty(body))));
    const emptied = recorded.filter(({ body }) => Object.keys(withoutEmpty(body)).length < Object.keys(body).length);
    expect(recorded.length).toBeGreaterThan(390);
    expect(page).toContain(`all ${recorded.length} recorded requests`);
    expect(page).toContain(`| ${recorded.length - joined.length} |`);
    expect(page).toContain(`| ${joined.length} (${turns.reduce((sum, count) => sum + count, 0)} turns) |`);
    expect(page).toContain(`| ${emptied.length}, counted`);
  });

  it.each(requests.filter(({ body }) => withoutMerges(body)))("$name is the same", (recorded) => {
    const { back, notCarried, dropped } = roundTrip(recorded);
    expect(back).toEqual(withoutEmpty(recorded.body));
    expect(notCarried).toEqual([]);
    expect(dropped).toEqual([]);
  });

  it.each(requests.filter(({ body }) => !withoutMerges(body)))("$name is the same but for merged turns", (recorded) => {
    const { back, notCarried, dropped } = roundTrip(recorded);
    expect(back).toEqual(merged(withoutEmpty(recorded.body)));
    expect(notCarried.length).toBeGreaterThan(0);
    expect(notCarried.every((path) => /^messages\[\d+\]\.role$/.test(path))).toBe(true);
    expect(dropped).toEqual([]);
  });
});

function withoutMerges(body: ConverseRequest): boolean {
  return (body.messages ?? []).every((turn, index) => index === 0 || body.messages?.[index - 1]?.role !== turn.role);
}
