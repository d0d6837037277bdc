/** Fields of the body's top that Bedrock is known to refuse ("Extra inputs are not permitted"), or takes under a beta flag alone. */
import { takenEffort } from "../../../anthropic/effort-steps.ts";
import { isJsonObject } from "../../../json.ts";
import { effortFlag, takesBeta } from "../../../models/betas.ts";
import type { ModelFacts } from "../../../models/model-facts.ts";
import { addAdditionalFields } from "./additional.ts";
import { setSampling, unsetSampling } from "../unset-sampling.ts";
import { isGiven, leaveOut, nameDropped, pathText, type NativeDraft } from "./draft.ts";

/** Of Anthropic's own accounts and servers: hints, which say nothing to Bedrock. Source: the types of @anthropic-ai/sdk against AWS's page. */
const unknownToBedrock = [
  "billing_policy",
  "diagnostics",
  "fallback_credit_token",
  "fallbacks",
  "speed",
  "user_profile_id",
  "workspace_id",
];

/** Where these say nothing, as null or an empty list, they need not be refused here; Bedrock refuses what it does not know even then. */
const refusedEvenEmpty = ["container", "context_management", "inference_geo", "mcp_servers", "thread"];

const effortPath = ["output_config", "effort"];

/** Fields that want one of these flags. Source: anthropics/claude-code#82549, AWS's page of Claude's Messages API. */
const flagged: readonly { path: readonly string[]; flags: readonly string[]; of: (model: ModelFacts) => boolean }[] = [
  {
    path: ["context_management"],
    flags: ["context-management-2025-06-27", "compact-2026-01-12"],
    of: () => true,
  },
  // Claude that thinks adaptively takes an effort without a flag.
  { path: effortPath, flags: [effortFlag], of: ({ thinking }) => thinking === "budget" },
];

const samplingFields = ["temperature", "top_p", "top_k"];

export function settleFields(draft: NativeDraft): void {
  const { request, model } = draft;
  for (const field of unknownToBedrock) {
    if (request[field] !== undefined) {
      leaveOut(draft, [field]);
    }
  }
  for (const field of refusedEvenEmpty) {
    const value = request[field];
    if (value === null || (Array.isArray(value) && value.length === 0)) {
      draft.edits.remove([field]);
    }
  }
  for (const { path, flags, of } of flagged) {
    if (of(model) && hasValue(request, path) && !bringFlag(draft, flags)) {
      leaveOut(draft, path);
    }
  }
  // "This model does not support the effort parameter."
  if (model.thinking === "none" && hasValue(request, effortPath)) {
    leaveOut(draft, effortPath);
  } else {
    settleEffort(draft);
  }
  settleFormat(draft);
  settleSampling(draft);
  addAdditionalFields(draft);
}

/**
 * True where one of the flags goes with the request, is brought by it now, or where it is not known which flags the model takes: a field asks
 * for what its flag allows, and Anthropic's API has stopped to want some of them.
 */
export function bringFlag(draft: NativeDraft, flags: readonly string[]): boolean {
  const { model } = draft;
  if (model.betas === undefined || flags.some((flag) => draft.flags.has(flag))) {
    return true;
  }
  const taken = flags.find((flag) => takesBeta(model, flag));
  if (taken !== undefined) {
    draft.flags.add(taken);
  }
  return taken !== undefined;
}

function hasValue(request: NativeDraft["request"], [first = "", second]: readonly string[]): boolean {
  const value = request[first];
  return second === undefined ? isGiven(value) : isJsonObject(value) && isGiven(value[second]);
}

/** A step that came with a later generation becomes the highest that the model has. */
function settleEffort(draft: NativeDraft): void {
  const { request, model } = draft;
  const effort = isJsonObject(request.output_config) ? request.output_config["effort"] : undefined;
  if (typeof effort !== "string" || draft.dropped.has(pathText(effortPath))) {
    return;
  }
  const step = takenEffort(model, effort);
  if (step !== effort) {
    draft.edits.set(effortPath, JSON.stringify(step));
    nameDropped(draft, pathText(effortPath));
  }
}

/** The first name of `output_config.format`: it goes under the one that AWS documents, as Anthropic's own SDK (1.14) sends it. */
function settleFormat(draft: NativeDraft): void {
  const { output_config: output, output_format: format } = draft.request;
  if (format === undefined) {
    return;
  }
  if (isJsonObject(output) && isGiven(output["format"])) {
    leaveOut(draft, ["output_format"]);
    return;
  }
  draft.edits.remove(["output_format"]);
  if (isJsonObject(format)) {
    const [path, value] = isJsonObject(output)
      ? [["output_config", "format"], format]
      : [["output_config"], { format }];
    draft.edits.set(path, JSON.stringify(value));
  }
}

/** The newest generations refuse these; those before take one of temperature and top_p. */
function settleSampling(draft: NativeDraft): void {
  const { request, model } = draft;
  const unset = ["top_p", "top_k"].filter((name) => request[name] === unsetSampling);
  for (const field of unset) {
    draft.edits.remove([field]);
  }
  if (!model.sampling.accepted) {
    for (const field of samplingFields.filter((name) => isGiven(request[name]) && !unset.includes(name))) {
      leaveOut(draft, [field]);
    }
  } else if (model.sampling.exclusive && isGiven(request.temperature) && setSampling(request.top_p) !== undefined) {
    leaveOut(draft, ["top_p"]);
  }
}
