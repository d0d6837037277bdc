/** S12: the 33 models that AI Squared names: a plain question in their native form, their answer whole and streamed. */
import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../converse/request.ts";
import { factsOfModel } from "../models/facts-of-model.ts";
import { familyOf } from "./family-of.ts";
import { foldedReply } from "./testing/folded.ts";
import { namedModels } from "./testing/named-models.ts";
import { readStream } from "./testing/read-stream.ts";

const hello: ConverseRequest = {
  messages: [{ role: "user", content: [{ text: "hello" }] }],
  inferenceConfig: { maxTokens: 100 },
};

const rows = namedModels.flatMap(({ ids, ...sample }) => ids.map((id) => ({ id, ...sample })));

describe("S12: the models that AI Squared names", () => {
  it("are 33", () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(33);
  });

  it.each(rows)("S12 $id: its native body", ({ id, body, streamBody = body }) => {
    const model = factsOfModel(id);
    expect(familyOf(model)?.request(hello, { model, stream: false })).toEqual({ body, dropped: [] });
    expect(familyOf(model)?.request(hello, { model, stream: true })).toEqual({ body: streamBody, dropped: [] });
  });

  it.each(rows)("S12 $id: its answer, whole", ({ id, answer, says, stop, usage }) => {
    const model = factsOfModel(id);
    const read = (counts: { inputTokens?: number; outputTokens?: number }) =>
      familyOf(model)!.response(answer, { model, request: hello, counts });
    const told = read({});
    expect(told.output.message.content.map(({ text = "" }) => text).join("")).toBe(says);
    expect(told.stopReason).toBe(stop);
    expect(told.usage && [told.usage.inputTokens, told.usage.outputTokens]).toEqual(usage);
    const headed = read({ inputTokens: 5, outputTokens: 7 }).usage;
    // Claude and Nova tell more than the headers, the cache; elsewhere the headers go first.
    const counted = ["anthropic", "nova"].includes(model.family) ? usage : [5, 7];
    expect([headed?.inputTokens, headed?.outputTokens]).toEqual(counted);
  });

  it.each(rows)("S12 $id: its answer, streamed", ({ id, chunks, says, stop }) => {
    const model = factsOfModel(id);
    const metrics = { inputTokenCount: 12, outputTokenCount: 6, invocationLatency: 300, firstByteLatency: 90 };
    const all = [...chunks.slice(0, -1), { ...chunks.at(-1), "amazon-bedrock-invocationMetrics": metrics }];
    const { events, unfamiliar } = readStream(familyOf(model)!, model, all, hello);
    const { content, ...rest } = foldedReply(events);
    expect(content.map(({ text = "" }) => text).join("")).toBe(says);
    expect(rest).toEqual({
      stopReason: stop,
      usage: expect.objectContaining({ inputTokens: 12, outputTokens: 6, totalTokens: 18 }) as unknown,
      latencyMs: 300,
    });
    expect(unfamiliar).toEqual([]);
  });
});
