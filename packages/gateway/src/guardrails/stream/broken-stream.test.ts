/** How a guarded stream of OpenAI's Responses ends that broke: with the items that had gone out whole. */
import { AditError, responsesErrorEvent, type JsonObject } from "@adit/bedrock";
import { expect, test } from "vitest";
import type { EventWriter } from "../../http/routes/route.ts";
import { CallGuard } from "../call-guard.ts";
import { readHook } from "../read-hooks.ts";
import { checkContext } from "../testing/check-context.ts";
import { streamFormOf, type StreamForm } from "./stream-forms.ts";
import { StreamGuard } from "./stream-guard.ts";

const mail = "ann@example.com";
const said = (text: string) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  content: [{ type: "output_text", text, annotations: [] }],
});

/** What `response.failed` says of a stream that ended by the error behind an item that is whole and one that is not. */
function failedBy(error: AditError): JsonObject {
  const parameters = { categories: ["EMAIL_ADDRESS"], redact: true, stream_window: 64 };
  const hook = readHook({ checks: [{ id: "default.pii", parameters }] }, { id: "test", path: [] });
  const guard = new CallGuard({
    hooks: { before: [], after: [hook] },
    request: {
      type: "createModelResponse",
      body: {},
      isStreaming: true,
      model: "m",
      modelAsked: "m",
      provider: "bedrock",
      metadata: {},
    },
    tools: checkContext().tools,
    now: () => 0,
    onFacts: () => {},
    onAsyncFacts: () => {},
    onPending: () => {},
  });
  let sent = "";
  const stream = new StreamGuard({
    guard,
    form: streamFormOf("createModelResponse") as StreamForm,
    events: { write: (text: string) => void (sent += text), flush: () => true } as unknown as EventWriter,
    errorEvent: (failure, { sequence, response }) => responsesErrorEvent(failure, false, sequence, response),
    tellsResults: false,
    model: "m",
  });
  const words = `Write to ${mail}.`;
  const delta = { type: "response.output_text.delta", content_index: 0 };
  const events = [
    { type: "response.created", response: { id: "resp_1", status: "in_progress", output: [] } },
    { ...delta, item_id: "msg_1", output_index: 0, delta: words },
    { ...delta, type: "response.output_text.done", item_id: "msg_1", output_index: 0, text: words },
    { type: "response.output_item.done", output_index: 0, item: said(words) },
    ...Array.from({ length: 10 }, () => ({
      ...delta,
      item_id: "msg_2",
      output_index: 1,
      delta: "and so on ".repeat(10),
    })),
  ];
  for (const [index, event] of events.entries()) {
    stream.write(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`);
  }
  stream.fail(error);
  expect(sent).not.toContain(mail);
  const failed = sent.split("\n\n").find((event) => event.startsWith("event: response.failed"));
  return (JSON.parse(failed?.split("data: ")[1] ?? "") as { response: JsonObject }).response;
}

test("the connection broke: what has gone out stands in it as the guardrails left it", () => {
  const broken = failedBy(new AditError("truncated_stream", "The connection was closed."));
  expect(broken).toMatchObject({ id: "resp_1", status: "failed", output: [said("Write to [EMAIL_ADDRESS].")] });
});

test("a guardrail denies it: nothing of what came stands in it", () => {
  expect(failedBy(new AditError("guardrail_denied", "It is denied."))).toMatchObject({ status: "failed", output: [] });
});
