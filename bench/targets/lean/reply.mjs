/** Converse's whole reply -> OpenAI's. */

const finishReasons = { end_turn: "stop", stop_sequence: "stop", tool_use: "tool_calls", max_tokens: "length" };

export function finishReasonOf(stopReason) {
  return finishReasons[stopReason] ?? "stop";
}

export function usageOf(usage) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.totalTokens,
  };
}

function messageOf(blocks) {
  let content = "";
  let toolCalls;
  for (const { text, toolUse } of blocks) {
    if (text !== undefined) content += text;
    if (toolUse !== undefined) {
      toolCalls ??= [];
      const call = { name: toolUse.name, arguments: JSON.stringify(toolUse.input) };
      toolCalls.push({ id: toolUse.toolUseId, type: "function", function: call });
    }
  }
  const message = { role: "assistant", content };
  return toolCalls === undefined ? message : { ...message, tool_calls: toolCalls };
}

export function chatFromConverse(reply, { id, created, model }) {
  const finishReason = finishReasonOf(reply.stopReason);
  return {
    id,
    object: "chat.completion",
    created,
    model,
    choices: [{ index: 0, message: messageOf(reply.output.message.content), finish_reason: finishReason }],
    usage: usageOf(reply.usage),
  };
}
