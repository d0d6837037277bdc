/**
 * A caller that leaves in mid-stream: where the project wants it the stream is read to its end, and the record and the budget have AWS's
 * own figures; else AWS is stopped at once, and they are estimated.
 */
import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines, openControl, type Control } from "../control/control.ts";
import { claude, nova } from "../support/asking.ts";

const messages = [{ role: "user", content: "one two three four five six seven eight nine ten" }];
const chat = { name: "chat", path: "/v1/chat/completions", body: { model: nova, messages, stream: true } };
const doors = [
  chat,
  {
    name: "messages by Claude's own format",
    path: "/v1/messages",
    body: { model: claude.sonnet45, max_tokens: 100, messages, stream: true },
  },
  {
    name: "the native door",
    path: `/model/${encodeURIComponent(nova)}/converse-stream`,
    body: { messages: [{ role: "user", content: [{ text: messages[0]?.content }] }] },
  },
  {
    name: "AWS's own endpoint in OpenAI's format",
    path: "/v1/responses",
    body: { model: "openai.gpt-5.5", input: messages[0]?.content, stream: true },
  },
];

interface Entry {
  cost: string | null;
  cost_is_estimate: boolean;
  total_units: number;
  error: string | null;
}

/** Asks, leaves at the first byte, and gives the request's id. */
function leave(control: Control, path: string, body: object, key: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const asking = request(`${control.gateway.url}${path}`, { method: "POST", headers }, (response) => {
      response.once("data", () => {
        asking.destroy();
        resolve(String(response.headers["x-adit-request-id"]));
      });
      response.on("error", () => {});
    });
    asking.on("error", reject);
    asking.end(JSON.stringify(body));
  });
}

async function stay(control: Control, path: string, body: object, key: string): Promise<string> {
  const response = await fetch(`${control.gateway.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  await response.text();
  return response.headers.get("x-adit-request-id") ?? "";
}

async function entryOf(control: Control, id: string): Promise<Entry> {
  let entry: Entry | undefined;
  await until(async () => {
    const { status, body } = await control.ask<Entry>("GET", `/v1/logs/${id}`);
    entry = body;
    return status === 200;
  });
  if (entry === undefined) throw new Error("It was not recorded.");
  return entry;
}

interface Use {
  settled: string;
  held: string;
}

async function newBudget(control: Control): Promise<{ key: string; use: () => Promise<Use> }> {
  const made = await control.ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", {
    name: "leaving",
    scopes: ["completions.write"],
  });
  const budget = await control.ask<{ id: string }>("POST", "/v1/budgets", {
    name: "tokens",
    scope: "gateway_key",
    scope_id: made.body.id,
    unit: "tokens",
    amount: 10_000_000,
    period: "total",
  });
  const use = async (): Promise<Use> => {
    const { body } = await control.ask<{ counts: Use[] }>("GET", `/v1/budgets/${budget.body.id}/usage`);
    return body.counts[0] ?? { settled: "0", held: "0" };
  };
  return { key: made.body.key, use };
}

/** Calls that begin a moment after it has been set. */
async function choose(control: Control, drainStreams: boolean): Promise<void> {
  const { body } = await control.ask("PUT", "/v1/logs/settings", { drain_streams: drainStreams });
  expect(body).toMatchObject({ drain_streams: drainStreams });
  await new Promise((resolve) => setTimeout(resolve, 200));
}

onBothEngines((control) => {
  describe.each(doors)("$name", ({ path, body }) => {
    test("read to its end where the project chose it: AWS's own figures", async () => {
      await choose(control(), true);
      const { key, use } = await newBudget(control());
      const other = await newBudget(control());
      const whole = await entryOf(control(), await stay(control(), path, body, other.key));
      control().emulator.faultNext({ kind: "drip", bytes: 60, everyMs: 10 });
      const left = await entryOf(control(), await leave(control(), path, body, key));
      expect(left).toMatchObject({
        cost: whole.cost,
        total_units: whole.total_units,
        cost_is_estimate: false,
        error: "client_closed",
      });
      await until(async () => (await use()).settled === String(whole.total_units));
    });

    test("else it is stopped, and estimated", async () => {
      await choose(control(), false);
      const { key, use } = await newBudget(control());
      control().emulator.faultNext({ kind: "drip", bytes: 60, everyMs: 10 });
      const left = await entryOf(control(), await leave(control(), path, body, key));
      expect(left).toMatchObject({ cost_is_estimate: true, error: "client_closed" });
      // The budget counts the bound, of which that is a small part.
      await until(async () => BigInt((await use()).settled) > BigInt(left.total_units));
    });
  });

  test("what is reserved stays so until the end is known", async () => {
    await choose(control(), true);
    const { key, use } = await newBudget(control());
    const { path, body } = chat;
    control().emulator.faultNext({ kind: "drip", bytes: 60, everyMs: 40 });
    const id = await leave(control(), path, body, key);
    const { settled } = await use();
    const { status } = await control().ask("GET", `/v1/logs/${id}`);
    expect([settled, status]).toEqual(["0", 404]);
    const { total_units: total } = await entryOf(control(), id);
    await until(async () => (await use()).settled === String(total));
  });
});

test("a gateway that stops does not wait for what it reads for nobody", async () => {
  const control = await openControl();
  await choose(control, true);
  control.emulator.faultNext({ kind: "silence", frame: 3 });
  await leave(control, chat.path, chat.body, adminKey);
  // Until the gateway has heard of it.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await control.close();
  expect(control.log.some((line) => line.includes('"streamError":"shutting_down"'))).toBe(true);
});
