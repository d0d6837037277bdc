/** What Portkey's gateway 1.15.2 got wrong when it was measured, by its users' own headers, with the correct answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf, chatPath, claude, nova, question, refusalOf } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openKeepingEndpoint } from "../support/recording-server.ts";
import { bodyOf, modelCalls, onlyModelCall } from "../support/seen.ts";
import { readChat, readEvents } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

/** The headers of Portkey's clients. */
const asPortkey = { "x-portkey-provider": "bedrock" };
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  house.post(chatPath, body, { ...asPortkey, ...headers });

describe("E defects of Portkey 1.15.2", () => {
  test("E two pieces of text, then a throttlingException: an error event, no finish reason anywhere, no [DONE]", async () => {
    // Frame 0 is messageStart, 1 and 2 are the pieces.
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const response = await post(question("one two three four", { stream: true }));
    const copy = response.clone();
    const events = await readEvents(response);
    const chat = await readChat(copy);
    expect(events.at(-1)?.event).toBe("error");
    expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({
      status: "failure",
      provider: "bedrock",
      error: { type: "rate_limit_error", code: "rate_limit_exceeded" },
    });
    // One of the chunks opens the message; the pieces follow.
    expect(chat.chunks.filter(({ choices }) => (choices[0]?.delta.content ?? "") !== "")).toHaveLength(2);
    expect(JSON.stringify(chat.chunks)).not.toMatch(/"finish_reason":"/);
    expect(events.map(({ data }) => data)).not.toContain("[DONE]");
  });

  test("E the first frame is an exception: HTTP 429, and the other target first", async () => {
    const exception = { kind: "exception", type: "throttlingException", frame: 0 } as const;
    house.emulator.faultNext(exception, 2);
    const targets = [{ override_params: { model: nova } }, { override_params: { model: "us.amazon.nova-pro-v1:0" } }];
    const config = { strategy: { mode: "fallback" }, targets, retry: { attempts: 0 } };
    const headers = { "x-portkey-config": JSON.stringify(config) };
    const refusal = await refusalOf(await post(question("Hello", { stream: true }), headers));
    expect(refusal).toMatchObject({ status: 429, type: "rate_limit_error" });
    house.emulator.clearRequests();
    house.emulator.faultNext({ ...exception, model: nova });
    expect((await readChat(await post(question("Hello", { stream: true }), headers))).endsWithDone).toBe(true);
    expect(modelCalls(house.emulator).map(({ modelId }) => modelId)).toEqual([nova, "us.amazon.nova-pro-v1:0"]);
  });

  test("E the last frame is truncated: an error event that says so", async () => {
    const whole = await readChat(await post(question("one two", { stream: true })));
    const pieces = whole.chunks.filter(({ choices }) => (choices[0]?.delta.content ?? "") !== "").length;
    // messageStart, the pieces, contentBlockStop, messageStop: then `metadata`, of which ten bytes come.
    house.emulator.faultNext({ kind: "cut", frame: 1 + pieces + 2, bytes: 10 });
    const response = await post(question("one two", { stream: true }));
    const events = await readEvents(response);
    expect(events.at(-1)?.event).toBe("error");
    expect(events.at(-1)?.data).toContain("truncated_stream");
    expect(events.map(({ data }) => data)).not.toContain("[DONE]");
  });

  test("E usage with cache tokens: 50 in, 80 from the cache and 50 out are 130, 50 and 180", async () => {
    const usage = { inputTokens: 50, cacheReadInputTokens: 50, cacheWriteInputTokens: 30, outputTokens: 50 };
    const endpoint = await openKeepingEndpoint(200, {
      output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
      stopReason: "end_turn",
      usage: { ...usage, totalTokens: 180 },
    });
    const own = await openHouse({
      variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${endpoint.port}` },
    });
    try {
      const answer = await answerOf(await own.post(chatPath, question("Hello"), asPortkey));
      expect(answer.usage).toMatchObject({ prompt_tokens: 130, completion_tokens: 50, total_tokens: 180 });
      expect(answer.usage).toMatchObject({ prompt_tokens_details: { cached_tokens: 50 } });
    } finally {
      await own.close();
      await endpoint.close();
    }
  });

  test("E usage with cache tokens adds up in a stream too, written and read", async () => {
    const text = `${"A sentence that is worth keeping. ".repeat(400)}`;
    const messages = [
      { role: "system", content: [{ type: "text", text, cache_control: { type: "ephemeral" } }] },
      { role: "user", content: "Hello" },
    ];
    const body = { model: claude.sonnet45, messages, stream: true, stream_options: { include_usage: true } };
    const prompts: number[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const chat = await readChat(await post(body));
      const usage = chat.chunks.at(-1)?.usage;
      expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
      prompts.push(usage?.prompt_tokens ?? 0);
    }
    expect(prompts[0]).toBeGreaterThan(1_024);
    expect(prompts[1]).toBe(prompts[0]);
  });

  test("E a call with arguments that are no JSON: the conversation goes on", async () => {
    const messages = [
      { role: "user", content: "Use the tool weather." },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city": "Par' } }],
      },
      { role: "tool", tool_call_id: "call_1", content: "18 degrees" },
    ];
    const response = await post({ model: nova, messages });
    const answer = await answerOf(response);
    expect(answer.choices[0]?.message.content).toContain("18 degrees");
    expect(response.headers.get("x-adit-dropped")).toContain("messages[1].tool_calls[0].function.arguments");
    const sent = bodyOf(onlyModelCall(house.emulator)).messages?.[1]?.content[0]?.toolUse?.input;
    expect(JSON.stringify(sent)).toContain('{\\"city\\": \\"Par');
  });

  test("E a body that is no JSON: 400 with the position", async () => {
    const refusal = await refusalOf(await post('{"model": "x", "messages": [}'));
    expect(refusal).toMatchObject({ status: 400, code: "invalid_json" });
    expect(refusal.message).toMatch(/line 1, column 29/);
    expect(house.emulator.requests).toHaveLength(0);
  });

  test("E the caller leaves in the middle of a stream: AWS's side is closed, and the log tells", async () => {
    const watched = await openHouse();
    try {
      watched.emulator.faultNext({ kind: "drip", bytes: 40, everyMs: 100 });
      const controller = new AbortController();
      const response = await fetch(`${watched.gateway.url}${chatPath}`, {
        method: "POST",
        headers: { ...asPortkey, "content-type": "application/json", authorization: `Bearer ${watched.key}` },
        body: JSON.stringify(question("one two three four five", { stream: true })),
        signal: controller.signal,
      });
      await response.body?.getReader().read();
      controller.abort();
      await expect.poll(() => watched.logLines().map((line) => line["streamError"])).toContain("client_closed");
    } finally {
      await watched.close();
    }
  });

  test.each([
    "http://127.0.0.1:9",
    "http://localhost:9/v1",
    "http://host.docker.internal:9",
    "https://api.openai.example/v1",
  ])("E x-portkey-custom-host: %s is refused before anything is sent, with the key and without", async (host) => {
    const refusal = await refusalOf(await post(question("Hello"), { "x-portkey-custom-host": host }));
    expect(refusal).toMatchObject({ status: 400, code: "custom_host_not_allowed" });
    const stranger = await fetch(`${house.gateway.url}${chatPath}`, {
      method: "POST",
      headers: { ...asPortkey, "content-type": "application/json", "x-portkey-custom-host": host },
      body: JSON.stringify(question("Hello")),
    });
    expect(stranger.status).toBe(401);
    await stranger.text();
    expect(house.emulator.requests).toHaveLength(0);
  });
});

describe("E limits of Portkey's public code that a chat meets", () => {
  test("E tool_choice none without history sends no tools; stop as a string arrives as a list", async () => {
    const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];
    await answerOf(await post(question("Hello", { tools, tool_choice: "none", stop: "END" })));
    const body = bodyOf(onlyModelCall(house.emulator));
    expect(body.toolConfig).toBeUndefined();
    expect(body.inferenceConfig?.stopSequences).toEqual(["END"]);
  });

  test("E an http image is a clear 400, and a fallback is not stopped by a crash", async () => {
    const content = [
      { type: "text", text: "See" },
      { type: "image_url", image_url: { url: "http://images.example/a.png" } },
    ];
    const refusal = await refusalOf(await post({ model: nova, messages: [{ role: "user", content }] }));
    expect(refusal).toMatchObject({ status: 400, code: "media_not_allowed" });
    expect(refusal.param).toBe("messages[0].content[1].image_url.url");
  });

  test("E a gif is an image, and a document has its format and its own name", async () => {
    const gif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    const csv = Buffer.from("a,b\n1,2\n").toString("base64");
    const content = [
      { type: "text", text: "See" },
      { type: "image_url", image_url: { url: `data:image/gif;base64,${gif}` } },
      { type: "file", file: { filename: "table.csv", file_data: `data:text/csv;base64,${csv}` } },
    ];
    await answerOf(await post({ model: nova, messages: [{ role: "user", content }] }));
    const [, image, file] = bodyOf(onlyModelCall(house.emulator)).messages?.[0]?.content ?? [];
    expect(image?.image).toEqual({ format: "gif", source: { bytes: gif } });
    expect(file?.document).toEqual({ format: "csv", name: "table", source: { bytes: csv } });
  });

  test("E ids of concurrent streams do not collide", async () => {
    const streams = await Promise.all(
      Array.from({ length: 20 }, async () => readChat(await post(question("Hello", { stream: true })))),
    );
    expect(new Set(streams.map(({ chunks }) => chunks[0]?.id)).size).toBe(20);
    for (const { chunks } of streams) expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });
});
