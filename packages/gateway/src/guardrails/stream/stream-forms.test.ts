/** Wherever a stream says a text, it says it as the guardrails have left it. */
import type { JsonObject } from "@adit/bedrock";
import { expect, test } from "vitest";
import type { RequestType } from "../check.ts";
import { readHook } from "../read-hooks.ts";
import { judgedAnswer } from "../testing/judged-answer.ts";
import { HeldAnswer } from "./held-answer.ts";
import { PieceJudge } from "./piece-judge.ts";
import { streamFormOf } from "./stream-forms.ts";

const hook = readHook({ checks: [{ id: "default.pii", parameters: { redact: true } }] }, { id: "dry", path: [] });

/** The events, through a guardrail that redacts. */
function redacted(type: RequestType, events: readonly JsonObject[]): JsonObject[] {
  const { answer, sent } = taken(type, events);
  answer.release(undefined);
  return sent;
}

/** What has gone out when these events have come. */
function taken(type: RequestType, events: readonly JsonObject[]): { answer: HeldAnswer; sent: JsonObject[] } {
  const form = streamFormOf(type);
  if (form === undefined) throw new Error("It has no stream.");
  const judged = judgedAnswer();
  const answer = new HeldAnswer(form, new PieceJudge([hook], judged, () => 0));
  const sent: JsonObject[] = [];
  for (const json of events)
    answer.take({ json, again: () => json, bytes: 1, emit: (changed) => void sent.push(changed ?? json) });
  return { answer, sent };
}

const place = { output_index: 0, content_index: 0 };
const [first, second] = ["Write to ann@exam", "ple.com."];
const whole = "Write to [EMAIL_ADDRESS].";

test.each<[string, RequestType, (one: string, other: string) => JsonObject[]]>([
  [
    "a refusal of a chat completion",
    "chatComplete",
    (...said) => said.map((refusal) => ({ choices: [{ index: 0, delta: { refusal } }] })),
  ],
  [
    "what is spoken",
    "chatComplete",
    (...said) => said.map((transcript) => ({ choices: [{ index: 0, delta: { audio: { id: "a", transcript } } }] })),
  ],
  [
    "what is spoken, of Responses",
    "createModelResponse",
    (...said) => said.map((delta) => ({ type: "response.audio.transcript.delta", delta })),
  ],
  [
    "parts in a list",
    "chatComplete",
    (...said) => said.map((text) => ({ choices: [{ index: 0, delta: { content: [{ type: "text", text }] } }] })),
  ],
  [
    "what AWS's own tool gave",
    "converse",
    (...said) => said.map((text) => ({ contentBlockIndex: 1, delta: { toolResult: [{ text }] } })),
  ],
  [
    "what AWS's own tool gave, in blocks",
    "chatComplete",
    (...said) =>
      said.map((text) => ({
        choices: [{ index: 0, delta: { content_blocks: [{ index: 1, delta: { toolResult: [{ text }] } }] } }],
      })),
  ],
  [
    "what Claude makes of a long conversation",
    "messages",
    (...said) => said.map((content) => ({ index: 0, delta: { type: "compaction_delta", content } })),
  ],
])("%s", (_name, type, eventsOf) => {
  expect(redacted(type, eventsOf(first, second))).toEqual(eventsOf(whole, ""));
});

test.each<[string, RequestType, (text: string) => JsonObject]>([
  [
    "fields of the model's own answer, in Converse",
    "converse",
    (text) => ({ stopReason: "end_turn", additionalModelResponseFields: { content: [{ text }] } }),
  ],
  [
    "the same in a chat completion",
    "chatComplete",
    (text) => ({
      choices: [{ index: 0, delta: { additional_model_response_fields: { content: text } }, finish_reason: "stop" }],
    }),
  ],
  [
    "why Claude refuses",
    "messages",
    (explanation) => ({
      type: "message_delta",
      delta: { stop_reason: "refusal", stop_details: { type: "refusal", explanation } },
    }),
  ],
  [
    "what a message begins with",
    "invoke",
    (text) => ({ type: "message_start", message: { role: "assistant", content: [{ type: "text", text }] } }),
  ],
])("%s comes whole", (_name, type, eventOf) => {
  expect(redacted(type, [eventOf(first + second)])).toEqual([eventOf(whole)]);
});

test("what an MCP server gave a message", () => {
  const start = (text: string): JsonObject => ({
    index: 1,
    content_block: { type: "mcp_tool_result", tool_use_id: "t", content: [{ type: "text", text }] },
  });
  expect(redacted("messages", [start(first + second)])).toEqual([start(whole)]);
});

test.each<[string, RequestType, (json: JsonObject) => JsonObject]>([
  ["Converse", "converse", (json) => ({ contentBlockIndex: 1, delta: { toolResult: [{ json }] } })],
  [
    "a chat completion",
    "chatComplete",
    (json) => ({
      choices: [{ index: 0, delta: { content_blocks: [{ index: 1, delta: { toolResult: [{ json }] } }] } }],
    }),
  ],
])(
  "of what Nova's interpreter gave in %s each text stays in its place, and hides no number in another",
  (_name, type, eventOf) => {
    const given = { stdOut: "Rows: 1", stdErr: "123-45-6789", isError: true };
    expect(redacted(type, [eventOf(given)])).toEqual([eventOf({ ...given, stdErr: "[SSN]" })]);
    const [one, other] = [eventOf({ stdOut: "Rows: 1" }), eventOf({ stdOut: "123-45-6789" })];
    expect(redacted(type, [one, other])).toEqual([one, eventOf({ stdOut: "[SSN]" })]);
    // It does not wait for more of it.
    expect(taken(type, [eventOf({ stdOut: "words, ".repeat(2_000) })]).sent).toHaveLength(1);
  },
);

test("of what a tool gave a message each text is one by itself: another's digit before it hides no number", () => {
  const start = (stdout: string, stderr: string): JsonObject => ({
    index: 1,
    content_block: { type: "bash_code_execution_tool_result", content: { stdout, stderr } },
  });
  expect(redacted("messages", [start("Rows: 1", "123-45-6789")])).toEqual([start("Rows: 1", "[SSN]")]);
});

test.each<[string, (text: string) => JsonObject]>([
  ["an MCP server gave", (output) => ({ type: "mcp_call", arguments: "{}", output })],
  ["an MCP server failed with", (error) => ({ type: "mcp_call", arguments: "{}", output: null, error })],
  ["a search of files found", (text) => ({ type: "file_search_call", results: [{ text: "Hello" }, { text }] })],
  ["a shell wrote", (stdout) => ({ type: "shell_call_output", output: [{ stdout, stderr: "" }] })],
  ["a program gave", (result) => ({ type: "program_output", result })],
  ["an interpreter wrote", (logs) => ({ type: "code_interpreter_call", outputs: [{ type: "logs", logs }] })],
])("what %s, and where the response says it again", (_name, itemOf) => {
  const events = (output: string): JsonObject[] => {
    const item = itemOf(output);
    return [
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { output: [item] } },
    ];
  };
  expect(redacted("createModelResponse", events(first + second))).toEqual(events(whole));
});

test("a refusal of Responses, in each event that says it again", () => {
  const deltas = (one: string, other: string): JsonObject[] =>
    [one, other].map((delta) => ({ type: "response.refusal.delta", ...place, delta }));
  const ends = (refusal: string): JsonObject[] => {
    const part = { type: "refusal", refusal };
    const item = { type: "message", content: [part] };
    return [
      { type: "response.refusal.done", ...place, refusal },
      { type: "response.content_part.done", ...place, part },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { output: [item] } },
    ];
  };
  const sent = redacted("createModelResponse", [...deltas(first, second), ...ends(first + second)]);
  expect(sent).toEqual([...deltas(whole, ""), ...ends(whole)]);
});

test("what is spoken in Responses, in each event that says it again", () => {
  const events = (one: string, other: string): JsonObject[] => {
    const part = { type: "output_audio", data: "AA==", transcript: one + other };
    const item = { type: "message", content: [part] };
    return [
      ...[one, other].map((delta) => ({ type: "response.audio.transcript.delta", delta })),
      { type: "response.audio.transcript.done" },
      { type: "response.content_part.done", ...place, part },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { output: [item] } },
    ];
  };
  expect(redacted("createModelResponse", events(first, second))).toEqual(events(whole, ""));
});

test("a message beside the deltas says what they have said", () => {
  const chunk = (content: string, soFar: string): JsonObject => ({
    choices: [{ index: 0, delta: { content }, message: { role: "assistant", content: soFar } }],
  });
  const sent = redacted("chatComplete", [chunk(first, first), chunk(second, first + second)]);
  expect(sent).toEqual([chunk(whole, whole), chunk("", whole)]);
});

test("the tokens beside a text go with it", () => {
  const chat = (content: string, logprobs: JsonObject | null): JsonObject => ({
    choices: [{ index: 0, delta: { content }, logprobs }],
  });
  const said = [first, second].map((token) => chat(token, { content: [{ token }] }));
  expect(redacted("chatComplete", said)).toEqual([chat(whole, null), chat("", null)]);
  const harmless = chat("Good morning", { content: [{ token: "Good" }] });
  expect(redacted("chatComplete", [harmless])).toEqual([harmless]);
  const type = "response.output_text.delta";
  const responses = [first, second].map((delta) => ({ type, ...place, delta, logprobs: [{ token: delta }] }));
  expect(redacted("createModelResponse", responses)).toEqual(
    [whole, ""].map((delta) => ({ type, ...place, delta, logprobs: [] })),
  );
});
