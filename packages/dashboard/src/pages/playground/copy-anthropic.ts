/** The request as Anthropic's Messages have it. AWS's own fields keep their names: the gateway reads them there too. */
import type { ChatBody, ChatTurn, Part } from "./chat-call.ts";
import { argumentsIn, mediaIn, mergedTurns, partsIn, type Formed } from "./copy-parts.ts";

type Block = Record<string, unknown>;

const usualMaxTokens = 1_024;
const carried = ["temperature", "top_p", "top_k", "thinking", "guardrailConfig", "performanceConfig", "use_converse"];
const carriedToo = ["additionalModelRequestFields", "additionalModelResponseFieldPaths", "service_tier"];
const translated = [
  "model",
  "messages",
  "max_tokens",
  "stop",
  "tools",
  "tool_choice",
  "reasoning_effort",
  "response_format",
];

export function anthropicForm(body: ChatBody): Formed {
  const { model, messages, max_tokens, stop, tools, tool_choice, reasoning_effort: effort } = body;
  const system = messages.flatMap((turn) => (turn.role === "system" ? partsIn(turn.content).map(blockOf) : []));
  const names = [...carried, ...carriedToo];
  const format = formatOf(body["response_format"]);
  return {
    request: {
      model,
      max_tokens: max_tokens ?? usualMaxTokens,
      ...(system.length > 0 && { system }),
      messages: mergedTurns(messages, blocksOf),
      ...Object.fromEntries(names.filter((name) => body[name] !== undefined).map((name) => [name, body[name]])),
      ...(stop !== undefined && { stop_sequences: stop }),
      ...(Array.isArray(tools) && { tools: tools.map(toolOf) }),
      ...(tool_choice !== undefined && { tool_choice: choiceOf(tool_choice) }),
      ...((effort !== undefined || format !== undefined) && {
        output_config: { ...(effort !== undefined && { effort }), ...(format !== undefined && { format }) },
      }),
    },
    leftOut: [
      ...Object.keys(body).filter((name) => !names.includes(name) && !translated.includes(name)),
      ...(body["response_format"] !== undefined && format === undefined ? ["response_format"] : []),
    ],
  };
}

function blocksOf(turn: ChatTurn): Block[] {
  switch (turn.role) {
    case "system":
    case "user":
      return partsIn(turn.content).map(blockOf);
    case "assistant":
      return [
        ...(turn.content === null ? [] : [{ type: "text", text: turn.content }]),
        ...(turn.tool_calls ?? []).map(({ id, function: { name, arguments: given } }) => ({
          type: "tool_use",
          id,
          name,
          input: argumentsIn(given),
        })),
      ];
    case "tool":
      return [{ type: "tool_result", tool_use_id: turn.tool_call_id, content: turn.content }];
  }
}

function blockOf({ text, image_url, file, cache_control }: Part): Block {
  const mark = cache_control === undefined ? {} : { cache_control };
  if (image_url !== undefined) return { type: "image", source: sourceOf(image_url.url), ...mark };
  if (file !== undefined) {
    return { type: "document", title: file.filename, source: documentSource(file.file_data), ...mark };
  }
  return { type: "text", text: text ?? "", ...mark };
}

function sourceOf(url: string): Block {
  const media = mediaIn(url);
  if (media === undefined) return { type: "url", url };
  return { type: "base64", media_type: media.mediaType, data: media.base64 };
}

function documentSource(url: string): Block {
  const media = mediaIn(url);
  if (media?.mediaType.startsWith("text/") !== true) return sourceOf(url);
  const bytes = Uint8Array.from(atob(media.base64), (letter) => letter.codePointAt(0) ?? 0);
  return { type: "text", media_type: "text/plain", data: new TextDecoder().decode(bytes) };
}

function toolOf(tool: unknown): unknown {
  const { function: called } = tool as { function?: { name?: string; description?: string; parameters?: unknown } };
  if (called === undefined) return tool;
  const { name, description, parameters } = called;
  return { name, ...(description !== undefined && { description }), input_schema: parameters ?? { type: "object" } };
}

function choiceOf(choice: unknown): unknown {
  if (choice === "required") return { type: "any" };
  if (typeof choice === "string") return { type: choice };
  return { type: "tool", name: (choice as { function?: { name?: string } }).function?.name };
}

function formatOf(format: unknown): unknown {
  const { type, json_schema } = (format ?? {}) as { type?: string; json_schema?: { schema?: unknown } };
  return type === "json_schema" ? { type, schema: json_schema?.schema } : undefined;
}
