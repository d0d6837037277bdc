/** Cohere Command R and R+. Sources: AWS's page on them, Cohere's reference of its first chat API, recorded traffic. */
import type { ContentBlock } from "../../converse/content.ts";
import { exactJsonOfEach } from "../../json-text/exact-numbers.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { AnswerStream } from "../answer-stream.ts";
import { cohereNames } from "../cohere-words.ts";
import { converseReply } from "../converse-reply.ts";
import type { Family, NativeReplyContext } from "../family.ts";
import { inferenceFields } from "../inference-names.ts";
import { billedUsage } from "../../converse/invocation-counts.ts";
import { objectsOf, textOf } from "../json-parts.ts";
import { finishedBody } from "../native-body.ts";
import { checkCommonFields, NativeDraft, systemText } from "../native-draft.ts";
import { emptyOutput, textIn } from "../native-errors.ts";
import { NewCallIds } from "../call-id.ts";
import { citedBlocks } from "./citations.ts";
import { nativeConversation } from "./conversation.ts";
import { billedCounts, chunkMembers, CommandRReader, commandRStopReason } from "./stream.ts";
import { nativeTools } from "./tools.ts";

export const cohereCommandR: Family = {
  request(request, context) {
    const draft = new NativeDraft("Command R");
    checkCommonFields(draft, request, context);
    const preamble = systemText(draft, request.system);
    const tools = nativeTools(draft, request.toolConfig);
    const body: JsonObject = {
      ...nativeConversation(draft, request.messages ?? []),
      ...(preamble !== "" && { preamble }),
      ...(tools.length > 0 && { tools }),
      ...inferenceFields(draft, request, cohereNames),
    };
    return { body: finishedBody(body, request), dropped: draft.dropped };
  },

  response(answer, context) {
    const text = textIn(answer["text"], "text");
    const calls = callBlocks(answer["tool_calls"], context);
    if (text === undefined && calls.length === 0) {
      throw emptyOutput(answer, "text");
    }
    return converseReply(
      answer,
      {
        content: [...textBlocks(answer), ...calls],
        stopReason: commandRStopReason(answer["finish_reason"], calls.length),
        usage: billedUsage(context.counts, billedCounts(answer)),
      },
      context,
    );
  },

  stream: (emit, { request }) => new AnswerStream(emit, chunkMembers, (writer) => new CommandRReader(writer, request)),

  exactInputs(answer) {
    const texts = textBlocks(JSON.parse(answer) as JsonObject).length;
    const calls = exactJsonOfEach(answer, { list: ["tool_calls"], inElement: ["parameters"] });
    return new Map([...calls].map(([call, parameters]) => [texts + call, parameters]));
  },
};

function textBlocks({ text, citations, documents }: JsonObject): ContentBlock[] {
  return typeof text === "string" && text !== "" ? citedBlocks(text, citations, documents) : [];
}

function callBlocks(calls: JsonValue | undefined, { request }: NativeReplyContext): ContentBlock[] {
  const ids = new NewCallIds(request);
  return objectsOf(calls).map((call, index) => ({
    toolUse: {
      toolUseId: ids.at(index),
      name: textOf(call["name"]),
      input: call["parameters"] ?? {},
    },
  }));
}
