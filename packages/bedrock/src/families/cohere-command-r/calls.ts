import type { ConverseRequest } from "../../converse/request.ts";

/** Cohere's calls have no ids: each gets one that no call of the conversation has. `index` is its place among the calls of the answer. */
export function callId(request: ConverseRequest, index: number): string {
  const earlier = (request.messages ?? []).flatMap(({ content }) => content.filter((block) => block.toolUse)).length;
  return `call_${earlier + index}`;
}
