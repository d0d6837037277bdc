/**
 * Logs that callers bring. Figures that no call has: they are kept, their cost is unknown, and no later call is lost by them. Their bodies
 * are content as that of calls is.
 */
import { Portkey } from "portkey-ai";
import { expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

interface Log {
  cost: string | null;
  cost_missing: string[];
  units: { input: number | null; output: number | null };
}

const opus = "us.anthropic.claude-opus-4-20250514-v1:0";

onBothEngines((control) => {
  const give = (response: object) =>
    control().ask<{ ids: string[] }>("POST", "/v1/logs", {
      request: { url: "https://example.com/chat", method: "POST", body: { model: opus } },
      response: { status: 200, ...response },
    });

  test.each([Number.MAX_SAFE_INTEGER, 5e300, 10_000_000_000, 1.5, -1])("%d tokens", async (tokens) => {
    const { status, body } = await give({ body: { usage: { input_tokens: 10, output_tokens: tokens } } });
    expect(status).toBe(200);
    const log = await control().ask<Log>("GET", `/v1/logs/${body.ids[0] ?? ""}`);
    expect(log.body).toMatchObject({
      cost: null,
      cost_missing: ["usage.outputTokens"],
      units: { input: 10, output: null },
    });
    const { summary } = (await control().ask<{ summary: { cost: string } }>("GET", "/v1/analytics/graphs/cost")).body;
    expect(summary.cost).toBe("0");
  });

  test("more pairs of metadata than one transaction takes are refused aloud, and none of the logs is kept", async () => {
    const metadata = Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`of-too-many-${index}`, "x"]));
    const give = (count: number) =>
      control().ask<{ error: { param: string } }>(
        "POST",
        "/v1/logs",
        Array.from({ length: count }, () => ({ request: {}, metadata })),
      );
    const refused = await give(201);
    expect([refused.status, refused.body.error.param]).toEqual([400, "metadata"]);
    const pair = encodeURIComponent('{"of-too-many-0":"x"}');
    expect((await control().ask<{ data: object[] }>("GET", `/v1/logs?metadata=${pair}`)).body.data).toEqual([]);
    expect((await give(2)).status).toBe(200);
    expect((await control().ask<{ data: object[] }>("GET", `/v1/logs?metadata=${pair}`)).body.data).toHaveLength(2);
  });

  test("a model's answer that tells nothing of its usage costs nobody knows what; a tool's costs nothing", async () => {
    const costOf = async (request: object, status = 200) => {
      const given = { request, response: { status, body: { answer: "rain" } } };
      const { body } = await control().ask<{ ids: string[] }>("POST", "/v1/logs", given);
      const log = await control().ask<Log>("GET", `/v1/logs/${body.ids[0] ?? ""}`);
      return [log.body.cost, log.body.cost_missing];
    };
    expect(await costOf({ body: { model: opus } })).toEqual([null, ["usage"]]);
    expect(await costOf({ body: { model: opus } }, 429)).toEqual(["0", []]);
    expect(await costOf({ body: { query: "weather" } })).toEqual(["0", []]);
  });

  test("is priced by the tier that it says, and the same under all names of its model and as a text", async () => {
    const scout = "us.meta.llama4-scout-17b-instruct-v1:0";
    const costOf = async (asked: object | string, answered: object | string) => {
      const given = { request: { body: asked }, response: { status: 200, body: answered } };
      const { body } = await control().ask<{ ids: string[] }>("POST", "/v1/logs", given);
      const log = await control().ask<Log & { tier: string }>("GET", `/v1/logs/${body.ids[0] ?? ""}`);
      return [log.body.tier, log.body.cost];
    };
    const usage = { prompt_tokens: 1_000, completion_tokens: 100 };
    const whole = { model: scout };
    // $0.17 and $0.66 a million; flex is half of it.
    const [standard, flex] = [
      ["standard", "0.000236"],
      ["flex", "0.000118"],
    ];
    expect(await costOf(whole, { usage })).toEqual(standard);
    expect(await costOf({ model: `bedrock/${scout}` }, { usage })).toEqual(standard);
    expect(await costOf(JSON.stringify(whole), JSON.stringify({ usage }))).toEqual(standard);
    expect(await costOf({ ...whole, service_tier: "flex" }, { usage })).toEqual(flex);
    expect(await costOf({ ...whole, service_tier: "flex" }, { usage, service_tier: "default" })).toEqual(standard);
    const ofAws = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
    expect(await costOf(whole, { usage: ofAws, serviceTier: { type: "flex" } })).toEqual(flex);
  });

  test("several that Portkey's SDK sends are all kept: it makes an object with numbers for names of a list", async () => {
    const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
    const logOf = (url: string, status: number) => ({
      request: { url, method: "POST", body: { model: opus } },
      response: { status, body: {} },
      metadata: { trace_id: "trace-of-several" },
    });
    const given = [logOf("https://example.com/one", 200), logOf("https://example.com/two", 500)];
    // Its types know one alone; its own guide sends a list.
    const { ids } = (await portkey.logs.create(given as object)) as { ids: string[] };
    expect(ids).toHaveLength(2);
    const kept = await Promise.all(
      ids.map(async (id) => (await control().ask<Record<string, unknown>>("GET", `/v1/logs/${id}`)).body),
    );
    expect(kept).toMatchObject([
      { trace_id: "trace-of-several", request_url: "https://example.com/one", response_status_code: 200 },
      { trace_id: "trace-of-several", request_url: "https://example.com/two", response_status_code: 500 },
    ]);
    expect((await control().ask("POST", "/v1/logs", { nothing: "of a log" })).status).toBe(400);
  });

  test("a key that has Portkey's own scope for them may bring them, and no other key", async () => {
    const keyWith = async (scope: string): Promise<Record<string, string>> => {
      const made = await control().ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", {
        name: scope,
        scopes: [scope],
      });
      return { authorization: `Bearer ${made.body.key}` };
    };
    const bring = async (scope: string): Promise<number> =>
      (await control().ask("POST", "/v1/logs", { request: { url: "x" } }, await keyWith(scope))).status;
    expect([await bring("logs.write"), await bring("logs.create"), await bring("logs.read")]).toEqual([200, 200, 403]);
  });

  test("metadata is kept whole, whatever its names are: by each of them it can be deleted", async () => {
    const { ask } = control();
    const metadata = JSON.parse('{"__proto__":"ada","constructor":"eve","team":"red"}') as object;
    const { body } = await ask<{ ids: string[] }>("POST", "/v1/logs", { request: { url: "x" }, metadata });
    const path = `/v1/logs/${body.ids[0] ?? ""}`;
    const kept = (await ask<{ metadata: object }>("GET", path)).body.metadata;
    expect(Object.entries(kept)).toEqual(Object.entries(metadata));
    const query = encodeURIComponent('{"__proto__":"ada"}');
    const filters = JSON.parse('{"metadata":{"__proto__":"ada"}}') as object;
    const other = JSON.parse('{"metadata":{"__proto__":"bob"}}') as object;
    const counted = async (given: object): Promise<number> =>
      (await ask<{ total: number }>("POST", "/v1/logs/exports", { filters: given })).body.total;
    expect([await counted(filters), await counted(other)]).toEqual([1, 0]);
    expect((await ask<{ deleted: number }>("DELETE", `/v1/logs?metadata=${query}`)).body.deleted).toBe(1);
    expect((await ask("GET", path)).status).toBe(404);
    const halved = { request: { provider: "half \ud800", method: "\udc00" } };
    const { ids } = (await ask<{ ids: string[] }>("POST", "/v1/logs", halved)).body;
    const whole = { ai_org: "half \ufffd", request_method: "\ufffd" };
    expect((await ask("GET", `/v1/logs/${ids[0] ?? ""}`)).body).toMatchObject(whole);
    const long = { metadata: { trace_id: "x".repeat(513) } };
    expect((await ask("POST", "/v1/logs", long)).body).toMatchObject({ error: { param: "metadata.trace_id" } });
  });

  test("a text is found in them with the quotes and backslashes that it has", async () => {
    const { ask } = control();
    const metadata = { folder: 'C:\\Temp\\"new"' };
    const { body } = await ask<{ ids: string[] }>("POST", "/v1/logs", { request: { url: "x" }, metadata });
    for (const text of ['c:\\temp\\"NEW"', '"folder":"c:']) {
      const { data } = (await ask<{ data: { id: string }[] }>("GET", `/v1/logs?search=${encodeURIComponent(text)}`))
        .body;
      expect([text, data.map(({ id }) => id)]).toEqual([text, body.ids]);
    }
  });

  test.each([2e12, 1e30])("%d milliseconds are refused with their field", async (milliseconds) => {
    const { status, body } = await give({ response_time: milliseconds });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { param: "response.response_time" } });
  });

  test("what they say was asked and answered is kept where the project keeps content, and its caller does not refuse", async () => {
    const { ask } = control();
    const secret = "hush-hush-7Q2mK9pL4wT8";
    const given = {
      request: { url: "https://example.com/tool", body: { query: "weather in Lisbon", api_key: secret } },
      response: { status: 200, body: "rain at noon" },
    };
    const contentOf = async (headers: Record<string, string> = {}) => {
      const { body } = await ask<{ ids: string[] }>("POST", "/v1/logs", given, headers);
      const read = () =>
        ask<{ content: Record<string, { text: string }> | null }>("GET", `/v1/logs/${body.ids[0] ?? ""}`);
      const isKept = async (): Promise<boolean> => (await read()).body.content !== null;
      return { isKept, content: async () => (await read()).body.content };
    };
    const unkept = await contentOf();
    expect((await ask("PUT", "/v1/logs/settings", { content: "all" })).status).toBe(200);
    await until(async () => (await contentOf()).isKept());
    const kept = await contentOf();
    await until(kept.isKept);
    const content = await kept.content();
    expect(content?.["request"]?.text).toBe('{"query":"weather in Lisbon","api_key":"[secret]"}');
    expect(content?.["response"]?.text).toBe("rain at noon");
    const found = await ask<{ data: object[] }>("GET", "/v1/logs?search=lisbon&search_content=true");
    expect(found.body.data.length).toBeGreaterThan(0);
    expect(await unkept.isKept()).toBe(false);
    const refused = await contentOf({ "x-portkey-debug": "false" });
    const later = await contentOf();
    await until(later.isKept);
    expect(await refused.isKept()).toBe(false);
  });
});
