import { exactJsonAt } from "../../exact-numbers.ts";
import type { Family } from "../family.ts";
import { anthropicRequest } from "./request.ts";
import { anthropicResponse } from "./response.ts";
import { AnthropicStream } from "./stream.ts";

/** Claude's Messages API. Sources: Anthropic's API reference, AWS's pages on Claude, recorded traffic. */
export const anthropic: Family = {
  request: anthropicRequest,
  response: anthropicResponse,
  stream: (emit) => new AnthropicStream(emit),
  exactInput: (answer, index) => exactJsonAt(answer, ["content", index, "input"]),
};
