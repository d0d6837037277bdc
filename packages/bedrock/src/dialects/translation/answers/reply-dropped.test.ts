import { describe, expect, it } from "vitest";
import type { ConverseResponse } from "../../../converse/response.ts";
import type { ConverseStreamEvent } from "../../../converse/stream-events.ts";
import { messageFromConverse } from "../../anthropic-messages/reply/response.ts";
import { messagesContext } from "../../anthropic-messages/testing/reply-context.ts";
import { chatFromConverse } from "../../openai-chat/response.ts";
import { ChatStreamWriter } from "../../openai-chat/stream-writer.ts";
import { replyContext } from "../../openai-chat/testing/reply-context.ts";
import { completionFromConverse } from "../../openai-completions/response.ts";
import { responseFromConverse } from "../../openai-responses/response.ts";
import type { TranslationNotes } from "../context.ts";
import { noteDropped, replyPath } from "./reply-dropped.ts";
import { streamEventsFromResponse } from "./stream-from-response.ts";

describe("what only Bedrock's own words can show", () => {
  const fields = { additionalModelResponseFields: { stop_sequence: "heard" }, trace: { guardrail: {} } };
  const given: ConverseResponse = {
    output: { message: { role: "assistant", content: [{ text: "a" }] } },
    stopReason: "end_turn",
    usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
    ...fields,
  };

  it("is named to a strict caller, whole and streamed, and shown to the others", () => {
    for (const strict of [true, false]) {
      const whole = replyContext({ strict });
      const completion = chatFromConverse(given, whole);
      const streamed = replyContext({ strict });
      let sse = "";
      const writer = new ChatStreamWriter(streamed, (text) => (sse += text));
      for (const event of streamEventsFromResponse(given)) writer.onEvent(event);
      writer.end();
      for (const [text, { notes }] of [
        [JSON.stringify(completion), whole],
        [sse, streamed],
      ] as const) {
        expect(text.includes('"stop_sequence":"heard"')).toBe(!strict);
        expect(text.includes('"trace":{"guardrail":{}}')).toBe(!strict);
        expect(notes.dropped).toEqual(strict ? ["additionalModelResponseFields", "trace"] : []);
      }
    }
  });

  it("is named in dialects that have no place for it", () => {
    const notes = (): TranslationNotes => ({ dropped: [], toolNames: new Map(), streamable: true });
    const facts = { id: "x_1", created: 1, model: "m" };
    const ofCompletion = notes();
    completionFromConverse(given, { ...facts, strict: false, includeUsage: false, notes: ofCompletion });
    const ofMessage = notes();
    messageFromConverse(given, messagesContext({ notes: ofMessage }));
    const ofResponse = notes();
    responseFromConverse(given, { ...facts, request: { model: "m", input: "Hello" }, notes: ofResponse });
    for (const { dropped } of [ofCompletion, ofMessage, ofResponse]) {
      expect(dropped).toEqual(["additionalModelResponseFields", "trace"]);
    }
  });
});

describe("a member of AWS's answer that this version does not know", () => {
  it("is named, whole and streamed", () => {
    const answer = {
      output: { message: { role: "assistant", content: [{ text: "a" }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
      stopDetails: { kind: "x" },
    } as ConverseResponse;
    const whole = replyContext({ strict: true });
    chatFromConverse(answer, whole);
    expect(whole.notes.dropped).toEqual(["stopDetails"]);
    const streamed = replyContext({ strict: true });
    const writer = new ChatStreamWriter(streamed, () => {});
    writer.onEvent({ type: "messageStop", stopReason: "end_turn", stopDetails: { kind: "x" } } as ConverseStreamEvent);
    writer.onEvent({ type: "metadata", usage: answer.usage, billing: {} } as ConverseStreamEvent);
    writer.end();
    expect(streamed.notes.dropped).toEqual(["stopDetails", "billing"]);
  });

  it("is named a thousand times at most, however many blocks a stream has", () => {
    const context = replyContext({ strict: true });
    for (let index = 0; index < 100_000; index += 1) noteDropped(context.notes, replyPath(index, "toolUse"));
    expect(context.notes.dropped).toHaveLength(1_000);
    expect(context.notes.dropped.at(-1)).toBe("output.message.content[999].toolUse");
  });
});
