/**
 * Logs that callers bring. Figures that no call has: they are kept, their cost is unknown, and no later call is lost by them. Their bodies
 * are content as that of calls is.
 */
import { expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { onBothEngines } from "./control.ts";

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
