/** A logged request again: the same, edited, in another dialect, by another credential; what differs is data. */
import { beforeAll, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

const nova = "us.amazon.nova-lite-v1:0";
const question = { model: nova, messages: [{ role: "user", content: "Good morning" }] };

interface Replayed {
  id: string;
  status: number;
  response: Record<string, unknown>;
  original: { status: number };
  difference: { path: string; before: unknown; after: unknown }[];
  notes: string[];
}

onBothEngines((control) => {
  beforeAll(async () => {
    await control().ask("PUT", "/v1/logs/settings", { content: "all" });
    await new Promise((resolve) => setTimeout(resolve, 200));
  });

  async function asked(path: string, body: object): Promise<string> {
    const response = await fetch(`${control().gateway.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify(body),
    });
    await response.text();
    const id = response.headers.get("x-adit-request-id") ?? "";
    await until(async () => {
      const { status, body: log } = await control().ask<{ content: object | null }>("GET", `/v1/logs/${id}`);
      return status === 200 && log.content !== null;
    });
    return id;
  }

  const replay = (id: string, body: object = {}) => control().ask<Replayed>("POST", `/v1/logs/${id}/replay`, body);

  test.each([
    ["chat completions", "/v1/chat/completions", question],
    ["a stream", "/v1/chat/completions", { ...question, stream: true }],
    ["Responses", "/v1/responses", { model: nova, input: "Good morning" }],
    ["messages", "/v1/messages", { ...question, max_tokens: 100 }],
    [
      "Bedrock's own",
      `/model/${encodeURIComponent(nova)}/converse`,
      { messages: [{ role: "user", content: [{ text: "Good morning" }] }] },
    ],
  ])("%s: asked again, it is a call like all others", async (_name, path, body) => {
    const id = await asked(path, body);
    const { status, body: replayed } = await replay(id);
    expect([status, replayed.status, replayed.original.status]).toEqual([200, 200, 200]);
    expect(replayed.notes).toEqual([]);
    await until(async () => (await control().ask("GET", `/v1/logs/${replayed.id}`)).status === 200);
    const { body: log } = await control().ask<{ metadata: object; cost: string }>("GET", `/v1/logs/${replayed.id}`);
    expect(log.metadata).toMatchObject({ replay_of: id });
    expect(Number(log.cost)).toBeGreaterThan(0);
  });

  test("edited: another model and a member less; the difference names what changed", async () => {
    const id = await asked("/v1/chat/completions", { ...question, n: 3 });
    const { body } = await replay(id, { body: { n: null }, model: "us.amazon.nova-micro-v1:0" });
    expect(body).toMatchObject({ status: 200, original: { status: 400 } });
    expect(body.response["model"]).toBe("us.amazon.nova-micro-v1:0");
    expect(body.difference.map(({ path }) => path)).toEqual(expect.arrayContaining(["error", "choices"]));
  });

  test("in another dialect", async () => {
    const id = await asked("/v1/chat/completions", question);
    const { body } = await replay(id, { path: "/v1/messages", body: { max_tokens: 50 } });
    expect(body).toMatchObject({ status: 200, response: { type: "message" } });
  });

  test("what fails again says why, in its dialect", async () => {
    const id = await asked("/v1/chat/completions", question);
    control().emulator.faultNext({ kind: "refuse", operation: "Converse", type: "AccessDeniedException" });
    const { status, body } = await replay(id);
    expect([status, body.status]).toEqual([200, 403]);
    expect(JSON.stringify(body.response)).toContain("access_denied");
  });

  test("credentials are not kept, and it says so; without content the body must be given", async () => {
    const credentials = {
      bedrock: { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: "x".repeat(40) },
    };
    const id = await asked("/v1/chat/completions", { ...question, customer_credentials: credentials });
    const { body } = await replay(id);
    expect(body.status).toBe(200);
    expect(body.notes[0]).toContain("customer_credentials");
    const given = await control().ask<{ ids: string[] }>("POST", "/v1/logs", { response: { status: 200 } });
    const [log = ""] = given.body.ids;
    expect((await replay(log, { path: "/v1/chat/completions" })).status).toBe(400);
    const whole = await replay(log, { path: "/v1/chat/completions", body: question });
    expect(whole.body).toMatchObject({ status: 200, original: { status: 200 } });
    expect((await replay(id, { path: "/v1/logs" })).status).toBe(400);
  });
});
