/** Regions that policies deny, profiles that do not tell their model, beta flags that differ from model to model. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf, ask, claude, droppedOf, refusalOf, toolNamed } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, callsOf, modelCalls } from "../support/seen.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

describe("B6 a policy that denies a region", () => {
  const denied = {
    kind: "refuse",
    type: "AccessDeniedException",
    message:
      "User: arn:aws:sts::123456789012:assumed-role/app/1 is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0 with an explicit deny in a service control policy",
  } as const;

  test("B6 the refusal says which region was called, by whose credential, and what AWS said of another", async () => {
    house.emulator.faultNext(denied);
    const response = await ask(house, "Hello", { model: claude.sonnet45 }, { "x-adit-aws-region": "us-east-2" });
    expect(response.headers.get("x-adit-region")).toBe("us-east-2");
    const refusal = await refusalOf(response);
    expect(refusal.status).toBe(403);
    expect(refusal.message).toContain("us-west-2::foundation-model");
    expect(refusal.message).toContain("explicit deny in a service control policy");
    expect(refusal.message).toContain("us-east-2");
    expect(refusal.message).toContain("environment");
  });

  test("B6 no other region, profile or geography is tried of the gateway's own accord", async () => {
    house.emulator.faultNext(denied);
    await ask(house, "Hello", { model: claude.sonnet45 });
    expect(modelCalls(house.emulator).map(({ region, modelId }) => [region, modelId])).toEqual([
      ["us-east-1", claude.sonnet45],
    ]);
  });
});

describe("B7 an application inference profile is what is behind it", () => {
  const arnOf = (model: string): string =>
    `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-${model}`;
  const marked = (text: string): object => ({ type: "text", text, cache_control: { type: "ephemeral" } });

  test("B7 caching, tools and thinking are those of the model, and the ARN goes to AWS as it was named", async () => {
    const model = arnOf(claude.opus46);
    const response = await ask(house, "Hello", {
      model,
      messages: [
        { role: "system", content: [marked("Be brief.")] },
        { role: "user", content: "Hello" },
      ],
      thinking: { type: "adaptive" },
      max_tokens: 4000,
      tools: [toolNamed("weather")],
    });
    await answerOf(response);
    expect(droppedOf(response)).toEqual([]);
    const sent = modelCalls(house.emulator)[0]!;
    expect(sent.modelId).toBe(model);
    expect(bodyOf(sent).system?.[1]).toEqual({ cachePoint: { type: "default" } });
    expect(bodyOf(sent).additionalModelRequestFields).toMatchObject({ thinking: { type: "adaptive" } });
  });

  test("B7 what the model behind it lacks is left out by name", async () => {
    const model = arnOf("meta.llama3-8b-instruct-v1:0");
    const response = await ask(house, "Hello", { model, messages: [{ role: "user", content: [marked("Hello")] }] });
    await answerOf(response);
    expect(droppedOf(response)).toEqual(["messages[0].content[0].cache_control"]);
  });

  test("B7 AWS is asked once what is behind it, under a burst too", async () => {
    const model = arnOf(claude.sonnet4);
    await Promise.all(Array.from({ length: 8 }, async () => answerOf(await ask(house, "Hello", { model }))));
    await answerOf(await ask(house, "Hello", { model }));
    expect(callsOf(house.emulator, "GetInferenceProfile")).toHaveLength(1);
  });

  test("B7 Claude behind it gets Anthropic's own body from /v1/messages", async () => {
    const model = arnOf(claude.sonnet45);
    const reply = await house.post("/v1/messages", {
      model,
      max_tokens: 50,
      messages: [{ role: "user", content: [marked("Hello")] }],
    });
    expect(reply.status).toBe(200);
    expect(callsOf(house.emulator, "InvokeModel")[0]).toMatchObject({ modelId: model, status: 200 });
  });
});

describe("B9 beta flags", () => {
  /** What Claude Code has sent with one version or another. */
  const flags = [
    "claude-code-20250219",
    "interleaved-thinking-2025-05-14",
    "oauth-2025-04-20",
    "prompt-caching-scope-2026-01-05",
    "fast-mode-2026-02-01",
  ];
  const taken: [model: string, kept: string[]][] = [
    [claude.sonnet37, []],
    [claude.sonnet45, flags.slice(0, 2)],
    [claude.opus46, flags.slice(0, 2)],
    [claude.opus47, []],
    // Of these the table does not know the flags.
    ["us.anthropic.claude-sonnet-5", flags.slice(0, 2)],
    ["us.anthropic.claude-3-5-haiku-20241022-v1:0", flags.slice(0, 2)],
  ];
  const body = (model: string): object => ({
    model,
    max_tokens: 50,
    messages: [{ role: "user", content: "Hello" }],
  });
  /** The flags that a call of either operation brought to AWS. */
  const sentFlags = (): unknown => {
    const sent = JSON.parse(house.emulator.requests.at(-1)!.body.toString()) as Record<string, unknown>;
    const fields = (sent["additionalModelRequestFields"] ?? sent) as Record<string, unknown>;
    return fields["anthropic_beta"] ?? [];
  };

  describe.each(taken)("B9 %s", (model, kept) => {
    const refused = flags.filter((flag) => !kept.includes(flag)).map((flag) => `anthropic_beta.${flag}`);

    test.each(["/v1/messages", "/v1/chat/completions"])("B9 of the header, at %s", async (path) => {
      const reply = await house.post(path, body(model), { "anthropic-beta": flags.join(",") });
      expect(reply.status, await reply.text()).toBe(200);
      expect(droppedOf(reply)).toEqual(refused);
      expect(sentFlags()).toEqual(kept);
    });

    test("B9 of the body, at the native door", async () => {
      const native = {
        anthropic_version: "bedrock-2023-05-31",
        anthropic_beta: flags,
        max_tokens: 50,
        messages: [{ role: "user", content: "Hello" }],
      };
      const reply = await house.post(`/model/${model}/invoke`, native);
      expect(reply.status).toBe(200);
      expect(droppedOf(reply)).toEqual(refused);
      expect(sentFlags()).toEqual(kept);
    });
  });

  test("B9 a flag that a model refused at one door is left out at the native one too", async () => {
    const model = "us.anthropic.claude-sonnet-5";
    const headers = { "anthropic-beta": "flag-of-the-future-2031-01-01" };
    expect((await house.post("/v1/messages", body(model), headers)).status).toBe(200);
    const native = { ...body(model), model: undefined, anthropic_version: "bedrock-2023-05-31" };
    const flag = headers["anthropic-beta"];
    const reply = await house.post(`/model/${model}/invoke`, { ...native, anthropic_beta: [flag] });
    expect(reply.status).toBe(200);
    expect(droppedOf(reply)).toEqual([`anthropic_beta.${flag}`]);
    expect(sentFlags()).toEqual([]);
  });

  test("B9 a flag that AWS has stopped to take is left out, the request sent once more, and it is remembered", async () => {
    const own = await openHouse();
    try {
      own.emulator.faultNext({ kind: "refuse", type: "ValidationException", message: "invalid beta flag" });
      const headers = { "anthropic-beta": "context-management-2025-06-27" };
      const first = await own.post("/v1/messages", body(claude.sonnet45), headers);
      expect(first.status).toBe(200);
      const second = await own.post("/v1/messages", body(claude.sonnet45), headers);
      expect(second.status).toBe(200);
      for (const reply of [first, second]) {
        expect(droppedOf(reply)).toEqual(["anthropic_beta.context-management-2025-06-27"]);
      }
      expect(own.emulator.requests.map(({ status }) => status)).toEqual([400, 200, 200]);
    } finally {
      await own.close();
    }
  });
});
