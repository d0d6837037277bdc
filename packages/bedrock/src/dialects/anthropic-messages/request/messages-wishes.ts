/** What a request of the Messages API asks for besides its conversation and tools. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { betaFlagsIn } from "../../../models/betas.ts";
import { noWishes, type FormatWish, type ThinkingWish, type Wishes } from "../../translation/wishes.ts";
import type { MessagesRequest, MessagesToolChoice } from "../messages-request.ts";
import { setSampling } from "../unset-sampling.ts";

const limitPaths = ["max_tokens"];
const thinkingTypes: ReadonlySet<unknown> = new Set(["enabled", "adaptive", "disabled"]);

export function messagesWishes(request: MessagesRequest): Wishes {
  const { max_tokens: limit, output_config: output } = request;
  const wishes = noWishes();
  if (typeof limit === "number") {
    wishes.maxTokens = limit;
    wishes.maxTokensPaths = limitPaths;
  }
  wishes.temperature = request.temperature ?? undefined;
  wishes.topP = setSampling(request.top_p);
  wishes.topK = setSampling(request.top_k);
  wishes.stops = request.stop_sequences ?? undefined;
  wishes.thinking = thinkingOf(request);
  wishes.effort = typeof output?.["effort"] === "string" ? output["effort"] : undefined;
  wishes.effortAsksToThink = false;
  setChoice(wishes, request.tool_choice ?? undefined);
  wishes.format = formatOf(output?.["format"] ?? request.output_format);
  const betas = betaFlagsIn(request.anthropic_beta, request.betas);
  wishes.betas = betas.size === 0 ? undefined : [...betas];
  wishes.anthropicVersion = request.anthropic_version ?? undefined;
  setMetadata(wishes, request.metadata ?? {});
  return wishes;
}

function setMetadata(wishes: Wishes, { user_id: user, ...others }: JsonObject): void {
  wishes.metadata = Object.keys(others).length === 0 ? undefined : others;
  wishes.user = typeof user === "string" ? user : undefined;
}

function setChoice(wishes: Wishes, choice: MessagesToolChoice | undefined): void {
  if (choice !== undefined) {
    wishes.toolChoice = choice.type === "tool" ? { kind: "tool", name: choice.name ?? "" } : { kind: choice.type };
    wishes.parallelToolCalls = choice.disable_parallel_tool_use === true ? false : undefined;
  }
}

/** Undefined also for a type of thinking that Converse's models do not know. */
function thinkingOf({ thinking }: MessagesRequest): ThinkingWish | undefined {
  return isJsonObject(thinking) && thinkingTypes.has(thinking["type"]) ? thinking : undefined;
}

function formatOf(format: JsonValue | undefined): FormatWish | undefined {
  if (!isJsonObject(format) || !isJsonObject(format["schema"])) {
    return undefined;
  }
  return { schema: format["schema"], name: undefined, description: undefined, strict: undefined };
}
