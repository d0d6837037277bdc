/** OpenAI's chat request -> Converse's, for what the bench sends: text, tools, tool results, sampling. */

function textOf(content) {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : content.map((part) => part.text).join("");
}

function blocksOf(content) {
  if (typeof content === "string") return [{ text: content }];
  return (content ?? []).map((part) => ({ text: part.text }));
}

function assistantBlocks(message) {
  const blocks = message.content === null || message.content === "" ? [] : blocksOf(message.content);
  for (const call of message.tool_calls ?? []) {
    const input = JSON.parse(call.function.arguments || "{}");
    blocks.push({ toolUse: { toolUseId: call.id, name: call.function.name, input } });
  }
  return blocks;
}

function toolResult(message) {
  return { toolResult: { toolUseId: message.tool_call_id, content: [{ text: textOf(message.content) }] } };
}

function pushTurn(messages, role, blocks) {
  const last = messages.at(-1);
  if (last?.role === role) {
    for (const block of blocks) last.content.push(block);
  } else {
    messages.push({ role, content: blocks });
  }
}

function toolChoiceOf(choice) {
  if (choice === "required") return { any: {} };
  if (typeof choice === "object") return { tool: { name: choice.function.name } };
  return undefined;
}

function toolConfigOf(request) {
  const specs = request.tools.map(({ function: { name, description, parameters } }) => ({
    toolSpec: { name, description, inputSchema: { json: parameters } },
  }));
  return { tools: specs, toolChoice: toolChoiceOf(request.tool_choice) };
}

function inferenceConfigOf(request) {
  return {
    maxTokens: request.max_completion_tokens ?? request.max_tokens,
    temperature: request.temperature,
    topP: request.top_p,
    stopSequences: typeof request.stop === "string" ? [request.stop] : request.stop,
  };
}

/** Throws on a body that it does not understand. */
export function converseFromChat(request) {
  const system = [];
  const messages = [];
  for (const message of request.messages) {
    if (message.role === "system" || message.role === "developer") {
      system.push({ text: textOf(message.content) });
    } else if (message.role === "assistant") {
      pushTurn(messages, "assistant", assistantBlocks(message));
    } else if (message.role === "tool") {
      pushTurn(messages, "user", [toolResult(message)]);
    } else {
      pushTurn(messages, "user", blocksOf(message.content));
    }
  }
  return {
    messages,
    system: system.length > 0 ? system : undefined,
    inferenceConfig: inferenceConfigOf(request),
    toolConfig: request.tools === undefined ? undefined : toolConfigOf(request),
  };
}
