/** Stop sequences of models whose Converse refuses them: the library goes the way that the gateway goes. */
import { Bedrock, closeConnections, generateText, type CallFacts, type ChatRequest } from "@adit/bedrock";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { environmentOf } from "../support/emulator-environment.ts";
import { refused } from "../support/refused.ts";

let emulator: Emulator;
let environment: Record<string, string>;
let bedrock: Bedrock;
beforeAll(async () => {
  emulator = await startEmulator();
  environment = environmentOf(emulator);
  bedrock = new Bedrock({ region: "us-east-1", environment });
});
beforeEach(() => emulator.clearRequests());
afterAll(async () => {
  await bedrock.close();
  await closeConnections(environment);
  await emulator.close();
});

const thought = { type: "thinking", thinking: "hm" } as const;
const request = {
  model: "openai.gpt-oss-20b-1:0",
  stop: ["Observation:"],
  messages: [
    { role: "user", content: "Good morning" },
    { role: "assistant", content: [thought, { type: "text", text: "Hello" }] },
    { role: "user", content: "How are you?" },
  ],
} satisfies ChatRequest;

it("a chat completion, whole and streamed, goes by InvokeModel; what its format cannot carry is named", async () => {
  const told: CallFacts[] = [];
  const options = { onCall: (facts: CallFacts) => told.push(facts) };
  const whole = await bedrock.chat(request, options);
  expect(whole.choices[0]).toMatchObject({ finish_reason: "stop" });
  expect(whole.choices[0]?.message.content).toContain("How are you?");
  expect(whole.usage?.completion_tokens).toBeGreaterThan(0);
  let text = "";
  let finish: string | null = null;
  for await (const { choices } of await bedrock.chat({ ...request, stream: true }, options)) {
    text += choices[0]?.delta.content ?? "";
    finish = choices[0]?.finish_reason ?? finish;
  }
  expect([text, finish]).toEqual([whole.choices[0]?.message.content, "stop"]);
  const sent = emulator.requests;
  expect(sent.map(({ operation }) => operation)).toEqual(["InvokeModel", "InvokeModelWithResponseStream"]);
  expect(sent.map(({ body }) => (JSON.parse(body.toString()) as typeof request).stop)).toEqual([
    request.stop,
    request.stop,
  ]);
  expect(told.map(({ dropped, modelUsed }) => [dropped, modelUsed])).toEqual([
    [["messages[1].content[0].reasoningContent"], request.model],
    [["messages[1].content[0].reasoningContent"], request.model],
  ]);
});

it("so does generateText, where the format cannot carry all of it", async () => {
  const { messages, model, stop } = request;
  const result = await generateText(model, messages, { environment, stop });
  expect(result.route).toBe("invoke");
  expect(result.warnings).toMatchObject([{ type: "dropped", path: "messages[1].content[0].reasoningContent" }]);
});

it("without stop sequences, and beside what that format has no place for, Converse is asked", async () => {
  const { stop: _stop, ...plain } = request;
  await bedrock.chat(plain);
  const file = { filename: "notes.pdf", file_data: `data:application/pdf;base64,${btoa("%PDF-1.4")}` };
  const content = [
    { type: "text" as const, text: "Read it" },
    { type: "file" as const, file },
  ];
  const error = await refused(bedrock.chat({ ...request, messages: [{ role: "user", content }] }));
  expect(error).toMatchObject({ status: 400, message: expect.stringContaining("stopSequences") as string });
  expect(emulator.requests.map(({ operation }) => operation)).toEqual(["Converse", "Converse"]);
});
