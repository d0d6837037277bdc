/** What no check can see into does not pass, and a guardrail that could not judge says so. */
import { encodeFrame, type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import type { EventWriter } from "../http/routes/route.ts";
import { CallGuard } from "./call-guard.ts";
import type { RequestType } from "./check.ts";
import { FrameGuard } from "./stream/frame-guard.ts";
import type { HookFacts } from "./hook-result.ts";
import { readHook } from "./read-hooks.ts";
import { StreamGuard } from "./stream/stream-guard.ts";
import { streamFormOf, type StreamForm } from "./stream/stream-forms.ts";
import { checkContext } from "./testing/check-context.ts";

const noRain = { checks: [{ id: "default.contains", parameters: { words: ["rain"], operator: "none" } }] };

interface Opened {
  guard: CallGuard;
  /** What those found that nobody waits for. */
  late: HookFacts[];
  pending: Promise<void>[];
}

function opened(type: RequestType, hook: JsonObject): Opened {
  const late: HookFacts[] = [];
  const pending: Promise<void>[] = [];
  const common = { body: {}, isStreaming: true, model: "m", modelAsked: "m", provider: "bedrock", metadata: {} };
  const guard = new CallGuard({
    hooks: { before: [], after: [readHook({ ...noRain, ...hook }, { id: "dry", path: [] })] },
    request: { type, ...common },
    tools: checkContext().tools,
    now: () => 0,
    onFacts: () => {},
    onAsyncFacts: (facts) => late.push(facts),
    onPending: (work) => pending.push(work),
  });
  return { guard, late, pending };
}

function formOf(type: RequestType): StreamForm {
  const form = streamFormOf(type);
  if (form === undefined) throw new Error("It has no stream.");
  return form;
}

describe("a whole answer", () => {
  test.each(["", "It is to rain", '"It is to rain"', '["rain"]', '{"choices":['])(
    "%j is not passed on",
    async (text) => {
      const { guard } = opened("chatComplete", { deny: true });
      await expect(guard.after(text)).rejects.toMatchObject({ code: "empty_output", status: 502 });
    },
  );

  test("of a form that nobody knows is told of by the guardrail that nobody waits for", async () => {
    const { guard, late, pending } = opened("invoke", { async: true });
    await guard.after('{"tracks":[1]}');
    await Promise.all(pending);
    expect(late.flatMap(({ checks }) => checks)).toMatchObject([
      {
        guardrail: "dry",
        check: "default.contains",
        verdict: false,
        isAsync: true,
        error: expect.stringContaining("no guardrail can read"),
      },
    ]);
  });
});

describe("a stream of events", () => {
  const sentBy = (data: string): string => {
    const { guard } = opened("chatComplete", { deny: true });
    let sent = "";
    const events = { write: (text: string) => void (sent += text), flush: () => true } as unknown as EventWriter;
    const form = formOf("chatComplete");
    const stream = new StreamGuard({ guard, form, events, errorEvent: () => "", tellsResults: false, model: "m" });
    stream.write(`data: ${data}\n\n`);
    return sent;
  };

  test.each(["", " ", "\t"])("whose JSON stands behind blanks, %j, is held until it is judged", (blanks) => {
    expect(sentBy(`${blanks}{"choices":[{"index":0,"delta":{"content":"It is to rain"}}]}`)).toBe("");
    expect(sentBy("[DONE]")).toBe("data: [DONE]\n\n");
  });
});

describe("a stream of frames", () => {
  const frame = (eventType: string, payload: string, messageType = "event"): Buffer =>
    Buffer.from(
      encodeFrame(
        [
          [messageType === "event" ? ":event-type" : ":exception-type", { type: "string", value: eventType }],
          [":message-type", { type: "string", value: messageType }],
        ],
        Buffer.from(payload),
      ),
    );
  const sentBy = (type: RequestType, bytes: Buffer): number => {
    let sent = 0;
    const { guard } = opened(type, { deny: true });
    new FrameGuard(guard, formOf(type), (given) => void (sent += given.length)).take(bytes);
    return sent;
  };

  test.each<[RequestType, string, string]>([
    ["converse", "contentBlockDelta", "It is to rain"],
    ["converse", "contentBlockDelta", '["rain"]'],
    ["invoke", "chunk", "{}"],
    ["invoke", "chunk", JSON.stringify({ bytes: Buffer.from("It is to rain").toString("base64") })],
  ])("%s: an event that cannot be read is not passed on: %s %s", (type, name, payload) => {
    expect(() => sentBy(type, frame(name, payload))).toThrow(expect.objectContaining({ code: "corrupt_stream" }));
  });

  const chunk = (value: object): Buffer =>
    frame("chunk", JSON.stringify({ bytes: Buffer.from(JSON.stringify(value)).toString("base64") }));

  test("a chunk that is none of Claude's is not passed on, whatever the request looked like", () => {
    const openAi = chunk({ choices: [{ index: 0, delta: { content: "It is to rain" } }] });
    expect(() => sentBy("invoke", openAi)).toThrow(expect.objectContaining({ code: "corrupt_stream" }));
    const nova = chunk({ contentBlockDelta: { delta: { text: "It is to rain" }, contentBlockIndex: 0 } });
    expect(() => sentBy("invoke", nova)).toThrow(expect.objectContaining({ code: "corrupt_stream" }));
  });

  /** As Claude 2 answers, whose request may name `anthropic_version` too. */
  test("a chunk of Claude's text completions is held until it is judged", () => {
    expect(sentBy("invoke", chunk({ completion: "It is to rain", stop_reason: null, stop: null }))).toBe(0);
  });

  test("AWS's own errors are, and what can be read", () => {
    const failure = frame("throttlingException", "no JSON", "exception");
    expect(sentBy("converse", failure)).toBe(failure.length);
    const start = frame("messageStart", '{"role":"assistant"}');
    expect(sentBy("converse", start)).toBe(start.length);
  });
});
