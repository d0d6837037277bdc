/** Limits and sampling: `inferenceConfig`, and `top_k` where the model has it. */
import type { InferenceConfiguration } from "../../converse/request.ts";
import { isBlank } from "./text-blocks.ts";
import type { ThinkingOutcome } from "./thinking.ts";
import { drop, setAdditional, type TranslationDraft } from "./translation-draft.ts";

/** Undefined where nothing is asked. */
export function inferenceConfigOf(
  draft: TranslationDraft,
  thinking: ThinkingOutcome,
): InferenceConfiguration | undefined {
  const config: InferenceConfiguration = {};
  setMaxTokens(draft, config, thinking);
  setSampling(draft, config, thinking);
  setStops(draft, config);
  for (const _field in config) {
    return config;
  }
  return undefined;
}

function setMaxTokens(draft: TranslationDraft, config: InferenceConfiguration, thinking: ThinkingOutcome): void {
  const { max_completion_tokens: completion, max_tokens: plain } = draft.request;
  const limit = completion ?? plain ?? draft.context.defaultMaxTokens;
  if (limit === undefined) {
    return;
  }
  if (thinking.novaThinksHard) {
    dropIfGiven(draft, "max_completion_tokens");
    dropIfGiven(draft, "max_tokens");
    return;
  }
  config.maxTokens = limit;
}

function dropIfGiven(
  draft: TranslationDraft,
  field: "max_completion_tokens" | "max_tokens" | "temperature" | "top_p" | "top_k",
): void {
  const value = draft.request[field];
  if (value !== undefined && value !== null) {
    drop(draft, field);
  }
}

function setSampling(draft: TranslationDraft, config: InferenceConfiguration, thinking: ThinkingOutcome): void {
  const { temperature, top_p: topP, top_k: topK } = draft.request;
  const { sampling } = draft.model;
  if (!sampling.accepted || thinking.novaThinksHard) {
    dropIfGiven(draft, "temperature");
    dropIfGiven(draft, "top_p");
    dropIfGiven(draft, "top_k");
    return;
  }
  if (typeof temperature === "number") {
    setTemperature(draft, config, { temperature, claudeThinks: thinking.claudeThinks });
  }
  if (typeof topP === "number") {
    // Some Claude: "`temperature` and `top_p` cannot both be specified"; with thinking, top_p from 0.95 on.
    const isBarred = (sampling.exclusive && config.temperature !== undefined) || (thinking.claudeThinks && topP < 0.95);
    if (isBarred) {
      drop(draft, "top_p");
    } else {
      config.topP = topP;
    }
  }
  if (typeof topK === "number") {
    if (sampling.topKPath === undefined || thinking.claudeThinks) {
      drop(draft, "top_k");
    } else {
      setAdditional(draft, sampling.topKPath, topK);
    }
  }
}

function setTemperature(
  draft: TranslationDraft,
  config: InferenceConfiguration,
  given: { temperature: number; claudeThinks: boolean },
): void {
  const { temperature, claudeThinks } = given;
  // "`temperature` may only be set to 1 when thinking is enabled."
  if (claudeThinks && temperature < 1) {
    drop(draft, "temperature");
    return;
  }
  if (temperature > 1) {
    drop(draft, "temperature");
  }
  config.temperature = Math.min(temperature, 1);
}

/** Empty stops mean nothing, and AWS refuses them; Claude refuses those of white space alone too. */
function setStops(draft: TranslationDraft, config: InferenceConfiguration): void {
  const { stop } = draft.request;
  if (stop === undefined || stop === null) {
    return;
  }
  const given = typeof stop === "string" ? [stop] : stop;
  const refusesBlank = draft.model.family === "anthropic";
  const stops = given.filter((text) => text !== "" && !(refusesBlank && isBlank(text)));
  if (stops.length < given.length) {
    drop(draft, "stop");
  }
  if (stops.length > 0) {
    config.stopSequences = stops;
  }
}
