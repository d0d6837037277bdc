import { betaFlagsIn, sortBetaFlags } from "../../../models/betas.ts";
import type { ModelFacts } from "../../../models/model-facts.ts";
import type { FetchedMedia } from "../../translation/context.ts";
import { invokeHeadersOf } from "./invoke-headers.ts";
import { JsonEdits } from "../../translation/json-edits.ts";
import { inlineMedia } from "./media-sources.ts";
import type { MessagesRequest } from "../messages-request.ts";
import { settleCacheMarks } from "./cache-marks.ts";
import { isGiven, nameDropped, type NativeDraft } from "./draft.ts";
import { additionalFieldIn, flagsAmongFields } from "./additional.ts";
import { settleFields } from "./fields.ts";
import { settleHistory } from "./history.ts";
import { settleSystemMessages } from "./system-messages.ts";
import { settleThinking } from "./thinking.ts";
import { settleTools } from "./tools.ts";
import { leaveOutRefused, type RefusedPart } from "./refused-parts.ts";

export interface NativeMessagesContext {
  model: ModelFacts;
  /** From `messagesMediaUrls(request)`, fetched by the caller. */
  media: ReadonlyMap<string, FetchedMedia>;
  /** Flags of the header `anthropic-beta`. */
  anthropicBeta: readonly string[];
  /** Gives the request's own JSON, where nothing was changed since it came: numbers that a double cannot hold keep their digits then. */
  source?: (() => string) | undefined;
  /** Set by the operator; without it and the caller's own, the model's maximum is sent, since Claude needs one. */
  defaultMaxTokens?: number | undefined;
  /** What this model has refused the caller before, from `RefusedParts`. */
  refused?: readonly RefusedPart[];
}

/** A request for InvokeModel or InvokeModelWithResponseStream. */
export interface NativeMessages {
  body: string;
  /** InvokeModel's own: guardrail, tier, latency, metadata. */
  headers: Record<string, string>;
  /** Paths of what was left out or changed on purpose. */
  dropped: string[];
}

/** What Bedrock wants in the place of Anthropic's header `anthropic-version`. */
const bedrockVersion = "bedrock-2023-05-31";

/**
 * A checked request as Claude takes it from InvokeModel: the same JSON, with what the address says instead taken out, `anthropic_version`
 * put in, addresses of media replaced by their bytes, beta flags by the model's table. What Bedrock is known to refuse is left out and
 * named; what is not known here goes as it came. The request is not changed.
 */
export function nativeFromMessages(request: MessagesRequest, context: NativeMessagesContext): NativeMessages {
  const edits = new JsonEdits();
  const flags = betaFlagsIn(request.anthropic_beta, request.betas, flagsAmongFields(request), context.anthropicBeta);
  const { kept, refused } = sortBetaFlags(context.model, flags);
  const draft: NativeDraft = { request, model: context.model, edits, dropped: new Set(), flags: kept };
  for (const flag of refused) {
    nameDropped(draft, `anthropic_beta.${flag}`);
  }
  for (const field of ["model", "stream", "betas"]) {
    if (request[field] !== undefined) {
      edits.remove([field]);
    }
  }
  if (!isGiven(request.anthropic_version)) {
    edits.set(["anthropic_version"], JSON.stringify(bedrockVersion));
  }
  const headers = invokeHeadersOf(draft);
  settleFields(draft);
  settleMaxTokens(draft, context.defaultMaxTokens);
  settleHistory(draft);
  settleSystemMessages(draft);
  settleThinking(draft);
  settleTools(draft);
  settleCacheMarks(draft);
  inlineMedia(draft, context.media);
  leaveOutRefused(draft, context.refused ?? []);
  settleFlags(draft);
  return { body: edits.applyTo(context.source?.() ?? JSON.stringify(request)), headers, dropped: [...draft.dropped] };
}

function settleMaxTokens({ request, model, edits }: NativeDraft, byOperator: number | undefined): void {
  const most = byOperator ?? model.maxOutputTokens;
  const isSaid = isGiven(request.max_tokens) || additionalFieldIn(request, "max_tokens") !== undefined;
  if (!isSaid && most !== undefined) {
    edits.set(["max_tokens"], String(most));
  }
}

/** The list that the caller wrote stays as it is where all of it goes and nothing joins it. */
function settleFlags({ request, edits, flags }: NativeDraft): void {
  const { anthropic_beta: given } = request;
  if (flags.size === 0) {
    if (given !== undefined) {
      edits.remove(["anthropic_beta"]);
    }
  } else if (!Array.isArray(given) || given.length !== flags.size || given.some((flag) => !flags.has(flag))) {
    edits.set(["anthropic_beta"], JSON.stringify([...flags]));
  }
}
