/** The request as AWS's Converse has it, for AWS's own SDKs. What models name each in their own way is left out, and told. */
import type { ChatBody, ChatTurn, Part } from "./chat-call.ts";
import { argumentsIn, mediaIn, mergedTurns, partsIn, type Formed } from "./copy-parts.ts";

type Block = Record<string, unknown>;

const inference = {
  max_tokens: "maxTokens",
  temperature: "temperature",
  top_p: "topP",
  stop: "stopSequences",
} as const;
const carried = ["guardrailConfig", "performanceConfig", "additionalModelResponseFieldPaths"];
const translated = [
  "model",
  "messages",
  "tools",
  "tool_choice",
  "thinking",
  "service_tier",
  "additionalModelRequestFields",
];

/** `bytes` are base64 here: each language writes them in its own way. */
export function converseForm(body: ChatBody): Formed {
  const { model, messages, tools, thinking, service_tier: tier } = body;
  const system = messages.flatMap((turn) =>
    turn.role === "system" ? partsIn(turn.content).flatMap(blocksOfPart) : [],
  );
  const inferenceConfig = Object.fromEntries(
    Object.entries(inference).flatMap(([name, own]) => (body[name] === undefined ? [] : [[own, body[name]]])),
  );
  const fields = {
    ...(body["additionalModelRequestFields"] as object | undefined),
    ...(thinking !== undefined && { thinking }),
  };
  const toolConfig = Array.isArray(tools) ? toolsOf(tools, body["tool_choice"]) : undefined;
  return {
    request: {
      modelId: model,
      ...(system.length > 0 && { system }),
      messages: mergedTurns(messages, blocksOf),
      ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
      ...(toolConfig !== undefined && { toolConfig }),
      ...(Object.keys(fields).length > 0 && { additionalModelRequestFields: fields }),
      ...(tier !== undefined && { serviceTier: { type: tier } }),
      ...Object.fromEntries(carried.filter((name) => body[name] !== undefined).map((name) => [name, body[name]])),
    },
    leftOut: Object.keys(body).filter(
      (name) => !(name in inference) && !carried.includes(name) && !translated.includes(name),
    ),
  };
}

function blocksOf(turn: ChatTurn): Block[] {
  switch (turn.role) {
    case "system":
    case "user":
      return partsIn(turn.content).flatMap(blocksOfPart);
    case "assistant":
      return [
        ...(turn.content === null ? [] : [{ text: turn.content }]),
        ...(turn.tool_calls ?? []).map(({ id, function: { name, arguments: given } }) => ({
          toolUse: { toolUseId: id, name, input: argumentsIn(given) },
        })),
      ];
    case "tool":
      return [{ toolResult: { toolUseId: turn.tool_call_id, content: [{ text: turn.content }] } }];
  }
}

function blocksOfPart({ text, image_url, file, cache_control }: Part): Block[] {
  const block =
    image_url !== undefined
      ? { image: imageOf(image_url.url) }
      : file !== undefined
        ? { document: documentOf(file.filename, file.file_data) }
        : { text: text ?? "" };
  if (cache_control === undefined) return [block];
  const { ttl } = cache_control;
  return [block, { cachePoint: { type: "default", ...(ttl !== undefined && { ttl }) } }];
}

function imageOf(url: string): Block {
  const { mediaType = "", base64 = "" } = mediaIn(url) ?? {};
  return { format: mediaType.replace("image/", "").replace("jpg", "jpeg"), source: { bytes: base64 } };
}

/** AWS takes letters, digits, spaces, hyphens and brackets in a document's name, and knows its format by the ending. */
function documentOf(filename: string, url: string): Block {
  const ending = /\.([a-z]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? "txt";
  const name = filename.replace(/\.[a-z]+$/i, "").replaceAll(/[^a-z0-9 ()[\]-]+/gi, "-");
  return { format: ending, name, source: { bytes: mediaIn(url)?.base64 ?? "" } };
}

function toolsOf(tools: readonly unknown[], choice: unknown): Block {
  const toolChoice =
    choice === "required"
      ? { any: {} }
      : choice === "auto"
        ? { auto: {} }
        : typeof choice === "object" && choice !== null
          ? { tool: { name: (choice as { function?: { name?: string } }).function?.name } }
          : undefined;
  return { tools: tools.map(toolOf), ...(toolChoice !== undefined && { toolChoice }) };
}

function toolOf(tool: unknown): unknown {
  const { function: called } = tool as { function?: { name?: string; description?: string; parameters?: unknown } };
  if (called === undefined) return tool;
  const { name, description, parameters } = called;
  const inputSchema = { json: parameters ?? { type: "object" } };
  return { toolSpec: { name, ...(description !== undefined && { description }), inputSchema } };
}
