/** Names of models, and fields that Bedrock does not know. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf, ask, claude, droppedOf, nova, refusalOf, toolNamed } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, modelCalls, onlyModelCall } from "../support/seen.ts";
import { readChat } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

const modelsOf = (of: House): (string | undefined)[] => modelCalls(of.emulator).map(({ modelId }) => modelId);

describe("B5 on-demand throughput isn't supported", () => {
  const bare = "anthropic.claude-sonnet-4-5-20250929-v1:0";

  test.each([
    ["us-west-2", "us"],
    ["eu-central-1", "eu"],
    ["ap-northeast-1", "jp"],
    ["ap-southeast-2", "au"],
  ])("B5 after AWS's refusal in %s the geography's profile answers, and is remembered", async (region, geography) => {
    const headers = { "x-adit-aws-region": region };
    const first = await ask(house, "Hello", { model: bare }, headers);
    await answerOf(first);
    expect(first.headers.get("x-adit-model")).toBe(`${geography}.${bare}`);
    expect(modelsOf(house)).toEqual([bare, `${geography}.${bare}`]);
    expect(modelCalls(house.emulator).map((seen) => seen.region)).toEqual([region, region]);
    const second = await ask(house, "Hello", { model: bare, stream: true }, headers);
    expect((await readChat(second)).endsWithDone).toBe(true);
    expect(second.headers.get("x-adit-model")).toBe(`${geography}.${bare}`);
    expect(modelsOf(house)).toEqual([bare, `${geography}.${bare}`, `${geography}.${bare}`]);
  });

  test("B5 a stream's refusal leads to the profile too", async () => {
    const model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    const response = await ask(house, "Hello", { model, stream: true });
    expect((await readChat(response)).text).toContain("Hello");
    expect(response.headers.get("x-adit-model")).toBe(`us.${model}`);
    expect(modelsOf(house)).toEqual([model, `us.${model}`]);
  });

  test("B5 the reply names the model as it was asked", async () => {
    const answer = await answerOf(await ask(house, "Hello", { model: `bedrock/${bare}` }));
    expect(answer.model).toBe(`bedrock/${bare}`);
  });

  test("B5 never global: where the geography has no profile AWS's refusal stands", async () => {
    // Offered by the profiles us, eu and global alone.
    const model = "anthropic.claude-opus-4-5-20251101-v1:0";
    const refusal = await refusalOf(await ask(house, "Hello", { model }, { "x-adit-aws-region": "ap-south-1" }));
    expect(refusal.status).toBe(400);
    expect(refusal.message).toContain("with on-demand throughput isn’t supported");
    expect(modelsOf(house)).toEqual([model]);
  });

  test("B5 a profile that is refused leaves AWS's first words, and is not remembered", async () => {
    const model = "anthropic.claude-opus-4-1-20250805-v1:0";
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", model: `us.${model}` });
    const refusal = await refusalOf(await ask(house, "Hello", { model }));
    expect(refusal.message).toContain("on-demand throughput");
    await answerOf(await ask(house, "Hello", { model }));
    expect(modelsOf(house)).toEqual([model, `us.${model}`, model, `us.${model}`]);
  });

  test("B5 ADIT_AUTO_PROFILE=off: the refusal reaches the caller, with the profile to use", async () => {
    const strict = await openHouse({ variables: { ADIT_AUTO_PROFILE: "off" } });
    try {
      const refusal = await refusalOf(await ask(strict, "Hello", { model: bare }));
      expect(refusal.status).toBe(400);
      expect(refusal.message).toContain("on-demand throughput");
      expect(refusal.message).toContain(`us.${bare}`);
      expect(modelsOf(strict)).toEqual([bare]);
    } finally {
      await strict.close();
    }
  });
});

const account = "arn:aws:bedrock:us-east-1:123456789012";
/** ARNs of every kind that Converse takes (AWS's pattern of `modelId`). */
const arns = [
  "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
  `${account}:inference-profile/us.amazon.nova-lite-v1:0`,
  `${account}:application-inference-profile/a1b2c3d4e5f6`,
  `${account}:custom-model/amazon.nova-lite-v1:0:300k/a1b2c3d4e5f6`,
  `${account}:imported-model/a1b2c3d4e5f6`,
  `${account}:provisioned-model/a1b2c3d4e5f6`,
  `${account}:custom-model-deployment/a1b2c3d4e5f6`,
  `${account}:default-prompt-router/anthropic.claude:1`,
  `${account}:prompt-router/a1b2c3d4e5f6`,
  "arn:aws:sagemaker:us-east-1:123456789012:endpoint/my-endpoint",
];

describe("B8 ids and ARNs are one segment of the path, whatever is in them", () => {
  const forms = [
    "%s",
    "bedrock/%s",
    "bedrock:%s",
    "amazon_bedrock:%s",
    "amazon-bedrock/%s",
    "aws_bedrock/%s",
    "%s@bedrock",
  ];

  test.each(arns)("B8 %s", async (arn) => {
    const answer = await ask(house, "Hello", { model: arn });
    await answerOf(answer);
    const seen = onlyModelCall(house.emulator);
    expect(seen.path).toBe(`/model/${encodeURIComponent(arn)}/converse`);
    expect(seen.path.split("/")).toHaveLength(4);
    expect(seen.modelId).toBe(arn);
    const streamed = await readChat(await ask(house, "Hello", { model: arn, stream: true }));
    expect(streamed.endsWithDone).toBe(true);
  });

  test.each(forms)("B8 the form %s means the same, for an id and for an ARN", async (form) => {
    for (const id of [nova, "amazon.nova-lite-v1:0", arns[2] ?? "", arns[3] ?? ""]) {
      house.emulator.clearRequests();
      await answerOf(await ask(house, "Hello", { model: form.replace("%s", id) }));
      expect(onlyModelCall(house.emulator).modelId).toBe(id);
    }
  });

  test("B8 the region of an ARN is the region of the call", async () => {
    const arn = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0";
    const response = await ask(house, "Hello", { model: arn }, { "x-adit-aws-region": "us-west-2" });
    await answerOf(response);
    expect(onlyModelCall(house.emulator).region).toBe("eu-west-1");
    expect(response.headers.get("x-adit-region")).toBe("eu-west-1");
  });
});

describe("B10 fields that Bedrock does not know are named, not sent and not fatal", () => {
  test("B10 of the body", async () => {
    const unknown = {
      context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
      mcp_servers: [],
      container: "c",
      prompt_cache_key: "k",
      safety_identifier: "s",
      verbosity: "low",
      never_heard_of: { deep: [1] },
    };
    const response = await ask(house, "Hello", unknown);
    await answerOf(response);
    expect(droppedOf(response).sort()).toEqual(Object.keys(unknown).sort());
    const sent = onlyModelCall(house.emulator).body.toString();
    for (const field of Object.keys(unknown)) expect(sent).not.toContain(field);
  });

  test("B10 of a tool", async () => {
    const tool = {
      ...toolNamed("weather", { input_examples: [{ city: "Rome" }], defer_loading: true }),
      defer_loading: true,
      allowed_callers: ["direct"],
      eager_input_streaming: true,
    };
    const response = await ask(house, "Hello weather", { model: claude.sonnet45, tools: [tool] });
    const answer = await answerOf(response);
    expect(answer.choices[0]?.message.tool_calls?.[0]?.function.name).toBe("weather");
    const sent = onlyModelCall(house.emulator).body.toString();
    for (const field of ["defer_loading", "input_examples", "allowed_callers", "eager_input_streaming"]) {
      expect(sent).not.toContain(field);
    }
  });

  test("B10 of a message and of its parts", async () => {
    const messages = [
      { role: "system", content: "Be kind.", name: "boss", phase: "x" },
      { role: "user", content: [{ type: "text", text: "Hello", annotations: [], citations: null }], id: "msg_1" },
    ];
    const response = await house.post("/v1/chat/completions", { model: nova, messages });
    await answerOf(response);
    const body = bodyOf(onlyModelCall(house.emulator));
    expect(body.system).toEqual([{ text: "Be kind." }]);
    expect(body.messages).toEqual([{ role: "user", content: [{ text: "Hello" }] }]);
  });

  test("B10 one of Anthropic's own tools goes by additional fields to Claude, and is a clear 400 elsewhere", async () => {
    const tools = [{ type: "computer_20250124", name: "computer", display_width_px: 800, display_height_px: 600 }];
    const refusal = await refusalOf(await ask(house, "Hello", { model: nova, tools }));
    expect(refusal).toMatchObject({ status: 400, param: "tools[0].type" });
    expect(modelCalls(house.emulator)).toHaveLength(0);
    await answerOf(await ask(house, "Hello", { model: claude.sonnet45, tools }));
    expect(bodyOf(onlyModelCall(house.emulator)).additionalModelRequestFields).toMatchObject({ tools });
  });

  test("B10 what the caller puts into additionalModelRequestFields is AWS's to judge", async () => {
    const fields = { context_management: { edits: [] } };
    await (await ask(house, "Hello", { model: claude.sonnet45, additionalModelRequestFields: fields })).text();
    expect(bodyOf(modelCalls(house.emulator)[0]!).additionalModelRequestFields).toEqual(fields);
  });
});
