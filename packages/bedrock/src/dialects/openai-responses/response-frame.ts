import type { JsonObject } from "../../json.ts";
import type { ResponsesReplyContext } from "./reply-context.ts";
import type { ResponseObject } from "./response-object.ts";
import type { ResponsesRequest } from "./responses-request.ts";

/** A response in which nothing has happened yet: what it repeats of the request. What was not asked is null, or OpenAI's default. */
export function responseFrame({ id, created, model, request }: ResponsesReplyContext): ResponseObject {
  const { reasoning, user } = request;
  return {
    id,
    object: "response",
    created_at: created,
    status: "in_progress",
    background: false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    store: false,
    temperature: request.temperature ?? null,
    text: textConfig(request),
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    top_p: request.top_p ?? null,
    truncation: "disabled",
    ...(typeof user === "string" && { user }),
  };
}

function textConfig({ text }: ResponsesRequest): JsonObject {
  return { ...text, format: text?.format ?? { type: "text" } };
}
