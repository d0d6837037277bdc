/** Limits and sampling: `inferenceConfig`, and `top_k` where the model has it. */
import type { InferenceConfiguration } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import { leaveOutGiven, pathOfGiven, setAdditional } from "./fields/additional-fields.ts";
import { isBlank } from "./text-blocks.ts";
import type { ThinkingOutcome } from "./thinking.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

/** Undefined where nothing is asked. */
export function inferenceConfigOf(
  draft: TranslationDraft,
  thinking: ThinkingOutcome,
): InferenceConfiguration | undefined {
  const config: InferenceConfiguration = {};
  setMaxTokens(draft, config, thinking);
  setSampling(draft, config, thinking);
  if (draft.given !== undefined) {
    settleGivenTopK(draft, draft.given, thinking);
  }
  setStops(draft, config);
  for (const _field in config) {
    return config;
  }
  return undefined;
}

function setMaxTokens(draft: TranslationDraft, config: InferenceConfiguration, thinking: ThinkingOutcome): void {
  const limit = draft.wishes.maxTokens ?? draft.context.defaultMaxTokens;
  if (limit === undefined) {
    return;
  }
  if (thinking.novaThinksHard) {
    for (const path of draft.wishes.maxTokensPaths) {
      drop(draft, path);
    }
    return;
  }
  config.maxTokens = limit;
}

function dropIfGiven(draft: TranslationDraft, wish: "temperature" | "topP" | "topK"): void {
  if (draft.wishes[wish] !== undefined) {
    drop(draft, draft.terms[wish]);
  }
}

function setSampling(draft: TranslationDraft, config: InferenceConfiguration, thinking: ThinkingOutcome): void {
  const { temperature, topP, topK } = draft.wishes;
  const { sampling } = draft.model;
  if (!sampling.accepted || thinking.novaThinksHard) {
    dropIfGiven(draft, "temperature");
    dropIfGiven(draft, "topP");
    dropIfGiven(draft, "topK");
    return;
  }
  if (temperature !== undefined) {
    setTemperature(draft, config, { temperature, claudeThinks: thinking.claudeThinks });
  }
  if (topP !== undefined) {
    // Some Claude: "`temperature` and `top_p` cannot both be specified"; with thinking, top_p from 0.95 on.
    const isBarred = (sampling.exclusive && config.temperature !== undefined) || (thinking.claudeThinks && topP < 0.95);
    if (isBarred) {
      drop(draft, draft.terms.topP);
    } else {
      config.topP = topP;
    }
  }
  if (topK !== undefined) {
    if (sampling.topKPath === undefined || thinking.claudeThinks) {
      drop(draft, draft.terms.topK);
    } else {
      setAdditional(draft, sampling.topKPath, topK, draft.terms.topK);
    }
  }
}

/** "`top_k` must be unset when thinking is enabled": Converse has no place for it but the additional fields. */
function settleGivenTopK(draft: TranslationDraft, given: JsonObject, { claudeThinks }: ThinkingOutcome): void {
  const { family, sampling } = draft.model;
  if (typeof given["top_k"] === "number" && family === "anthropic" && (claudeThinks || !sampling.accepted)) {
    drop(draft, pathOfGiven(draft, "top_k"));
    leaveOutGiven(draft, "top_k");
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
    drop(draft, draft.terms.temperature);
    return;
  }
  if (temperature > 1) {
    drop(draft, draft.terms.temperature);
  }
  config.temperature = Math.min(temperature, 1);
}

/** Empty stops mean nothing, and AWS refuses them; Claude refuses those of white space alone too. */
function setStops(draft: TranslationDraft, config: InferenceConfiguration): void {
  const given = draft.wishes.stops;
  if (given === undefined) {
    return;
  }
  const { blankStops } = draft.model.can;
  const stops = given.filter((text) => text !== "" && (blankStops || !isBlank(text)));
  if (stops.length < given.length) {
    drop(draft, draft.terms.stops);
  }
  if (stops.length > 0) {
    config.stopSequences = stops;
  }
}
