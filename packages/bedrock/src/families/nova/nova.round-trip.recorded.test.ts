import { describe, expect, it } from "vitest";
import type { Message } from "../../converse/content.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { familyOf } from "../family-of.ts";
import { nativeExchanges } from "../testing/native-exchanges.ts";

/** A recorded body in Converse's form: the members are the same, but for older names of inferenceConfig. */
function converseFrom({ schemaVersion: _version, inferenceConfig, ...body }: JsonObject): ConverseRequest {
  const {
    max_new_tokens: older,
    maxTokens,
    temperature,
    topP,
    stopSequences,
    ...others
  } = (inferenceConfig ?? {}) as JsonObject;
  const config = Object.entries({ maxTokens: maxTokens ?? older, temperature, topP, stopSequences });
  return {
    ...(body as ConverseRequest),
    ...(inferenceConfig !== undefined && {
      inferenceConfig: Object.fromEntries(config.filter(([, value]) => value !== undefined)),
    }),
    ...(Object.keys(others).length > 0 && { additionalModelRequestFields: { inferenceConfig: others } }),
  };
}

/** The body with the names of today. */
function normalised(body: JsonObject): JsonObject {
  const { max_new_tokens: older, ...config } = (body["inferenceConfig"] ?? {}) as JsonObject;
  return {
    schemaVersion: "messages-v1",
    ...body,
    ...(body["inferenceConfig"] !== undefined && {
      inferenceConfig: { ...(older !== undefined && { maxTokens: older }), ...config },
    }),
  };
}

describe("recorded bodies for Nova", () => {
  const bodies = [
    ...nativeExchanges("InvokeModel", ["nova"]),
    ...nativeExchanges("InvokeModelWithResponseStream", ["nova"]),
  ].filter(({ request }) => isJsonObject(request) && Array.isArray(request["messages"]));

  it.each(bodies)("are what is written for the same conversation: $id", ({ request, model }) => {
    const { body, dropped } = familyOf(model)!.request(converseFrom(request), { model, stream: false });
    expect(body).toEqual(normalised(request));
    expect(dropped).toEqual([]);
  });
});

describe("an answer of Nova in the history", () => {
  const answers = nativeExchanges("InvokeModel", ["nova"]);

  it.each(answers)("goes back as it came: $id", ({ answer, model }) => {
    const family = familyOf(model)!;
    const { message } = family.response(answer, { model, request: {}, counts: {} }).output;
    const { body } = family.request({ messages: [message] }, { model, stream: false });
    const native = (answer["output"] as unknown as { message: Message }).message.content;
    expect((body["messages"] as JsonObject[])[0]!["content"]).toEqual(native);
  });
});
