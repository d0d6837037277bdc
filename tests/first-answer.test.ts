import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type House } from "./support/house.ts";

let house: House;
let client: OpenAI;
beforeAll(async () => {
  house = await openHouse();
  client = new OpenAI({ baseURL: house.baseUrl, apiKey: house.key, maxRetries: 0 });
});
afterAll(() => house.close());

// The first of all: the gateway listens, and its store is not open yet.
test("items of the very first answer are kept for the AI SDK, which refers to them", async () => {
  const headers = { "user-agent": "ai-sdk/openai/3.0.141" };
  const model = "us.amazon.nova-lite-v1:0";
  const { output } = await client.responses.create({ model, input: "The word is heron." }, { headers });
  const said = { type: "item_reference" as const, id: output[0]?.id ?? "" };
  const input = [said, { role: "user" as const, content: "Which word?" }];
  expect(await client.responses.create({ model, input })).toMatchObject({ status: "completed" });
});

test("the OpenAI SDK gets an answer, whole", async () => {
  const answer = await client.chat.completions.create({
    model: "us.amazon.nova-lite-v1:0",
    messages: [{ role: "user", content: "Good morning" }],
  });
  expect(answer.choices[0]?.message.content).toContain("Good morning");
  expect(answer.choices[0]?.finish_reason).toBe("stop");
  expect(answer.usage?.total_tokens).toBe((answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0));
});

test("the OpenAI SDK gets the same answer, streamed", async () => {
  const stream = await client.chat.completions.create({
    model: "us.amazon.nova-lite-v1:0",
    messages: [{ role: "user", content: "Good morning" }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage ?? usage;
  }
  expect(text).toContain("Good morning");
  expect(usage?.completion_tokens).toBeGreaterThan(0);
});
