/** What guardrails lead to: deny, tell, nobody waits, in order, another target, another try, what is stored. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Portkey } from "portkey-ai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, claude, nova, refusalOf, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { doors, streamOf, withConfig } from "./asked.ts";

const chat = doors[0]!;

/** A host of OpenAI's format, and webhooks. Every request is remembered. */
const seen: { path: string; body: Record<string, unknown>; type: string | undefined }[] = [];
let answers: string[] = [];
const host = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  request.on("end", () => {
    const body = JSON.parse(text) as Record<string, unknown>;
    seen.push({ path: request.url ?? "", body, type: request.headers["content-type"] });
    if (request.url?.startsWith("/hook/") === true) {
      const wait = request.url.includes("slow") ? 150 : 0;
      setTimeout(() => {
        response.writeHead(request.url?.includes("broken") === true ? 500 : 200, {
          "content-type": "application/json",
        });
        response.end(answers.shift() ?? '{"verdict":true}');
      }, wait);
      return;
    }
    const content = answers.shift() ?? "Hello";
    if (body["stream"] === true) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const delta = (piece: string) =>
        `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content: piece } }] })}\r\n\r\n`;
      const whole = `${Array.from(content)
        .map((letter) => delta(letter))
        .join(
          "",
        )}: a comment\r\n\r\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n`;
      // Cut in the middle of events, and of letters.
      const bytes = Buffer.from(whole);
      for (let at = 0; at < bytes.length; at += 37) response.write(bytes.subarray(at, at + 37));
      response.end();
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        id: "1",
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content } }],
      }),
    );
  });
});
await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
const webhook = (name: string) => ({ "default.webhook": { webhookURL: `${origin}/hook/${name}` } });
const foreign = { provider: "openai", api_key: "key", custom_host: `${origin}/v1` };
const few = { "default.wordCount": { maxWords: 3 } };

let house: House;
beforeAll(async () => {
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: origin } });
});
beforeEach(() => {
  house.emulator.clearRequests();
  seen.length = 0;
  answers = [];
});
afterAll(async () => {
  await house.close();
  host.closeAllConnections();
  host.close();
});

interface Told {
  hook_results: Record<"before_request_hooks" | "after_request_hooks", Record<string, unknown>[]>;
}

async function toldBy(response: Response): Promise<Told> {
  return (await response.json()) as Told;
}

test("the shape of what is told is Portkey's", async () => {
  const feedback = { value: -5, weight: 0.5, metadata: { reason: "long" } };
  const hook = {
    type: "guardrail",
    id: "short",
    checks: [{ id: "default.wordCount", parameters: { maxWords: 3 } }, { id: "default.notNull" }],
    on_fail: { feedback },
    on_success: { feedback: { value: 5, weight: 1 } },
  };
  const response = await ask(house, "one two three four", {}, withConfig({ before_request_hooks: [hook] }));
  expect(response.status).toBe(246);
  const { hook_results } = await toldBy(response);
  const time = expect.any(Number) as number;
  const moment = expect.stringMatching(/^\d{4}-.*Z$/) as string;
  const common = { transformed: false, execution_time: time, created_at: moment };
  expect(hook_results).toEqual({
    before_request_hooks: [
      {
        ...common,
        verdict: false,
        id: "short",
        checks: [
          {
            ...common,
            id: "default.wordCount",
            verdict: false,
            data: { explanation: expect.stringContaining("4 words") as string },
            log: null,
          },
          { ...common, id: "default.notNull", verdict: true, data: { explanation: "There is a text." }, log: null },
        ],
        feedback: {
          value: -5,
          weight: 0.5,
          metadata: {
            reason: "long",
            successfulChecks: "default.notNull",
            failedChecks: "default.wordCount",
            erroredChecks: "",
          },
        },
        async: false,
        type: "guardrail",
        deny: false,
      },
    ],
    after_request_hooks: [],
  });
  const line = house.logLines().at(-1);
  expect(line).toMatchObject({
    status: 246,
    guardrails: [{ guardrail: "short", check: "default.wordCount", when: "before_request", verdict: false }, {}],
    guardrailFeedback: [{ guardrail: "short", value: -5, weight: 0.5 }],
  });
});

test("deny tells which one refused, and feedback is what the verdict has, as in Portkey", async () => {
  const passing = { "default.notNull": {}, deny: true };
  const failing = { "default.notNull": { not: true }, deny: true };
  const told = await toldBy(await ask(house, "Hello", {}, withConfig({ input_guardrails: [passing, failing] })));
  expect(told.hook_results.before_request_hooks).toMatchObject([
    { verdict: true, deny: false, feedback: null },
    { verdict: false, deny: true, feedback: null },
  ]);

  // A check that could not judge has not failed.
  const saying = {
    ...webhook("broken"),
    on_success: { feedback: { value: 5, weight: 1 } },
    on_fail: { feedback: { value: -5, weight: 1 } },
  };
  const { hook_results } = await toldBy(await ask(house, "Hello", {}, withConfig({ input_guardrails: [saying] })));
  expect(hook_results.before_request_hooks).toMatchObject([
    { verdict: true, feedback: { value: 5, metadata: { erroredChecks: "default.webhook" } } },
  ]);
  expect(house.logLines().at(-1)).toMatchObject({ guardrailFeedback: [{ value: 5 }] });
});

test("without guardrails nothing is told", async () => {
  const response = await ask(house, "Hello", {}, withConfig({ retry: { attempts: 0 } }));
  expect(response.status).toBe(200);
  expect(await response.json()).not.toHaveProperty("hook_results");
  expect(house.logLines().at(-1)).not.toHaveProperty("guardrails");
});

test("nobody waits for what is async, and only the log tells of it", async () => {
  answers = ['{"verdict":false}'];
  const config = { input_guardrails: [{ ...webhook("slow"), async: true, id: "later" }] };
  const response = await ask(house, "Hello", {}, withConfig(config));
  expect(response.status).toBe(200);
  expect(await response.json()).not.toHaveProperty("hook_results");
  await until(() => house.logLines().some(({ msg }) => msg === "guardrail"));
  const line = house.logLines().find(({ msg }) => msg === "guardrail");
  expect(line).toMatchObject({ guardrails: [{ guardrail: "later", check: "default.webhook", verdict: false }] });
  expect(line?.["id"]).toBe(response.headers.get("x-adit-request-id"));
});

test.each([false, true])("what is async sees what those before it have left, streamed: %s", async (stream) => {
  const [redact, log] = [{ "default.pii": { redact: true } }, { "default.log": { logURL: `${origin}/hook/log` } }];
  const later = { ...log, async: true };
  const config = { input_guardrails: [later, redact, later], output_guardrails: [redact, later] };
  answers = ['{"verdict":true}', '{"verdict":true}', "Ask bob@example.com"];
  const asked = ask(house, "I am ann@example.com", { stream }, withConfig({ ...foreign, ...config }));
  expect(await (await asked).text()).not.toContain("bob@");
  await until(() => seen.length === 4);
  const logged = seen.filter(({ path }) => path === "/hook/log").map(({ body }) => JSON.stringify(body));
  expect(logged.map((body) => /ann@|bob@/.test(body))).toEqual([true, false, false]);
});

test("those that ask are asked together, or in order where that is wanted", async () => {
  const checks = ["slow-1", "2"].map((name) => ({
    id: "default.webhook",
    parameters: { webhookURL: `${origin}/hook/${name}` },
  }));
  await ask(house, "Hello", {}, withConfig({ before_request_hooks: [{ checks }] }));
  await ask(house, "Hello", {}, withConfig({ before_request_hooks: [{ checks, sequential: true }] }));
  expect(seen.map(({ path }) => path)).toEqual(["/hook/slow-1", "/hook/2", "/hook/slow-1", "/hook/2"]);
});

test("who is asked sees what was redacted before, and what it changes goes upstream", async () => {
  answers = ['{"verdict":true,"transformedData":{"request":{"text":"Something else"}}}'];
  const redact = { "default.pii": { redact: true } };
  const config = { input_guardrails: [redact, webhook("changes")] };
  const response = await ask(house, "I am ann@example.com", {}, withConfig(config));
  expect(response.status).toBe(200);
  expect(seen[0]?.body).toMatchObject({
    request: { text: "I am [EMAIL_ADDRESS]", isStreamingRequest: false, isTransformed: true },
    provider: "bedrock",
    requestType: "chatComplete",
    eventType: "beforeRequestHook",
  });
  expect(house.emulator.requests[0]?.body.toString("utf8")).toContain("Something else");
  const json = { messages: [{ role: "user", content: "By JSON" }], model: "another", stream: true };
  answers = [JSON.stringify({ verdict: true, transformedData: { request: { json } } })];
  await ask(house, "Hello", {}, withConfig({ input_guardrails: [webhook("json")] }));
  const last = house.emulator.requests.at(-1);
  expect(last?.body.toString("utf8")).toContain("By JSON");
  // Whom is asked, and how the answer comes, is not the webhook's to say.
  expect(last?.path).toBe(`/model/${encodeURIComponent(nova)}/converse`);
});

describe("a webhook that changes a request of several parts by one text", () => {
  const asked = async (text: string) => {
    answers = [JSON.stringify({ verdict: true, transformedData: { request: { text } } })];
    const content = ["I am ann@example.com,\nor Ann.", "Who am I?"].map((part) => ({ type: "text", text: part }));
    const body = { model: claude.haiku3, max_tokens: 20, messages: [{ role: "user", content }] };
    const response = await house.post("/v1/messages", body, withConfig({ input_guardrails: [webhook("parts")] }));
    expect(response.status).toBe(200);
    const sent = JSON.parse(house.emulator.requests[0]?.body.toString("utf8") ?? "") as { messages: object[] };
    return sent.messages;
  };
  const parts = (...texts: string[]) => [{ role: "user", content: texts.map((text) => ({ type: "text", text })) }];

  test("has each part keep its lines, where it changes within them", async () => {
    expect(await asked("I am [EMAIL],\nor Ann.\nWho am I?")).toEqual(parts("I am [EMAIL],\nor Ann.", "Who am I?"));
  });

  test("else leaves the first, for AWS refuses a part without a text", async () => {
    expect(await asked("Nothing")).toEqual(parts("Nothing"));
  });
});

test("a webhook's headers do not frame its request: with such ones it would never arrive, and every call would pass", async () => {
  const withHeaders = (headers: Record<string, string>) => ({
    "default.webhook": { webhookURL: `${origin}/hook/headers`, headers },
  });
  for (const name of ["Content-Length", "host", "Transfer-Encoding", "expect"]) {
    const response = await ask(house, "Hello", {}, withConfig({ input_guardrails: [withHeaders({ [name]: "5" })] }));
    expect([name, response.status]).toEqual([name, 400]);
    expect(await response.text()).toContain(`default.webhook.headers.${name}`);
  }
  answers = ['{"verdict":false}'];
  const typed = { ...withHeaders({ "Content-Type": "text/plain" }), deny: true };
  expect((await ask(house, "Hello", {}, withConfig({ input_guardrails: [typed] }))).status).toBe(446);
  expect(seen.map(({ type }) => type)).toEqual(["application/json"]);
});

test("a webhook of answers changes them", async () => {
  answers = ['{"verdict":true,"transformedData":{"response":{"text":"Changed"}}}'];
  const response = await ask(house, "Hello", {}, withConfig({ output_guardrails: [webhook("after")] }));
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: "Changed" } }] });
  expect(seen[0]?.body).toMatchObject({
    eventType: "afterRequestHook",
    request: { text: "Hello", isTransformed: false },
    response: { statusCode: 200 },
  });
});

describe("a webhook that sends a whole answer back, as Portkey's do", () => {
  /** What it makes of an answer of these texts, by its JSON; `text` beside it as it was. */
  const sentBack = (json: object) =>
    JSON.stringify({ verdict: true, transformedData: { response: { json, text: "as it was" } } });
  const asked = (json: object, body: Record<string, unknown> = {}) => {
    answers = [sentBack(json)];
    return ask(house, "Hello", body, withConfig({ output_mutators: [webhook("after")] }));
  };

  test("changes its texts, and nothing else of it", async () => {
    const json = { id: "another", choices: [{ index: 0, message: { role: "assistant", content: "Redacted" } }] };
    const response = await asked(json);
    const answer = (await response.json()) as { id: string };
    expect(answer).toMatchObject({
      choices: [{ message: { content: "Redacted" } }],
      hook_results: { after_request_hooks: [{ transformed: true }] },
    });
    expect(answer.id).not.toBe("another");
  });

  test("empties what it leaves out", async () => {
    expect(await (await asked({ choices: [] })).json()).toMatchObject({ choices: [{ message: { content: "" } }] });
  });

  test("of a stream, whose texts it was shown", async () => {
    const json = { choices: [{ index: 0, message: { role: "assistant", content: "Redacted" } }] };
    const response = await asked(json, { stream: true });
    expect((await streamOf(response, chat)).text).toBe("Redacted");
    const content = expect.stringContaining("heard") as string;
    expect(seen.at(-1)?.body).toMatchObject({ response: { json: { choices: [{ message: { content } }] } } });
  });
});

describe("a webhook that changes an answer, of a stream", () => {
  const changes = '{"verdict":true,"transformedData":{"response":{"text":"Changed"}}}';
  /** What the caller got, and what the log's first line of guardrails says. */
  const found = async (lists: Record<string, unknown>) => {
    answers = [changes];
    const response = await ask(house, "Hello", { stream: true }, withConfig(lists));
    const { text } = await streamOf(response, chat);
    const own = () =>
      house
        .logLines()
        .find((line) => line["id"] === response.headers.get("x-adit-request-id") && line["guardrails"] !== undefined);
    await until(() => own() !== undefined);
    return { text, guardrails: own()?.["guardrails"] };
  };
  const after = webhook("after")["default.webhook"];

  test("is waited for among mutators, and where it says so: else nobody could have streams changed without refusing them", async () => {
    const told = { text: "Changed", guardrails: [{ transformed: true }] };
    expect(await found({ output_mutators: [webhook("after")] })).toMatchObject(told);
    const held = { "default.webhook": { ...after, on_stream: "stop" } };
    expect(await found({ output_guardrails: [held] })).toMatchObject(told);
  });

  test("changes nothing where nobody waits for it, and is not said to have", async () => {
    const told = { text: expect.stringContaining("heard") as string, guardrails: [{ transformed: false }] };
    expect(await found({ output_guardrails: [webhook("after")] })).toMatchObject(told);
    const reporting = { "default.webhook": { ...after, on_stream: "report" } };
    expect(await found({ output_mutators: [reporting] })).toMatchObject(told);
    const redact = { "default.regexReplace": { rule: "heard", on_stream: "report" } };
    expect(await found({ output_guardrails: [redact] })).toMatchObject(told);
    expect(await found({ output_guardrails: [{ ...webhook("after"), async: true }] })).toMatchObject(told);
  });
});

describe("a check that cannot judge", () => {
  test("passes, and is told of", async () => {
    const response = await ask(
      house,
      "Hello",
      {},
      withConfig({ input_guardrails: [{ ...webhook("broken"), deny: true }] }),
    );
    expect(response.status).toBe(200);
    expect((await toldBy(response)).hook_results.before_request_hooks).toMatchObject([
      {
        verdict: true,
        checks: [{ verdict: false, error: { name: "Check error", message: "The host answered 500." } }],
      },
    ]);
  });

  test("fails where it fails on errors", async () => {
    const strict = { "default.webhook": { webhookURL: `${origin}/hook/broken`, failOnError: true } };
    const response = await ask(house, "Hello", {}, withConfig({ input_guardrails: [{ ...strict, deny: true }] }));
    expect(response.status).toBe(446);
  });
});

describe("what a webhook answers", () => {
  const denying = withConfig({ input_guardrails: [{ ...webhook("odd"), deny: true }] });

  test("counts behind a mark of the order of bytes, as some servers write it: its no passed for no answer", async () => {
    answers = ['\ufeff{"verdict":false}'];
    expect((await ask(house, "Hello", {}, denying)).status).toBe(446);
  });

  test("may nest as deep as it likes, and is no fault of the gateway's", async () => {
    answers = [`{"verdict":false,"data":${'{"a":'.repeat(6_000)}1${"}".repeat(6_000)}}`];
    const response = await ask(house, "Hello", {}, denying);
    expect(response.status).toBe(200);
    expect((await toldBy(response)).hook_results.before_request_hooks).toMatchObject([
      { checks: [{ error: { message: "The host answered with more than 200 objects and arrays in one another." } }] },
    ]);
  });
});

describe("another target", () => {
  const targets = [{ ...foreign, input_guardrails: [few] }, {}];

  test("446 goes on, as any refusal does", async () => {
    const denying = [{ ...foreign, input_guardrails: [{ ...few, deny: true }] }, {}];
    const response = await ask(
      house,
      "one two three four",
      {},
      withConfig({ strategy: { mode: "fallback" }, targets: denying }),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
    expect(seen).toEqual([]);
  });

  test("246 is an answer, unless it is listed", async () => {
    const plain = await ask(house, "one two three four", {}, withConfig({ strategy: { mode: "fallback" }, targets }));
    expect(plain.status).toBe(246);
    const strategy = { mode: "fallback", on_status_codes: [246] };
    const listed = await ask(house, "one two three four", {}, withConfig({ strategy, targets }));
    expect(listed.status).toBe(200);
    expect(listed.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
    // The last one's answer stands.
    const last = await ask(house, "one two three four", {}, withConfig({ strategy, targets: targets.toReversed() }));
    expect(last.status).toBe(200);
    const both = await ask(
      house,
      "one two three four",
      {},
      withConfig({ strategy, targets: [targets[0], targets[0]] }),
    );
    expect(both.status).toBe(246);
    expect(await both.json()).toMatchObject({ choices: [{}], hook_results: {} });
  });

  test("246 after the answer goes on too, and a stream's before it", async () => {
    const strategy = { mode: "fallback", on_status_codes: [246, 446] };
    answers = ["one two three four"];
    const config = { strategy, targets: [{ ...foreign, output_guardrails: [few] }, {}] };
    const response = await ask(house, "Hello", {}, withConfig(config));
    expect([response.status, seen.length]).toEqual([200, 1]);
    const stream = await ask(house, "one two three four", { stream: true }, withConfig({ strategy, targets }));
    expect(stream.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
    await stream.text();
  });

  test("guardrails of the root hold for targets that have none of their own", async () => {
    const config = {
      strategy: { mode: "fallback" },
      input_guardrails: [{ ...few, deny: true }],
      targets: [
        { ...foreign, output_guardrails: [few] },
        { input_guardrails: [{ "default.notNull": {}, deny: true }] },
      ],
    };
    const response = await ask(house, "one two three four", {}, withConfig(config));
    expect(response.status).toBe(200);
    expect(response.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
  });
});

test("446 is tried again where the target's retry lists it", async () => {
  answers = ["one two three four", "one two three four", "one"];
  const config = {
    ...foreign,
    retry: { attempts: 3, on_status_codes: [446] },
    output_guardrails: [{ ...few, deny: true }],
  };
  const response = await ask(house, "Hello", {}, withConfig(config));
  expect([response.status, seen.length]).toEqual([200, 3]);
  expect((await toldBy(response)).hook_results.after_request_hooks).toHaveLength(1);
  answers = Array.from({ length: 9 }, () => "one two three four");
  seen.length = 0;
  expect((await ask(house, "Hello", {}, withConfig(config))).status).toBe(446);
  expect(seen).toHaveLength(4);
});

test("what checks take is no part of the target's request_timeout, whose tries have all of it each", async () => {
  const slow = Array.from({ length: 8 }, () => webhook("slow"));
  const asked = { ...foreign, request_timeout: 1_000, input_guardrails: slow };
  expect((await ask(house, "Hello", {}, withConfig(asked))).status).toBe(200);
  expect((await ask(house, "Hello", { stream: true }, withConfig(asked))).status).toBe(200);
  answers = [...Array.from({ length: 7 }, () => ["No", '{"verdict":false}']).flat(), "Yes"];
  const config = {
    ...foreign,
    request_timeout: 1_000,
    retry: { attempts: 7, on_status_codes: [446] },
    output_guardrails: [{ ...webhook("slow"), deny: true }],
  };
  const response = await ask(house, "Hello", {}, withConfig(config));
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"Yes"')]);
});

describe("streams", () => {
  const config = { input_guardrails: [few], output_guardrails: [few] };
  const loose = { ...config, strict_open_ai_compliance: false };

  test("what was found before stands in the first event, what after behind the end", async () => {
    const response = await ask(house, "one two three four", { stream: true }, withConfig(loose));
    expect(response.status).toBe(246);
    const { events } = await streamOf(response, chat);
    expect(events[0]?.data).toMatchObject({ hook_results: { before_request_hooks: [{ verdict: false }] } });
    expect(events.at(-2)?.data).toBe("[DONE]");
    expect(events.at(-1)?.data).toMatchObject({ hook_results: { after_request_hooks: [{ verdict: false }] } });
  });

  test("a strict caller gets OpenAI's events alone", async () => {
    const response = await ask(house, "one two three four", { stream: true }, withConfig(config));
    expect(response.status).toBe(246);
    const { events, raw } = await streamOf(response, chat);
    expect(raw).not.toContain("hook_results");
    expect(events.at(-1)?.data).toBe("[DONE]");
    expect(house.logLines().at(-1)?.["guardrails"]).toHaveLength(2);
  });

  test("Portkey's SDK reads them", async () => {
    const portkey = new Portkey({
      apiKey: house.key,
      baseURL: house.baseUrl,
      config: JSON.stringify(loose),
      strictOpenAiCompliance: false,
    });
    const stream = await portkey.chat.completions.create({
      model: nova,
      messages: [{ role: "user", content: "one two three four" }],
      stream: true,
    });
    const chunks: Record<string, unknown>[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]).toHaveProperty("hook_results.before_request_hooks");
    expect(chunks.at(-1)).toHaveProperty("hook_results.after_request_hooks");
  });

  test("a foreign host's stream, cut anywhere, is redacted and else passed as it is", async () => {
    const text = `${"wörd ".repeat(150)}ann@example.com${" wörd".repeat(30)}`;
    answers = [text, text];
    const plain = await (await ask(house, "Hello", { stream: true }, withConfig(foreign))).text();
    const guarded = withConfig({ ...foreign, output_guardrails: [{ "default.pii": { redact: true } }] });
    const seenText = await streamOf(await ask(house, "Hello", { stream: true }, guarded), {
      ...chat,
    });
    expect(plain).toContain(": a comment");
    expect(seenText.raw).toContain(": a comment");
    const { text: read } = await streamOf(new Response(seenText.raw.replaceAll("\r\n", "\n")), chat);
    expect(read).toBe(text.replace("ann@example.com", "[EMAIL_ADDRESS]"));
  });

  test("who is asked at the end may still stop all of it", async () => {
    answers = ['{"verdict":false}'];
    const response = await ask(
      house,
      "Hello",
      { stream: true },
      withConfig({ output_guardrails: [{ ...webhook("end"), deny: true }] }),
    );
    const { text, events } = await streamOf(response, chat);
    expect(text).toBe("");
    expect(events.at(-1)).toMatchObject({ name: "error", data: { error: { code: "guardrail_denied" } } });
    expect(seen[0]?.body).toMatchObject({ response: { text: expect.stringContaining("heard") as string } });
  });
});

describe("a check of the whole, and an answer that is a tool's call alone", () => {
  const { name, parameters } = { name: "look_up", parameters: { type: "object", properties: {} } };
  const text = "Look it up.";
  test.each([
    [
      "/v1/chat/completions",
      { model: claude.haiku3, messages: [{ role: "user", content: text }] },
      { function: { name, parameters } },
    ],
    [
      "/v1/messages",
      { model: claude.haiku3, max_tokens: 500, messages: [{ role: "user", content: text }] },
      { name, input_schema: parameters },
    ],
    ["/v1/responses", { model: claude.haiku3, input: text }, { name, parameters }],
  ])("holds it back at %s: nothing of it goes out before it is refused", async (path, body, tool) => {
    const isMessages = path === "/v1/messages";
    const tools = [isMessages ? tool : { type: "function", ...tool }];
    // Nothing is said before it then.
    const tool_choice = isMessages ? { type: "any" } : "required";
    const asked = (config: object): Promise<Response> =>
      house.post(path, { ...body, tools, tool_choice, stream: true }, withConfig(config));
    const plain = await (await asked({})).text();
    expect(plain).toContain(name);
    const refused = await (await asked({ output_guardrails: [{ "default.notNull": {}, deny: true }] })).text();
    expect(refused).toContain("default.notNull");
    expect(refused).not.toMatch(
      /tool_use|"tool_calls"|function_call|\[DONE\]|message_stop|response\.completed|"finish_reason":"/,
    );
    const passed = await (
      await asked({ output_guardrails: [{ "default.notNull": { not: true }, deny: true }] })
    ).text();
    expect(withoutIds(passed)).toBe(withoutIds(plain));
  });

  function withoutIds(stream: string): string {
    return stream.replaceAll(
      /"(?:id|item_id|call_id|created|created_at|completed_at|request_id)":(?:"[^"]*"|\d+)/g,
      "",
    );
  }
});

test("an answer that is stored is judged anew, whole and as a stream", async () => {
  const cache = { mode: "simple" };
  const denying = { cache, output_guardrails: [{ ...few, deny: true }] };
  const redacting = { cache, output_guardrails: [{ "default.regexReplace": { rule: "heard", redactText: "#" } }] };
  for (const stream of [false, true]) {
    const text = `Store ${String(stream)}`;
    const first = await (await ask(house, text, { stream }, withConfig({ cache }))).text();
    expect(first).toContain("heard");
    const calls = house.emulator.requests.length;
    const denied = await ask(house, text, { stream }, withConfig(denying));
    expect(denied.status).toBe(stream ? 200 : 446);
    expect(await denied.text()).not.toContain("heard");
    const redacted = await ask(house, text, { stream }, withConfig(redacting));
    expect(redacted.headers.get("x-portkey-cache-status")).toBe("HIT");
    expect(await redacted.text()).not.toContain("heard");
    expect(house.emulator.requests).toHaveLength(calls);
    expect(await (await ask(house, text, { stream }, withConfig({ cache }))).text()).toBe(first);
  }
});

describe("embeddings", () => {
  const embed = (input: unknown, config: object) =>
    house.post("/v1/embeddings", { model: "amazon.titan-embed-text-v2:0", input }, withConfig(config));
  const noMail = { "default.pii": {}, deny: true };

  test("inputs are denied, redacted, told of", async () => {
    expect((await embed(["fine", "ann@example.com"], { input_guardrails: [noMail] })).status).toBe(446);
    const redacted = await embed(["ann@example.com"], { input_guardrails: [{ "default.pii": { redact: true } }] });
    expect(redacted.status).toBe(200);
    expect(house.emulator.requests.at(-1)?.body.toString("utf8")).toContain("[EMAIL_ADDRESS]");
    const told = await embed("ann@example.com", { input_guardrails: [{ ...noMail, deny: false }] });
    expect(told.status).toBe(246);
    expect(await told.json()).toMatchObject({ data: [{}], hook_results: {} });
  });

  test("tokens, which nothing can read, do not pass a guardrail", async () => {
    const { code, param } = await refusalOf(await embed([1, 2, 3], { input_guardrails: [noMail] }));
    expect([code, param]).toEqual(["unsupported_parameter", "input"]);
  });
});

test.each<[string, object, string]>([
  [
    "no such check",
    { input_guardrails: [{ "default.wordcount": {} }] },
    "config.input_guardrails[0].default.wordcount",
  ],
  [
    "a parameter that it has not",
    { input_guardrails: [{ wordCount: { max: 1 } }] },
    "config.input_guardrails[0].wordCount.max",
  ],
  [
    "a pattern that is none",
    { output_guardrails: [{ regexMatch: { rule: "(" } }] },
    "config.output_guardrails[0].regexMatch.rule",
  ],
  [
    "a check in a list",
    { before_request_hooks: [{ checks: [{ id: "default.wordCount", parameters: { maxWords: "many" } }] }] },
    "config.before_request_hooks[0].checks[0].parameters.maxWords",
  ],
  [
    "deep in the tree",
    { strategy: { mode: "single" }, targets: [{ after_request_hooks: [{ checks: [] }] }] },
    "config.targets[0].after_request_hooks[0].checks",
  ],
  ["no slug", { input_guardrails: ["main"] }, "config.input_guardrails[0]"],
  [
    "an override of a saved one",
    { input_guardrails: [{ id: "pg-main", deny: true }] },
    "config.input_guardrails[0].deny",
  ],
  [
    "a stop without deny",
    { output_guardrails: [{ notNull: { on_stream: "stop" } }] },
    "config.output_guardrails[0].notNull.on_stream",
  ],
])("a config's fault says where: %s", async (_name, config, path) => {
  const refusal = await refusalOf(await ask(house, "Hello", {}, withConfig(config)));
  expect(refusal).toMatchObject({ status: 400, code: "invalid_config", param: path });
  expect(house.emulator.requests).toEqual([]);
});
