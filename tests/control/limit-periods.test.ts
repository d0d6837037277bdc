/** Periods of Portkey's beside the calendar's: so many days, a week of requests. Its SDK sets them; what it is shown it may send again. */
import { Portkey } from "portkey-ai";
import { expect, test } from "vitest";
import { adminKey, onBothEngines } from "./control.ts";

interface UsageLimits {
  id: string;
  periodic_reset: string | null;
  periodic_reset_days: number | null;
  next_usage_reset_at: string | null;
}
interface Usage {
  window_start: string | null;
  window_end: string | null;
}

const dayMs = 86_400_000;
const today = (): number => Math.floor(Date.now() / dayMs) * dayMs;
const text = (ms: number): string => new Date(ms).toISOString();

onBothEngines((control) => {
  const client = (): Portkey => new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
  const named = { type: "workspace", "sub-type": "service", name: "Periods", scopes: ["completions.write"] };

  async function keyWith(limits: object): Promise<{ id: string; usage: () => Promise<UsageLimits> }> {
    const made = await client().apiKeys.create({ ...named, ...limits });
    const id = made.id ?? "";
    return { id, usage: async () => (await client().apiKeys.retrieve({ id })).usage_limits as unknown as UsageLimits };
  }
  const windowOf = async (id: string) => (await control().ask<Usage>("GET", `/v1/budgets/${id}/usage`)).body;

  test("a budget of ten days begins anew ten days after the day on which it was set", async () => {
    const before = today();
    const key = await keyWith({ usage_limits: { credit_limit: 5, periodic_reset_days: 10 } });
    const shown = await key.usage();
    expect(shown).toMatchObject({ periodic_reset: null, periodic_reset_days: 10 });
    const began = Date.parse(shown.next_usage_reset_at ?? "") - 10 * dayMs;
    // Midnight may pass meanwhile.
    expect([before, today()]).toContain(began);
    expect(await windowOf(shown.id)).toMatchObject({
      window_start: text(began),
      window_end: shown.next_usage_reset_at,
    });
    const own = await control().ask("GET", `/v1/budgets/${shown.id}`);
    expect(own.body).toMatchObject({ period: "days", period_days: 10, period_from: text(began) });
  });

  test("the next reset may be chosen; what is shown may be sent again, and another is another budget", async () => {
    const next = text(today() + 3 * dayMs + 3_600_000);
    const key = await keyWith({
      usage_limits: { credit_limit: 5, periodic_reset_days: 30, next_usage_reset_at: next },
    });
    const { id, ...shown } = await key.usage();
    expect(shown.next_usage_reset_at).toBe(next);
    const again = { ...shown, credit_limit: 6, alert_threshold: undefined, alert_url: undefined };
    await client().apiKeys.update({ id: key.id, usage_limits: again as never });
    expect(await key.usage()).toMatchObject({ id, credit_limit: 6, next_usage_reset_at: next });
    await client().apiKeys.update({
      id: key.id,
      usage_limits: { ...again, next_usage_reset_at: text(today() + 5 * dayMs) } as never,
    });
    const other = await key.usage();
    expect(other.id).not.toBe(id);
    expect(other.next_usage_reset_at).toBe(text(today() + 5 * dayMs));
    await client().apiKeys.update({ id: key.id, usage_limits: { credit_limit: 6, periodic_reset_days: 31 } as never });
    expect((await key.usage()).id).not.toBe(other.id);
  });

  test("a calendar's period shows when it begins anew, takes that back, and no other moment", async () => {
    const key = await keyWith({ usage_limits: { credit_limit: 5, periodic_reset: "weekly" } });
    const { id, next_usage_reset_at: next } = await key.usage();
    expect(new Date(next ?? "").getUTCDay()).toBe(0);
    const terms = { credit_limit: 7, periodic_reset: "weekly" };
    await client().apiKeys.update({ id: key.id, usage_limits: { ...terms, next_usage_reset_at: next } as never });
    expect(await key.usage()).toMatchObject({ id, credit_limit: 7 });
    const moved = { ...terms, next_usage_reset_at: text(today() + 2.5 * dayMs) };
    await expect(client().apiKeys.update({ id: key.id, usage_limits: moved as never })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(`usage_limits.next_usage_reset_at must be ${next ?? ""}, or absent.`) as string,
    });
    expect(await key.usage()).toMatchObject({ id, credit_limit: 7, next_usage_reset_at: next });
  });

  test.each<[object, string]>([
    [{ periodic_reset_days: 0 }, "usage_limits.periodic_reset_days"],
    [{ periodic_reset_days: 366 }, "usage_limits.periodic_reset_days"],
    [{ periodic_reset_days: 7, periodic_reset: "weekly" }, "usage_limits.periodic_reset_days"],
    [{ periodic_reset_days: 7, next_usage_reset_at: "2020-01-01T00:00:00Z" }, "usage_limits.next_usage_reset_at"],
    [{ periodic_reset_days: 7, next_usage_reset_at: "2120-01-01T00:00:00Z" }, "usage_limits.next_usage_reset_at"],
    [{ next_usage_reset_at: "2120-01-01T00:00:00Z" }, "usage_limits.next_usage_reset_at"],
    [{ periodic_reset_days: 7, next_usage_reset_at: "soon" }, "usage_limits.next_usage_reset_at"],
    [{ periodic_reset: "yearly" }, "usage_limits.periodic_reset"],
    [{ reset_on: "monday" }, "usage_limits.reset_on"],
  ])("%j is refused by the name of its field, and no key is made", async (terms, param) => {
    const { ask } = control();
    const count = async () => (await ask<{ total: number }>("GET", "/v1/api-keys")).body.total;
    const before = await count();
    const body = { name: "x", scopes: ["completions.write"], usage_limits: { credit_limit: 5, ...terms } };
    const refused = await ask<{ error: { param: string } }>("POST", "/v1/api-keys/workspace/service", body);
    expect([refused.status, refused.body.error.param]).toEqual([400, param]);
    expect(await count()).toBe(before);
  });

  test("requests a week, from Sunday", async () => {
    const made = await client().apiKeys.create({
      ...named,
      rate_limits: [{ type: "requests", unit: "rpw", value: 9 }],
    });
    const read = await client().apiKeys.retrieve({ id: made.id ?? "" });
    expect(read.rate_limits).toEqual([{ type: "requests", unit: "rpw", value: 9 }]);
    const place = `scope=gateway_key&scope_id=${made.id ?? ""}`;
    const limits = await control().ask<{ data: { id: string; period: string }[] }>("GET", `/v1/rate-limits?${place}`);
    expect(limits.body.data).toMatchObject([{ period: "week", amount: "9" }]);
    const id = limits.body.data[0]?.id ?? "";
    const window = (await control().ask<Usage>("GET", `/v1/rate-limits/${id}/usage`)).body;
    const [start, end] = [Date.parse(window.window_start ?? ""), Date.parse(window.window_end ?? "")];
    expect([new Date(start).getUTCDay(), end - start]).toEqual([0, 7 * dayMs]);
    const call = { model: "us.amazon.nova-lite-v1:0", max_tokens: 5, messages: [{ role: "user", content: "Hello" }] };
    const chat = await control().ask("POST", "/v1/chat/completions", call, {
      authorization: `Bearer ${made.key ?? ""}`,
    });
    expect(chat.headers.get("x-ratelimit-limit-requests")).toBe("9");
  });

  test("Adit's own budgets have the same; terms of another period are refused", async () => {
    const { ask } = control();
    const terms = { name: "d", scope: "project", unit: "tokens", amount: "1000000000" };
    const from = "2026-03-05T06:00:00.000Z";
    const made = await ask<{ id: string }>("POST", "/v1/budgets", {
      ...terms,
      period: "days",
      period_days: 3,
      period_from: from,
    });
    expect(made.body).toMatchObject({ period: "days", period_days: 3, period_from: from });
    const { window_start: start, window_end: end } = await windowOf(made.body.id);
    expect(Date.parse(end ?? "") - Date.parse(start ?? "")).toBe(3 * dayMs);
    expect((Date.parse(start ?? "") - Date.parse(from)) % (3 * dayMs)).toBe(0);
    await ask("DELETE", `/v1/budgets/${made.body.id}`);
    for (const [more, param] of [
      [{ period: "days" }, "period_days"],
      [{ period: "weekly", period_days: 3 }, "period_days"],
      [{ period: "total", period_from: from }, "period_from"],
    ] as const) {
      const refused = await ask<{ error: { param: string } }>("POST", "/v1/budgets", { ...terms, ...more });
      expect([refused.status, refused.body.error.param]).toEqual([400, param]);
    }
  });
});
