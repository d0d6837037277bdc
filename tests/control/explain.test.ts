/** Each cause that `explain` knows, made to happen by the emulator, with the id that it must have. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Fault } from "@adit/emulator";
import { afterAll, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

interface Cause {
  id: string;
  about: string;
  evidence: string[];
  paste: Record<string, unknown> | null;
}

const nova = "us.amazon.nova-lite-v1:0";
const haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const canary = "CANARYwordsxQ7vR2mK9pL4wT8zB3nH6wJalrXU";
const opus = "us.anthropic.claude-opus-4-1-20250805-v1:0";

/** A webhook that takes its time. */
const hook = createServer((request, response) => {
  request.resume();
  setTimeout(() => response.setHeader("content-type", "application/json").end('{"verdict":true}'), 1_300);
});
await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`;
afterAll(() => void hook.close());

interface Ask {
  path?: string;
  body?: object;
  headers?: Record<string, string>;
}

const once: Ask = { headers: { "x-adit-config": JSON.stringify({ retry: { attempts: 0 } }) } };
const refuse = (type: string, message?: string): Fault => ({
  kind: "refuse",
  operation: "Converse*",
  type,
  ...(message !== undefined && { message }),
});
const invalid = (message: string): Fault => refuse("ValidationException", message);
const denied = (what: string): Fault =>
  refuse(
    "AccessDeniedException",
    `User: arn:aws:iam::123456789012:user/u is not authorized to perform: ${what} because no identity-based policy allows it`,
  );
const withConfig = (config: object): Ask => ({ headers: { "x-adit-config": JSON.stringify(config) } });
const blocked = {
  guardrailConfig: { guardrailIdentifier: "gr123", guardrailVersion: "1" },
  messages: [{ role: "user", content: "TRIP_GUARDRAIL" }],
};
const oneWord = { "default.wordCount": { maxWords: 1 } };
const slowHook: Ask = {
  headers: {
    "x-adit-config": JSON.stringify({
      input_guardrails: [{ id: "slow-one", "default.webhook": { webhookURL: `${origin}/`, timeout: 10_000 } }],
    }),
  },
};

onBothEngines(
  (control) => {
    async function causesOf({ path = "/chat/completions", body = {}, headers = {} }: Ask): Promise<Cause[]> {
      const response = await fetch(`${control().baseUrl}${path}`, {
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
      ["error.ModelNotReadyException", refuse("ModelNotReadyException"), once],
      ["access-denied", refuse("AccessDeniedException"), once],
      ["credential-refused", refuse("UnrecognizedClientException"), once],
      ["credential-expired", refuse("ExpiredTokenException"), once],
      ["answer-broken", { kind: "cut", frame: 2 }, { body: { stream: true } }],
      ["answer-broken", { kind: "crc", frame: 2 }, { body: { stream: true } }],
      ["answer-broken", { kind: "reset", frame: 2 }, { body: { stream: true } }],
      ["answer-broken", { kind: "exception", type: "modelStreamErrorException", frame: 2 }, { body: { stream: true } }],
      ["too-long", refuse("ModelTimeoutException"), once],
      ["too-long", { kind: "delay", ms: 2_000 }, { headers: { ...once.headers, "x-adit-request-timeout": "200" } }],
      ["error.ValidationException", invalid("Something else is wrong."), once],
      ["unknown-model", refuse("ValidationException"), once],
      ["daily-quota", refuse("ThrottlingException", "Too many tokens per day, please wait before trying again."), once],
      ["input-too-long", invalid("Input is too long for requested model."), once],
      [
        "on-demand-throughput",
        invalid(
          "Invocation of model ID m with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        ),
        once,
      ],
      ["model-retired", refuse("ResourceNotFoundException"), once],
      [
        "marketplace-subscription",
        refuse(
          "AccessDeniedException",
          "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model.",
        ),
        once,
      ],
      [
        "use-case-form",
        refuse(
          "ResourceNotFoundException",
          "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model.",
        ),
        once,
      ],
      [
        "unsupported-country",
        invalid("Access to Anthropic models is not allowed from unsupported countries, regions, or territories."),
        once,
      ],
      ["account-not-allowed", invalid("Operation not allowed"), once],
      [
        "explicit-deny",
        refuse(
          "AccessDeniedException",
          "User: u is not authorized to perform: bedrock:InvokeModel on resource: r with an explicit deny in a service control policy",
        ),
        once,
      ],
      ["no-count-of-tokens", invalid("The provided model doesn't support counting tokens."), once],
      [
        "prompt-caching",
        refuse(
          "AccessDeniedException",
          "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.",
        ),
        once,
      ],
      ["beta-flag", invalid("invalid beta flag"), once],
      ["unknown-field", invalid("tools.0.custom.defer_loading: Extra inputs are not permitted"), once],
      [
        "thinking",
        invalid("messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."),
        once,
      ],
      [
        "tool-use",
        invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks."),
        once,
      ],
      [
        "turns",
        invalid(
          "A conversation must alternate between user and assistant roles. Make sure the conversation alternates.",
        ),
        once,
      ],
      [
        "document-name",
        invalid("Messages can't contain duplicate document names. Rename the document and retry."),
        once,
      ],
      ["output-schema", invalid("For 'object' type, 'additionalProperties' must be explicitly set to false"), once],
      [
        "clock-skew",
        refuse("InvalidSignatureException", "Signature expired: 20261126T000000Z is now earlier than 20261126T001000Z"),
        once,
      ],
      [
        "guardrail-permission",
        denied("bedrock:ApplyGuardrail on resource: arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1"),
        once,
      ],
      [
        "api-key-permission",
        denied("bedrock:CallWithBearerToken on resource: arn:aws:bedrock:us-east-1:123456789012:*"),
        once,
      ],
      [
        "output-limit",
        invalid(
          "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
        ),
        once,
      ],
      ["sampling", invalid("`temperature` and `top_p` cannot both be specified for this model."), once],
      ["unsupported", invalid("This model doesn't support the status field. Remove status and try again."), once],
      ["guardrail-failed", undefined, withConfig({ output_guardrails: [oneWord] })],
      ["error.guardrail_denied", undefined, withConfig({ output_guardrails: [{ ...oneWord, deny: true }] })],
      [
        "thrown-away",
        undefined,
        withConfig({
          output_guardrails: [{ ...oneWord, deny: true }],
          retry: { attempts: 1, on_status_codes: [446] },
        }),
      ],
      ["dear-tier", undefined, { body: { service_tier: "priority" } }],
      [
        "cache-written-not-read",
        undefined,
        {
          body: {
            model: haiku,
            messages: [
              {
                role: "user",
                content: [{ type: "text", text: "a long prompt ".repeat(8_000), cache_control: { type: "ephemeral" } }],
              },
            ],
          },
        },
      ],
      ["stopped.guardrail_intervened", undefined, { body: blocked }],
      ["profile-stood-in", undefined, { body: { model: "anthropic.claude-haiku-4-5-20251001-v1:0" } }],
      ["clock-skew", { kind: "clock", offsetMs: 600_000 }, {}],
      ["slow-stream", { kind: "drip", bytes: 200, everyMs: 200 }, { body: { stream: true } }],
      ["error.ServiceUnavailableException", refuse("ServiceUnavailableException"), once],
      ["error.UnknownOperationException", { kind: "no-output" }, once],
      ["error.unsupported_parameter", undefined, { body: { n: 2 } }],
      ["rescued", refuse("ServiceUnavailableException"), {}],
      ["slow-model", { kind: "delay", ms: 1_200 }, {}],
      ["stopped.max_tokens", undefined, { body: { max_tokens: 1 } }],
      // By AWS's endpoint in OpenAI's format, in its words.
      ...[false, true].map((stream): [string, undefined, Ask] => {
        const body = {
          model: "openai.gpt-5",
          input: "Good morning",
          messages: undefined,
          max_output_tokens: 2,
          stream,
        };
        return ["stopped.max_tokens", undefined, { path: "/responses", body }];
      }),
      ["left-out", undefined, { body: { seed: 7 } }],
      ["cost-estimated", { kind: "cut", frame: 2 }, { body: { stream: true } }],
      ["cost-unknown", undefined, { body: { model: "amazon.nova-of-tomorrow-v9:0" } }],
      [
        "dear-input",
        undefined,
        { body: { model: opus, messages: [{ role: "user", content: "a long prompt ".repeat(4_000) }] } },
      ],
      ["not-cached", undefined, { body: { messages: [{ role: "user", content: "a long prompt ".repeat(8_000) }] } }],
    ])("%s", async (id, fault, ask) => {
      if (fault !== undefined) control().emulator.faultNext(fault);
      const causes = await causesOf(ask);
      expect(
        causes.map((cause) => cause.id),
        JSON.stringify(causes),
      ).toContain(id);
      const cause = causes.find((one) => one.id === id);
      expect(cause?.evidence.length).toBeGreaterThan(0);
    });

    test.each<[door: string, body: object]>([
      ["/v1/chat/completions", { model: nova, stream: true, messages: [{ role: "user", content: "Good morning" }] }],
      [
        "/v1/messages",
        { model: haiku, stream: true, max_tokens: 50, messages: [{ role: "user", content: "Good morning" }] },
      ],
      ["/v1/responses", { model: nova, stream: true, input: "Good morning" }],
      [`/model/${nova}/converse-stream`, { messages: [{ role: "user", content: [{ text: "Good morning" }] }] }],
      [
        `/model/${nova}/invoke-with-response-stream`,
        { messages: [{ role: "user", content: [{ text: "Good morning" }] }] },
      ],
    ])(
      "what AWS says in the middle of a stream is in the record, the attempt and the cause: %s",
      async (path, body) => {
        const message = `Too many tokens per day, says ${canary}, please wait before trying again.`;
        control().emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 2, message });
        const answer = await fetch(`${new URL(control().baseUrl).origin}${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
          body: JSON.stringify(body),
        });
        expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("Too many tokens per day")]);
        const id = answer.headers.get("x-adit-request-id") ?? "";
        const [cause] = await explained(id);
        expect(cause).toMatchObject({ id: "daily-quota", about: "failure" });
        expect(cause?.evidence).toEqual(
          expect.arrayContaining(["AWS's name: ThrottlingException", "AWS's words are about: daily-quota"]),
        );
        const { body: log } = await control().ask<object>("GET", `/v1/logs/${id}`);
        const failure = { error: "ThrottlingException", aws_error: "ThrottlingException", aws_reason: "daily-quota" };
        expect(log).toMatchObject({
          ...failure,
          is_success: false,
          attempts: [{ error: null, stream_failure: failure }],
        });
        // The words may quote what was asked: no record has them.
        expect(JSON.stringify(log)).not.toContain(canary);
      },
    );

    test("an error frame, and a stream that is cut, are named in the attempt", async () => {
      const broken = async (fault: Fault): Promise<unknown> => {
        control().emulator.faultNext(fault);
        const response = await fetch(`${control().baseUrl}/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
          body: JSON.stringify({ model: nova, stream: true, messages: [{ role: "user", content: "Good morning" }] }),
        });
        await response.text();
        const id = response.headers.get("x-adit-request-id") ?? "";
        await explained(id);
        const { attempts } = (await control().ask<{ attempts: { stream_failure: unknown }[] }>("GET", `/v1/logs/${id}`))
          .body;
        return attempts.at(-1)?.stream_failure;
      };
      expect(
        await broken({ kind: "error-frame", code: "InternalFailure", message: "It failed.", frame: 2 }),
      ).toMatchObject({
        aws_error: "InternalFailure",
        aws_reason: null,
      });
      expect(await broken({ kind: "cut", frame: 2 })).toEqual({
        error: "truncated_stream",
        aws_error: null,
        aws_reason: null,
      });
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

    const statementsOf = (cause: Cause | undefined) => cause?.paste?.["Statement"];

    test.each<[id: string, what: string, statement: object]>([
      [
        "guardrail-permission",
        "bedrock:ApplyGuardrail on resource: r",
        { Action: "bedrock:ApplyGuardrail", Resource: ["arn:aws:bedrock:us-east-1:*:guardrail/*"] },
      ],
      [
        "api-key-permission",
        "bedrock:CallWithBearerToken on resource: r",
        { Action: "bedrock:CallWithBearerToken", Resource: "*" },
      ],
      [
        "marketplace-subscription",
        "the required AWS Marketplace actions (aws-marketplace:Subscribe)",
        { Action: ["aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions"] },
      ],
    ])("%s comes with the policy that is missing", async (id, what, statement) => {
      control().emulator.faultNext(denied(what));
      const [cause] = await causesOf(once);
      expect(cause?.id).toBe(id);
      expect(statementsOf(cause)).toEqual(expect.arrayContaining([expect.objectContaining(statement)]));
    });

    test("a role that may not be taken on is no want of a model: its policy is for STS", async () => {
      // Of an account that the emulator has no key pair of.
      const role = { "x-adit-aws-role-arn": "arn:aws:iam::999999999999:role/r", "x-adit-aws-auth-type": "assumedRole" };
      const [cause] = await causesOf({ headers: role });
      expect(cause?.id).toBe("role-permission");
      expect(statementsOf(cause)).toMatchObject([{ Action: ["sts:AssumeRole", "sts:TagSession"] }]);
    });

    test("the config for a virtual key that is throttled names another: the key's own region would hold over a config's", async () => {
      const made = await control().ask("POST", "/v1/virtual-keys", {
        name: "Throttled",
        slug: "throttled",
        provider: "bedrock",
        kind: "access_key",
        aws_access_key_id: control().emulator.credential.accessKeyId,
        aws_secret_access_key: control().emulator.credential.secretAccessKey,
        aws_region: "us-east-1",
      });
      expect(made.status).toBe(200);
      control().emulator.faultNext(refuse("ThrottlingException"));
      const [cause] = await causesOf({ ...once, body: { model: `@throttled/${nova}` } });
      expect(cause?.paste?.["targets"]).toMatchObject([
        { virtual_key: "throttled" },
        { virtual_key: "ANOTHER_VIRTUAL_KEY" },
      ]);
    });

    test("circuit-open: a target that failed too often just before gets no call", async () => {
      const circuit = { failure_threshold: 2, minimum_requests: 5, cooldown_interval: 30_000 };
      const made = await control().ask<{ slug: string }>("POST", "/v1/configs", {
        name: "Circuit",
        config: {
          strategy: { mode: "fallback", cb_config: circuit },
          retry: { attempts: 0 },
          targets: [{ virtual_key: "throttled" }, { provider: "bedrock", override_params: { model: haiku } }],
        },
      });
      const ask: Ask = { headers: { "x-adit-config": made.body.slug } };
      control().emulator.faultNext({ ...refuse("ServiceUnavailableException"), model: "*nova*" }, 5);
      for (let call = 0; call < 5; call += 1) await causesOf(ask);
      expect((await causesOf(ask)).map(({ id }) => id)).toContain("circuit-open");
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

    test("a slow check is named, and not the gateway", async () => {
      const causes = await causesOf(slowHook);
      expect(causes.map(({ id }) => id)).toEqual(["slow-guardrail"]);
      expect(causes[0]?.evidence.join()).toContain("slow-one");
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

    test("not-told: what did not pass through the gateway is no failure of its own", async () => {
      const response = { status: 429, body: { error: { message: "Rate limit reached" } } };
      const given = await control().ask<{ ids: string[] }>("POST", "/v1/logs", { response });
      const [cause] = await explained(given.body.ids[0] ?? "");
      expect(cause).toMatchObject({ id: "not-told", evidence: ["status: 429"] });
    });

    test("a call with nothing wrong has no cause", async () => {
      expect(await causesOf({})).toEqual([]);
    });
  },
  { ADIT_FIRST_BYTE_SECONDS: "1", ADIT_CUSTOM_HOSTS: origin },
);
