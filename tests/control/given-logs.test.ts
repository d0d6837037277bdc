/** Logs that callers bring, with figures that no call has: they are kept, their cost is unknown, and no later call is lost by them. */
import { expect, test } from "vitest";
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
});
