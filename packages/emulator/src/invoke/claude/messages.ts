/** Claude's Messages API under InvokeModel. */
import type { Call } from "../../validate/call.ts";
import { cacheRules } from "../../validate/cache-rules.ts";
import { claudeHistoryRules } from "../../validate/claude-history-rules.ts";
import { claudeRules } from "../../validate/claude-rules.ts";
import { invalid, type Refusal } from "../../validate/refusal.ts";
import { schemaRules } from "../../validate/schema-rules.ts";
import type { ResolvedModel } from "../../model-list/resolve-model.ts";
import { anthropicWords, jsonTypeOf } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { schemaFaults, type SchemaFault } from "../schema-faults.ts";
import { withoutNullMembers } from "../without-nulls.ts";
import { withToolTypes } from "./additional-fields.ts";
import { betaFeatures } from "./betas.ts";
import { bodyRefusal } from "./body-rules.ts";
import { requestFrom, type MessagesBody } from "./read.ts";
import { claudeName, claudeReply } from "./reply.ts";
import { messagesSchema } from "./schema.ts";
import { claudeChunks } from "./stream.ts";

export const claudeMessages: NativeFamily = {
  read: readMessages,
  rules: [tokenLimit, ...cacheRules, ...claudeRules, ...claudeHistoryRules, ...schemaRules],
  reply: claudeReply,
  chunks: claudeChunks,
};

function readMessages(body: NativeBody, model: ResolvedModel): NativeRead {
  const named = withToolTypes(body);
  const schema = messagesSchema(model.traits, betaFeatures(body));
  const faults = schemaFaults(named, schema, true);
  const refusal = formRefusal(faults, model);
  if (refusal !== undefined) return { refusal };
  // The schema was checked just above.
  const checked = withoutNullMembers(named, schema) as MessagesBody;
  const words = bodyRefusal(checked, model);
  return words === undefined ? { request: requestFrom(checked) } : { refusal: invalid(words) };
}

/** Content of a wrong JSON type is told by Bedrock's own checker for the older models (recorded for 3.5 Haiku). */
function formRefusal(faults: readonly SchemaFault[], { traits }: ResolvedModel): Refusal | undefined {
  const [first] = faults;
  if (traits.thinking === "none" && first?.rule === "type" && first.path[2] === "content" && first.path.length === 3) {
    const place = `#/${first.path.join("/")}`;
    const found = `found: ${jsonTypeOf(first.value)}`;
    return invalid(
      `Malformed input request: #: subject must not be valid against schema {"required":["messages"]}${place}: expected type: JSONArray, ${found}${place}: expected type: String, ${found}, please reformat your input and try again.`,
    );
  }
  const words = anthropicWords(faults);
  return words === undefined ? undefined : invalid(words);
}

function tokenLimit({ request, traits, model }: Call): Refusal | undefined {
  const [asked, limit] = [request.inferenceConfig?.maxTokens ?? 0, traits.maxOutputTokens ?? Infinity];
  return asked <= limit
    ? undefined
    : invalid(
        `max_tokens: ${asked} > ${limit}, which is the maximum allowed number of output tokens for ${claudeName(model.baseId)}`,
      );
}
