/** Prices without a release: checked before they replace anything, and exact from the next call on (B16, C16). */
import { costOf, dollarsOf, parsePriceTable, shippedPrices } from "@adit/bedrock";
import { expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

const nova = "us.amazon.nova-lite-v1:0";
const own = {
  version: "ours-1",
  date: "2026-11-01",
  sources: { contract: "An agreement" },
  models: { "amazon.nova-lite-v1:0": { rows: [{ tier: "standard", input: 7_000_000, output: 11_000_000 }] } },
  guardrails: [],
  quirks: [],
};

onBothEngines((control) => {
  async function cost(
    model = nova,
  ): Promise<{ header: string | null; usage: { inputTokens: number; outputTokens: number }; status: number }> {
    const response = await fetch(`${control().baseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Good morning" }] }),
    });
    const { usage } = (await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
    return {
      header: response.headers.get("x-adit-cost"),
      usage: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
      status: response.status,
    };
  }

  test("the operator's own prices hold from the next call on, and go again", async () => {
    const shipped = await cost();
    const saved = await control().ask("PUT", "/v1/prices", own);
    expect(saved.body).toMatchObject({
      version: `${shippedPrices().version}+ours-1`,
      own: { version: "ours-1" },
      odd: ["amazon.nova-lite-v1:0"],
    });
    await until(async () => (await cost()).header !== shipped.header);
    const { header, usage } = await cost();
    const parsed = parsePriceTable(own);
    if ("fault" in parsed) throw new Error(parsed.fault.message);
    const expected = costOf(usage, { model: nova, region: "us-east-1" }, parsed.table);
    expect(header).toBe(expected.known ? dollarsOf(expected.total) : "");
    await control().ask("DELETE", "/v1/prices");
    await until(async () => (await cost()).header === shipped.header);
  });

  test("lists of models tell the operator's own prices, by which calls are priced", async () => {
    const id = "amazon.nova-lite-v1:0";
    type Priced = { id: string; prices?: unknown; price_sources?: string[] };
    const one = async () => (await control().ask<Priced>("GET", `/v1/models/${id}`)).body;
    const among = async (path: string) => {
      const { body } = await control().ask<{ data: Priced[] }>("GET", path);
      return body.data.find((model) => model.id === id);
    };
    const { rows } = own.models[id];
    const shipped = shippedPrices().models.get(id);
    expect(await one()).toMatchObject({ prices: shipped?.rows });
    const ofProfile = [{ tier: "standard", input: 8_000_000, output: 12_000_000 }];
    await control().ask("PUT", "/v1/prices", { ...own, models: { ...own.models, [nova]: { rows: ofProfile } } });
    await until(async () => JSON.stringify((await one()).prices) === JSON.stringify(rows));
    expect((await control().ask<Priced>("GET", `/v1/models/${nova}`)).body).toMatchObject({ prices: ofProfile });
    expect(await among("/v1/models")).toMatchObject({ prices: rows });
    expect(await among("/v1/model-catalog")).toMatchObject({ prices: rows, price_sources: [] });
    await control().ask("DELETE", "/v1/prices");
    await until(async () => JSON.stringify((await one()).prices) === JSON.stringify(shipped?.rows));
  });

  test("prices of models that nobody knows are taken, and told of: they may be misspelt", async () => {
    const rows = { rows: [{ tier: "standard", input: 60_000_000, output: 240_000_000 }] };
    const known = [
      nova,
      "amazon.nova-lite-v1:0",
      "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    ];
    const unknown = ["amazon.nova-lite-v1.0", "us.amazon.nova-light-v1:0", "gpt-4o"];
    const models = Object.fromEntries([...known, ...unknown].map((model) => [model, rows]));
    expect((await control().ask("PUT", "/v1/prices", { ...own, models })).body).toMatchObject({ unknown });
    expect((await control().ask("GET", "/v1/prices")).body).toMatchObject({ unknown });
    expect((await control().ask("DELETE", "/v1/prices")).body).toMatchObject({ unknown: [] });
  });

  test("a call under way keeps the prices that held when it began, which its budgets go by", async () => {
    const shipped = await cost();
    control().emulator.faultNext({ kind: "drip", bytes: 40, everyMs: 20 });
    const leaving = new AbortController();
    const stream = await fetch(`${control().baseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ model: nova, stream: true, messages: [{ role: "user", content: "Good morning" }] }),
      signal: leaving.signal,
    });
    await stream.body?.getReader().read();
    await control().ask("PUT", "/v1/prices", own);
    await until(async () => (await cost()).header !== shipped.header);
    leaving.abort();
    const entry = () =>
      control().ask<{ prices: string }>("GET", `/v1/logs/${stream.headers.get("x-adit-request-id") ?? ""}`);
    await until(async () => (await entry()).status === 200);
    expect((await entry()).body.prices).toBe(shippedPrices().version);
    await control().ask("DELETE", "/v1/prices");
    await until(async () => (await cost()).header === shipped.header);
  });

  test.each([
    ["by a profile's id", { [nova]: { rows: [{ tier: "standard", input: 60_000, output: 240_000 }] } }],
    [
      "of another tier",
      {
        "amazon.nova-lite-v1:0": {
          rows: [
            { tier: "standard", input: 60_000_000, output: 240_000_000 },
            { tier: "batch", input: 30_000, output: 120_000 },
          ],
        },
      },
    ],
    [
      "of the cache",
      {
        "amazon.nova-lite-v1:0": {
          rows: [{ tier: "standard", input: 60_000_000, output: 240_000_000, cacheRead: 15_000_000_000 }],
        },
      },
    ],
  ])("a slip of units is told of where it is a price %s", async (_where, models) => {
    const { body } = await control().ask("PUT", "/v1/prices", { ...own, models });
    expect(body).toMatchObject({ odd: Object.keys(models) });
    await control().ask("DELETE", "/v1/prices");
  });

  test.each([
    ["a float", { ...own, models: { m: { rows: [{ tier: "standard", input: 0.06 }] } } }],
    ["a row without a price", { ...own, models: { m: { rows: [{ tier: "standard" }] } } }],
    ["a price below nothing", { ...own, models: { m: { rows: [{ tier: "standard", input: -1 }] } } }],
    ["dollars a token, by a slip", { ...own, models: { m: { rows: [{ tier: "standard", input: 1e16 }] } } }],
    [
      "a model twice priced",
      {
        ...own,
        models: {
          m: {
            rows: [
              { tier: "standard", input: 1 },
              { tier: "standard", input: 2 },
            ],
          },
        },
      },
    ],
    ["a guardrail's prices twice", { ...own, guardrails: [{ units: { a: 1 } }, { units: { b: 2 } }] }],
    [
      "a region's prices of guardrails twice",
      {
        ...own,
        guardrails: [
          { regions: ["us-east-1", "eu-west-1"], units: { a: 1 } },
          { regions: ["eu-west-1"], units: { a: 2 } },
        ],
      },
    ],
    ["half a table", { version: "x" }],
    ["no table", {}],
  ])("%s replaces nothing, and is told where it is", async (_name, table) => {
    await control().ask("PUT", "/v1/prices", own);
    const { status, body } = await control().ask<{ error: { message: string } }>("PUT", "/v1/prices", table);
    expect(status).toBe(400);
    expect(body.error.message).toContain(".");
    const { body: now } = await control().ask<{ own: { version: string } }>("GET", "/v1/prices");
    expect(now.own.version).toBe("ours-1");
    await control().ask("DELETE", "/v1/prices");
  });

  test.each([
    ["at Anthropic's path", "/v1/messages/count_tokens", { messages: [{ role: "user", content: "Hi" }] }],
    [
      "at Bedrock's own",
      "/model/anthropic.claude-haiku-4-5-20251001-v1:0/count-tokens",
      { input: { converse: { messages: [{ role: "user", content: [{ text: "Hi" }] }] } } },
    ],
  ])("a count of tokens costs nothing, and is no call of unknown cost: %s", async (_where, path, body) => {
    const response = await fetch(`${control().gateway.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({
        ...(path.startsWith("/v1") && { model: "anthropic.claude-haiku-4-5-20251001-v1:0" }),
        ...body,
      }),
    });
    expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(/[tT]okens":\d+/)]);
    const log = `/v1/logs/${response.headers.get("x-adit-request-id") ?? ""}`;
    await until(async () => (await control().ask("GET", log)).status === 200);
    expect((await control().ask("GET", log)).body).toMatchObject({ cost: "0", cost_missing: [] });
  });

  test("a model without a price costs nobody knows what: no header, null in the log, counted apart", async () => {
    const unpriced = "amazon.nova-of-tomorrow-v9:0";
    const { header, status } = await cost(unpriced);
    expect(status).toBe(200);
    expect(header).toBeNull();
    interface List {
      data: { cost: string | null; id: string }[];
    }
    const list = async (): Promise<List> => (await control().ask<List>("GET", `/v1/logs?model=${unpriced}`)).body;
    await until(async () => (await list()).data.length === 1);
    const [entry] = (await list()).data;
    expect(entry?.cost).toBeNull();
    const { body } = await control().ask<{ cost_missing: string[] }>("GET", `/v1/logs/${entry?.id ?? ""}`);
    expect(body.cost_missing.length).toBeGreaterThan(0);
    const graph = await control().ask<{ summary: { unknown: number } }>(
      "GET",
      `/v1/analytics/graphs/cost?model=${unpriced}`,
    );
    expect(graph.body.summary).toMatchObject({ unknown: 1, cost: "0" });
  });
});
