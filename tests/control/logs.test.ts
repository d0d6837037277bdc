/** Logs and analytics of calls that were made, by Adit's own paths and by Portkey's SDK (P25, P27). */
import { Portkey } from "portkey-ai";
import { beforeAll, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { RawCaller } from "../attacks/raw-caller.ts";
import { adminKey, onBothEngines } from "./control.ts";

interface LogEntry {
  id: string;
  created_at: string;
  model: string;
  trace_id: string;
  metadata: Record<string, string>;
  response_status_code: number;
  cost: string | null;
  total_units: number;
  api_key_id: string | null;
}
interface LogList {
  data: LogEntry[];
  has_more: boolean;
  last_id: string | null;
  scanned: number | null;
}

const nova = "us.amazon.nova-lite-v1:0";
const haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

onBothEngines((control) => {
  const list = async (query = ""): Promise<LogList> => (await control().ask<LogList>("GET", `/v1/logs${query}`)).body;
  const chat = async (model: string, metadata: object, more: object = {}): Promise<Response> => {
    const response = await fetch(`${control().baseUrl}/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-portkey-api-key": adminKey,
        "x-portkey-metadata": JSON.stringify(metadata),
        "x-portkey-trace-id": "trace-of-the-day",
      },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Good morning" }], ...more }),
    });
    await response.text();
    return response;
  };

  const costs: string[] = [];
  beforeAll(async () => {
    for (const team of ["red", "red", "blue"]) {
      costs.push((await chat(nova, { team, _user: "ada" })).headers.get("x-adit-cost") ?? "");
    }
    costs.push((await chat(haiku, { team: "red", _user: "bob" })).headers.get("x-adit-cost") ?? "");
    await chat(nova, { team: "red" }, { n: 3 });
    await until(async () => (await list()).data.length === 5);
  });

  test("the newest first, by model, status, trace and one pair of metadata", async () => {
    const all = await list();
    expect(all.data.map(({ created_at }) => created_at)).toEqual(
      all.data
        .map(({ created_at }) => created_at)
        .toSorted()
        .toReversed(),
    );
    expect(all).toMatchObject({ has_more: false, scanned: null });
    expect((await list(`?model=${haiku}`)).data).toHaveLength(1);
    expect((await list("?model=anthropic.claude-haiku-4-5-20251001-v1:0")).data).toHaveLength(1);
    expect((await list("?status=400")).data).toHaveLength(1);
    expect((await list("?status=error")).data).toHaveLength(1);
    expect((await list("?trace_id=trace-of-the-day")).data).toHaveLength(5);
    const red = await list(`?metadata=${encodeURIComponent('{"team":"red"}')}`);
    expect(red.data.map(({ metadata }) => metadata["team"])).toEqual(["red", "red", "red", "red"]);
    expect((await list(`?status=success&model=${nova}`)).data).toHaveLength(3);
    expect((await list("?search=trace-OF-the-day")).scanned).toBe(5);
  });

  test("pages by cursor cover all, once", async () => {
    const ids: string[] = [];
    for (let after = ""; ;) {
      const page = await list(`?limit=2${after}`);
      ids.push(...page.data.map(({ id }) => id));
      if (!page.has_more) break;
      after = `&after=${page.last_id ?? ""}`;
    }
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(5);
  });

  test("what is wrong in a filter is said, with its name", async () => {
    for (const [query, param] of [
      ["?status=ok", "status"],
      ["?metadata=red", "metadata"],
      ["?cost_min=much", "cost_min"],
      ["?from=today", "from"],
      ["?current_page=1000&page_size=100", "current_page"],
      ["?limit=1000", "limit"],
    ]) {
      const { status, body } = await control().ask<{ error: { param: string } }>("GET", `/v1/logs${query}`);
      expect([query, status, body.error.param]).toEqual([query, 400, param]);
    }
    expect((await control().ask("GET", "/v1/logs/req_nothing")).status).toBe(404);
  });

  test("one call with all that is known of it", async () => {
    const [entry] = (await list(`?model=${haiku}`)).data;
    const { status, body } = await control().ask<Record<string, unknown>>("GET", `/v1/logs/${entry?.id ?? ""}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: "log",
      ai_model: haiku,
      cost: costs[3],
      cost_missing: [],
      usage: { inputTokens: expect.any(Number) as number },
      attempts: [{ status: 200, error: null }],
    });
  });

  test("exports: lines of JSON, and CSV in which nothing is a formula", async () => {
    await chat(nova, { team: "=HYPERLINK(evil)" });
    await until(async () => (await list()).data.length === 6);
    const get = (query: string): Promise<Response> =>
      fetch(`${control().baseUrl}/logs/export${query}`, { headers: { authorization: `Bearer ${adminKey}` } });
    const lines = (await (await get("")).text()).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as LogEntry).id)).toEqual((await list()).data.map(({ id }) => id));
    const csv = await get("?format=csv&limit=1");
    expect(csv.headers.get("content-type")).toContain("text/csv");
    const [head = "", first = ""] = (await csv.text()).split("\r\n");
    expect(head.split(",")).toContain("total_units");
    expect(first).toContain("req_");
    expect(first).not.toMatch(/(^|,)=/);
    const found = (await (await get("?search=HYPERLINK(EVIL)")).text()).trimEnd().split("\n");
    expect(found.map((line) => (JSON.parse(line) as LogEntry).metadata)).toEqual([{ team: "=HYPERLINK(evil)" }]);
    expect((await get("?search=")).status).toBe(400);
  });

  test("what is no id of a call is refused as a cursor, and is no empty last page", async () => {
    const { status, body } = await control().ask<{ error: { param: string } }>("GET", "/v1/logs?after=zzz");
    expect([status, body.error.param]).toEqual([400, "after"]);
    const gone = "req_01890a5d-ac96-774b-bcce-b302099a8057";
    expect((await control().ask("GET", `/v1/logs?after=${gone}`)).status).toBe(200);
  });

  test.each([
    ["filter", `metadata=${encodeURIComponent('{"team":"tail"}')}`],
    ["text", `search=${encodeURIComponent('"TAIL"')}`],
  ])("the tail shows a call a moment after it has ended, and one %s's alone", async (_what, query) => {
    const leaving = new AbortController();
    const response = await fetch(`${control().baseUrl}/logs/tail?${query}`, {
      headers: { authorization: `Bearer ${adminKey}` },
      signal: leaving.signal,
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    await chat(nova, { team: "other" });
    await chat(nova, { team: "tail" });
    let text = "";
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    while (!text.includes("event: log")) text += (await reader?.read())?.value ?? "";
    const entry = JSON.parse(/event: log\nid: .*\ndata: (.*)\n/.exec(text)?.[1] ?? "{}") as LogEntry;
    expect(entry.metadata).toEqual({ team: "tail" });
    expect(text.match(/event: log/g)).toHaveLength(1);
    leaving.abort();
  });

  test("a HEAD of the tail ends, and the connection takes the next request", async () => {
    const caller = new RawCaller(Number(new URL(control().gateway.url).port));
    for (const path of ["/v1/logs/tail", "/v1/logs"]) {
      caller.send(`HEAD ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${adminKey}\r\n\r\n`);
    }
    await until(() => caller.statuses.length === 2);
    expect(caller.statuses).toEqual([200, 200]);
    caller.destroy();
  });

  test.each<[what: string, end: (id: string) => Promise<unknown>, code: string]>([
    ["is deleted", (id) => control().ask("DELETE", `/v1/api-keys/${id}`), "invalid_api_key"],
    [
      "is rotated, and the one that was shown counts no more",
      (id) => control().ask("POST", `/v1/api-keys/${id}/rotate`, { overlap_seconds: 0 }),
      "invalid_api_key",
    ],
    ["loses the scope", (id) => control().ask("PUT", `/v1/api-keys/${id}`, { scopes: ["logs.read"] }), "forbidden"],
  ])("the tail of a key ends when the key %s", async (_what, end, code) => {
    const { body } = await control().ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", {
      name: "follower",
      scopes: ["logs.list"],
    });
    const response = await fetch(`${control().baseUrl}/logs/tail`, {
      headers: { authorization: `Bearer ${body.key}` },
    });
    expect(response.status).toBe(200);
    await end(body.id);
    const text = await response.text();
    expect(text).toContain("event: error");
    expect(text).toContain(`"code":"${code}"`);
  });

  test("analytics by Portkey's SDK: graphs, groups, and what it all cost", async () => {
    const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
    const window = {
      time_of_generation_min: new Date(Date.now() - 3_600_000).toISOString(),
      time_of_generation_max: new Date(Date.now() + 60_000).toISOString(),
    };
    const { data } = await list("?limit=100");
    interface Graph {
      summary: { total: number; cost?: string; rate?: number; p50?: number };
      data_points: { total: number }[];
    }
    // Portkey's types have no members for what its analytics answer.
    const graph = async (name: "requests" | "cost" | "tokens" | "errors" | "errors_rate" | "latency" | "users") =>
      (await portkey.analytics.graphs[name](window)) as unknown as Graph;
    const requests = await graph("requests");
    expect(requests.summary.total).toBe(data.length);
    expect(requests.data_points.reduce((sum, point) => sum + point.total, 0)).toBe(data.length);
    const nano = data.reduce((sum, { cost }) => sum + BigInt(Math.round(Number(cost ?? "0") * 1e9)), 0n);
    expect(Math.round(Number((await graph("cost")).summary.cost) * 1e9)).toBe(Number(nano));
    expect((await graph("tokens")).summary.total).toBe(data.reduce((sum, { total_units }) => sum + total_units, 0));
    expect((await graph("errors")).summary.total).toBe(1);
    expect((await graph("errors_rate")).summary.rate).toBeCloseTo(100 / data.length, 4);
    expect((await graph("users")).summary.total).toBe(2);
    expect((await graph("latency")).summary.p50).toBeGreaterThan(0);
    const models = (await portkey.analytics.groups.aiModels(window)) as unknown as {
      data: { ai_model: string; requests: number }[];
    };
    expect(models.data).toContainEqual(
      expect.objectContaining({ ai_model: "anthropic.claude-haiku-4-5-20251001-v1:0", requests: 1 }),
    );
    // Every column that Portkey's SDK can name, but for when the first and the last call was.
    const columns = "requests,avg_tokens,avg_input_tokens,avg_output_tokens,p95_latency,p99_latency,cache_hit_rate";
    const grouped = (await portkey.analytics.groups.groupedData("model", {
      ...window,
      columns,
      order_by: "avg_tokens",
      order_by_type: "desc",
    })) as unknown as { data: (Record<string, number> & { model: string | null })[] };
    expect(grouped.data.length).toBeGreaterThan(1);
    for (const row of grouped.data) {
      const calls = data.filter(({ model }) => model.replace(/^us\./, "") === row.model);
      const average = calls.reduce((sum, { total_units }) => sum + total_units, 0) / calls.length;
      expect(row).toMatchObject({ requests: calls.length, avg_tokens: expect.closeTo(average, 5) as number });
      expect(row["avg_input_tokens"]! + row["avg_output_tokens"]!).toBeLessThanOrEqual(row["avg_tokens"]!);
      expect(row["p99_latency"]).toBeGreaterThanOrEqual(row["p95_latency"]!);
      expect(row["cache_hit_rate"]).toBe(0);
    }
    const averages = grouped.data.map((row) => row["avg_tokens"]);
    expect(averages).toEqual(averages.toSorted((one, other) => other! - one!));
    // Its types have these for graphs too, where they mean nothing.
    const paged = { ...window, page_size: 10, order_by: "cost", order_by_type: "desc" };
    expect(((await portkey.analytics.graphs.requests(paged)) as unknown as Graph).summary.total).toBe(data.length);
    const teams = (await portkey.analytics.groups.metadata("team", window)) as unknown as {
      data: { metadata_value: string; requests: number }[];
    };
    expect(teams.data).toContainEqual(expect.objectContaining({ metadata_value: "red", requests: 4 }));
    const users = (await portkey.analytics.groups.users(window)) as unknown as { data: object[] };
    expect(users.data).toContainEqual(expect.objectContaining({ user: "ada", requests: 3 }));
    // What sums do not know is read call by call, and tells the same.
    const read = (await portkey.analytics.graphs.requests({
      ...window,
      metadata: '{"team":"red"}',
    })) as unknown as Graph;
    expect(read.summary.total).toBe(4);
  });

  test("exports by Portkey's SDK: described, started, fetched by an address that needs no key and does not last", async () => {
    const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
    const made = await portkey.logs.exports.create({
      filters: { metadata: '{"team":"red"}', time_of_generation_min: new Date(Date.now() - 3_600_000).toISOString() },
      requestedData: ["id", "trace_id", "cost", "response_status_code", "metadata"],
      description: "red",
    });
    expect(made).toMatchObject({ object: "export", total: 4 });
    const exportId = made.id ?? "";
    expect(await portkey.logs.exports.retrieve({ exportId })).toMatchObject({ status: "draft", description: "red" });
    await portkey.logs.exports.update({ exportId, requestedData: ["id", "cost", "metadata"] });
    await portkey.logs.exports.start({ exportId });
    expect((await portkey.logs.exports.list({})).data).toMatchObject([{ id: exportId, status: "success" }]);
    // The SDK sends a body with this GET, which fetch refuses: it is asked for by hand.
    const { body } = await control().ask<{ signed_url: string }>("GET", `/v1/logs/exports/${exportId}/download`);
    const lines = (await (await fetch(body.signed_url)).text()).trimEnd().split("\n");
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toHaveLength(4);
    expect(rows.map((row) => Object.keys(row).toSorted())).toEqual(
      Array.from({ length: 4 }, () => ["cost", "cost_usd", "id", "metadata"]),
    );
    const forged = body.signed_url.replace(/token=(.)/, (_all, first: string) => `token=${first === "A" ? "B" : "A"}`);
    expect((await fetch(forged)).status).toBe(400);
    await portkey.logs.exports.cancel({ exportId });
    expect(await portkey.logs.exports.retrieve({ exportId })).toMatchObject({ status: "stopped" });
    expect((await fetch(body.signed_url)).status).toBe(400);
    expect((await control().ask("GET", `/v1/logs/exports/${exportId}/download`)).status).toBe(400);
    const totalOf = async (status_code: unknown) =>
      (await portkey.logs.exports.create({ filters: { status_code } })).total;
    expect(await totalOf([200, 404])).toBe(await totalOf("200,404"));
    expect(await totalOf([200, 404])).toBeGreaterThanOrEqual(4);
    const wrong = portkey.logs.exports.create({ filters: { status_code: "many" } });
    await expect(wrong).rejects.toMatchObject({ status: 400 });
  });

  test("an export's filter that cannot be read is refused with its field, and pages are told apart", async () => {
    const { ask } = control();
    const made = (filters: object) => ask<{ id: string; total: number }>("POST", "/v1/logs/exports", { filters });
    const odd = [
      { metadata: "x" },
      { metadata: "[1]" },
      { metadata: "null" },
      { metadata: Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`name${index}`, "x"])) },
      { cost_min: 1e300 },
      { cost_max: "99999999999999999999" },
      { cost_min: -1 },
      { total_units_min: 1e300 },
      { prompt_token_max: 1.5 },
      { page_size: "1.5" },
      { current_page: -1 },
    ];
    for (const filters of odd) {
      const { status, body } = await made(filters);
      expect([filters, status]).toEqual([filters, 400]);
      expect(body).toMatchObject({
        error: { param: expect.stringContaining(Object.keys(filters)[0] ?? "") as string },
      });
    }
    const pages = await Promise.all(
      [0, 1, 2].map(async (page) => {
        const { body } = await made({ metadata: { team: "red" }, page_size: 3, current_page: page });
        await ask("POST", `/v1/logs/exports/${body.id}/start`);
        const told = await ask<{ signed_url: string }>("GET", `/v1/logs/exports/${body.id}/download`);
        const lines = (await (await fetch(told.body.signed_url)).text()).split("\n").filter((line) => line !== "");
        expect(lines).toHaveLength(body.total);
        return lines.map((line) => (JSON.parse(line) as { id: string }).id);
      }),
    );
    expect(pages.map((ids) => ids.length)).toEqual([3, 1, 0]);
    expect(new Set(pages.flat()).size).toBe(4);
  });

  test("feedback by Portkey's SDK: one, several, changed; it stands in the log and in the graphs", async () => {
    const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
    const one = (await portkey.feedback.create({ traceID: "trace-of-the-day", value: 5, weight: 0.5 })) as unknown as {
      status: string;
      feedback_ids: string[];
    };
    expect(one.status).toBe("success");
    const several = (await portkey.feedback.create([
      { traceID: "trace-of-the-day", value: -10 },
      { traceID: "another", value: 1 },
    ])) as unknown as { feedback_ids: string[] };
    expect(several.feedback_ids).toHaveLength(2);
    await portkey.feedback.update({ feedbackID: one.feedback_ids[0] ?? "", value: 8, weight: 1 });
    const [entry] = (await list(`?model=${haiku}`)).data;
    const { body } = await control().ask<{ feedback: object[] }>("GET", `/v1/logs/${entry?.id ?? ""}`);
    expect(body.feedback).toMatchObject([{ value: 8, weight: 1 }, { value: -10 }]);
    const window = {
      time_of_generation_min: new Date(Date.now() - 3_600_000).toISOString(),
      time_of_generation_max: new Date(Date.now() + 60_000).toISOString(),
    };
    interface Graph {
      summary: { total: number; avg: number; stats?: { ai_model: string; total: number }[] };
    }
    const { graphs } = portkey.analytics;
    expect(((await graphs.feedbacks(window)) as unknown as Graph).summary.total).toBe(3);
    expect(((await graphs.feedbacks_weighted(window)) as unknown as Graph).summary.avg).toBeCloseTo(-1 / 3, 5);
    const models = (await graphs.feedback_ai_models(window)) as unknown as Graph;
    expect(models.summary.stats).toContainEqual(
      expect.objectContaining({ ai_model: "amazon.nova-lite-v1:0", total: 2 }),
    );
    await expect(portkey.feedback.create({ traceID: "t", value: 11 })).rejects.toMatchObject({ status: 400 });
  });

  test("filters are saved under a name, and no wrong ones", async () => {
    const save = (name: string, query: string) => control().ask("POST", "/v1/logs/views", { name, query });
    expect((await save("Throttled", "status=429")).status).toBe(200);
    expect((await save("Throttled", "status=429&model=amazon.nova-lite-v1:0")).status).toBe(200);
    expect((await save("Odd", "stats=429")).status).toBe(400);
    expect((await save("Odd", "status=many")).status).toBe(400);
    const { data } = (await control().ask<{ data: { id: string; query: string }[] }>("GET", "/v1/logs/views")).body;
    expect(data).toMatchObject([{ name: "Throttled", query: "status=429&model=amazon.nova-lite-v1:0" }]);
    expect((await control().ask("DELETE", `/v1/logs/views/${data[0]?.id ?? ""}`)).status).toBe(200);
  });

  test("views and exports keep no secret that an operator looks for, and find the same calls", async () => {
    const named = "canary-under-its-name";
    const formed = `sk-canary${"0".repeat(32)}`;
    const metadata = JSON.stringify({ session_token: named, note: `by ${formed}` });
    await chat(nova, JSON.parse(metadata) as object);
    const query = new URLSearchParams({ metadata }).toString();
    await until(async () => (await list(`?${query}`)).data.length === 1);
    const { ask } = control();
    const view = { name: "Secret", query: `trace_id=${formed}&trace_id=trace-of-the-day&${query}` };
    const kept = (await ask<{ id: string; query: string }>("POST", "/v1/logs/views", view)).body;
    expect((await list(`?${kept.query}`)).data).toHaveLength(1);
    // It says already what is kept.
    const again = await ask<{ query: string }>("POST", "/v1/logs/views", { name: "Secret", query: kept.query });
    expect(again.body.query).toBe(kept.query);
    for (const asked of [metadata, JSON.parse(metadata) as object]) {
      const filters = { metadata: asked, trace_id: "trace-of-the-day" };
      const made = await ask<{ id: string; total: number }>("POST", "/v1/logs/exports", { filters });
      expect(made.body.total).toBe(1);
      await ask("POST", `/v1/logs/exports/${made.body.id}/start`);
      const told = await ask<{ signed_url: string }>("GET", `/v1/logs/exports/${made.body.id}/download`);
      expect((await (await fetch(told.body.signed_url)).text()).split("\n")).toHaveLength(2);
    }
    for (const path of ["/v1/logs/views", "/v1/logs/exports", "/v1/audit-logs"]) {
      const text = JSON.stringify((await ask("GET", path)).body);
      for (const secret of [named, formed]) expect(text, path).not.toContain(secret);
    }
    await ask("DELETE", `/v1/logs/views/${kept.id}`);
  });

  test("logs of elsewhere, by Portkey's SDK, stand in the same trace", async () => {
    const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
    await portkey.logs.create({
      request: { url: "https://example.com/tool?token=secret", method: "POST", body: { model: nova } },
      response: { status: 200, body: { usage: { prompt_tokens: 10, completion_tokens: 5 } }, response_time: 41 },
      metadata: { traceId: "trace-of-elsewhere", spanName: "tool", team: "red" },
    });
    const { data } = await list("?trace_id=trace-of-elsewhere");
    expect(data).toMatchObject([{ request_url: "https://example.com/tool", span_name: "tool", total_units: 15 }]);
    expect(Number(data[0]?.cost)).toBeGreaterThan(0);
  });
});
