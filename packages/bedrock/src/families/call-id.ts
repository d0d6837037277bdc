import type { ConverseRequest } from "../converse/request.ts";

/**
 * An id for a call that came without one: none that the conversation has, also where its callers cut off the beginning, and the same for whoever
 * reads the answer again. `index` is its place among the calls of the answer.
 */
export function callId({ messages = [] }: ConverseRequest, index: number): string {
  const blocks = messages.flatMap(({ content }) => content);
  const taken = new Set(blocks.map(({ toolUse, toolResult }) => toolUse?.toolUseId ?? toolResult?.toolUseId));
  const earlier = blocks.filter(({ toolUse }) => toolUse !== undefined).length;
  let free = index;
  for (let number = earlier; ; number += 1) {
    const id = `call_${number}`;
    if (!taken.has(id)) {
      if (free === 0) return id;
      free -= 1;
    }
  }
}
