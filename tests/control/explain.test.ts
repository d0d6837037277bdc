/** Each cause that `explain` knows, made to happen by the emulator, with the id that it must have. */
import type { Fault } from "@adit/emulator";
import { expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

interface Cause {
  id: string;
  about: string;
  evidence: string[];
  paste: Record<string, unknown> | null;
}

const nova = "us.amazon.nova-lite-v1:0";

interface Ask {
  body?: object;
  headers?: Record<string, string>;
}

const once: Ask = { headers: { "x-adit-config": JSON.stringify({ retry: { attempts: 0 } }) } };
const refuse = (type: string): Fault => ({ kind: "refuse", operation: "Converse*", type });

onBothEngines(
  (control) => {
    async function causesOf({ body = {}, headers = {} }: Ask): Promise<Cause[]> {
      const response = await fetch(`${control().baseUrl}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}`, ...headers },
        body: JSON.stringify({ model: nova, messages: [{ role: "user", content: "Good morning" }], ...body }),
      });
      await response.text();
      return explained(response.headers.get("x-adit-request-id") ?? "");
    }

    async function explained(id: string): Promise<Cause[]> {
      const ask = () => control().ask<{ causes: Cause[] }>("GET", `/v1/logs/${id}/explain`);
      await until(async () => (await ask()).status === 200);
      return (await ask()).body.causes;
    }

    test.each<[id: string, fault: Fault | undefined, ask: Ask]>([
      ["throttled", refuse("ThrottlingException"), once],
      ["throttled", { kind: "exception", type: "throttlingException", frame: 2 }, { body: { stream: true } }],
      ["throttled", refuse("ModelNotReadyException"), once],
      ["access-denied", refuse("AccessDeniedException"), once],
      ["credential-refused", refuse("UnrecognizedClientException"), once],
      ["credential-expired", refuse("ExpiredTokenException"), once],
      ["answer-broken", { kind: "cut", frame: 2 }, { body: { stream: true } }],
      ["answer-broken", { kind: "crc", frame: 2 }, { body: { stream: true } }],
      ["answer-broken", { kind: "reset", frame: 2 }, { body: { stream: true } }],
      ["answer-broken", { kind: "exception", type: "modelStreamErrorException", frame: 2 }, { body: { stream: true } }],
      ["too-long", refuse("ModelTimeoutException"), once],
      ["too-long", { kind: "delay", ms: 2_000 }, { headers: { ...once.headers, "x-adit-request-timeout": "200" } }],
      ["error.ValidationException", refuse("ValidationException"), once],
      ["error.ServiceUnavailableException", refuse("ServiceUnavailableException"), once],
      ["error.UnknownOperationException", { kind: "no-output" }, once],
      ["error.unsupported_parameter", undefined, { body: { n: 2 } }],
      ["rescued", refuse("ServiceUnavailableException"), {}],
      ["slow-model", { kind: "delay", ms: 1_200 }, {}],
      ["stopped.max_tokens", undefined, { body: { max_tokens: 1 } }],
      ["left-out", undefined, { body: { seed: 7 } }],
      ["cost-estimated", { kind: "cut", frame: 2 }, { body: { stream: true } }],
      ["cost-unknown", undefined, { body: { model: "amazon.nova-of-tomorrow-v9:0" } }],
      ["not-cached", undefined, { body: { messages: [{ role: "user", content: "a long prompt ".repeat(8_000) }] } }],
    ])("%s", async (id, fault, ask) => {
      if (fault !== undefined) control().emulator.faultNext(fault);
      const causes = await causesOf(ask);
      expect(causes.map((cause) => cause.id)).toContain(id);
      const cause = causes.find((one) => one.id === id);
      expect(cause?.evidence.length).toBeGreaterThan(0);
    });

    test("access that is denied comes with the policy to paste, throttling with a config", async () => {
      control().emulator.faultNext(refuse("AccessDeniedException"));
      const [denied] = await causesOf(once);
      expect(JSON.stringify(denied?.paste)).toContain("bedrock:InvokeModel");
      expect(JSON.stringify(denied?.paste)).toContain("amazon.nova-lite-v1:0");
      control().emulator.faultNext(refuse("ThrottlingException"));
      const [throttled] = await causesOf(once);
      expect(throttled?.paste).toMatchObject({ strategy: { mode: "fallback" } });
    });

    test.each([
      ["budget", "/v1/budgets", { unit: "tokens", amount: 1, period: "total" }],
      ["rate-limit", "/v1/rate-limits", { unit: "tokens", amount: 1, period: "day" }],
    ])("%s: a limit that the store keeps has no room", async (id, path, limit) => {
      const key = await control().ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", {
        name: id,
        scopes: ["completions.write"],
      });
      await control().ask("POST", path, { name: id, scope: "gateway_key", scope_id: key.body.id, ...limit });
      const causes = await causesOf({ headers: { authorization: `Bearer ${key.body.key}` } });
      expect(causes.map((cause) => cause.id)).toContain(id);
    });

    test("what a guardrail's check costs and nobody knows: the cost is unknown", async () => {
      const guard = { "bedrock.guard": { guardrailId: "gr123", guardrailVersion: "1" } };
      const causes = await causesOf({ headers: { "x-adit-config": JSON.stringify({ input_guardrails: [guard] }) } });
      const unknown = causes.find(({ id }) => id === "cost-unknown");
      expect(JSON.stringify(unknown)).toContain("guardrail.contentPolicyUnits");
    });

    test("a caller that left", async () => {
      control().emulator.faultNext({ kind: "silence", frame: 2, ms: 2_000 });
      const leaving = new AbortController();
      const response = await fetch(`${control().baseUrl}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
        body: JSON.stringify({ model: nova, stream: true, messages: [{ role: "user", content: "Good morning" }] }),
        signal: leaving.signal,
      });
      await response.body?.getReader().read();
      leaving.abort();
      const ids = (await explained(response.headers.get("x-adit-request-id") ?? "")).map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining(["caller-left", "cost-estimated"]));
    });

    test("a call with nothing wrong has no cause", async () => {
      expect(await causesOf({})).toEqual([]);
    });
  },
  { ADIT_FIRST_BYTE_SECONDS: "1" },
);
