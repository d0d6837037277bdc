/** Bedrock's own guardrails: in the call, and apart as checks, through the caller's credential (issue 5, section 4). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, claude, nova, refusalOf } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { callsOf, modelCalls } from "../support/seen.ts";
import { doors, streamOf, withConfig } from "./asked.ts";

const chat = doors[0]!;
const chosen = { guardrailIdentifier: "gr123", guardrailVersion: "1", trace: "enabled" };
const guard = { guardrailId: "gr123", guardrailVersion: "1" };

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

interface Told {
  choices: { message: { content: string }; finish_reason: string }[];
  trace?: { guardrail?: object };
  hook_results?: Record<string, { checks: { data: Record<string, unknown>; error?: object }[]; verdict: boolean }[]>;
}

describe("in the call", () => {
  const loose = { "x-portkey-strict-open-ai-compliance": "false" };

  test("a config may choose it for its target; AWS's word is the answer, its trace is shown and kept", async () => {
    const config = { override_params: { guardrailConfig: chosen } };
    const response = await ask(house, "TRIP_GUARDRAIL", {}, withConfig(config, loose));
    const body = (await response.json()) as Told;
    expect(body.choices[0]).toMatchObject({ message: { content: "Guardrail blocked the input." } });
    expect(body.trace?.guardrail).toHaveProperty("inputAssessment");
    expect(house.logLines().at(-1)).toMatchObject({
      stopReason: "guardrail_intervened",
      guardrails: [{ check: "bedrock.guardrailConfig", when: "before_request", verdict: false }],
    });
  });

  test.each(["sync", "async"])("a stream, %s", async (streamProcessingMode) => {
    const body = { stream: true, guardrailConfig: { ...chosen, streamProcessingMode } };
    const seen = await streamOf(await ask(house, "TRIP_GUARDRAIL", body, loose), chat);
    expect(seen.text).toBe("Guardrail blocked the input.");
    expect(seen.raw).toContain('"inputAssessment"');
    const sent = JSON.parse(modelCalls(house.emulator)[0]?.body.toString("utf8") ?? "{}") as {
      guardrailConfig: object;
    };
    expect(sent.guardrailConfig).toEqual({ ...chosen, streamProcessingMode });
    expect(house.logLines().at(-1)?.["guardrails"]).toMatchObject([{ verdict: false }]);
  });

  test("AWS has none on bedrock-mantle: what asks for one there is refused, and not sent", async () => {
    for (const { body = {}, config = {} } of [
      { body: { guardrailConfig: chosen } },
      { config: { override_params: { guardrail_config: chosen } } },
    ]) {
      const asked = ask(house, "Hello", { model: "openai.gpt-5.4", ...body }, withConfig(config));
      expect(await refusalOf(await asked)).toMatchObject({ status: 400, param: "guardrailConfig" });
    }
    expect(house.emulator.requests).toEqual([]);
  });

  test("a trace does not say what a guardrail of the config takes out, at any door that shows it", async () => {
    const config = { output_guardrails: [{ "default.regexReplace": { rule: "[\\w.]+@[\\w.]+", redactText: "#" } }] };
    const messages = [{ role: "user", content: "Write to ann@example.com" }];
    const native = { anthropic_version: "bedrock-2023-05-31", max_tokens: 50, messages };
    const inHeaders = {
      "x-amzn-bedrock-guardrailidentifier": "gr123",
      "x-amzn-bedrock-guardrailversion": "1",
      "x-amzn-bedrock-trace": "ENABLED",
    };
    const asked = { max_tokens: 50, messages, guardrailConfig: chosen };
    for (const [path, body, headers] of [
      ["/v1/chat/completions", { ...asked, model: nova }, loose],
      ["/v1/chat/completions", { ...asked, model: nova, stream: true }, loose],
      ["/v1/messages", { ...asked, model: claude.sonnet45 }, {}],
      ["/v1/messages", { ...asked, model: claude.sonnet45, stream: true }, {}],
      [`/model/${claude.sonnet45}/invoke`, native, inHeaders],
      [`/model/${claude.sonnet45}/invoke-with-response-stream`, native, inHeaders],
    ] as [string, object, Record<string, string>][]) {
      const response = await house.post(path, body, withConfig(config, headers));
      const frames = Buffer.from(await response.arrayBuffer()).toString("latin1");
      const chunks = [...frames.matchAll(/"bytes":"([^"]+)"/g)].map(([, bytes = ""]) => atob(bytes));
      const text = [frames, ...chunks].join("\n");
      expect(text, path).toContain("trace");
      expect(text, path).not.toContain("ann@example.com");
    }
  });
});

describe("apart, as a check", () => {
  test("ApplyGuardrail judges requests and answers, signed as the target is", async () => {
    const denying = withConfig({ input_guardrails: [{ "bedrock.guard": guard, deny: true }] });
    const denied = await ask(house, "TRIP_CONTENT_FILTER", {}, denying);
    expect(denied.status).toBe(446);
    const body = (await denied.json()) as Told;
    expect(body.hook_results?.["before_request_hooks"]?.[0]?.checks[0]?.data).toEqual({
      action: "GUARDRAIL_INTERVENED",
      findings: [{ policy: "contentPolicy", type: "VIOLENCE", action: "BLOCKED" }],
    });
    expect(modelCalls(house.emulator)).toEqual([]);
    const [applied] = callsOf(house.emulator, "ApplyGuardrail");
    expect(applied?.accessKeyId).toBe(house.emulator.credential.accessKeyId);
    expect(JSON.parse(applied?.body.toString("utf8") ?? "")).toEqual({
      source: "INPUT",
      content: [{ text: { text: "TRIP_CONTENT_FILTER" } }],
    });
    expect((await ask(house, "Good morning", {}, denying)).status).toBe(200);
    const after = withConfig({ output_guardrails: [{ "bedrock.guard": guard, deny: true }] });
    expect((await ask(house, "TRIP_GUARDRAIL", {}, after)).status).toBe(446);
  });

  test("what it would mask is masked where the check redacts, and fails where it does not", async () => {
    const redact = { "bedrock.guard": { ...guard, redact: true }, deny: true };
    const response = await ask(house, "I am ann@example.com", {}, withConfig({ input_guardrails: [redact] }));
    expect(response.status).toBe(200);
    expect(modelCalls(house.emulator)[0]?.body.toString("utf8")).toContain("I am {EMAIL}");
    const turns = ["I am ann@example.com", "Hello ann@example.com", "Who am I?"];
    const messages = turns.map((content, index) => ({ role: index === 1 ? "assistant" : "user", content }));
    const later = await ask(house, "", { messages }, withConfig({ input_guardrails: [redact] }));
    expect(later.status).toBe(200);
    expect(JSON.parse(modelCalls(house.emulator).at(-1)!.body.toString("utf8"))).toMatchObject({
      messages: ["I am {EMAIL}", "Hello {EMAIL}", "Who am I?"].map((text) => ({ content: [{ text }] })),
    });
    const plain = { "bedrock.guard": guard, deny: true };
    const denied = await ask(house, "I am ann@example.com", {}, withConfig({ input_guardrails: [plain] }));
    expect(denied.status).toBe(446);
    expect(await denied.text()).not.toContain("ann@");
  });

  test("a stream is held until it has judged", async () => {
    const config = { output_guardrails: [{ "bedrock.guard": { ...guard, redact: true }, deny: true }] };
    const masked = await streamOf(await ask(house, "I am ann@example.com", { stream: true }, withConfig(config)), chat);
    expect(masked.raw).not.toContain("ann@");
    expect(masked.text).toContain("{EMAIL}");
    const stopped = await streamOf(await ask(house, "TRIP_GUARDRAIL", { stream: true }, withConfig(config)), chat);
    expect(stopped.text).toBe("");
    expect(stopped.events.at(-1)?.name).toBe("error");
  });

  test("a guardrail that AWS has not is an error of the check", async () => {
    const missing = { "bedrock.guard": { ...guard, guardrailId: "missing" }, deny: true };
    const response = await ask(house, "Hello", {}, withConfig({ input_guardrails: [missing] }));
    expect(response.status).toBe(200);
    const body = (await response.json()) as Told;
    expect(body.hook_results?.["before_request_hooks"]?.[0]?.checks[0]?.error).toBeDefined();
    const strict = { "bedrock.guard": { ...guard, guardrailId: "missing", failOnError: true }, deny: true };
    expect((await ask(house, "Hello", {}, withConfig({ input_guardrails: [strict] }))).status).toBe(446);
  });

  test("checks without a guardrail: filters, attacks, personal data, with a threshold", async () => {
    const checks = { contentFilter: ["VIOLENCE"], promptAttack: ["JAILBREAK"], sensitiveInformation: ["EMAIL"] };
    const config = (more: object = {}) =>
      withConfig({ input_guardrails: [{ "bedrock.guardrailChecks": { ...checks, ...more }, deny: true }] });
    expect((await ask(house, "Good morning", {}, config())).status).toBe(200);
    for (const text of ["TRIP_CONTENT_FILTER", "TRIP_GUARDRAIL", "ann@example.com"]) {
      expect((await ask(house, text, {}, config())).status, text).toBe(446);
    }
    const calls = callsOf(house.emulator, "InvokeGuardrailChecks");
    expect(calls).toHaveLength(4);
    const { param } = await refusalOf(
      await ask(house, "x", {}, withConfig({ input_guardrails: [{ "bedrock.guardrailChecks": {} }] })),
    );
    expect(param).toBe("config.input_guardrails[0].bedrock.guardrailChecks");
  });

  test.each([
    ["a virtual key that is not there", { virtualKey: "nobody" }, "not_stored"],
    ["a region that is none", { region: "us-west-2a" }, "invalid_region"],
  ])("%s is a fault of the request's, not of the text's", async (_name, place, code) => {
    const named = { "bedrock.guard": { ...guard, ...place } };
    const refusal = await refusalOf(
      await ask(house, "Hello", { model: nova }, withConfig({ input_guardrails: [named] })),
    );
    expect(refusal).toMatchObject({ status: 400, code });
    expect(house.emulator.requests).toEqual([]);
  });
});
