import type { JsonObject } from "../../../json.ts";
import type { DialectTerms } from "../../translation/wishes.ts";
import type { MessagesRequest } from "../messages-request.ts";

/** What the Messages API calls what a caller may want. */
export const messagesTerms: DialectTerms = {
  messages: "messages",
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  stops: "stop_sequences",
  thinking: "thinking",
  effort: "output_config.effort",
  toolChoice: "tool_choice",
  allowedTools: "tools",
  parallelToolCalls: "tool_choice.disable_parallel_tool_use",
  format: "output_config.format",
  formatSchema: "output_config.format.schema",
  formatStrict: "output_config.format",
  metadata: "metadata",
  user: "metadata.user_id",
  toolNamesIn,
};

function toolNamesIn(body: JsonObject): Set<string> {
  const { tools, messages } = body as MessagesRequest;
  const names = new Set<string>();
  for (const { name } of tools ?? []) {
    if (typeof name === "string") {
      names.add(name);
    }
  }
  for (const { content } of messages) {
    for (const block of typeof content === "string" ? [] : content) {
      if (block.type === "tool_use" && typeof block["name"] === "string") {
        names.add(block["name"]);
      }
    }
  }
  return names;
}
