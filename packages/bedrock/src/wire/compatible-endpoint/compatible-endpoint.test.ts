import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { CredentialSource } from "../../auth/credentials.ts";
import { staticSource } from "../../auth/static-source.ts";
import { rejectionOf } from "../../auth/testing/refusal.ts";
import { systemClock, type Clock } from "../../clock.ts";
import { AditError } from "../../errors/adit-error.ts";
import { openAiErrorBody } from "../../errors/openai-error-body.ts";
import { Secret } from "../../secret.ts";
import { TestUpstream, type Answer } from "../testing/upstream.ts";
import { Transport } from "../transport/transport.ts";
import { usageIn } from "./answer-format.ts";
import { CompatibleEndpoint, type CompatibleCall, type CompatibleStream } from "./compatible-endpoint.ts";

const key = "sk-test-0123456789abcdef";
const request = { model: "gpt-4o", messages: [{ role: "user", content: "hi" }] };

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) {
    await close();
  }
});

async function begin(
  answer: Answer,
  clock: Clock = systemClock,
): Promise<{ upstream: TestUpstream; endpoint: CompatibleEndpoint; call: CompatibleCall }> {
  const upstream = await TestUpstream.start(answer);
  closers.push(() => upstream.close());
  const transport = new Transport();
  closers.push(() => transport.close());
  const endpoint = new CompatibleEndpoint({ transport, clock, random: () => 0.01 });
  const call: CompatibleCall = {
    baseUrl: `${upstream.url}/v1/`,
    apiKey: new Secret(key),
    body: JSON.stringify(request),
    retry: { attempts: 0, maxTotalMs: 0 },
  };
  return { upstream, endpoint, call };
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", "x-request-id": "req_1", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  future_field: true,
};

const chunk = (delta: object, finish: string | null = null, more: object = {}): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;
const usageChunk = `data: ${JSON.stringify({ choices: [], usage: completion.usage })}\n\n`;
const done = "data: [DONE]\n\n";
const hello = [chunk({ role: "assistant" }), chunk({ content: "Hel" }), chunk({ content: "lo" }), chunk({}, "stop")];

function events(response: ServerResponse, ...pieces: string[]): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "x-request-id": "req_1" });
  for (const piece of pieces) {
    response.write(piece);
  }
}

/** Everything that a stream gives, and the error with which it ended. */
async function drained(stream: CompatibleStream): Promise<{ text: string; error: AditError | undefined }> {
  const chunks: Buffer[] = [];
  let error: AditError | undefined;
  try {
    await stream.pump({ onBytes: (bytes) => chunks.push(bytes) });
  } catch (thrown) {
    if (!AditError.isInstance(thrown)) {
      throw thrown;
    }
    error = thrown;
  }
  return { text: Buffer.concat(chunks).toString("utf8"), error };
}

/** A clock that waits for nothing, and keeps for how long it was asked to. */
function hurriedClock(waits: number[]): Clock {
  return {
    now: () => systemClock.now(),
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
}

describe("chat", () => {
  it("looks for AWS's endpoint of a region once", async () => {
    const { upstream } = await begin((response) => json(response, 200, completion));
    let looks = 0;
    const variables = { ADIT_ENDPOINT_URL_MANTLE: upstream.url };
    const environment = new Proxy(variables, { get: (of, name) => ((looks += 1), Reflect.get(of, name) as unknown) });
    const transport = new Transport();
    closers.push(() => transport.close());
    const endpoint = new CompatibleEndpoint({ transport, clock: systemClock, environment });
    const credentials = staticSource({ kind: "bearer", token: new Secret(key) }, "test", systemClock);
    const call = { region: "us-east-1", basePath: "/v1", credentials, body: JSON.stringify(request) };
    await endpoint.send(call);
    const once = looks;
    await endpoint.send(call);
    expect([looks, upstream.seen.length]).toEqual([once, 2]);
  });

  it.each([
    ["expired", "The security token included in the request is expired", "token"],
    ["unknown", "The security token included in the request is invalid.", undefined],
  ])("of AWS's own endpoint, asks the source for others where the credentials are %s", async (_, message, token) => {
    const { upstream, endpoint } = await begin((response, { headers }) =>
      String(headers["authorization"]).includes("AKIAFRESH")
        ? json(response, 200, completion)
        : json(response, 403, { error: { message, type: "permission_error" } }),
    );
    let isFresh = false;
    const credentials: CredentialSource = {
      label: "profile",
      get: () =>
        Promise.resolve({
          kind: "keys",
          accessKeyId: isFresh ? "AKIAFRESH" : "AKIASTALE",
          secretAccessKey: new Secret("secret"),
          ...(token !== undefined && !isFresh && { sessionToken: new Secret(token) }),
        }),
      invalidate: () => (isFresh = true),
    };
    const call = { region: "us-east-1", basePath: "/v1", credentials, body: JSON.stringify(request) };
    const { attempts } = await endpoint.send({ ...call, endpointUrl: upstream.url });
    expect(attempts.map(({ status }) => status)).toEqual([403, 200]);
  });

  it("sends the body as it is with the key, and gives the answer as it is", async () => {
    const { upstream, endpoint, call } = await begin((response) => json(response, 200, completion));
    const reply = await endpoint.send({
      ...call,
      headers: { "OpenAI-Organization": "org-1", Authorization: "Bearer other", Host: "other", "x-amz-date": "now" },
    });
    expect(reply).toMatchObject({ status: 200, requestId: "req_1", answer: completion });
    expect(reply.body.toString("utf8")).toBe(JSON.stringify(completion));
    expect(reply.attempts).toMatchObject([{ number: 1, status: 200, awsRequestId: "req_1" }]);
    const [seen] = upstream.seen;
    expect(seen).toMatchObject({ method: "POST", path: "/v1/chat/completions", body: JSON.stringify(request) });
    expect(seen?.headers).toMatchObject({
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json",
      "accept-encoding": "identity",
      "openai-organization": "org-1",
      host: new URL(upstream.url).host,
    });
    expect(seen?.headers["x-amz-date"]).toBeUndefined();
  });

  it("sends bytes as bytes", async () => {
    const { upstream, endpoint, call } = await begin((response) => json(response, 200, completion));
    const whole = Buffer.from(`..${JSON.stringify(request)}..`);
    await endpoint.send({ ...call, body: new Uint8Array(whole.buffer, whole.byteOffset + 2, whole.length - 4) });
    expect(upstream.seen[0]?.body).toBe(JSON.stringify(request));
  });

  it.each([
    [400, { error: { message: "Unknown model.", type: "invalid_request_error", code: null } }, "Unknown model.", false],
    [
      401,
      { error: { message: `Incorrect API key provided: ${key}.` } },
      "Incorrect API key provided: [secret].",
      false,
    ],
    [404, { error: "no such model" }, "no such model", false],
    [422, { detail: "Wrong field." }, "Wrong field.", false],
    [429, { error: { message: "Slow down.", code: "rate_limit_exceeded" } }, "Slow down.", true],
    [429, { error: { message: "No quota.", code: "insufficient_quota" } }, "No quota.", false],
    [500, { object: "error", message: "The server had an error." }, "The server had an error.", true],
    [503, "<html><h1>Busy</h1></html>", "Busy", true],
    [529, "", "an empty body", true],
  ])("refusal %i is an error with the target's status and words: %j", async (status, body, words, retryable) => {
    const { upstream, endpoint, call } = await begin((response) => json(response, status, body));
    const error = await rejectionOf(endpoint.send(call));
    expect(error).toMatchObject({ code: "provider_error", status, retryable });
    expect(error.message).toContain(words);
    expect(error.describe()).toContain(`${new URL(upstream.url).host} answered ${status}`);
    expect(error.describe()).toContain("req_1");
    expect(error.describe()).toContain("credential: API key for 127.0.0.1");
    expect(error.describe()).not.toContain(key);
  });

  it("a refusal's words are the target's own, with the names that it gave them, and never its key", async () => {
    const said = {
      message: "This model's maximum context length is 128000 tokens.",
      type: "invalid_request_error",
      param: "messages",
      code: "context_length_exceeded",
    };
    const { upstream, endpoint, call } = await begin((response) => json(response, 400, { error: said }));
    const error = await rejectionOf(endpoint.send(call));
    const from = `${new URL(upstream.url).host} answered 400`;
    const { message, ...names } = said;
    expect(error).toMatchObject({ message, status: 400, provider: { from, requestId: "req_1", ...names } });
    expect(openAiErrorBody(error, false).error).toEqual({
      ...said,
      message: expect.stringContaining(message) as string,
    });
    const telling = await begin((response) => json(response, 400, { error: { ...said, param: key, code: null } }));
    const told = openAiErrorBody(await rejectionOf(telling.endpoint.send(telling.call)), true);
    expect(told.error).toMatchObject({ type: said.type, param: "[secret]", code: null });
  });

  it.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [403, "permission_error"],
    [404, "invalid_request_error"],
    [429, "rate_limit_error"],
    [500, "server_error"],
  ])("a refusal %i that has no type is told with the one of its status", async (status, type) => {
    const { endpoint, call } = await begin((response) => json(response, status, { error: { message: "No." } }));
    const { error } = openAiErrorBody(await rejectionOf(endpoint.send(call)), false);
    expect(error).toMatchObject({ type, code: "provider_error", param: null });
  });

  it.each<[string, (response: ServerResponse) => void, object, string]>([
    [
      "an error in a 200",
      (response) => json(response, 200, { error: { message: "Upstream is down.", code: 503 } }),
      { code: "provider_error", status: 503, retryable: true },
      "Upstream is down.",
    ],
    [
      "an error without a status in a 200",
      (response) => json(response, 200, { error: { message: "It broke.", code: "broken" } }),
      { code: "provider_error", status: 502 },
      "It broke.",
    ],
    [
      "a page",
      (response) => {
        response.writeHead(200, { "content-type": "text/html" }).end("<title>Log in</title>");
      },
      { code: "provider_error", status: 502, retryable: false },
      "text/html: Log in, where a chat completion was expected",
    ],
    ["a list", (response) => json(response, 200, []), { code: "provider_error", status: 502 }, "was expected"],
    ["half of an answer", (response) => json(response, 200, '{"choices":['), { code: "provider_error" }, "expected"],
    [
      "a choice that ended in an error, as OpenRouter writes it",
      (response) =>
        json(response, 200, {
          choices: [
            {
              index: 0,
              finish_reason: "error",
              native_finish_reason: null,
              message: { role: "assistant", content: "Once" },
              error: { code: 503, message: "Provider disconnected" },
            },
          ],
        }),
      { code: "provider_error", status: 503, retryable: true },
      "Provider disconnected",
    ],
    ["no choice", (response) => json(response, 200, { choices: [] }), { code: "empty_output", status: 502 }, "choice"],
    ["no output", (response) => json(response, 200, {}), { code: "empty_output", status: 502 }, "without a choice"],
    [
      "a compressed body",
      (response) => json(response, 200, "x", { "content-encoding": "gzip" }),
      { code: "empty_output", status: 502, retryable: false },
      "compressed",
    ],
    [
      "a compressed page",
      (response) => json(response, 404, "x", { "content-encoding": "gzip" }),
      { code: "provider_error", status: 502, retryable: false },
      "compressed",
    ],
    [
      "a redirect",
      (response) => json(response, 307, "", { location: "http://169.254.169.254/" }),
      { code: "provider_error", status: 502 },
      "answered 307",
    ],
    ["a broken connection", (response) => response.destroy(), { code: "upstream_reset" }, "broke"],
  ])("%s is an error", async (_name, answer, facts, words) => {
    const { endpoint, call } = await begin(answer);
    const error = await rejectionOf(endpoint.send(call));
    expect(error).toMatchObject(facts);
    expect(error.message).toContain(words);
  });

  it("takes an answer whose content-encoding names no coding", async () => {
    const { endpoint, call } = await begin((response) =>
      json(response, 200, completion, { "content-encoding": "utf-8" }),
    );
    expect((await endpoint.send(call)).attempts).toMatchObject([{ status: 200 }]);
  });

  it("tries again as the policy says, and counts", async () => {
    const { endpoint, call } = await begin((response, _request, number) =>
      number < 3 ? json(response, 500, { error: { message: "no" } }) : json(response, 200, completion),
    );
    const reply = await endpoint.send({ ...call, retry: { attempts: 2, maxTotalMs: 1_000 } });
    expect(reply.attempts.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      [500, "provider_error"],
      [500, "provider_error"],
      [200, undefined],
    ]);
  });

  it("tries nothing again that cannot succeed, or that the policy does not list", async () => {
    const { upstream, endpoint, call } = await begin((response) => json(response, 401, { error: { message: "no" } }));
    await rejectionOf(endpoint.send({ ...call, retry: { attempts: 3, maxTotalMs: 1_000 } }));
    expect(upstream.seen.length).toBe(1);
    await rejectionOf(endpoint.send({ ...call, retry: { attempts: 1, maxTotalMs: 1_000, onStatusCodes: [401] } }));
    expect(upstream.seen.length).toBe(3);
    // Words that from AWS would speak of its clock.
    const skewed = await begin((response) =>
      json(response, 403, { message: "Signature expired" }, { date: "Tue, 01 Jan 2030 00:00:00 GMT" }),
    );
    await rejectionOf(skewed.endpoint.send({ ...skewed.call, retry: { attempts: 3, maxTotalMs: 1_000 } }));
    expect(skewed.upstream.seen.length).toBe(1);
  });

  it("waits as long as Retry-After says where the policy says so", async () => {
    const waits: number[] = [];
    const clock = hurriedClock(waits);
    const headers = [
      { "retry-after": "7" },
      { "retry-after-ms": "1500", "retry-after": "2" },
      { "x-ms-retry-after-ms": "250", "retry-after": "1" },
    ];
    const { endpoint, call } = await begin(
      (response, _request, number) =>
        number < 4
          ? json(response, 429, { error: { message: "later" } }, headers[number - 1])
          : json(response, 200, completion),
      clock,
    );
    await endpoint.send({ ...call, retry: { attempts: 3, maxTotalMs: 60_000, useRetryAfter: true } });
    expect(waits).toEqual([7_000, 1_500, 250]);
    const error = await begin((response) => json(response, 429, {}, { "retry-after": "9" }));
    expect((await rejectionOf(error.endpoint.send(error.call))).retryAfterSeconds).toBe(9);
  });

  it("waits as long as the policy says, each time, where nothing else is said", async () => {
    const waits: number[] = [];
    const clock = hurriedClock(waits);
    const { endpoint, call } = await begin(
      (response, _request, number) => json(response, number < 4 ? 503 : 200, number < 4 ? {} : completion),
      clock,
    );
    await endpoint.send({ ...call, retry: { attempts: 3, maxTotalMs: 60_000, waitMs: 200 } });
    expect(waits).toEqual([200, 200, 200]);
  });

  it("ends with its signal, and within its time", async () => {
    const abort = new AbortController();
    const { endpoint, call } = await begin(() => abort.abort());
    expect(await rejectionOf(endpoint.send({ ...call, signal: abort.signal }))).toMatchObject({
      code: "client_closed",
    });
    const silent = await begin(() => {});
    const late = await rejectionOf(silent.endpoint.send({ ...silent.call, limits: { totalMs: 50 } }));
    expect(late).toMatchObject({ code: "request_timeout", status: 408 });
  });

  it.each([
    "ftp://127.0.0.1/v1",
    "127.0.0.1:80",
    "",
    "https://user:pass@example.com/v1",
    "https://example.com/v1?key=1",
    "https://example.com/v1#a",
  ])("refuses the address %j", async (baseUrl) => {
    const { endpoint, call } = await begin((response) => response.end());
    const error = await rejectionOf(endpoint.send({ ...call, baseUrl }));
    expect(error).toMatchObject({ code: "invalid_config", status: 400 });
    expect(error.describe()).not.toContain("pass@");
  });

  it("refuses a key that no header can carry, and does not show it", async () => {
    const { upstream, endpoint, call } = await begin((response) => response.end());
    for (const bad of ["", "two words", "line\r\nx-admin: 1", "caf\u00e9"]) {
      const error = await rejectionOf(endpoint.send({ ...call, apiKey: new Secret(bad) }));
      expect(error).toMatchObject({ code: "invalid_config", status: 400 });
      expect(error.describe()).not.toMatch(/two words|x-admin|caf/);
    }
    expect(upstream.seen).toEqual([]);
  });
});

describe("a stream", () => {
  it("gives the bytes as they came, and what they say of cost and end", async () => {
    const pieces = [": keep-alive\n\n", ...hello, usageChunk, done];
    const { upstream, endpoint, call } = await begin((response) => {
      events(response, ...pieces);
      response.end();
    });
    const stream = await endpoint.stream(call);
    expect(stream).toMatchObject({ status: 200, requestId: "req_1" });
    expect(stream.attempts.length).toBe(1);
    expect(await drained(stream)).toEqual({ text: pieces.join(""), error: undefined });
    expect(stream.usage).toEqual(completion.usage);
    expect(stream.finishReason).toBe("stop");
    expect(upstream.seen[0]?.headers.accept).toBe("text/event-stream");
  });

  it("of responses tells the searches that the host made, by its own count", async () => {
    const usage = { input_tokens: 9, output_tokens: 1, total_tokens: 10 };
    const answer = { status: "completed", output: [], usage, tool_usage: { web_search: { num_requests: 3 } } };
    const { endpoint, call } = await begin((response) => {
      const last = { type: "response.completed", response: answer };
      events(response, `event: response.completed\ndata: ${JSON.stringify(last)}\n\n`);
      response.end();
    });
    const stream = await endpoint.stream({ ...call, format: "responses" });
    await drained(stream);
    expect(stream.usage).toEqual({ ...usage, queries: 3 });
    // Who does not tell the count has made those that the items name.
    const items = [{ type: "web_search_call", action: { type: "search" } }, { type: "web_search_call" }];
    const opened = { type: "web_search_call", action: { type: "open_page" } };
    const without = { ...answer, tool_usage: undefined, output: [...items, opened, { type: "message" }] };
    expect(usageIn(JSON.parse(JSON.stringify(without)))).toEqual({ ...usage, queries: 2 });
    expect(usageIn({ output: [], usage })).toEqual(usage);
  });

  it("of messages tells the input once: what its end leaves null stays", async () => {
    const event = (type: string, more: object): string =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
    const usage = { input_tokens: 9, cache_creation_input_tokens: 4, output_tokens: 1 };
    const ended = { input_tokens: null, cache_creation_input_tokens: null, output_tokens: 5 };
    const { endpoint, call } = await begin((response) => {
      const start = event("message_start", { message: { usage } });
      events(response, start, event("message_delta", { delta: { stop_reason: "end_turn" }, usage: ended }));
      response.end(event("message_stop", {}));
    });
    const stream = await endpoint.stream({ ...call, format: "messages" });
    expect((await drained(stream)).error).toBeUndefined();
    expect(stream.usage).toEqual({ input_tokens: 9, cache_creation_input_tokens: 4, output_tokens: 5 });
  });

  const line = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;
  const choice = (delta: object): string => line({ choices: [{ index: 0, delta, finish_reason: null }] });
  const ofResponse = (type: string, more: object): string => line({ type: `response.${type}`, ...more });
  const ofMessage = (delta: object): string => line({ type: "content_block_delta", index: 0, delta });

  it.each([
    {
      format: "chat",
      pieces: [
        choice({ role: "assistant", content: "" }),
        choice({ reasoning: "Well" }),
        choice({ reasoning: ", now", reasoning_content: ", now" }),
        choice({ content: " then" }),
        choice({ tool_calls: [{ index: 0, id: "c1", function: { name: "look", arguments: '{"a":' } }] }),
      ],
      bytes: "Well, now then".length + '{"a":'.length,
    },
    {
      format: "completions",
      pieces: [line({ choices: [{ text: " a" }] }), line({ choices: [{ text: " a" }] })],
      bytes: 4,
    },
    {
      format: "responses",
      pieces: [
        ofResponse("created", { response: { id: "resp_1", instructions: "Be brief, and say nothing twice." } }),
        ofResponse("output_text.delta", { delta: " word", obfuscation: "xkcd" }),
        ofResponse("function_call_arguments.delta", { delta: "{}" }),
        ofResponse("output_text.done", { text: " word" }),
      ],
      bytes: " word{}".length,
    },
    {
      format: "messages",
      pieces: [
        line({ type: "message_start", message: { content: [], usage: { input_tokens: 9, output_tokens: 1 } } }),
        ofMessage({ type: "thinking_delta", thinking: "Hm" }),
        ofMessage({ type: "signature_delta", signature: "EqoBCkgIARABGAIiQL" }),
        ofMessage({ type: "text_delta", text: " word" }),
        ofMessage({ type: "input_json_delta", partial_json: "{}" }),
      ],
      bytes: "Hm word{}".length,
    },
  ] as const)("of $format that breaks tells how much was written, however alike its pieces are", async (told) => {
    const { endpoint, call } = await begin((response) => {
      events(response, ...told.pieces);
      response.end();
    });
    const stream = await endpoint.stream({ ...call, format: told.format });
    expect((await drained(stream)).error?.code).toBe("truncated_stream");
    expect(stream.outputBytes).toBe(told.bytes);
  });

  it("is there with its first event, not before and not later", async () => {
    let go: () => void = () => {};
    const { endpoint, call } = await begin((response) => {
      events(response, ": waiting\n\n");
      setTimeout(() => response.write(hello[0]), 30);
      go = () => response.end([...hello.slice(1), done].join(""));
    });
    const stream = await endpoint.stream(call);
    go();
    expect((await drained(stream)).text).toBe([": waiting\n\n", ...hello, done].join(""));
  });

  it("cut anywhere, with any line ends, is the same", async () => {
    const text = [...hello, usageChunk, done].join("").replaceAll("\n", "\r\n");
    for (let cut = 1; cut < text.length; cut += 23) {
      const { endpoint, call } = await begin((response) => {
        events(response, text.slice(0, cut));
        setImmediate(() => response.end(text.slice(cut)));
      });
      const stream = await endpoint.stream(call);
      expect(await drained(stream)).toEqual({ text, error: undefined });
      expect(stream.usage).toEqual(completion.usage);
    }
  });

  it.each([
    ["a finish reason without [DONE]", hello],
    ["[DONE] without a finish reason", [...hello.slice(0, 3), done]],
    ["[DONE] without its empty line", [...hello, "data: [DONE]"]],
    ["all of it in one event without its empty line", [(hello[3] ?? "").trimEnd()]],
  ])("is whole with %s", async (_name, pieces) => {
    const { endpoint, call } = await begin((response) => {
      events(response, ...pieces);
      response.end();
    });
    expect(await drained(await endpoint.stream(call))).toEqual({ text: pieces.join(""), error: undefined });
  });

  it.each<[string, string[], string]>([
    ["ends early", hello.slice(0, 3), hello.slice(0, 3).join("")],
    ["ends in an event", [...hello.slice(0, 2), 'data: {"choices":[{"del'], hello.slice(0, 2).join("")],
  ])("that %s is truncated, and only whole events were given", async (_name, pieces, given) => {
    const { endpoint, call } = await begin((response) => {
      events(response, ...pieces);
      response.end();
    });
    const { text, error } = await drained(await endpoint.stream(call));
    expect(error).toMatchObject({ code: "truncated_stream", status: 502 });
    expect(error?.describe()).toContain("credential: API key for 127.0.0.1");
    expect(text).toBe(given);
  });

  it("whose connection breaks is truncated", async () => {
    const { endpoint, call } = await begin((response) => {
      events(response, ...hello.slice(0, 2));
      setTimeout(() => response.destroy(), 30);
    });
    const { text, error } = await drained(await endpoint.stream(call));
    expect(error).toMatchObject({ code: "truncated_stream", status: 502 });
    expect(text).toBe(hello.slice(0, 2).join(""));
  });

  it.each([
    ["as data", `data: ${JSON.stringify({ error: { message: `Overloaded, ${key}.`, code: 529 } })}\n\n`, 529],
    [
      "by type",
      `data: ${JSON.stringify({ error: { message: `Overloaded, ${key}.`, type: "overloaded_error" } })}\n\n`,
      529,
    ],
    [
      "in its choice",
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "" }, finish_reason: "error", error: { message: `Overloaded, ${key}.`, code: 529 } }] })}\n\n`,
      529,
    ],
    ["by name", `event: error\ndata: ${JSON.stringify({ message: `Overloaded, ${key}.` })}\n\n`, 502],
  ])("with an error event, %s, fails after what came before it", async (_name, event, status) => {
    const { endpoint, call } = await begin((response) => {
      events(response, hello.slice(0, 2).join("") + event + hello[2]);
      response.end(done);
    });
    // Both in one read: nothing has been given yet, so the call itself fails and can be tried again.
    const first = await rejectionOf(endpoint.stream(call));
    expect(first).toMatchObject({ code: "provider_error", status });
    expect(first.message).toBe("Overloaded, [secret].");
    const later = await begin((response) => {
      events(response, ...hello.slice(0, 2));
      setTimeout(() => response.write(hello[2] + event + hello[3]), 30);
    });
    const { text, error } = await drained(await later.endpoint.stream(later.call));
    expect(error).toMatchObject({ code: "provider_error", status });
    expect(error?.message).not.toContain(key);
    expect(text).toBe(hello.slice(0, 3).join(""));
  });

  it.each<[string, (response: ServerResponse) => void, object]>([
    [
      "a refusal",
      (response) => json(response, 429, { error: { message: "no" } }),
      { code: "provider_error", status: 429 },
    ],
    [
      "an error in a 200",
      (response) => json(response, 200, { error: { message: "no", code: 503 } }),
      { code: "provider_error", status: 503 },
    ],
    ["a whole answer", (response) => json(response, 200, completion), { code: "provider_error", status: 502 }],
    [
      "a page",
      (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>hi"),
      { code: "provider_error", status: 502 },
    ],
    [
      "an empty stream",
      (response) => {
        events(response);
        response.end();
      },
      { code: "empty_output", status: 502 },
    ],
    [
      "[DONE] alone",
      (response) => {
        events(response, done);
        response.end();
      },
      { code: "empty_output", status: 502 },
    ],
    [
      "what is no JSON",
      (response) => {
        events(response, "data: hello\n\n");
      },
      { code: "corrupt_stream", status: 502 },
    ],
    [
      "an error first",
      (response) => {
        events(response, 'data: {"error":"no"}\n\n');
      },
      { code: "provider_error", status: 502 },
    ],
  ])("answered with %s fails before it begins", async (_name, answer, facts) => {
    const { endpoint, call } = await begin(answer);
    expect(await rejectionOf(endpoint.stream(call))).toMatchObject(facts);
  });

  it("that failed before it began is tried again", async () => {
    const { endpoint, call } = await begin((response, _request, number) => {
      events(response, ...(number === 1 ? ['data: {"error":{"message":"no","code":503}}\n\n'] : [...hello, done]));
      response.end();
    });
    const stream = await endpoint.stream({ ...call, retry: { attempts: 1, maxTotalMs: 1_000 } });
    expect(stream.attempts.map(({ errorCode }) => errorCode)).toEqual(["provider_error", undefined]);
    expect((await drained(stream)).error).toBeUndefined();
  });

  it("has a limit for its first event: comments are none", async () => {
    const { endpoint, call } = await begin((response) => events(response, ": waiting\n\n"));
    const error = await rejectionOf(endpoint.stream({ ...call, limits: { firstByteMs: 60 } }));
    expect(error).toMatchObject({ code: "first_byte_timeout", status: 504 });
  });

  it("can be paused, resumed and ended", async () => {
    let ended = false;
    let sent = 0;
    const { endpoint, call } = await begin((response) => {
      events(response, hello[0] ?? "");
      response.on("close", () => {
        ended = true;
      });
      const big = chunk({ content: "x".repeat(60_000) });
      const more = (): void => {
        while (!response.destroyed && sent < 400 && response.write(big)) {
          sent += 1;
        }
        response.once("drain", more);
      };
      more();
    });
    const stream = await endpoint.stream(call);
    stream.pause();
    let received = 0;
    const pumped = stream.pump({
      onBytes: (bytes) => {
        received += bytes.length;
      },
    });
    const atPause = received;
    await new Promise((resolve) => setTimeout(resolve, 100));
    // The sockets' buffers are full: the target is held back, and nothing came meanwhile.
    expect(received).toBe(atPause);
    expect(sent).toBeLessThan(400);
    stream.resume();
    await expect.poll(() => received).toBeGreaterThan(1_000_000);
    stream.abort();
    await expect(pumped).rejects.toMatchObject({ code: "client_closed" });
    await expect.poll(() => ended).toBe(true);
  });

  it("fails with its receiver, and the target is left", async () => {
    let ended = false;
    const { endpoint, call } = await begin((response) => {
      events(response, ...hello);
      response.on("close", () => {
        ended = true;
      });
    });
    const stream = await endpoint.stream(call);
    const pumped = stream.pump({
      onBytes: () => {
        throw new Error("The disk is full.");
      },
    });
    await expect(pumped).rejects.toMatchObject({ code: "internal" });
    await expect.poll(() => ended).toBe(true);
  });
});
