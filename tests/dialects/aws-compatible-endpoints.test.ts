/** Models that AWS serves by endpoints of its own in OpenAI's or Anthropic's format (bedrock-mantle): the caller's body passes through. */
import Anthropic from "@anthropic-ai/sdk";
import { exampleApiKey, type SeenRequest } from "@adit/emulator";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refusalOf, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openKeepingEndpoint } from "../support/recording-server.ts";
import { expectNoLeak } from "../support/seen.ts";
import { readEvents } from "../support/sse.ts";

const input = "Good morning";
const gpt = "openai.gpt-5.5";
const grok = "xai.grok-4.3";
const gemma = "google.gemma-4-31b";
const claude = "anthropic.claude-haiku-4-5";
const nova = "us.amazon.nova-lite-v1:0";

let house: House;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  house = await openHouse({ variables: (emulator) => ({ ADIT_ENDPOINT_URL_MANTLE: emulator.url }) });
  openai = new OpenAI({ baseURL: house.baseUrl, apiKey: house.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: house.gateway.url, apiKey: house.key, maxRetries: 0 });
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const messages = [{ role: "user" as const, content: input }];
const messagesBody = { model: claude, max_tokens: 64, messages };

/** The only call that arrived. */
function onlyCall(): SeenRequest {
  expect(house.emulator.requests).toHaveLength(1);
  return house.emulator.requests[0]!;
}

it("gets no reasoning that the gateway encoded of Claude's: it could not read it, and would refuse every turn from then on", async () => {
  const asked = { reasoning: { effort: "low" as const }, include: ["reasoning.encrypted_content" as const] };
  const model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
  const first = await openai.responses.create({ ...asked, model, input });
  expect(first.output.map(({ type }) => type)).toEqual(["reasoning", "message"]);
  const turns = [
    { role: "user" as const, content: input },
    ...(first.output as OpenAI.Responses.ResponseInput),
    { role: "user" as const, content: "And?" },
  ];
  const { response } = await openai.responses.create({ ...asked, model: gpt, input: turns }).withResponse();
  expect(response.headers.get("x-adit-dropped")).toBe("input[1]");
  const sent = JSON.parse(house.emulator.requests.at(-1)!.body.toString()) as { input: unknown };
  expect(sent.input).toEqual(turns.toSpliced(1, 1));
});

interface Door {
  name: string;
  path: string;
  route: "openai" | "anthropic";
  model: string;
  /** At AWS's endpoint. */
  upstream: string;
  body: Record<string, unknown>;
  /** What the body has at AWS that the caller did not write. */
  added?: Record<string, unknown>;
  usage: [input: string, output: string];
}

const chatDoor = (model: string): Door => ({
  name: `chat to ${model}`,
  path: "/v1/chat/completions",
  route: "openai",
  model,
  upstream: "/openai/v1/chat/completions",
  body: { model, messages },
  usage: ["prompt_tokens", "completion_tokens"],
});

const responsesDoor = (model: string): Door => ({
  name: `responses to ${model}`,
  path: "/v1/responses",
  route: "openai",
  model,
  upstream: "/openai/v1/responses",
  body: { model, input },
  added: { store: false },
  usage: ["input_tokens", "output_tokens"],
});

const doors: Door[] = [
  ...[gpt, grok, gemma].flatMap((model) => [chatDoor(model), responsesDoor(model)]),
  {
    name: `messages to ${claude}`,
    path: "/v1/messages",
    route: "anthropic",
    model: claude,
    upstream: "/anthropic/v1/messages",
    body: messagesBody,
    usage: ["input_tokens", "output_tokens"],
  },
];

describe.each(doors)("$name", ({ path, route, model, upstream, body, added, usage }) => {
  it("passes through whole, signed for bedrock-mantle, and is accounted for", async () => {
    const lines = house.logLines().length;
    const reply = await house.post(path, body);
    const text = await reply.text();
    expect(reply.status, text).toBe(200);
    expect(text).toContain(input);
    expect(reply.headers.get("x-adit-route")).toBe(route);
    expect(reply.headers.get("x-adit-model")).toBe(model);
    const seen = onlyCall();
    expect([seen.path, seen.verdict, JSON.parse(seen.body.toString())]).toEqual([
      upstream,
      "sigv4 ok",
      { ...body, ...added },
    ]);
    expect(seen.headers["authorization"]).toMatch(/Credential=[^/]+\/\d{8}\/us-east-1\/bedrock-mantle\/aws4_request/);
    await until(() => house.logLines().length > lines);
    const told = (JSON.parse(text) as { usage: Record<string, number> }).usage;
    expect(house.logLines().at(-1)).toMatchObject({ route, model, status: 200, usage: loggedUsage(told) });
    expectNoLeak(house, [house.emulator.credential.secretAccessKey]);
  });

  it("passes through streamed, byte for byte, with the usage in the log", async () => {
    const lines = house.logLines().length;
    const asked = {
      ...body,
      stream: true,
      ...(path.endsWith("/completions") && { stream_options: { include_usage: true } }),
    };
    const reply = await house.post(path, asked);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-adit-route")).toBe(route);
    const events = await readEvents(reply);
    expect(events.map(({ data }) => data).join("\n")).toContain(input.split(" ")[0]);
    expect(events.at(-1)?.data).toMatch(/\[DONE\]|response\.completed|message_stop/);
    expect(JSON.parse(onlyCall().body.toString())).toEqual({ ...asked, ...added });
    await until(() => house.logLines().length > lines);
    const [inputName, outputName] = usage;
    expect(house.logLines().at(-1)).toMatchObject({
      route,
      usage: { [inputName]: expect.any(Number) as number, [outputName]: expect.any(Number) as number },
    });
  });

  it("cut off by AWS, its stream is an error and no end", async () => {
    const lines = house.logLines().length;
    house.emulator.faultNext({ kind: "cut", frame: 2 });
    const reply = await house.post(path, { ...body, stream: true });
    const events = await readEvents(reply);
    const last = events.at(-1);
    expect(last?.event).toBe("error");
    expect(last?.data).toMatch(/truncated_stream|ended before/);
    expectNumbered(events.map(({ data }) => JSON.parse(data) as Numbered));
    expect(events.map(({ data }) => data).join("\n")).not.toMatch(/\[DONE\]|response\.completed|message_stop/);
    await until(() => house.logLines().length > lines);
    expect(house.logLines().at(-1)).toMatchObject({ streamError: "truncated_stream" });
  });

  it("with a Bedrock API key is sent that, and nothing is signed", async () => {
    const reply = await house.post(path, body, {
      authorization: `Bearer ${exampleApiKey}`,
      "x-portkey-api-key": house.key,
      "x-portkey-provider": "bedrock",
    });
    expect(reply.status, await reply.text()).toBe(200);
    const { headers, verdict } = onlyCall();
    expect([verdict, headers["authorization"]]).toEqual(["bearer ok", `Bearer ${exampleApiKey}`]);
    expect(headers["x-amz-date"]).toBeUndefined();
  });
});

describe("a streamed chat is priced, and its caller gets no usage that was not asked for", () => {
  it.each([
    ["where nothing is said", {}, { include_usage: true }],
    ["by null", { stream_options: null }, { include_usage: true }],
    [
      "beside another option",
      { stream_options: { include_usage: false, include_obfuscation: false } },
      { include_usage: true, include_obfuscation: false },
    ],
  ])("%s", async (_name, wish, sent) => {
    const lines = house.logLines().length;
    const reply = await house.post("/v1/chat/completions", { model: gpt, messages, stream: true, ...wish });
    const events = await readEvents(reply);
    expect(events.at(-1)?.data).toBe("[DONE]");
    const choices = events.slice(0, -1).map(({ data }) => (JSON.parse(data) as { choices: unknown[] }).choices.length);
    expect(choices).not.toContain(0);
    expect(JSON.parse(onlyCall().body.toString())).toMatchObject({ stream_options: sent });
    await until(() => house.logLines().length > lines);
    expect(house.logLines().at(-1)).toMatchObject({ usage: { completion_tokens: expect.any(Number) as number } });
  });
});

describe("the limit of a chat goes by the name that the model takes", () => {
  it.each([
    ["openai.gpt-5.6-sol", { max_tokens: 9 }, { max_completion_tokens: 9 }, null],
    ["openai.gpt-6-astra", { max_tokens: 9, max_completion_tokens: 8 }, { max_completion_tokens: 8 }, "max_tokens"],
    ["openai.gpt-5.6-sol", { max_tokens: null }, { max_tokens: null }, null],
    [gpt, { max_tokens: 9 }, { max_tokens: 9 }, null],
  ])("%s: %j", async (model, limit, sent, dropped) => {
    const reply = await house.post("/v1/chat/completions", { model, messages, ...limit });
    expect(reply.status, await reply.text()).toBe(200);
    expect(JSON.parse(onlyCall().body.toString())).toEqual({ model, messages, ...sent });
    expect(reply.headers.get("x-adit-dropped")).toBe(dropped);
  });
});

describe("what AWS's endpoint for responses is asked to keep", () => {
  /** AWS's answers to requests without `store`, recorded, say `"store": true`; so do the emulator's. */
  it.each([
    ["nothing is said", {}, false],
    ["null is said", { store: null }, false],
    ["false is said", { store: false }, false],
    ["true is said", { store: true }, true],
  ])("where %s", async (_name, wish, kept) => {
    const reply = await house.post("/v1/responses", { model: gpt, input, ...wish });
    expect(await reply.json()).toMatchObject({ store: kept });
    expect(JSON.parse(onlyCall().body.toString())).toEqual({ model: gpt, input, ...wish, store: kept });
  });

  it.each([
    [{}, false],
    [{ store: true }, true],
  ])("where a response of AWS's is gone on from, with %j", async (wish, kept) => {
    const asked = { model: gpt, input, previous_response_id: "resp_of_aws", ...wish };
    await house.post("/v1/responses", asked);
    expect(JSON.parse(onlyCall().body.toString())).toEqual({ ...asked, store: kept });
  });

  it("a config's `store: true` is the operator's wish", async () => {
    const headers = { "x-adit-config": JSON.stringify({ override_params: { store: true } }) };
    await house.post("/v1/responses", { model: gpt, input }, headers);
    expect(JSON.parse(onlyCall().body.toString())).toMatchObject({ store: true });
  });

  it("nothing in the background: its caller could never fetch the answer", async () => {
    const reply = await house.post("/v1/responses", { model: gpt, input, store: true, background: true });
    expect(await refusalOf(reply)).toMatchObject({ status: 400, code: "unsupported_parameter", param: "background" });
    expect(house.emulator.requests).toEqual([]);
    expect((await house.post("/v1/responses", { model: gpt, input, background: false })).status).toBe(200);
  });
});

describe("unmodified clients", () => {
  it("openai: chat, whole and streamed", async () => {
    const whole = await openai.chat.completions.create({ model: gpt, messages });
    expect(whole.choices[0]?.message.content).toContain(input);
    const stream = openai.chat.completions.stream({ model: gpt, messages });
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toContain(input);
  });

  it("openai: responses, whole and streamed", async () => {
    expect((await openai.responses.create({ model: gpt, input })).output_text).toContain(input);
    const stream = openai.responses.stream({ model: gpt, input });
    const { status, output } = await stream.finalResponse();
    expect([status, JSON.stringify(output)]).toEqual(["completed", expect.stringContaining(input)]);
  });

  it("openai: calls of responses are known by their ids, which AWS counts anew in each answer", async () => {
    const parameters = { type: "object", properties: {} };
    const tools = [{ type: "function" as const, name: "look", parameters, strict: false }];
    const asked = { model: gpt, input, tools };
    const callIdsOf = ({ output }: Pick<OpenAI.Responses.Response, "output">): string[] =>
      output.flatMap((item) => (item.type === "function_call" ? item.call_id : []));
    const whole = await openai.responses.create(asked);
    const told: string[] = [];
    for await (const event of openai.responses.stream(asked)) {
      if (event.type === "response.output_item.added" || event.type === "response.output_item.done") {
        told.push(...callIdsOf({ output: [event.item] }));
      } else if (event.type === "response.completed") told.push(...callIdsOf(event.response));
    }
    const [first = ""] = callIdsOf(whole);
    expect([new Set(told).size, told.length]).toEqual([1, 3]);
    expect(new Set([first, ...told]).size).toBe(2);
    const history = [
      ...(whole.output as OpenAI.Responses.ResponseInput),
      { type: "function_call_output" as const, call_id: first, output: "18" },
    ];
    const second = await openai.responses.create({ ...asked, input: [{ role: "user", content: input }, ...history] });
    expect(second.output_text).toContain("18");
    // What AWS keeps it knows by its own ids.
    expect(callIdsOf(await openai.responses.create({ ...asked, store: true }))).toEqual(["call_0"]);
  });

  it("@anthropic-ai/sdk: messages, whole and streamed, betas as a header", async () => {
    const whole = await anthropic.messages.create(messagesBody);
    expect(JSON.stringify(whole.content)).toContain(input);
    const beta = { headers: { "anthropic-beta": "context-1m-2025-08-07" } };
    const streamed = await anthropic.messages.stream(messagesBody, beta).finalMessage();
    expect(JSON.stringify(streamed.content)).toContain(input);
    expect(house.emulator.requests.at(-1)?.headers).toMatchObject({
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "context-1m-2025-08-07",
    });
  });
});

describe("a dialect that the model is not served in", () => {
  it.each([
    ["chat", "/v1/chat/completions", { model: claude, messages }, "Call /v1/messages."],
    ["responses", "/v1/responses", { model: claude, input }, "Call /v1/messages."],
    ["completions", "/v1/completions", { model: gpt, prompt: input }, "Call /v1/chat/completions or /v1/responses."],
  ])("%s is a 400 that names the right path, and nothing is sent", async (_name, path, body, remedy) => {
    const { status, message } = await refusalOf(await house.post(path, body));
    expect([status, message]).toEqual([400, expect.stringContaining(remedy)]);
    expect(house.emulator.requests).toEqual([]);
  });

  it("messages to a model of OpenAI's format is the same in Anthropic's form", async () => {
    const reply = await house.post("/v1/messages", { ...messagesBody, model: gpt });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({
      type: "error",
      error: {
        type: "invalid_request_error",
        message: expect.stringContaining("Call /v1/chat/completions or /v1/responses.") as string,
      },
    });
    expect(house.emulator.requests).toEqual([]);
  });
});

it("an id that AWS does not know yet goes there as it is written, and its refusal comes back in its words", async () => {
  const { status, message } = await refusalOf(
    await house.post("/v1/chat/completions", { model: "xai.grok-4.6", messages }),
  );
  expect([status, message]).toEqual([404, expect.stringContaining("`xai.grok-4.6` isn't supported on this route")]);
  expect(onlyCall().path).toBe("/openai/v1/chat/completions");
});

describe("a count of Claude's tokens", () => {
  const path = "/v1/messages/count_tokens";
  const operations = (): string[] => house.emulator.requests.map(({ operation, status }) => `${operation} ${status}`);
  const estimated = (reply: Response): string | null => reply.headers.get("x-adit-token-count");

  it("is AWS's own where the model is called by profiles alone: bedrock-runtime is asked once", async () => {
    const model = "us.anthropic.claude-opus-4-8";
    const body = { model, messages, max_tokens: 9, temperature: 1, system: "Be brief." };
    const first = await house.post(path, body, { "anthropic-beta": "context-management-2025-06-27" });
    expect([first.status, estimated(first), first.headers.get("x-adit-route")]).toEqual([200, null, "anthropic"]);
    expect(operations()).toEqual(["CountTokens 400", "MantleCountTokens 200"]);
    const sent = house.emulator.requests[1]!;
    expect(sent.verdict).toMatch(/ ok$/);
    expect(sent.path).toBe("/anthropic/v1/messages/count_tokens");
    expect(JSON.parse(sent.body.toString())).toEqual({
      model: "anthropic.claude-opus-4-8",
      messages,
      system: "Be brief.",
    });
    expect([sent.headers["anthropic-version"], sent.headers["anthropic-beta"]]).toEqual([
      "2023-06-01",
      "context-management-2025-06-27",
    ]);
    const { input_tokens: tokens } = (await first.json()) as { input_tokens: number };
    house.emulator.clearRequests();
    expect(await (await house.post(path, body)).json()).toEqual({ input_tokens: tokens });
    expect(operations()).toEqual(["MantleCountTokens 200"]);
    const { usage } = (await (await house.post("/v1/messages", { ...body, temperature: undefined })).json()) as {
      usage: { input_tokens: number };
    };
    expect(tokens).toBe(usage.input_tokens);
  });

  it("is asked for there at once where bedrock-runtime does not know the model", async () => {
    const reply = await house.post(path, { model: claude, messages });
    expect([reply.status, estimated(reply)]).toEqual([200, null]);
    expect(operations()).toEqual(["MantleCountTokens 200"]);
  });

  it("is an estimate, told as one, where neither counts", async () => {
    const reply = await house.post(path, { model: "us.anthropic.claude-opus-4-6-v1", messages });
    expect([reply.status, estimated(reply)]).toEqual([200, "estimate"]);
    expect(operations()).toEqual(["CountTokens 400", "MantleCountTokens 404"]);
    house.emulator.clearRequests();
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", times: 1 });
    const denied = await house.post(path, { model: claude, messages });
    expect([denied.status, estimated(denied), operations()]).toEqual([200, "estimate", ["MantleCountTokens 403"]]);
  });

  it("stays within what the operator named, where bedrock-runtime is not AWS's own host", async () => {
    const own = await openHouse({
      variables: ({ url }) => ({ AWS_ENDPOINT_URL: "", AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url }),
    });
    try {
      const reply = await own.post(path, { model: "us.anthropic.claude-opus-4-8", messages });
      expect([reply.status, estimated(reply)]).toEqual([200, "estimate"]);
      expect(own.emulator.requests.map(({ operation }) => operation)).toEqual(["CountTokens"]);
    } finally {
      await own.close();
    }
  });

  it("goes without what the model refuses by name, once more and then from the start, as a message does", async () => {
    const model = "us.anthropic.claude-sonnet-4-20250514-v1:0";
    for (const calls of [["CountTokens 400", "CountTokens 200"], ["CountTokens 200"]]) {
      house.emulator.clearRequests();
      const reply = await house.post(path, { model, messages, brand_new_field: 1 });
      expect([reply.status, estimated(reply), reply.headers.get("x-adit-dropped")]).toEqual([
        200,
        null,
        "brand_new_field",
      ]);
      expect(operations()).toEqual(calls);
    }
    const literal = await openHouse({ variables: { ADIT_LEAVE_OUT_REFUSED: "off" } });
    try {
      expect((await literal.post(path, { model, messages, brand_new_field: 1 })).status).toBe(400);
    } finally {
      await literal.close();
    }
  });
});

it.each<[string, object]>([
  ["/v1/chat/completions", { model: gpt, messages }],
  ["/v1/responses", { model: gpt, input }],
  ["/v1/messages", messagesBody],
])("a stream that is neither wanted nor not is refused at %s, and nothing is sent", async (path, body) => {
  for (const stream of ["yes", 1, "false"]) {
    const reply = await house.post(path, { ...body, stream });
    expect([reply.status, await reply.text()]).toEqual([400, expect.stringContaining("stream must be true or false")]);
  }
  expect(house.emulator.requests).toEqual([]);
});

describe("a refusal of AWS's endpoint keeps its type, code and param, for clients go by them", () => {
  const previous = "resp_nowhere";
  const refusals = [
    {
      name: "a response to go on from that is not there",
      ask: () => openai.responses.create({ model: gpt, input, previous_response_id: previous }),
      told: {
        status: 400,
        type: "invalid_request_error",
        code: "previous_response_not_found",
        param: "previous_response_id",
      },
      words: `Previous response with id '${previous}' not found.`,
    },
    {
      name: "a throttle",
      ask: () => {
        house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException", model: gpt, times: 3 });
        return openai.chat.completions.create({ model: gpt, messages });
      },
      told: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded", param: null },
      words: "Too many",
    },
  ];

  it.each(refusals)("$name, as OpenAI's client reads it", async ({ ask: send, told, words }) => {
    const error: unknown = await send().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject(told);
    const { message } = (error as { error: { message: string } }).error;
    // The words first, as AWS wrote them; then where the call went.
    expect(message).toMatch(new RegExp(`^${words}`));
    expect(message).toContain("credential: server (environment)");
  });

  it("a prompt that is too long, whole and streamed: Codex goes by the code", async () => {
    const said = {
      message: "Your input exceeds the context window of this model.",
      type: "invalid_request_error",
      param: "input",
      code: "context_length_exceeded",
    };
    const endpoint = await openKeepingEndpoint(400, { error: said });
    const aside = await openHouse({ variables: { ADIT_ENDPOINT_URL_MANTLE: `http://127.0.0.1:${endpoint.port}` } });
    try {
      for (const stream of [false, true]) {
        const reply = await aside.post("/v1/responses", { model: gpt, input, stream });
        expect(reply.status).toBe(400);
        const { error } = (await reply.json()) as { error: typeof said };
        expect(error).toEqual({ ...said, message: expect.stringMatching(/^Your input exceeds the context/) as string });
      }
    } finally {
      await aside.close();
      await endpoint.close();
    }
  });
});

describe("fallback by config", () => {
  const config = { strategy: { mode: "fallback" }, targets: [{}, { override_params: { model: nova } }] };
  const headers = { "x-adit-config": JSON.stringify(config) };

  it.each([false, true])("from the endpoint to Converse, streamed: %s", async (stream) => {
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException", model: gpt, times: 1 });
    const reply = await house.post("/v1/chat/completions", { model: gpt, messages, stream }, headers);
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain(input.split(" ")[0]);
    expect(reply.headers.get("x-adit-route")).toBe("converse");
    expect(reply.headers.get("x-adit-model")).toBe(nova);
    expect(house.emulator.requests.map(({ modelId, status }) => [modelId, status])).toEqual([
      [gpt, 429],
      [nova, 200],
    ]);
  });

  it("from Converse to the endpoint", async () => {
    const other = { strategy: { mode: "fallback" }, targets: [{ override_params: { model: nova } }, {}] };
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException", model: nova, times: 1 });
    const reply = await house.post(
      "/v1/chat/completions",
      { model: gpt, messages },
      { "x-adit-config": JSON.stringify(other) },
    );
    expect([reply.status, reply.headers.get("x-adit-route")]).toEqual([200, "openai"]);
  });
});

it("where the emulator stands in for AWS the route says so, whatever the endpoint, and the credential of a refusal too", async () => {
  const standIn = await openHouse({ isStandIn: true });
  try {
    for (const { path, body } of doors) {
      const reply = await standIn.post(path, body);
      expect([path, reply.status, reply.headers.get("x-adit-route")]).toEqual([path, 200, "emulator"]);
    }
    const refusal = await standIn.post("/v1/chat/completions", { model: "no.such", messages });
    expect([refusal.status, refusal.headers.get("x-adit-credential")]).toEqual([400, "emulator"]);
    expect(standIn.logLines().at(-1)).toMatchObject({ status: 400, route: "emulator", credential: "emulator" });
  } finally {
    await standIn.close();
  }
});

interface Numbered {
  sequence_number?: number;
}

/** Where the format numbers its events, as Responses does, no number comes twice and none is left out. */
function expectNumbered(events: readonly Numbered[]): void {
  const numbers = events.flatMap(({ sequence_number: number }) => number ?? []);
  expect(numbers).toEqual([...numbers.keys()]);
}

/** The log's figures are the provider's own. */
function loggedUsage(told: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => typeof value === "number"));
}
