import { exactJsonOfEach } from "../../json-text/exact-numbers.ts";
import { AnswerStream } from "../answer-stream.ts";
import type { Family } from "../family.ts";
import { anthropicRequest } from "./request.ts";
import { anthropicResponse } from "./response.ts";
import { AnthropicReader, chunkMembers } from "./stream.ts";

/** Claude's Messages API. Sources: Anthropic's API reference, AWS's pages on Claude, recorded traffic. */
export const anthropic: Family = {
  request: anthropicRequest,
  response: anthropicResponse,
  stream: (emit) => new AnswerStream(emit, chunkMembers, (writer) => new AnthropicReader(writer)),
  exactInputs: (answer) => exactJsonOfEach(answer, { list: ["content"], inElement: ["input"] }),
};
