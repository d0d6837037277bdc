/**
 * A body that is written anew for its target loses digits that a double does not hold, and of a name that comes twice all values but the last:
 * both are named, at every door. Where the caller's own text goes on, nothing is lost and nothing named.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestUpstream } from "../../packages/bedrock/src/wire/testing/upstream.ts";
import { openHouse, type House } from "../support/house.ts";

let aws: TestUpstream;
let house: House;

const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
const converse = {
  output: { message: { role: "assistant", content: [{ text: "Yes." }] } },
  stopReason: "end_turn",
  usage,
};
const chat = { choices: [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }] };
const message = {
  type: "message",
  role: "assistant",
  content: [{ type: "text", text: "Yes." }],
  stop_reason: "end_turn",
};

/** As what is called answers. */
function answerAt(path: string): object {
  if (path.includes("/chat/completions")) return chat;
  if (path.includes("titan-embed")) return { embedding: [0.5], inputTextTokenCount: 1 };
  return path.includes("claude") ? message : converse;
}

beforeAll(async () => {
  aws = await TestUpstream.start((response, { path }) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answerAt(path)));
  });
  house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: aws.url, ADIT_CUSTOM_HOSTS: aws.url } });
});

afterAll(async () => {
  await house.close();
  await aws.close();
});

const nova = "us.amazon.nova-lite-v1:0";
const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const big = "12345678901234567890";

/** What was named, and what arrived. */
async function sent(path: string, body: string, headers: Record<string, string> = {}): Promise<[unknown, string]> {
  const reply = await house.post(path, body, headers);
  expect(reply.status, await reply.clone().text()).toBe(200);
  return [reply.headers.get("x-adit-dropped"), aws.seen.at(-1)?.body ?? ""];
}

const toolUse = (input: string, model: string): string =>
  `{"model":"${model}","max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":${input}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}`;
const inInput = "messages[1].content[0].input";

describe("messages", () => {
  it("the arguments of an earlier call, for a model by Converse", async () => {
    const [dropped, body] = await sent("/v1/messages", toolUse(`{"n":${big},"m":1.5,"x":[1e400]}`, nova));
    expect(dropped).toBe(`${inInput}.n,${inInput}.x[0]`);
    expect(body).toContain('{"n":12345678901234567000,"m":1.5,"x":[null]}');
  });

  it("the same where a config lays parameters over", async () => {
    const config = JSON.stringify({ override_params: { max_tokens: 7 } });
    const [dropped] = await sent("/v1/messages", toolUse(`{"n":${big}}`, nova), { "x-adit-config": config });
    expect(dropped).toBe(`${inInput}.n`);
  });

  it("go on to Claude as they are written, and by a config that changes the body they are named", async () => {
    const text = toolUse(`{"n":${big}}`, claude);
    const [dropped, body] = await sent("/v1/messages", text);
    expect(dropped).toBeNull();
    expect(body).toContain(`{"n":${big}}`);
    const config = JSON.stringify({ override_params: { max_tokens: 7 } });
    const [named, changed] = await sent("/v1/messages", text, { "x-adit-config": config });
    expect(named).toBe(`${inInput}.n`);
    expect(changed).toContain('{"n":12345678901234567000}');
  });

  it("of a name that comes twice Claude gets the one that was read, and no second", async () => {
    const text = toolUse('{"n":1,"n":2}', claude).replace('"max_tokens":9', '"max_tokens":5,"max_tokens":9');
    const [dropped, body] = await sent("/v1/messages", text);
    expect(dropped).toBe(`max_tokens,${inInput}.n`);
    expect(body).toContain('{"n":2}');
    expect(body.match(/max_tokens":9/g)).toHaveLength(1);
    expect(body).not.toContain('max_tokens":5');
  });

  it("what stands in words is no number", async () => {
    const [dropped] = await sent("/v1/messages", toolUse(`{"n":"${big}","m":"1e400 {\\"a\\":1,\\"a\\":2}"}`, nova));
    expect(dropped).toBeNull();
  });
});

const question = '"messages":[{"role":"user","content":"q"}]';
const schema = `{"type":"object","properties":{"n":{"type":"integer","maximum":${big}}}}`;

describe.each<[door: string, path: string, body: string, dropped: string]>([
  ["chat, a tool's schema", "/v1/chat/completions", `{"model":"${nova}",${question},"tools":[{"type":"function","function":{"name":"f","parameters":${schema}}}]}`, "tools[0].function.parameters.properties.n.maximum"],
  ["chat, a model's own field", "/v1/chat/completions", `{"model":"${nova}",${question},"additionalModelRequestFields":{"id":${big}}}`, "additionalModelRequestFields.id"],
  ["chat by InvokeModel", "/v1/chat/completions", `{"model":"${nova}",${question},"use_converse":false,"tools":[{"type":"function","function":{"name":"f","parameters":${schema}}}]}`, "tools[0].function.parameters.properties.n.maximum"],
  ["chat, arguments", "/v1/chat/completions", `{"model":"${nova}","messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1,\\"a\\":2}"}}]},{"role":"tool","tool_call_id":"t1","content":"ok"}]}`, "messages[1].tool_calls[0].function.arguments"],
  ["responses, arguments", "/v1/responses", `{"model":"${nova}","input":[{"type":"message","role":"user","content":"q"},{"type":"function_call","call_id":"t1","name":"f","arguments":"{\\"a\\":1,\\"a\\":2}"},{"type":"function_call_output","call_id":"t1","output":"ok"}]}`, "input[1].arguments"],
  ["chat, a name twice", "/v1/chat/completions", `{"model":"${nova}",${question},"temperature":0.1,"temperature":0.9}`, "temperature"],
  ["responses, a tool's schema", "/v1/responses", `{"model":"${nova}","input":"q","tools":[{"type":"function","name":"f","parameters":${schema}}]}`, "tools[0].parameters.properties.n.maximum"],
  ["completions", "/v1/completions", `{"model":"${nova}","prompt":"p","prompt":"q"}`, "prompt"],
  ["embeddings", "/v1/embeddings", '{"model":"amazon.titan-embed-text-v1","input":"p","input":"q"}', "input"],
])("%s", (_door, path, body, dropped) => {
  it("is named", async () => {
    const [named] = await sent(path, body);
    expect(String(named).split(",")).toContain(dropped);
  });
}); // prettier-ignore

it("a tool's result in which a name comes twice stays the text that it is, for a model that gets results as JSON", async () => {
  const call = '{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}';
  const asked = (result: string): string =>
    `{"model":"mistral.mistral-large-2402-v1:0","messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[${call}]},{"role":"tool","tool_call_id":"t1","content":${JSON.stringify(result)}}]}`;
  const [, once] = await sent("/v1/chat/completions", asked('{"a":2}'));
  expect(once).toContain('{"json":{"a":2}}');
  const [, twice] = await sent("/v1/chat/completions", asked('{"a":1,"a":2}'));
  expect(twice).toContain(JSON.stringify({ text: '{"a":1,"a":2}' }));
});

it("a foreign target gets the body written anew, and the caller is told", async () => {
  const config = JSON.stringify({ provider: "openai", api_key: "k", custom_host: aws.url });
  const body = `{"model":"m",${question},"logit_bias":{"1":${big}},"user":"a","user":"b"}`;
  const [dropped, got] = await sent("/v1/chat/completions", body, { "x-adit-config": config });
  expect(dropped).toBe("logit_bias.1,user");
  expect(got).toContain('"logit_bias":{"1":12345678901234567000},"user":"b"');
});

it("an answer that is stored is not another's whose number is another", async () => {
  const config = JSON.stringify({ cache: { mode: "simple" } });
  const ask = async (number: string): Promise<string | null> => {
    const reply = await house.post("/v1/messages", toolUse(`{"n":${number}}`, claude), { "x-adit-config": config });
    return reply.headers.get("x-adit-cache-status");
  };
  expect([await ask("9007199254740993"), await ask("9007199254740992"), await ask("9007199254740993")]).toEqual([
    "MISS",
    "MISS",
    "HIT",
  ]);
});
