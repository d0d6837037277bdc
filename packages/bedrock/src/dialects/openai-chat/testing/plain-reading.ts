/**
 * What a recorded answer says, read straight from its JSON: the second opinion that the translators are held against.
 * Nothing here comes from the code under test.
 */
type Json = Record<string, unknown>;

export interface PlainReading {
  text: string;
  thinking: { text?: string; signature?: string; redacted?: string }[];
  calls: { id: unknown; name: unknown; input: unknown }[];
  citations: unknown[];
  stopReason: string;
  usage: Record<string, number>;
  responseFields: unknown;
  /** Members of blocks in order, the caller's tool calls and empty texts left out. */
  blocks: string[];
}

/** Of the body of a Converse answer. */
export function readWhole(body: Json): PlainReading {
  const message = (body["output"] as { message: { content: Json[] } }).message;
  const reading: PlainReading = {
    text: "",
    thinking: [],
    calls: [],
    citations: [],
    stopReason: body["stopReason"] as string,
    usage: body["usage"] as Record<string, number>,
    responseFields: body["additionalModelResponseFields"],
    blocks: [],
  };
  for (const block of message.content) {
    const tool = block["toolUse"] as Json | undefined;
    if (tool !== undefined && tool["type"] !== "server_tool_use") {
      reading.calls.push({ id: tool["toolUseId"], name: tool["name"], input: tool["input"] });
      continue;
    }
    if (block["text"] !== "") {
      reading.blocks.push(Object.keys(block).join());
    }
    if (typeof block["text"] === "string") {
      reading.text += block["text"];
    }
    const cited = block["citationsContent"] as { content?: { text: string }[]; citations?: unknown[] } | undefined;
    reading.text += (cited?.content ?? []).map((part) => part.text).join("");
    reading.citations.push(...(cited?.citations ?? []));
    const reasoning = block["reasoningContent"] as Json | undefined;
    if (reasoning !== undefined) {
      const known = (reasoning["reasoningText"] ?? {}) as { text?: string; signature?: string };
      const redacted = reasoning["redactedContent"] as string | undefined;
      reading.thinking.push(redacted === undefined ? { ...known } : { redacted });
    }
  }
  return reading;
}

/** The Converse answer that a recorded stream amounts to, put together block by block. */
export function wholeFromEvents(events: readonly { type: string; payload: Json }[]): Json {
  const blocks: Json[] = [];
  const whole: Json = { output: { message: { role: "assistant", content: blocks } } };
  for (const { type, payload } of events) {
    const index = payload["contentBlockIndex"] as number;
    if (type === "contentBlockStart") {
      const [member, start] = Object.entries(payload["start"] as Json)[0] ?? ["", {}];
      blocks[index] = { [member]: { ...(start as Json), ...(member === "toolUse" ? { input: "" } : { content: [] }) } };
    } else if (type === "contentBlockDelta") {
      blocks[index] = withDelta(blocks[index] ?? {}, payload["delta"] as Json);
    } else if (type === "messageStop" || type === "metadata") {
      const { p: _padding, ...members } = payload;
      Object.assign(whole, members);
    }
  }
  for (const block of blocks) {
    const tool = block["toolUse"] as Json | undefined;
    if (tool !== undefined) {
      tool["input"] = tool["input"] === "" ? {} : JSON.parse(tool["input"] as string);
    }
  }
  return whole;
}

function withDelta(block: Json, delta: Json): Json {
  if (typeof delta["text"] === "string") {
    const cited = block["citationsContent"] as { content: { text: string }[]; citations: unknown[] } | undefined;
    if (cited !== undefined) {
      const text = (cited.content[0]?.text ?? "") + delta["text"];
      return { citationsContent: { ...cited, content: [{ text }] } };
    }
    return { text: ((block["text"] as string | undefined) ?? "") + delta["text"] };
  }
  if (delta["citation"] !== undefined) {
    const cited = (block["citationsContent"] ?? {
      content: block["text"] === undefined ? [] : [{ text: block["text"] }],
      citations: [],
    }) as { content: unknown[]; citations: unknown[] };
    return { citationsContent: { ...cited, citations: [...cited.citations, delta["citation"]] } };
  }
  const reasoning = delta["reasoningContent"] as
    | { text?: string; signature?: string; redactedContent?: string }
    | undefined;
  if (reasoning?.redactedContent !== undefined) {
    return { reasoningContent: { redactedContent: reasoning.redactedContent } };
  }
  if (reasoning !== undefined) {
    const known = (block["reasoningContent"] as { reasoningText: Json } | undefined)?.reasoningText ?? { text: "" };
    const text = (known["text"] as string) + (reasoning.text ?? "");
    const signature = reasoning.signature ?? known["signature"];
    return { reasoningContent: { reasoningText: { text, ...(signature === undefined ? {} : { signature }) } } };
  }
  const tool = delta["toolUse"] as { input: string } | undefined;
  const open = block["toolUse"] as Json | undefined;
  if (tool !== undefined && open !== undefined) {
    return { toolUse: { ...open, input: (open["input"] as string) + tool.input } };
  }
  const result = block["toolResult"] as { content: unknown[] } | undefined;
  if (result !== undefined) {
    return { toolResult: { ...result, content: [...result.content, ...(delta["toolResult"] as unknown[])] } };
  }
  throw new Error(`no rule for ${JSON.stringify(delta)}`);
}

/** OpenAI's usage, computed from AWS's figures another way: from AWS's own total. */
export function plainUsage(usage: Record<string, number>): Json {
  const { totalTokens = Number.NaN, outputTokens = Number.NaN } = usage;
  const read = usage["cacheReadInputTokens"];
  const written = usage["cacheWriteInputTokens"];
  const details = JSON.parse(JSON.stringify({ cached_tokens: read, cache_write_tokens: written })) as Json;
  return {
    prompt_tokens: totalTokens - outputTokens,
    completion_tokens: outputTokens,
    total_tokens: totalTokens,
    ...(Object.keys(details).length === 0 ? {} : { prompt_tokens_details: details }),
  };
}
