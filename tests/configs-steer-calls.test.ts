/** Configs in the request, from the header to the wire: what AWS gets, what the caller and the log are told. */
import { Resolver } from "node:dns/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { answerOf, ask, claude, droppedOf, nova, refusalOf } from "./support/asking.ts";
import { openHouse, type House } from "./support/house.ts";
import { bodyOf, modelCalls, onlyModelCall } from "./support/seen.ts";
import { readEvents } from "./support/sse.ts";

/** A server of OpenAI's format: under `/failing-N` it answers the first call with the status N; else it says one word and no more. */
let endpoint: Server;
const failed = new Set<string>();
let house: House;
beforeAll(async () => {
  endpoint = createServer((request, response) => {
    request.resume();
    const status = /^\/failing-(\d+)/.exec(request.url ?? "")?.[1];
    if (status !== undefined) {
      response.writeHead(failed.has(status) ? 200 : Number(status), { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          id: "1",
          object: "chat.completion",
          choices: [{ index: 0, message: { role: "assistant", content: "two" } }],
        }),
      );
      failed.add(status);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(
      'data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"one"}}]}\n\n',
    );
  });
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: endpointOrigin() } });
});
beforeEach(() => house.emulator.clearRequests());
afterAll(async () => {
  await house.close();
  endpoint.closeAllConnections();
  endpoint.close();
});

function endpointOrigin(): string {
  return `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
}

function withConfig(config: object, more: Record<string, string> = {}): Record<string, string> {
  return { "x-portkey-config": JSON.stringify(config), ...more };
}

const regions = [
  { name: "usual", aws_region: "us-east-1" },
  { name: "other", aws_region: "us-west-2" },
];

describe("conditional", () => {
  const config = {
    strategy: {
      mode: "conditional",
      conditions: [
        { query: { "metadata.plan": { $in: ["paid", "trial"] } }, then: "other" },
        { query: { "params.response_format.type": "json_object" }, then: "other" },
        { query: { "url.pathname": { $not: { $regex: "^/v1/" } } }, then: "other" },
      ],
      default: "usual",
    },
    targets: regions,
  };

  test.each<[string, object, Record<string, string>, number]>([
    ["the default", {}, {}, 0],
    ["the header's metadata", {}, { "x-portkey-metadata": '{"plan":"paid"}' }, 1],
    ["the body, deeper than two names", { response_format: { type: "json_object" } }, {}, 1],
  ])("goes by %s", async (_name, more, headers, target) => {
    const response = await ask(house, "Hello", { ...more }, withConfig(config, headers));
    await answerOf(response);
    expect(response.headers.get("x-portkey-last-used-option-index")).toBe(`config.targets[${target}]`);
    expect(onlyModelCall(house.emulator).region).toBe(regions[target]?.aws_region);
  });

  test("the native door goes by its path", async () => {
    const body = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };
    const response = await house.post(`/model/${encodeURIComponent(nova)}/converse`, body, withConfig(config));
    expect(response.status).toBe(200);
    expect(onlyModelCall(house.emulator).region).toBe("us-west-2");
  });

  test.each<[string, object, string]>([
    ["what the body has", { "params.inferenceConfig.maxTokens": { $gt: 40 } }, "us-west-2"],
    ["what the body has not", { "params.inferenceConfig.maxTokens": { $gt: 50 } }, "us-east-1"],
    ["the path's model", { "params.model": nova }, "us-west-2"],
  ])("the native door goes by %s", async (_name, query, region) => {
    const strategy = { mode: "conditional", conditions: [{ query, then: "other" }], default: "usual" };
    const body = { messages: [{ role: "user", content: [{ text: "Hello" }] }], inferenceConfig: { maxTokens: 50 } };
    const headers = withConfig({ strategy, targets: regions });
    const response = await house.post(`/model/${encodeURIComponent(nova)}/converse`, body, headers);
    expect(response.status).toBe(200);
    expect(onlyModelCall(house.emulator).region).toBe(region);
  });
});

test("sticky: requests of one user go to one region, those of many to both", async () => {
  const config = { strategy: { mode: "loadbalance", sticky: { enabled: true, hash_fields: ["metadata._user"] } }, targets: regions }; // prettier-ignore
  const regionOf = async (user: number): Promise<string | null> => {
    const response = await ask(
      house,
      "Hello",
      {},
      withConfig(config, { "x-portkey-metadata": `{"_user":"u${user}"}` }),
    );
    await answerOf(response);
    return response.headers.get("x-adit-region");
  };
  const once = await Promise.all(Array.from({ length: 20 }, (_, user) => regionOf(user)));
  const again = await Promise.all(Array.from({ length: 20 }, (_, user) => regionOf(user)));
  expect(again).toEqual(once);
  // That all twenty fall on one side happens once in 500,000 runs.
  expect(new Set(once).size).toBe(2);
});

describe("parameters", () => {
  test("default_params fill what is absent, override_params set, drop_params take out and are named", async () => {
    const config = {
      default_params: { max_tokens: 77, temperature: 0.1 },
      override_params: { top_p: 0.5 },
      drop_params: ["n", "logprobs", "messages[*].name"],
    };
    const more = {
      temperature: 0.9,
      n: 2,
      logprobs: true,
      messages: [{ role: "user", content: "Hello", name: "me" }],
    };
    // Without the config, Bedrock cannot serve it.
    expect((await refusalOf(await ask(house, "Hello", more))).status).toBe(400);
    const response = await ask(house, "Hello", more, withConfig(config));
    await answerOf(response);
    expect(droppedOf(response)).toEqual(expect.arrayContaining(["n", "logprobs", "messages[*].name"]));
    expect(bodyOf(onlyModelCall(house.emulator)).inferenceConfig).toEqual({
      maxTokens: 77,
      temperature: 0.9,
      topP: 0.5,
    });
  });

  test("an override of the effort holds over the caller's budget of thinking, wherever that is said", async () => {
    const thinking = { type: "enabled", budget_tokens: 9_000 };
    for (const more of [{ thinking }, { additionalModelRequestFields: { thinking } }, { reasoning_effort: "max" }]) {
      house.emulator.clearRequests();
      const config = withConfig({ override_params: { reasoning_effort: "low" } });
      await answerOf(await ask(house, "Hello", { model: claude.sonnet45, max_tokens: 20_000, ...more }, config));
      expect(bodyOf(onlyModelCall(house.emulator)).additionalModelRequestFields).toEqual({
        // A fifth of the limit.
        thinking: { type: "enabled", budget_tokens: 4_000 },
      });
    }
  });

  test("what a target's parameters leave wrong is still refused before anything is sent", async () => {
    const refusal = await refusalOf(
      await ask(house, "Hello", { n: 2 }, withConfig({ default_params: { top_p: 0.5 } })),
    );
    expect(refusal).toMatchObject({ status: 400, param: "n" });
    expect(modelCalls(house.emulator)).toEqual([]);
  });

  test("they hold for embeddings and for counts of tokens", async () => {
    const embedding = { model: "amazon.titan-embed-text-v2:0", input: "Hello", encoding_format: "float" };
    const shorter = await house.post("/v1/embeddings", embedding, withConfig({ default_params: { dimensions: 256 } }));
    const { data } = (await shorter.json()) as { data: { embedding: number[] }[] };
    expect(data[0]?.embedding).toHaveLength(256);
    const dropping = withConfig({ drop_params: ["dimensions"] });
    const whole = await house.post("/v1/embeddings", { ...embedding, dimensions: 7 }, dropping);
    expect(whole.status).toBe(200);
    expect(droppedOf(whole)).toContain("dimensions");
    const count = { model: claude.haiku3, messages: [{ role: "user", content: "Hello" }], no_such_field: 1 };
    const counted = await house.post(
      "/v1/messages/count_tokens",
      count,
      withConfig({ drop_params: ["no_such_field"] }),
    );
    expect(await counted.json()).toEqual({ input_tokens: expect.any(Number) as number });
    expect(droppedOf(counted)).toContain("no_such_field");
  });

  test("the native door leaves the body untouched, and names the rules", async () => {
    const body = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };
    const config = { default_params: { max_tokens: 5 }, override_params: { top_p: 1 }, drop_params: ["seed"] };
    const response = await house.post(`/model/${encodeURIComponent(nova)}/converse`, body, withConfig(config));
    expect(response.status).toBe(200);
    expect(bodyOf(onlyModelCall(house.emulator))).toEqual(body);
    expect(droppedOf(response)).toEqual([
      "config.default_params.max_tokens",
      "config.override_params.top_p",
      "config.drop_params[0]",
    ]);
  });
});

describe("time limits", () => {
  test("request_timeout is a 408, and a fallback goes on from it", async () => {
    const slow = { request_timeout: 80, override_params: { model: claude.haiku3 } };
    house.emulator.faultNext({ kind: "silence", model: "*haiku*" }, 2);
    const refusal = await refusalOf(await ask(house, "Hello", {}, withConfig(slow)));
    expect(refusal).toMatchObject({ status: 408, message: expect.stringContaining("80ms") as string });
    const config = { strategy: { mode: "fallback" }, targets: [slow, {}] };
    const response = await ask(house, "Hello", {}, withConfig(config));
    await answerOf(response);
    expect(response.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
  });

  test("each try has its request_timeout, and a 408 is tried again where retry lists it", async () => {
    const config = { request_timeout: 150, retry: { attempts: 2, on_status_codes: [408] } };
    house.emulator.faultNext({ kind: "silence" }, 2);
    const response = await ask(house, "Hello", {}, withConfig(config));
    await answerOf(response);
    expect(response.headers.get("x-portkey-retry-attempt-count")).toBe("2");
    house.emulator.faultNext({ kind: "silence" }, 2);
    const streamed = await ask(house, "Hello", { stream: true }, withConfig(config));
    expect((await readEvents(streamed)).at(-1)?.data).toBe("[DONE]");
    house.emulator.faultNext({ kind: "silence" }, 3);
    const refused = await ask(house, "Hello", {}, withConfig(config));
    expect(await refusalOf(refused)).toMatchObject({ status: 408 });
    expect(refused.headers.get("x-portkey-retry-attempt-count")).toBe("-1");
    // Nothing is left of the faults: three tries were made, and no fourth.
    await answerOf(await ask(house, "Hello", {}, withConfig({ ...config, retry: { attempts: 0 } })));
  });

  test("what is tried again for another reason has the whole of it too, and counts with the tries that ran out of time", async () => {
    const retry = { attempts: 2, on_status_codes: [503], use_retry_after_header: true };
    house.emulator.faultNext({ kind: "delay", ms: 1_000 }, 2);
    house.emulator.faultNext({ kind: "refuse", type: "ServiceUnavailableException", headers: { "retry-after": "0" } });
    await answerOf(await ask(house, "Hello", {}, withConfig({ request_timeout: 1_600, retry })));
    // The first of the refusals stays behind the silence.
    house.emulator.faultNext({ kind: "silence" });
    house.emulator.faultNext({ kind: "refuse", type: "ServiceUnavailableException" }, 3);
    const both = { request_timeout: 150, retry: { ...retry, on_status_codes: [408, 503] } };
    const refused = await ask(house, "Hello", {}, withConfig(both));
    expect(await refusalOf(refused)).toMatchObject({ status: 503 });
  });

  test("the wait that a refusal asks for is no part of any try's time", async () => {
    const retry = { attempts: 1, on_status_codes: [429], use_retry_after_header: true };
    const config = withConfig({ request_timeout: 600, retry });
    const throttled = { kind: "refuse", type: "ThrottlingException", headers: { "retry-after": "1" } } as const;
    house.emulator.faultNext(throttled);
    const response = await ask(house, "Hello", {}, config);
    await answerOf(response);
    expect(response.headers.get("x-portkey-retry-attempt-count")).toBe("1");
    house.emulator.faultNext(throttled, 2);
    expect(await refusalOf(await ask(house, "Hello", { stream: true }, config))).toMatchObject({ status: 429 });
    // After the wait the time begins anew.
    house.emulator.faultNext(throttled);
    house.emulator.faultNext({ kind: "silence" });
    expect(await refusalOf(await ask(house, "Hello", {}, config))).toMatchObject({ status: 408 });
  });

  test("images that are fetched take of its time too, and of no other target's", async () => {
    const looking = vi.spyOn(Resolver.prototype, "resolve4").mockReturnValue(new Promise(() => {}));
    const others = vi.spyOn(Resolver.prototype, "resolve6").mockReturnValue(new Promise(() => {}));
    try {
      const content = [{ type: "image_url", image_url: { url: "https://images.example/a.png" } }];
      const messages = [{ role: "user", content }];
      const slow = { request_timeout: 80 };
      expect(await refusalOf(await ask(house, "", { messages }, withConfig(slow)))).toMatchObject({ status: 408 });
      const config = withConfig({ strategy: { mode: "fallback" }, targets: [slow, { request_timeout: 90 }] });
      const refused = await ask(house, "", { messages }, config);
      expect(await refusalOf(refused)).toMatchObject({ message: expect.stringContaining("90ms") as string });
      expect(looking).toHaveBeenCalledTimes(2);
    } finally {
      looking.mockRestore();
      others.mockRestore();
    }
  });

  test("idle_timeout ends a stream that falls silent between two frames, and the caller is told", async () => {
    house.emulator.faultNext({ kind: "silence", frame: 3 });
    const response = await ask(house, "Hello there", { stream: true }, withConfig({ idle_timeout: 100 }));
    expect(response.status).toBe(200);
    const events = await readEvents(response);
    expect(events.at(-1)?.event).toBe("error");
    expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({ error: { code: "idle_timeout" } });
    expect(events.map(({ data }) => data)).not.toContain("[DONE]");
  });

  test("so it does on the native door", async () => {
    house.emulator.faultNext({ kind: "silence", frame: 2 });
    const body = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };
    const path = `/model/${encodeURIComponent(nova)}/converse-stream`;
    const response = await house.post(path, body, withConfig({ idle_timeout: 100 }));
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).toString("latin1")).toContain(":exception-type");
  });

  test("and for a target of OpenAI's format", async () => {
    const config = { provider: "openai", api_key: "k", custom_host: `${endpointOrigin()}/v1`, idle_timeout: 100 };
    const events = await readEvents(await ask(house, "Hello", { stream: true }, withConfig(config)));
    expect(events[0]?.data).toContain('"one"');
    expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({ error: { code: "idle_timeout" } });
  });

  test("without it, a silent stream goes on", async () => {
    house.emulator.faultNext({ kind: "silence", frame: 3, ms: 700 });
    const events = await readEvents(await ask(house, "Hello there", { stream: true }));
    expect(events.at(-1)?.data).toBe("[DONE]");
  });
});

test.each([429, 500, 502, 503, 504, 529])("2.4 retry without a list tries again at %d", async (status) => {
  const target = { provider: "openai", api_key: "k", custom_host: `${endpointOrigin()}/failing-${status}` };
  const response = await ask(house, "Hello", {}, withConfig({ ...target, retry: { attempts: 1 } }));
  expect((await answerOf(response)).choices[0]?.message.content).toBe("two");
  expect(response.headers.get("x-portkey-retry-attempt-count")).toBe("1");
});

test("circuit breaker: a target that failed too often gets no call, and the log says so", async () => {
  const config = {
    strategy: { mode: "fallback", cb_config: { failure_threshold: 2 } },
    targets: [{ override_params: { model: claude.haiku3 } }, {}],
  };
  house.emulator.faultNext({ kind: "refuse", type: "ServiceUnavailableException", model: "*haiku*" }, 2);
  for (let index = 0; index < 3; index += 1) await answerOf(await ask(house, "Hello", {}, withConfig(config)));
  const models = modelCalls(house.emulator).map(({ path }) => (path.includes("haiku") ? "haiku" : "nova"));
  expect(models).toEqual(["haiku", "nova", "haiku", "nova", "nova"]);
  const [before, after] = house.logLines().slice(-2);
  expect(before).toMatchObject({ passed: [{ target: "config.targets[0]", status: 503 }] });
  expect(before).not.toHaveProperty("circuitsOpen");
  expect(after).toMatchObject({ circuitsOpen: ["config.targets[0]"], target: "config.targets[1]" });
});

describe("Keywords AI's fields", () => {
  test("retry_params: as many tries, as far apart", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" }, 3);
    const begun = performance.now();
    await answerOf(await ask(house, "Hello", { retry_params: { num_retries: 3, retry_after: 0.05 } }));
    expect(performance.now() - begun).toBeGreaterThanOrEqual(149);
    const calls = modelCalls(house.emulator);
    expect(calls).toHaveLength(4);
    expect(JSON.stringify(bodyOf(calls[0]!))).not.toContain("retry_params");
  });

  test("retry_enabled false: one try", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" }, 1);
    const body = { retry_params: { num_retries: 3, retry_enabled: false } };
    expect((await refusalOf(await ask(house, "Hello", body))).status).toBe(429);
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test("load_balance_group draws the model where the request names none", async () => {
    const load_balance_group = { models: [{ model: `bedrock/${nova}`, weight: 1 }] };
    await answerOf(await ask(house, "Hello", { model: undefined, load_balance_group }));
    const call = onlyModelCall(house.emulator);
    expect(decodeURIComponent(call.path)).toContain(nova);
    expect(call.body.toString()).not.toContain("load_balance_group");
  });

  test("disable_fallback: the failure is the answer", async () => {
    const fallback_models = [claude.haiku3];
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" }, 2);
    expect((await refusalOf(await ask(house, "Hello", { fallback_models, disable_fallback: true }))).status).toBe(403);
    await answerOf(await ask(house, "Hello", { fallback_models }));
  });

  test("a model to go on to passes a guardrail by its own name, and not by that of the model asked", async () => {
    const config = { input_guardrails: [{ "default.modelWhitelist": { models: [nova] }, deny: true }] };
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" }, 1);
    const body = { model: nova, fallback_models: [claude.haiku3] };
    expect((await refusalOf(await ask(house, "Hello", body, withConfig(config)))).status).toBe(446);
    expect(decodeURIComponent(onlyModelCall(house.emulator).path)).toContain(nova);
  });

  test("a client is told not to try again where there is one target, not where another try may find another", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" }, 3);
    const one = await ask(house, "Hello");
    const two = await ask(house, "Hello", { fallback_models: [claude.haiku3] });
    expect([one, two].map(({ status, headers }) => [status, headers.get("x-should-retry")])).toEqual([
      [403, "false"],
      [403, null],
    ]);
  });
});
