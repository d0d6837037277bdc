/** Guardrails at Bedrock's own paths, by AWS's SDK: its requests, its answers, its streams, its errors. */
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { withConfig } from "./asked.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const card = "4111 1111 1111 1111";
const noCards = { "default.pii": { categories: ["CREDIT_CARD"] }, deny: true };
const redactMail = { "default.pii": { categories: ["EMAIL_ADDRESS"], redact: true } };
const long = "word ".repeat(150);

/** The SDK with a config in a header, as a user's middleware would send it. */
function clientWith(config: object): BedrockRuntimeClient {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: house.gateway.url,
    token: { token: house.key },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
  client.middlewareStack.add(
    (next) => (step) => {
      const request = step.request as { headers: Record<string, string> };
      Object.assign(request.headers, withConfig(config));
      return next(step);
    },
    { step: "build" },
  );
  return client;
}

function asked(text: string, modelId: string = nova) {
  return { modelId, messages: [{ role: "user" as const, content: [{ text }] }] };
}

function claudeBody(text: string): string {
  const messages = [{ role: "user", content: text }];
  return JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 800, messages });
}

async function failureOf(
  run: Promise<unknown>,
): Promise<{ name: string; status: number | undefined; message: string }> {
  const error = await run.then(
    () => new Error("It did not fail."),
    (thrown: unknown) => thrown as Error & { $metadata?: { httpStatusCode?: number } },
  );
  const status = "$metadata" in error ? error.$metadata?.httpStatusCode : undefined;
  return { name: error.name, status, message: error.message };
}

describe("Converse", () => {
  test("a denied request is 446, and nothing is sent", async () => {
    const client = clientWith({ input_guardrails: [noCards] });
    const failure = await failureOf(client.send(new ConverseCommand(asked(card))));
    expect(failure).toMatchObject({ name: "ValidationException", status: 446 });
    expect(failure.message).toContain("guardrail checks");
    expect(house.emulator.requests).toEqual([]);
  });

  test("a request is redacted, also in the results of tools", async () => {
    const client = clientWith({ input_guardrails: [redactMail] });
    const toolUse = { toolUseId: "tool_1", name: "look_up", input: {} };
    const toolResult = { toolUseId: "tool_1", content: [{ text: "ann@example.com" }] };
    const toolSpec = { name: "look_up", inputSchema: { json: { type: "object" } } };
    await client.send(
      new ConverseCommand({
        ...asked(""),
        toolConfig: { tools: [{ toolSpec }] },
        messages: [
          { role: "user", content: [{ text: "bob@example.com" }] },
          { role: "assistant", content: [{ toolUse }] },
          { role: "user", content: [{ toolResult }] },
        ],
      }),
    );
    const body = house.emulator.requests[0]?.body.toString("utf8") ?? "";
    expect(body.match(/\[EMAIL_ADDRESS\]/g)).toHaveLength(2);
    expect(body).not.toContain("@example.com");
  });

  test("what a tool gave as JSON is redacted too", async () => {
    const client = clientWith({ input_guardrails: [redactMail] });
    const toolSpec = { name: "look_up", inputSchema: { json: { type: "object" } } };
    const toolUse = { toolUseId: "tool_1", name: "look_up", input: {} };
    const toolResult = { toolUseId: "tool_1", content: [{ json: { people: [{ mail: "ann@example.com" }] } }] };
    await client.send(
      new ConverseCommand({
        ...asked(""),
        toolConfig: { tools: [{ toolSpec }] },
        messages: [
          { role: "user", content: [{ text: "Who?" }] },
          { role: "assistant", content: [{ toolUse }] },
          { role: "user", content: [{ toolResult }] },
        ],
      }),
    );
    const body = house.emulator.requests[0]?.body.toString("utf8") ?? "";
    expect(body).toContain('"mail":"[EMAIL_ADDRESS]"');
    expect(body).not.toContain("ann@");
  });

  test("what is not redacted of a request is sent as it was written: ids of twenty digits, and blanks", async () => {
    const path = `/model/${encodeURIComponent(nova)}/converse`;
    const written = (text: string): string =>
      `{"messages": [{"role":"user","content":[{"text":"${text}"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"f","input":{"id":12345678901234567890, "x":1.50}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"json":{"id":12345678901234567890}}]}}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]}}`;
    const headers = withConfig({ input_guardrails: [redactMail] });
    expect((await house.post(path, written("ann@example.com"), headers)).status).toBe(200);
    const withoutBlanks = (json: string): string => json.replaceAll(/(?<=[:,]) /g, "");
    const sent = house.emulator.requests[0]?.body.toString("utf8") ?? "";
    expect(withoutBlanks(sent)).toBe(withoutBlanks(written("[EMAIL_ADDRESS]")));
    expect(sent).toContain('{"id":12345678901234567890, "x":1.50}');
  });

  test("a member that comes twice has one that no guardrail sees: such a request is refused", async () => {
    const path = `/model/${encodeURIComponent(nova)}/converse`;
    const list = (text: string): string => `"messages":[{"role":"user","content":[{"text":"${text}"}]}]`;
    const refused = await house.post(
      path,
      `{${list(card)},${list("Hi")}}`,
      withConfig({ input_guardrails: [noCards] }),
    );
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("twice (messages)")]);
    const deep = `{${list("Hi")},"deep":${"[".repeat(600)}${"]".repeat(600)}}`;
    const tooDeep = await house.post(path, deep, withConfig({ input_guardrails: [noCards] }));
    expect([tooDeep.status, await tooDeep.text()]).toEqual([400, expect.stringContaining("nests too deeply")]);
    expect(house.emulator.requests).toEqual([]);
  });

  test("a denied answer is asked for anew as often as the target's retry says", async () => {
    const client = clientWith({ output_guardrails: [noCards], retry: { attempts: 2, on_status_codes: [446] } });
    expect(await failureOf(client.send(new ConverseCommand(asked(card))))).toMatchObject({ status: 446 });
    expect(house.emulator.requests).toHaveLength(3);
  });

  test("an answer is denied, or redacted, or told of", async () => {
    const deny = clientWith({ output_guardrails: [noCards] });
    expect(await failureOf(deny.send(new ConverseCommand(asked(card))))).toMatchObject({ status: 446 });
    const redact = clientWith({ output_guardrails: [redactMail] });
    const answer = await redact.send(new ConverseCommand(asked("ann@example.com")));
    expect(answer.output?.message?.content?.[0]?.text).toContain('heard: "[EMAIL_ADDRESS]"');
    expect(answer.usage?.outputTokens).toBeGreaterThan(0);
    const tell = clientWith({ output_guardrails: [{ ...noCards, deny: false }] });
    const told = await tell.send(new ConverseCommand(asked(card)));
    expect(told.$metadata.httpStatusCode).toBe(246);
  });

  test("a stream is stopped with an exception, and nothing of the secret has gone out", async () => {
    const client = clientWith({ output_guardrails: [noCards] });
    const { stream } = await client.send(new ConverseStreamCommand(asked(`${long} ${card}`)));
    let text = "";
    const failure = await failureOf(
      (async () => {
        for await (const event of stream ?? []) text += event.contentBlockDelta?.delta?.text ?? "";
      })(),
    );
    expect(failure.name).toBe("ModelStreamErrorException");
    expect(failure.message).toContain("guardrail checks");
    expect(text).toContain("word word");
    expect(text).not.toContain("4111");
  });

  test("a stream is redacted, and whole", async () => {
    const client = clientWith({ output_guardrails: [redactMail] });
    const { stream } = await client.send(new ConverseStreamCommand(asked(`${long} ann@example.com`)));
    let text = "";
    let stopReason: string | undefined;
    for await (const event of stream ?? []) {
      text += event.contentBlockDelta?.delta?.text ?? "";
      stopReason ??= event.messageStop?.stopReason;
    }
    expect(text).toContain("[EMAIL_ADDRESS]");
    expect(text).not.toContain("ann@");
    expect(stopReason).toBe("end_turn");
  });
});

describe("InvokeModel", () => {
  const { haiku3: modelId } = claude;

  test("bodies and answers with messages are read and changed", async () => {
    const deny = clientWith({ input_guardrails: [noCards] });
    const command = new InvokeModelCommand({ modelId, body: claudeBody(card) });
    expect(await failureOf(deny.send(command))).toMatchObject({ status: 446 });
    const redact = clientWith({ output_guardrails: [redactMail] });
    const answer = await redact.send(new InvokeModelCommand({ modelId, body: claudeBody("ann@example.com") }));
    const text = Buffer.from(answer.body).toString("utf8");
    expect(text).toContain("[EMAIL_ADDRESS]");
    expect(text).not.toContain("ann@");
  });

  test("Command R's answer is changed where its history says it again", async () => {
    const redact = clientWith({ output_guardrails: [redactMail] });
    const body = JSON.stringify({ message: "Write to ann@example.com" });
    const answer = await redact.send(new InvokeModelCommand({ modelId: "cohere.command-r-v1:0", body }));
    const { text, chat_history: history } = JSON.parse(Buffer.from(answer.body).toString("utf8")) as {
      text: string;
      chat_history: { role: string; message: string }[];
    };
    expect(text).toContain("[EMAIL_ADDRESS]");
    expect(history.at(-1)).toEqual({ role: "CHATBOT", message: text });
  });

  test("Claude's stream is stopped, and redacted", async () => {
    const read = async (config: object, text: string): Promise<string> => {
      const command = new InvokeModelWithResponseStreamCommand({ modelId, body: claudeBody(text) });
      const { body } = await clientWith(config).send(command);
      let seen = "";
      for await (const event of body ?? []) seen += Buffer.from(event.chunk?.bytes ?? []).toString("utf8");
      return seen;
    };
    const redacted = await read({ output_guardrails: [redactMail] }, `${long} ann@example.com`);
    expect(redacted).toContain("[EMAIL_ADDRESS]");
    expect(redacted).not.toContain("ann@");
    const failure = await failureOf(read({ output_guardrails: [noCards] }, `${long} ${card}`));
    expect(failure.message).toContain("guardrail checks");
  });

  test("what is embedded is judged, and vectors have no text", async () => {
    const client = clientWith({ input_guardrails: [noCards], output_guardrails: [noCards] });
    const command = (inputText: string) =>
      new InvokeModelCommand({ modelId: "amazon.titan-embed-text-v2:0", body: JSON.stringify({ inputText }) });
    const { body } = await client.send(command("Good morning"));
    expect(JSON.parse(body.transformToString())).toMatchObject({ embedding: expect.any(Array) });
    house.emulator.clearRequests();
    expect(await failureOf(client.send(command(card)))).toMatchObject({ status: 446 });
    expect(house.emulator.requests).toEqual([]);
  });

  test("what no guardrail can read does not pass", async () => {
    const client = clientWith({ input_guardrails: [noCards] });
    const command = new InvokeModelCommand({ modelId: "amazon.titan-embed-text-v2:0", body: '{"inputImage":"x"}' });
    expect(await failureOf(client.send(command))).toMatchObject({ status: 400 });
    const streaming = clientWith({ output_guardrails: [noCards] });
    const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "Hello" }] }] });
    const stream = new InvokeModelWithResponseStreamCommand({ modelId: nova, body });
    expect(await failureOf(streaming.send(stream))).toMatchObject({ status: 400 });
    expect(house.emulator.requests).toEqual([]);
  });
});

test("operations that write no answer pass as they are", async () => {
  const client = clientWith({ input_guardrails: [noCards] });
  const converse = { messages: asked(card).messages };
  const counted = await client.send(
    new CountTokensCommand({ modelId: "anthropic.claude-3-5-haiku-20241022-v1:0", input: { converse } }),
  );
  expect(counted.inputTokens).toBeGreaterThan(0);
  const applied = await client.send(
    new ApplyGuardrailCommand({
      guardrailIdentifier: "abc123",
      guardrailVersion: "1",
      source: "INPUT",
      content: [{ text: { text: card } }],
    }),
  );
  expect(applied.action).toBe("NONE");
});

test("a refusal of AWS's about a guardrail names no model", async () => {
  const body = JSON.stringify({ source: "INPUT", content: [{ text: { text: "Hello" } }] });
  const response = await house.post("/guardrail/missing/version/1/apply", body);
  expect(response.status).toBe(404);
  expect(response.headers.get("x-adit-model")).toBeNull();
});
