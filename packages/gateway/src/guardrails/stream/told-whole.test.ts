/** Texts of a stream that come whole, as some hosts write them: without a piece before, or beside pieces that said something else. */
import type { JsonObject } from "@adit/bedrock";
import { expect, test } from "vitest";
import type { RequestType } from "../check.ts";
import { readHook } from "../read-hooks.ts";
import { judgedAnswer } from "../testing/judged-answer.ts";
import { HeldAnswer } from "./held-answer.ts";
import { PieceJudge } from "./piece-judge.ts";
import { streamFormOf, type StreamForm } from "./stream-forms.ts";

const mail = "ann@example.com";

function judgeOf(check: JsonObject): PieceJudge {
  const answer = judgedAnswer();
  return new PieceJudge([readHook(check, { id: "test", path: [] })], answer, () => 0);
}

/** What the caller gets of these events, and whether the stream was stopped. */
function through(
  type: RequestType,
  events: readonly JsonObject[],
  check: JsonObject,
): { sent: string; isStopped: boolean } {
  const answer = new HeldAnswer(streamFormOf(type) as StreamForm, judgeOf(check));
  const sent: JsonObject[] = [];
  let isStopped = false;
  for (const json of events) {
    const found = answer.take({ json, again: () => json, bytes: 1, emit: (changed) => sent.push(changed ?? json) });
    isStopped ||= found !== undefined;
  }
  if (!isStopped) answer.release(undefined);
  return { sent: JSON.stringify(sent), isStopped };
}

const redacting = { checks: [{ id: "default.pii", parameters: { redact: true, stream_window: 64 } }] };

const message = (text: string): JsonObject => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const delta = (text: string): JsonObject => ({
  type: "response.output_text.delta",
  output_index: 0,
  content_index: 0,
  delta: text,
});
const choice = (more: JsonObject): JsonObject => ({ choices: [{ index: 0, ...more }] });

test.each<[string, RequestType, JsonObject[]]>([
  [
    "an item without pieces",
    "createModelResponse",
    [{ type: "response.output_item.done", output_index: 0, item: message(mail) }],
  ],
  [
    "an item as it is added",
    "createModelResponse",
    [{ type: "response.output_item.added", output_index: 0, item: message(mail) }],
  ],
  [
    "a part as it is added",
    "createModelResponse",
    [
      {
        type: "response.content_part.added",
        output_index: 0,
        content_index: 0,
        part: { type: "output_text", text: mail },
      },
    ],
  ],
  [
    "a text that is done",
    "createModelResponse",
    [{ type: "response.output_text.done", output_index: 0, content_index: 0, text: mail }],
  ],
  [
    "a refusal that is done",
    "createModelResponse",
    [{ type: "response.refusal.done", output_index: 0, content_index: 0, refusal: mail }],
  ],
  [
    "the answer at the end",
    "createModelResponse",
    [{ type: "response.completed", response: { output: [message(mail)] } }],
  ],
  [
    "the answer at the beginning",
    "createModelResponse",
    [{ type: "response.created", response: { output: [message(mail)] } }],
  ],
  [
    "the answer's text at the end",
    "createModelResponse",
    [{ type: "response.completed", response: { output_text: mail } }],
  ],
  [
    "more than the pieces said",
    "createModelResponse",
    [delta("Hello"), { type: "response.output_item.done", output_index: 0, item: message(`Hello ${mail}`) }],
  ],
  ["a message without a delta", "chatComplete", [choice({ message: { role: "assistant", content: mail } })]],
  ["a refusal without a delta", "chatComplete", [choice({ message: { role: "assistant", refusal: mail } })]],
  ["a text without a delta", "chatComplete", [choice({ text: mail })]],
  [
    "a message beside another delta",
    "chatComplete",
    [choice({ delta: { content: "Hello" }, message: { content: mail } })],
  ],
])("%s is judged in a stream", (_name, type, events) => {
  expect(through(type, events, redacting).sent).not.toContain(mail);
});

/** What a check of the whole is shown. */
function judged(type: RequestType, events: readonly JsonObject[]): string[] {
  const answer = new HeldAnswer(streamFormOf(type) as StreamForm, judgeOf(redacting));
  for (const json of events) answer.take({ json, again: () => json, bytes: 1, emit: () => undefined });
  return answer.texts;
}

test("a piece that stands there twice is judged once, and changed in both places", () => {
  const together = ["Hel", "lo ", mail].map((text) => choice({ text, delta: { role: "assistant", content: text } }));
  expect(judged("chatComplete", together)).toEqual([`Hello ${mail}`]);
  const { sent } = through("chatComplete", together, redacting);
  expect(sent).not.toContain(mail);
  const clean = ["Hel", "lo ", "you"].map((text) => choice({ text, delta: { role: "assistant", content: text } }));
  expect(through("chatComplete", clean, redacting).sent).toBe(JSON.stringify(clean));
});

test("an answer's text at the end is no second one where an item says the same", () => {
  const completed = (text: string) => ({
    type: "response.completed",
    response: { output: [message(text)], output_text: text },
  });
  const events = [delta("Write to "), delta(mail), completed(`Write to ${mail}`)];
  expect(judged("createModelResponse", events)).toEqual([`Write to ${mail}`]);
  expect(through("createModelResponse", events, redacting).sent).not.toContain(mail);
  const clean = [delta("Hello"), completed("Hello")];
  expect(through("createModelResponse", clean, redacting).sent).toBe(JSON.stringify(clean));
});

test("what repeats its pieces stays as it is written, an empty one too", () => {
  const chat = [
    choice({ delta: { content: "Hello" }, message: { role: "assistant", content: "Hello" } }),
    choice({ delta: { content: " you" }, message: { role: "assistant", content: "Hello you" } }),
    choice({ delta: {}, message: { role: "assistant", content: "" } }),
  ];
  expect(through("chatComplete", chat, redacting).sent).toBe(JSON.stringify(chat));
  const responses = [
    { type: "response.output_item.added", output_index: 0, item: message("") },
    delta("Hello"),
    { type: "response.output_item.done", output_index: 0, item: message("Hello") },
    { type: "response.completed", response: { output: [message("Hello")] } },
  ];
  expect(through("createModelResponse", responses, redacting).sent).toBe(JSON.stringify(responses));
});
