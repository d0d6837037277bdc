/** Feedback: what is kept of it, what a change leaves alone, and which of it graphs count. */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface Shown {
  feedback: { value: number; weight: number; metadata: Record<string, unknown> }[];
}
interface Graph {
  summary: { total: number; avg: number; stats?: { ai_model: string; total: number }[] };
  data_points: { total: number }[];
  is_partial: boolean;
}

const nova = "us.amazon.nova-lite-v1:0";
const haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const canary = "sk-CANARYfeedback7Q2mK9pL4wT8xZ";

onBothEngines((control) => {
  const ask = async <Body>(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }> =>
    control().ask<Body>(method, path, body);

  /** A call of this model in a trace of its own. */
  async function tracedCall(traceId: string, model: string, team: string): Promise<string> {
    const request = { url: "x", body: { model } };
    const response = { body: { usage: { input_tokens: 1, output_tokens: 1 } } };
    const given = { request, response, metadata: { trace_id: traceId, team } };
    const { body } = await ask<{ ids: string[] }>("POST", "/v1/logs", given);
    return body.ids[0] ?? "";
  }
  async function give(feedback: object): Promise<string> {
    const { body } = await ask<{ feedback_ids: string[] }>("POST", "/v1/feedback", feedback);
    return body.feedback_ids[0] ?? "";
  }
  const shownAt = async (log: string): Promise<Shown["feedback"]> =>
    (await ask<Shown>("GET", `/v1/logs/${log}`)).body.feedback;

  test("its metadata is kept whole, whatever its names are, and without secrets", async () => {
    const log = await tracedCall("kept", nova, "kept");
    const metadata = JSON.parse(
      `{"__proto__":"p","constructor":{"__proto__":[1]},"api_key":"hush","note":"by ${canary}"}`,
    ) as object;
    await give({ trace_id: "kept", value: 5, metadata });
    const [one] = await shownAt(log);
    const { ["api_key"]: key, note, ...rest } = one?.metadata ?? {};
    expect([key, note]).toEqual(["[secret]", "by [secret]"]);
    expect(JSON.stringify(rest)).toBe('{"__proto__":"p","constructor":{"__proto__":[1]}}');
    const many = Array(4_000).fill({ trace_id: "kept", value: 5 });
    const odd = [
      ["metadata", { trace_id: "kept", value: 5, metadata: ["a"] }],
      ["metadata", { trace_id: "kept", value: 5, metadata: { note: "x".repeat(70_000) } }],
      ["metadata", { trace_id: "kept", value: 5, metadata: { ["x".repeat(513)]: 1 } }],
      ["nothing", {}],
      ["too many", many],
      ["too many by numbers", Object.fromEntries(many.entries())],
    ] as const;
    for (const [, body] of odd) expect((await ask("POST", "/v1/feedback", body)).status).toBe(400);
  });

  test("metadata that is nothing is refused as such wherever it is taken", async () => {
    const id = await give({ trace_id: "nothing", value: 5 });
    const fields = ["id"];
    const asked = [
      ["POST", "/v1/feedback", { trace_id: "nothing", value: 5, metadata: null }],
      ["PUT", `/v1/feedback/${id}`, { metadata: null }],
      ["POST", "/v1/logs", { request: {}, metadata: null }],
      ["POST", "/v1/logs/exports", { filters: { metadata: null }, requested_data: fields }],
    ] as const;
    for (const [method, path, body] of asked) {
      const { status, body: told } = await ask<{ error: { param: string } }>(method, path, body);
      expect([path, status, told.error.param]).toEqual([path, 400, expect.stringContaining("metadata")]);
    }
  });

  test("a change leaves alone what it does not name", async () => {
    const log = await tracedCall("changed", nova, "changed");
    const id = await give({ trace_id: "changed", value: 5, weight: 0.5, metadata: { by: "ada" } });
    await ask("PUT", `/v1/feedback/${id}`, { value: -2 });
    expect(await shownAt(log)).toMatchObject([{ value: -2, weight: 0.5, metadata: { by: "ada" } }]);
    await ask("PUT", `/v1/feedback/${id}`, { weight: 0, metadata: {} });
    expect(await shownAt(log)).toMatchObject([{ value: -2, weight: 0, metadata: {} }]);
  });

  test("graphs count what was said of the calls that their filters mean", async () => {
    await tracedCall("red", nova, "red");
    await tracedCall("blue", haiku, "blue");
    await tracedCall("both", nova, "red");
    await tracedCall("both", haiku, "blue");
    for (const [trace_id, value] of [
      ["red", 1],
      ["blue", -3],
      ["both", 10],
      ["of no call", 7],
    ] as const) {
      await give({ trace_id, value });
    }
    const graph = async (name: string, query: Record<string, string>): Promise<Graph> => {
      const path = `/v1/analytics/graphs/${name}?${new URLSearchParams(query).toString()}`;
      return (await ask<Graph>("GET", path)).body;
    };
    const sums = async (query: Record<string, string>): Promise<unknown[]> => {
      const { summary, data_points: points, is_partial: isPartial } = await graph("feedbacks", query);
      expect(points.reduce((sum, { total }) => sum + total, 0)).toBe(summary.total);
      return [summary.total, summary.avg, isPartial];
    };
    expect(await sums({ metadata: '{"team":"red"}' })).toEqual([2, 5.5, false]);
    expect(await sums({ model: haiku, metadata: '{"team":"blue"}' })).toEqual([2, 3.5, false]);
    expect(await sums({ model: haiku, metadata: '{"team":"red"}' })).toEqual([0, 0, false]);
    expect(await sums({ trace_id: "red" })).toEqual([1, 1, false]);
    expect(await sums({ api_key_ids: "gk_none" })).toEqual([0, 0, false]);
    const { summary } = await graph("feedbacks/ai-models", { metadata: '{"team":"red"}' });
    expect(summary.stats).toMatchObject([{ ai_model: "amazon.nova-lite-v1:0", total: 2 }]);
    // 10, but by weight: (10 - 8 * 0.5) / 1.5.
    await give({ trace_id: "both", value: -8, weight: 0.5 });
    // A window ends before the millisecond in which it is asked for: what came in just now may be of the next.
    await expect.poll(() => sums({ weighted_feedback_min: "3", weighted_feedback_max: "4.5" })).toEqual([2, 1, false]);
    const requests = async (query: Record<string, string>): Promise<number> =>
      (await graph("requests", query)).summary.total;
    expect(await requests({ weighted_feedback_max: "-3" })).toBe(1);
    expect(await requests({ weighted_feedback_min: "4", metadata: '{"team":"red"}' })).toBe(1);
    expect(await requests({ weighted_feedback_min: "4.01", metadata: '{"team":"red"}' })).toBe(0);
    const filters = { weighted_feedback_min: 4, trace_id: "both" };
    const { body } = await ask<{ total: number }>("POST", "/v1/logs/exports", { filters, requested_data: ["id"] });
    expect(body.total).toBe(2);
    const asking = { filters: { weighted_feedback_min: null }, requested_data: ["id"] };
    expect((await ask("POST", "/v1/logs/exports", asking)).status, "null is not 0").toBe(400);
  });
});
