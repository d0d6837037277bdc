/** Traces: read as a tree, and sent to an OpenTelemetry collector, of calls that were made (P27). */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  attributesOf,
  startCollector,
  type Collector,
} from "../../packages/gateway/src/ledger/traces/testing/collector.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { canaries } from "../attacks/canaries.ts";
import { adminKey, openControl, type Control } from "./control.ts";

interface TreeSpan {
  span_id: string;
  parent_span_id: string | null;
  depth: number;
  name: string;
  attributes: Record<string, unknown>;
}
interface Trace {
  trace_id: string;
  call_count: number;
  is_partial: boolean;
  spans: TreeSpan[];
}

const nova = "us.amazon.nova-lite-v1:0";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const callersSpan = "00f067aa0ba902b7";
const secrets = canaries();

let collector: Collector;
let control: Control & { close: () => Promise<void> };
beforeAll(async () => {
  collector = await startCollector();
  control = await openControl({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${secrets.of("collector key")}`,
    OTEL_SERVICE_NAME: "gateway-under-test",
  });
  await chat({ traceparent: `00-${traceId}-${callersSpan}-01` }, { stream: true });
  await chat({ "x-portkey-trace-id": traceId, "x-portkey-span-id": "tool", "x-portkey-span-name": "weather tool" });
  await chat({ "x-portkey-trace-id": traceId, "x-portkey-parent-span-id": "tool" });
  // Refused: what the caller sent as credentials must show nowhere.
  await chat({
    "x-portkey-trace-id": traceId,
    "x-portkey-aws-access-key-id": "AKIAIOSFODNN7EXAMPLE",
    "x-portkey-aws-secret-access-key": secrets.of("secret access key"),
    "x-portkey-aws-session-token": secrets.of("session token"),
  });
  await until(async () => (await readTrace()).body.call_count === 4);
});
afterAll(async () => {
  await control.close();
  await collector.close();
});

async function chat(headers: Record<string, string>, more: object = {}): Promise<void> {
  const response = await fetch(`${control.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-portkey-api-key": adminKey, ...headers },
    body: JSON.stringify({ model: nova, messages: [{ role: "user", content: secrets.of("content") }], ...more }),
  });
  await response.text();
}

const readTrace = (id = traceId) => control.ask<Trace>("GET", `/v1/traces/${encodeURIComponent(id)}`);

test("a trace is a tree: calls under the spans that their callers name, and in each what took how long", async () => {
  const { status, body } = await readTrace();
  expect(status).toBe(200);
  expect(body).toMatchObject({ trace_id: traceId, is_partial: false });
  const [stream] = body.spans;
  expect(stream).toMatchObject({ depth: 0, name: "POST /v1/chat/completions", parent_span_id: callersSpan });
  const end = body.spans.findIndex(({ depth }, index) => index > 0 && depth === 0);
  const parts = body.spans.slice(1, end === -1 ? undefined : end).map(({ name, depth }) => `${depth} ${name}`);
  // The first call asks whether there are limits, and the emulator for its credentials: both may take a millisecond.
  for (const maybe of ["2 limits", "1 credentials"]) if (parts[4] === maybe) parts.splice(4, 1);
  expect(parts.slice(0, 5)).toEqual(["1 prepare", "2 auth", "2 read", "2 plan", `1 chat ${nova}`]);
  expect(parts.slice(5).toSorted()).toEqual(["2 connect", "2 first frame", "2 sign", "2 stream"]);
  const tool = body.spans.find(({ name }) => name === "weather tool");
  const under = body.spans.filter(({ parent_span_id: parent }) => parent === tool?.span_id);
  expect(under.map(({ name }) => name)).toContain("POST /v1/chat/completions");
  expect(under.map(({ name }) => name)).toContain(`chat ${nova}`);
});

test("a trace that is not there, or that is another project's, is not found", async () => {
  expect((await readTrace("nobody's")).status).toBe(404);
  const { body: project } = await control.ask<{ id: string }>("POST", "/v1/projects", { name: "Elsewhere" });
  expect((await control.ask("GET", `/v1/traces/${traceId}?workspace_id=${project.id}`)).status).toBe(404);
});

test("the collector has the same spans, in OTLP's form", async () => {
  const { body } = await readTrace();
  await expect.poll(() => collector.spans.length).toBe(body.spans.length);
  expect(collector.faults).toEqual([]);
  expect(collector.spans.map(({ spanId }) => spanId).toSorted()).toEqual(
    body.spans.map(({ span_id: id }) => id).toSorted(),
  );
  expect(collector.resources[0]).toEqual({ "service.name": "gateway-under-test" });
  expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  const answered = collector.spans.find((span) => attributesOf(span)["gen_ai.usage.output_tokens"] !== undefined);
  expect(answered?.kind).toBe(3);
  expect(attributesOf(answered ?? { attributes: [] })).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "aws.bedrock",
    "gen_ai.request.model": nova,
    "gen_ai.response.model": nova,
    "gen_ai.response.finish_reasons": ["end_turn"],
    "gen_ai.usage.input_tokens": expect.stringMatching(/^[1-9]\d*$/) as unknown,
  });
  const metrics = await fetch(`${control.gateway.url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
  expect(await metrics.text()).toContain("adit_traces_sent_calls_total 4\n");
});

test("no content and no secret is in a span, in the log or in what is read", async () => {
  const sent = collector.requests.map(({ text }) => text).join("\n");
  expect(sent.length).toBeGreaterThan(1_000);
  secrets.expectNoneIn(sent, "what the collector got");
  secrets.expectNoneIn(JSON.stringify((await readTrace()).body), "the trace");
  secrets.expectNoneIn(control.log.join("\n"), "the log");
  for (const { headers } of collector.requests) expect(headers["x-collector-key"]).toBe(secrets.of("collector key"));
});

test("who is no admin of the gateway sees no figures of all projects, and can give no key the right to", async () => {
  const { body: project } = await control.ask<{ id: string }>("POST", "/v1/projects", { name: "Ours" });
  const password = "a long password for tests";
  const email = "lead@example.com";
  const person = { email, name: "Lead", password, projects: { [project.id]: "admin" }, role: "member" };
  await control.ask("POST", "/v1/people", person);
  const { url } = control.gateway;
  const session = await fetch(`${url}/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ email, password }),
  });
  const { csrf_token: csrf } = (await session.json()) as { csrf_token: string };
  const cookie = (session.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const asLead = { cookie, "x-adit-csrf-token": csrf, origin: url, "content-type": "application/json" };
  expect((await fetch(`${url}/metrics`, { headers: asLead })).status).toBe(403);
  const keyPath = "/v1/api-keys/workspace/service";
  const made = async (scopes: string[]): Promise<number> => {
    const body = JSON.stringify({ name: "watch", scopes, workspace_id: project.id });
    return (await fetch(`${url}${keyPath}`, { method: "POST", headers: asLead, body })).status;
  };
  expect(await made(["metrics.read"])).toBe(403);
  expect(await made(["metrics.*"])).toBe(403);
  expect(await made(["logs.read"])).toBe(200);
  const given = await control.ask<{ key: string }>("POST", keyPath, { name: "watch", scopes: ["metrics.read"] });
  const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${given.body.key}` } });
  expect(metrics.status).toBe(200);
});
