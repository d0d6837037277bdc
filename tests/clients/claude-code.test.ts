/**
 * What Claude Code sends, as exact HTTP. The program itself (2.1.332) was run by hand against gateway and emulator in each of the modes below,
 * and in that for bedrock-mantle (docs/coding-agents.md says what it did); it is not among the packages installed here, for its size. Not tried
 * with it: Bedrock's real answers, signatures by AWS key pairs of its own (the gateway takes its keys and no others), and sign-in by claude.ai,
 * which does not come here.
 */
import { request } from "node:http";
import type { SeenRequest } from "@adit/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claude, droppedOf } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { readEvents } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

/** Headers of every request, but for those of its runtime. */
const ownHeaders = {
  accept: "application/json",
  "content-type": "application/json",
  "user-agent": "claude-cli/2.1.332 (external, sdk-cli)",
  "x-claude-code-session-id": "a3fd8b1a-12de-4824-b82b-2a6bf1693561",
  "x-stainless-lang": "js",
  "x-stainless-package-version": "0.128.0",
  "x-stainless-retry-count": "0",
  "x-stainless-timeout": "600",
  "anthropic-dangerous-direct-browser-access": "true",
  "anthropic-version": "2023-06-01",
  "x-app": "cli",
};

/** Of its body what both modes share; its system prompt and tools are longer. */
const sharedBody = {
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "<system-reminder>\n# Environment\n</system-reminder>" },
        { type: "text", text: "Read the file", cache_control: { type: "ephemeral" } },
      ],
    },
  ],
  system: [
    { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.332.1bd; cc_entrypoint=sdk-cli;" },
    { type: "text", text: "You are a Claude agent.", cache_control: { type: "ephemeral" } },
  ],
  tools: [
    {
      name: "Read",
      description: "Reads a file.",
      input_schema: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        properties: { file_path: { type: "string" } },
        required: ["file_path"],
        additionalProperties: false,
      },
    },
    {
      name: "DeferredToolPlaceholder",
      description: "Stands for tools that are searched for.",
      input_schema: { type: "object", properties: {} },
      defer_loading: true,
    },
  ],
  metadata: { user_id: '{"device_id":"b1c0","account_uuid":"","session_id":"a3fd8b1a"}' },
  max_tokens: 32000,
};

function onlyCall(): SeenRequest {
  expect(house.emulator.requests).toHaveLength(1);
  return house.emulator.requests[0]!;
}

function sentBody(call: SeenRequest): Record<string, unknown> {
  return JSON.parse(call.body.toString()) as Record<string, unknown>;
}

describe("gateway mode: ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN", () => {
  const headers = {
    ...ownHeaders,
    "anthropic-beta":
      "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,thinking-display-updates-2026-08-18",
  };
  const body = {
    model: claude.sonnet45,
    ...sharedBody,
    thinking: { budget_tokens: 31999, type: "enabled", display: "updates" },
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
    stream: true,
  };

  test("/v1/messages?beta=true: Claude gets the body as it came; flags that Bedrock has go along, others are named", async () => {
    const reply = await house.post("/v1/messages?beta=true", body, headers);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(droppedOf(reply)).toEqual([
      "anthropic_beta.thinking-token-count-2026-05-13",
      "anthropic_beta.thinking-display-updates-2026-08-18",
      "thinking.display",
    ]);
    const events = (await readEvents(reply)).map(({ event }) => event);
    expect([events[0], events.at(-1)]).toEqual(["message_start", "message_stop"]);
    const call = onlyCall();
    expect(call.operation).toBe("InvokeModelWithResponseStream");
    const { model: _model, stream: _stream, ...asItCame } = body;
    expect(sentBody(call)).toEqual({
      ...asItCame,
      thinking: { budget_tokens: 31999, type: "enabled" },
      anthropic_version: "bedrock-2023-05-31",
      anthropic_beta: [
        "claude-code-20250219",
        "interleaved-thinking-2025-05-14",
        "context-management-2025-06-27",
        // Bedrock's name for advanced-tool-use-2025-11-20.
        "tool-search-tool-2025-10-19",
      ],
    });
    // Neither the key nor a header of the program's own goes to AWS.
    for (const name of Object.keys(call.headers)) expect(name).not.toMatch(/^(x-app|x-claude|x-stainless|anthropic-)/);
    expect(JSON.stringify(call.headers)).not.toContain(house.key);
  });

  test("a model whose table has no flag gets none, and no field that wants one", async () => {
    const { thinking: _thinking, ...rest } = body;
    const asked = {
      ...rest,
      model: claude.opus47,
      thinking: { type: "adaptive", display: "omitted" },
      output_config: { effort: "xhigh" },
    };
    const reply = await house.post("/v1/messages?beta=true", asked, headers);
    expect(reply.status, await reply.text()).toBe(200);
    expect(droppedOf(reply)).toEqual([
      ...headers["anthropic-beta"].split(",").map((flag) => `anthropic_beta.${flag}`),
      "context_management",
      "tools[1].defer_loading",
    ]);
    const sent = sentBody(onlyCall());
    expect(sent["output_config"]).toEqual({ effort: "xhigh" });
    expect(sent).not.toHaveProperty("anthropic_beta");
  });

  describe("Claude 5, which gets instructions as messages of role system", () => {
    const instructions = {
      role: "system",
      content: [{ type: "text", text: "# Environment", cache_control: { type: "ephemeral" } }],
    };
    const found = {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "tool_reference", tool_name: "Read" }] },
        { type: "text", text: "Tool loaded." },
      ],
    };
    const asked = {
      ...body,
      model: claude.opus5,
      messages: [
        ...body.messages,
        instructions,
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "toolu_1", name: "ToolSearch", input: { query: "Read" } }],
        },
        found,
        instructions,
      ],
      thinking: { type: "adaptive", display: "omitted" },
      output_config: { effort: "high" },
    };
    const flags =
      "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,mid-conversation-tool-changes-2026-07-01,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,effort-2025-11-24";
    const unknown = ["mid-conversation-tool-changes-2026-07-01", "thinking-token-count-2026-05-13"];

    test("what AWS does not take yet is left out of a second try, tool search stays", async () => {
      const reply = await house.post("/v1/messages?beta=true", asked, { ...headers, "anthropic-beta": flags });
      expect(reply.status, await reply.text()).toBe(200);
      expect(droppedOf(reply)).toEqual(unknown.map((flag) => `anthropic_beta.${flag}`));
      expect(house.emulator.requests.map(({ status }) => status)).toEqual([400, 200]);
      const sent = sentBody(house.emulator.requests[1]!);
      expect(sent).toMatchObject({ messages: asked.messages, tools: asked.tools });
    });

    test("a fallback to a model without such messages gets them from the user", async () => {
      const config = {
        strategy: { mode: "fallback", on_status_codes: [429] },
        targets: [{ retry: { attempts: 0 } }, { override_params: { model: claude.sonnet45 } }].map((target) => ({
          provider: "bedrock",
          ...target,
        })),
      };
      house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" }, 1);
      const reply = await house.post("/v1/messages?beta=true", asked, {
        ...headers,
        "anthropic-beta": flags,
        "x-adit-config": JSON.stringify(config),
      });
      expect(reply.status, await reply.text()).toBe(200);
      expect(droppedOf(reply)).toContain("messages[1].role");
      const sent = sentBody(house.emulator.requests[1]!);
      expect((sent["messages"] as { role: string }[]).map(({ role }) => role)).toEqual([
        "user",
        "user",
        "assistant",
        "user",
        "user",
      ]);
    });
  });

  test("the key may come as x-api-key (ANTHROPIC_API_KEY)", async () => {
    const reply = await fetch(`${house.gateway.url}/v1/messages?beta=true`, {
      method: "POST",
      headers: { ...headers, "x-api-key": house.key },
      body: JSON.stringify({ ...body, stream: false }),
    });
    expect(reply.status).toBe(200);
    expect(((await reply.json()) as { type: string }).type).toBe("message");
  });

  test.each([claude.sonnet45, claude.opus5])("/v1/messages/count_tokens?beta=true: AWS counts %s", async (model) => {
    const { max_tokens: _max, metadata: _metadata, ...counted } = sharedBody;
    const reply = await house.post(
      "/v1/messages/count_tokens?beta=true",
      { model, ...counted },
      { ...headers, "anthropic-beta": "claude-code-20250219,tool-search-tool-2025-10-19,token-counting-2024-11-01" },
    );
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-adit-token-count")).toBeNull();
    expect(reply.headers.get("x-adit-dropped")).toBeNull();
    expect(((await reply.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(0);
  });

  test("a refusal is Anthropic's, so that the program knows what to do with it", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" }, 3);
    const reply = await house.post("/v1/messages?beta=true", body, headers);
    expect(reply.status).toBe(429);
    expect(reply.headers.get("request-id")).toMatch(/^req_/);
    expect(reply.headers.get("x-should-retry")).toBeNull();
    expect(await reply.json()).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
  });

  test.each(["/v1/messages?beta=true", `/model/${claude.sonnet45}/invoke`])(
    "a key that is not known at %s: it is told not to try again, as it would for minutes",
    async (path) => {
      const reply = await house.post(path, body, { ...headers, authorization: "Bearer of-somewhere-else-0123" });
      expect([reply.status, reply.headers.get("x-should-retry")]).toEqual([401, "false"]);
    },
  );

  test("a stream that breaks ends in Anthropic's error event", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const events = await readEvents(await house.post("/v1/messages?beta=true", body, headers));
    expect(events.at(-1)?.event).toBe("error");
    expect(JSON.parse(events.at(-1)!.data)).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
  });

  test("what it finds out of itself: models by /v1/models, with ids that begin as it expects", async () => {
    const reply = await fetch(`${house.gateway.url}/v1/models?limit=1000`, {
      headers: {
        authorization: `Bearer ${house.key}`,
        "anthropic-version": "2023-06-01",
        "user-agent": "claude-code/2.1.332",
      },
    });
    const { data } = (await reply.json()) as { data: { id: string }[] };
    expect(data.filter(({ id }) => id.startsWith("anthropic.claude-")).length).toBeGreaterThan(10);
  });

  test("a model so found is called by the geography's profile where AWS serves it by profiles alone", async () => {
    const model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    const reply = await house.post("/v1/messages?beta=true", { ...body, model }, headers);
    expect((await readEvents(reply)).at(-1)?.event).toBe("message_stop");
    expect(reply.headers.get("x-adit-model")).toBe(`us.${model}`);
    expect(house.emulator.requests.map(({ modelId, status }) => [modelId, status])).toEqual([
      [model, 400],
      [`us.${model}`, 200],
    ]);
  });
});

/** Sends a path as it is written: `fetch` would write its escapes anew. */
function postAsWritten(path: string, headers: Record<string, string>, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: "127.0.0.1", port: house.gateway.port, method: "POST", path, headers },
      (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    asking.on("error", reject).end(JSON.stringify(body));
  });
}

describe("Bedrock mode: CLAUDE_CODE_USE_BEDROCK and ANTHROPIC_BEDROCK_BASE_URL", () => {
  const body = {
    ...sharedBody,
    thinking: { budget_tokens: 31999, type: "enabled" },
    anthropic_beta: ["interleaved-thinking-2025-05-14", "tool-search-tool-2025-10-19"],
    anthropic_version: "bedrock-2023-05-31",
  };
  const headers = { ...ownHeaders, "anthropic-beta": "claude-code-20250219" };
  const path = `/model/${claude.sonnet45}/invoke-with-response-stream`;

  test("by AWS_BEARER_TOKEN_BEDROCK: the body arrives byte for byte", async () => {
    const reply = await house.post(path, body, headers);
    expect(reply.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
    await reply.arrayBuffer();
    expect(onlyCall().body.toString()).toBe(JSON.stringify(body));
    expect(onlyCall().accessKeyId).toBe(house.emulator.credential.accessKeyId);
  });

  test("by CLAUDE_CODE_SKIP_BEDROCK_AUTH, with the key in ANTHROPIC_CUSTOM_HEADERS", async () => {
    const reply = await fetch(`${house.gateway.url}${path}`, {
      method: "POST",
      headers: { ...headers, "x-adit-api-key": house.key },
      body: JSON.stringify(body),
    });
    expect(reply.status).toBe(200);
    await reply.arrayBuffer();
  });

  const arn =
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-us.anthropic.claude-sonnet-4-5-20250929-v1:0";
  test.each([
    ["as the program encodes it: slashes alone", arn.replace("/", "%2F")],
    ["encoded as a whole", encodeURIComponent(arn)],
  ])("a profile's ARN, %s", async (_name, segment) => {
    const authorized = { ...headers, authorization: `Bearer ${house.key}` };
    expect(await postAsWritten(`/model/${segment}/invoke`, authorized, body)).toBe(200);
    expect(house.emulator.requests.at(-1)).toMatchObject({ modelId: arn, verdict: "sigv4 ok" });
  });

  test("flags that the model's table refuses are taken out of the body and named, as the headers that say nothing here", async () => {
    const refused = ["prompt-caching-scope-2026-01-05", "oauth-2025-04-20"];
    const asked = { ...body, anthropic_beta: [refused[0], ...body.anthropic_beta, refused[1]] };
    const reply = await house.post(path, asked, headers);
    expect(reply.status).toBe(200);
    await reply.arrayBuffer();
    expect(droppedOf(reply)).toEqual([
      "anthropic-version",
      "anthropic-beta.claude-code-20250219",
      ...refused.map((flag) => `anthropic_beta.${flag}`),
    ]);
    expect(onlyCall().body.toString()).toBe(JSON.stringify(body));
  });

  test("the table is that of the model behind a profile's ARN", async () => {
    const asked = { ...body, anthropic_beta: [...body.anthropic_beta, "oauth-2025-04-20"] };
    const reply = await house.post(`/model/${encodeURIComponent(arn)}/invoke`, asked, headers);
    expect(reply.status).toBe(200);
    expect(droppedOf(reply)).toContain("anthropic_beta.oauth-2025-04-20");
    expect(house.emulator.requests.at(-1)?.body.toString()).toBe(JSON.stringify(body));
  });

  test("its first question to a model, of one token", async () => {
    const probe = {
      max_tokens: 1,
      messages: [{ role: "user", content: "test" }],
      system: sharedBody.system.map(({ type, text }) => ({ type, text })),
      metadata: sharedBody.metadata,
      anthropic_version: "bedrock-2023-05-31",
    };
    const reply = await house.post(`/model/${claude.sonnet45}/invoke`, probe, ownHeaders);
    expect(await reply.json()).toMatchObject({ type: "message", stop_reason: "max_tokens" });
  });

  test("it also asks Bedrock's control plane for profiles, which is not here: a 404 that it goes on after", async () => {
    const authorization = `Bearer ${house.key}`;
    const reply = await fetch(`${house.gateway.url}/inference-profiles?type=SYSTEM_DEFINED`, {
      headers: { authorization },
    });
    expect(reply.status).toBe(404);
    expect(house.emulator.requests).toEqual([]);
  });
});
