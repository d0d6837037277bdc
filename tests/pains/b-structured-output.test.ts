/** An answer in JSON, by whatever means a model has, with the means named and the schema unharmed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf, ask, claude, droppedOf, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, modelCalls } from "../support/seen.ts";
import { readChat } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

const closed = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};
const format = (schema: object): object => ({
  response_format: { type: "json_schema", json_schema: { name: "weather", schema } },
});
const means = (response: Response): string | null => response.headers.get("x-adit-structured-output");
const jsonOf = async (response: Response): Promise<unknown> =>
  JSON.parse((await answerOf(response)).choices[0]?.message.content ?? "") as unknown;

describe("B25 a schema is honoured on every generation, and the answer says how", () => {
  const byModel: [model: string, means: string][] = [
    [claude.sonnet45, "outputConfig"],
    [claude.opus46, "outputConfig"],
    [claude.sonnet4, "forced-tool"],
    [claude.haiku3, "forced-tool"],
    [nova, "forced-tool"],
  ];

  test.each(byModel)("B25 %s by %s, whole and streamed", async (model, expected) => {
    const whole = await ask(house, "The weather in Turin?", { model, ...format(closed) });
    expect(means(whole)).toBe(expected);
    expect(droppedOf(whole)).toEqual([]);
    const answer = await answerOf(whole);
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expect(answer.choices[0]?.message).not.toHaveProperty("tool_calls");
    expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({
      city: expect.any(String) as string,
      degrees: expect.any(Number) as number,
    });
    const streamed = await readChat(
      await ask(house, "The weather in Turin?", { model, stream: true, ...format(closed) }),
    );
    expect(JSON.parse(streamed.text)).toMatchObject({ city: expect.any(String) as string });
    expect(streamed.finishReasons).toEqual(["stop"]);
  });
});

describe("B25 a schema that AWS's strict decoding refuses goes by means that take it, as it was written", () => {
  const { additionalProperties: _closed, ...open } = closed;
  const property = (value: object): object => ({ ...closed, properties: { city: { type: "string" }, degrees: value } });
  test.each([
    ["open objects", open],
    ["a keyword that it lacks", property({ type: "integer", minimum: -50 })],
    ["a list's length", property({ type: "array", items: { type: "integer" }, maxItems: 3 })],
  ])("B25 %s", async (_name, schema) => {
    const response = await ask(house, "Weather?", { model: claude.sonnet45, ...format(schema) });
    expect(means(response)).not.toBe("outputConfig");
    expect(await jsonOf(response)).toHaveProperty("city");
    const [sent] = bodyOf(modelCalls(house.emulator)[0]!).toolConfig?.tools ?? [];
    expect(sent?.toolSpec?.inputSchema.json).toEqual(schema);
  });
});

test("B25 json_object asks for an object in words, and no model is made to answer {}", async () => {
  const response = await ask(house, "Weather?", { model: claude.sonnet45, response_format: { type: "json_object" } });
  await answerOf(response);
  expect(means(response)).toBe("instruction");
  const sent = bodyOf(modelCalls(house.emulator)[0]!);
  expect(sent.toolConfig).toBeUndefined();
  expect(JSON.stringify(sent.system)).toContain("JSON object");
});

test("B25 no schema is dropped in silence: with thinking, which a forced tool would forbid, it is told in words", async () => {
  const response = await ask(house, "Weather?", {
    model: claude.sonnet4,
    thinking: { type: "enabled", budget_tokens: 1024 },
    max_tokens: 2048,
    ...format(closed),
  });
  await answerOf(response);
  expect(means(response)).toBe("instruction");
  expect(JSON.stringify(bodyOf(modelCalls(house.emulator)[0]!).system)).toContain("degrees");
});

test.each(["/v1/messages", "/v1/responses"])("B25 the other dialects' own fields do the same: %s", async (path) => {
  const input = [{ role: "user", content: "Weather?" }];
  const asked =
    path === "/v1/messages"
      ? { max_tokens: 200, messages: input, output_config: { format: { type: "json_schema", schema: closed } } }
      : { input, text: { format: { type: "json_schema", name: "weather", schema: closed } } };
  for (const model of [claude.sonnet45, nova]) {
    const response = await house.post(path, { model, ...asked });
    expect(response.status).toBe(200);
    expect(JSON.stringify(await response.json())).toMatch(/\\"degrees\\":-?\d/);
  }
});
