import { describe, expect, it } from "vitest";
import type { ContentBlock, Message, SystemContentBlock } from "../../converse/content.ts";
import type { ConverseRequest, ToolChoice } from "../../converse/request.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { nativeExchanges } from "../testing/native-exchanges.ts";
import { foldedReply } from "../testing/folded.ts";
import { readStream } from "../testing/read-stream.ts";
import { anthropic } from "./anthropic.ts";

const answers = nativeExchanges("InvokeModel", ["anthropic"]);
const streams = nativeExchanges("InvokeModelWithResponseStream", ["anthropic"]);
const model = factsOfModel("us.anthropic.claude-sonnet-4-5-20250929-v1:0");
const hasContent = (answer: JsonObject): boolean => Array.isArray(answer["content"]);

function nativeContentOf(content: ContentBlock[]): JsonValue | undefined {
  const messages: Message[] = [{ role: "assistant", content }];
  const [message] = anthropic.request({ messages }, { model, stream: false }).body["messages"] as JsonObject[];
  return message!["content"];
}

describe("an answer of Claude in the history", () => {
  it.each(answers.filter(({ answer }) => hasContent(answer)))("B11: goes back as it came: $id", ({ answer }) => {
    const response = anthropic.response(answer, { model, request: {}, counts: {} });
    expect(nativeContentOf(response.output.message.content)).toEqual(answer["content"]);
  });

  it.each(streams.filter(({ chunks }) => chunks.at(-1)!["type"] === "message_stop"))(
    "B11: goes back as it was streamed: $id",
    ({ chunks }) => {
      const { content } = foldedReply(readStream(anthropic, model, chunks).events);
      expect(nativeContentOf(content)).toEqual(blocksIn(chunks));
    },
  );
});

/** Native blocks put together from their pieces, by index. */
function blocksIn(chunks: readonly JsonObject[]): JsonObject[] {
  return chunks
    .filter((chunk) => chunk["type"] === "content_block_start")
    .map((start) => {
      const block = { ...(start["content_block"] as JsonObject) };
      const deltas = chunks
        .filter((chunk) => chunk["type"] === "content_block_delta" && chunk["index"] === start["index"])
        .map((chunk) => chunk["delta"] as JsonObject);
      const joined = (name: string): string => deltas.map((delta) => (delta[name] ?? "") as string).join("");
      if (block["type"] === "redacted_thinking") return block;
      if (block["type"] === "text") {
        const citations = deltas.map((delta) => delta["citation"] ?? null).filter((citation) => citation !== null);
        return { type: "text", text: joined("text"), ...(citations.length > 0 && { citations }) };
      }
      if (block["type"] === "thinking")
        return { ...block, thinking: joined("thinking"), signature: joined("signature") };
      return { ...block, input: JSON.parse(joined("partial_json") || "{}") as JsonValue };
    });
}

/** A recorded body in Converse's form, by Anthropic's reference; what Converse has no field for are additional ones. */
function converseFrom(body: JsonObject): ConverseRequest {
  const {
    anthropic_version: _version,
    max_tokens: maxTokens,
    messages,
    system,
    tools,
    tool_choice: choice,
    ...rest
  } = body;
  const { temperature, top_p: topP, stop_sequences: stopSequences, ...additional } = rest;
  return {
    messages: (messages as JsonObject[]).map(({ role, content }) => ({
      role: role as Message["role"],
      content: blocksOf(content).flatMap((block) => converseBlocks(block)),
    })),
    ...(system !== undefined && {
      system: blocksOf(system).flatMap((block) => converseBlocks(block) as SystemContentBlock[]),
    }),
    inferenceConfig: asConfig({ maxTokens, temperature, topP, stopSequences }),
    ...(tools !== undefined && {
      toolConfig: {
        tools: (tools as JsonObject[]).map(({ name, description, input_schema: schema }) => ({
          toolSpec: {
            name: name as string,
            ...(description !== undefined && { description: description as string }),
            inputSchema: { json: schema as JsonObject },
          },
        })),
        ...(choice !== undefined && { toolChoice: choiceOf(choice as JsonObject) }),
      },
    }),
    additionalModelRequestFields: additional,
  };
}

function asConfig(members: JsonObject): NonNullable<ConverseRequest["inferenceConfig"]> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function choiceOf({ type, name }: JsonObject): ToolChoice {
  if (type === "tool") return { tool: { name: name as string } };
  return type === "any" ? { any: {} } : { auto: {} };
}

function blocksOf(content: JsonValue | undefined): JsonObject[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : (content as JsonObject[]);
}

function converseBlocks(block: JsonObject): ContentBlock[] {
  const control = block["cache_control"] as { ttl?: "5m" | "1h" } | undefined;
  const { ttl } = control ?? {};
  const mark: ContentBlock[] =
    control === undefined ? [] : [{ cachePoint: { type: "default", ...(ttl !== undefined && { ttl }) } }];
  return [converseBlock(block), ...mark];
}

function converseBlock(block: JsonObject): ContentBlock {
  const source = block["source"] as { media_type: string; data: string };
  switch (block["type"] as string) {
    case "text":
      return { text: block["text"] as string };
    case "image":
      return { image: { format: source.media_type.slice("image/".length) as "png", source: { bytes: source.data } } };
    case "document": {
      const { title, citations } = block as { title?: string; citations?: { enabled: boolean } };
      const cited = citations !== undefined && { citations };
      return source.media_type === "text/plain"
        ? { document: { name: title!, source: { text: source.data }, ...cited } }
        : { document: { name: title!, format: "pdf", source: { bytes: source.data }, ...cited } };
    }
    case "tool_use": {
      const { id, name, input = null } = block;
      return { toolUse: { toolUseId: id as string, name: name as string, input } };
    }
    default:
      return {
        toolResult: {
          toolUseId: block["tool_use_id"] as string,
          content: blocksOf(block["content"]).map((part) => ({ text: part["text"] as string })),
        },
      };
  }
}

/** Two ways to write one thing: a lone text is a string or a block, a result that is no error may say so. */
function normalised(body: JsonObject): JsonObject {
  const { system, messages, ...rest } = body;
  return {
    ...rest,
    ...(system !== undefined && { system: blocksOf(system) }),
    messages: (messages as JsonObject[]).map((message) => ({
      ...message,
      content: blocksOf(message["content"]).map((block) => {
        if (block["type"] === "document") return { title: "untitled", ...block };
        if (block["type"] !== "tool_result") return block;
        const { is_error: _isError, content, ...result } = block;
        return { ...result, content: blocksOf(content) };
      }),
    })),
  };
}

/** Of this request Converse has no word: an image at an address. */
function hasAddress(body: JsonObject): boolean {
  return JSON.stringify(body).includes('"type":"url"');
}

describe("recorded bodies for Claude", () => {
  const bodies = [...answers, ...streams].filter(
    ({ request }) => Array.isArray(request["messages"]) && isJsonObject(request) && !hasAddress(request),
  );

  it.each(bodies)("are what is written for the same conversation: $id", ({ request }) => {
    const native = normalised(request);
    const { body, dropped } = anthropic.request(converseFrom(native), { model, stream: false });
    expect(body).toEqual(native);
    expect(dropped).toEqual([]);
  });
});
