import { describe, expect, it } from "vitest";
import type { ContentBlock, Message } from "../converse/content.ts";
import type { ConverseRequest } from "../converse/request.ts";
import { exchangesOf, recordingsFolder, type Recording } from "../wire/testing/recordings.ts";
import { factsOfModel } from "./facts-of-model.ts";
import { parseModelArn } from "./model-arn.ts";
import type { ModelFacts } from "./model-facts.ts";
import { parseModelName } from "./model-name.ts";

interface Exchange extends Omit<Recording, "request"> {
  request: { body?: ConverseRequest };
}

const operations = ["Converse", "ConverseStream"] as const;
const exchanges = operations.flatMap((operation) => exchangesOf(operation) as Exchange[]);
const accepted = exchanges.filter(
  (exchange) => exchange.response.status === 200 && exchange.request.body?.messages !== undefined,
);

/** What a request asks that facts can deny, each with the fact's answer. */
type Asked = [what: string, allowed: boolean][];

describe("requests of the fixtures and recordings", () => {
  it.skipIf(recordingsFolder() === undefined)("are found in number", () => {
    expect(accepted.length).toBeGreaterThan(300);
  });

  it("name models that are read whole", () => {
    const all = ["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"].flatMap(
      (operation) => exchangesOf(operation) as Exchange[],
    );
    for (const { model_id: id } of all) {
      expect(parseModelName(id)).toEqual({ id });
      expect(parseModelName(`bedrock/${id}`)).toEqual({ id, provider: "bedrock" });
      expect(parseModelArn(id) !== undefined).toBe(id.startsWith("arn:"));
    }
  });

  it("that AWS accepted ask nothing that the facts deny", () => {
    const contradictions = new Set<string>();
    let questions = 0;
    for (const exchange of accepted) {
      const facts = factsOfModel(exchange.model_id, exchange.resolved_model_id);
      const asked = askedOf(exchange, facts);
      questions += asked.length;
      for (const [what, allowed] of asked) {
        if (!allowed) contradictions.add(`${facts.baseId}: ${what} (${exchange.id})`);
      }
    }
    expect([...contradictions]).toEqual([]);
    expect(questions).toBeGreaterThan(accepted.length);
  });

  it.each([
    [/on-demand throughput isn.t supported/, (facts: ModelFacts) => facts.profileOnly || facts.geographies.length > 0],
    [/doesn't support tool use\./, (facts: ModelFacts) => !facts.can.tools],
    [/doesn't support the video content block/, (facts: ModelFacts) => !facts.can.video],
    [/document\.source\.type: Field required/, (facts: ModelFacts) => !facts.can.s3Sources],
    [/reached the end of its life/, (facts: ModelFacts) => facts.lifecycle === "retired"],
  ])("that AWS refused with %s agree with the facts", (words, agree) => {
    const refused = exchanges.filter(
      ({ response }) => response.status !== 200 && words.test(JSON.stringify(response.body_json ?? "")),
    );
    expect(refused).not.toEqual([]);
    expect(refused.filter(({ model_id: id }) => !agree(factsOfModel(id))).map(({ id }) => id)).toEqual([]);
  });
});

function askedOf({ operation, request }: Exchange, facts: ModelFacts): Asked {
  const { body = { messages: [] } } = request;
  const { can } = facts;
  const messages = body.messages ?? [];
  const tools = body.toolConfig?.tools ?? [];
  const { temperature, topP } = body.inferenceConfig ?? {};
  const choice = Object.keys(body.toolConfig?.toolChoice ?? {})[0];
  const asked: [what: string, allowed: boolean][] = [];
  const ask = (what: string, present: boolean, allowed: boolean): void => void (present && asked.push([what, allowed]));
  ask("system", (body.system ?? []).length > 0, can.system);
  ask("tools", tools.length > 0, can.tools);
  ask("tools in a stream", tools.length > 0 && operation === "ConverseStream", can.toolsInStream);
  ask(
    `toolChoice ${choice}`,
    choice !== undefined,
    can.toolChoice.some((kind) => kind === choice),
  );
  ask(
    "strict tools",
    tools.some((tool) => tool.toolSpec?.strict !== undefined),
    can.strictTools,
  );
  ask(
    "cache in tools",
    tools.some((tool) => tool.cachePoint !== undefined),
    can.cache.includes("tools"),
  );
  ask(
    "cache in system",
    (body.system ?? []).some((block) => block.cachePoint !== undefined),
    can.cache.includes("system"),
  );
  ask("outputConfig", body.outputConfig?.textFormat !== undefined, can.outputConfig);
  ask("prefill", messages.at(-1)?.role === "assistant", can.prefill);
  ask("temperature or topP", temperature !== undefined || topP !== undefined, facts.sampling.accepted);
  ask("temperature and topP", temperature !== undefined && topP !== undefined, !facts.sampling.exclusive);
  asked.push(...askedOfAdditional(body.additionalModelRequestFields, facts));
  return [...asked, ...messages.flatMap((message) => askedOfMessage(message, facts))];
}

function askedOfAdditional(fields: ConverseRequest["additionalModelRequestFields"], facts: ModelFacts): Asked {
  const {
    thinking,
    reasoning_effort: effort,
    output_config: output,
    reasoningConfig,
    inferenceConfig,
  } = (fields ?? {}) as Record<string, { type?: string; topK?: number } | undefined>;
  const asked: [what: string, allowed: boolean][] = [];
  if (thinking?.type === "enabled") asked.push(["thinking by budget", facts.thinking.startsWith("budget")]);
  if (thinking?.type === "adaptive") asked.push(["adaptive thinking", facts.thinking.endsWith("adaptive")]);
  if (output !== undefined) asked.push(["output_config", facts.effort === "claude"]);
  if (effort !== undefined) asked.push(["reasoning_effort", facts.effort === "reasoning_effort"]);
  if (reasoningConfig !== undefined) asked.push(["reasoningConfig", facts.effort === "nova-reasoningConfig"]);
  if (inferenceConfig?.topK !== undefined)
    asked.push(["topK", facts.sampling.topKPath?.join(".") === "inferenceConfig.topK"]);
  return asked;
}

function askedOfMessage({ content }: Message, { can }: ModelFacts): Asked {
  const asked: [what: string, allowed: boolean][] = [];
  const has = (kind: keyof ContentBlock): boolean => content.some((block) => block[kind] !== undefined);
  for (const block of content) {
    if (block.image !== undefined) asked.push(["image", can.images]);
    if (block.document !== undefined) asked.push(["document", can.documents]);
    if (block.video !== undefined) asked.push(["video", can.video]);
    if (block.audio !== undefined) asked.push(["audio", can.audio]);
    if (block.cachePoint !== undefined) asked.push(["cache in messages", can.cache.includes("messages")]);
    if (block.cachePoint?.ttl === "1h") asked.push(["cache for an hour", can.cacheOneHour]);
    const media = block.image ?? block.document ?? block.video;
    if (media?.source.s3Location !== undefined) asked.push(["S3 source", can.s3Sources]);
    if (block.toolResult?.status !== undefined) asked.push(["status of a tool result", can.toolResultStatus]);
    const parts = block.toolResult?.content ?? [];
    for (const kind of (["image", "document", "video"] as const).filter((name) => parts.some((part) => part[name]))) {
      asked.push([`${kind} in a tool result`, can.toolResultMedia.includes(kind)]);
    }
  }
  if (has("toolUse") && has("text")) asked.push(["text beside tool use", can.textBesideTools]);
  if (has("toolResult") && content.some((block) => block.toolResult === undefined && block.cachePoint === undefined)) {
    asked.push(["a shared turn of tool results", can.toolResultShared]);
  }
  return asked;
}
