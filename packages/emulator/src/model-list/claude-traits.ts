import type { Traits } from "./traits.ts";

/**
 * Generations of Claude, newest first; the first that fits wins, so that an unlisted id of a new name takes the newest rules.
 * Sources: AWS's pages on Claude's parameters, pydantic-ai, aws-samples (temperature beside topP), recorded traffic (thinking of 3.7 to Sonnet 5).
 */
const generations: readonly [RegExp, Partial<Traits>][] = [
  [
    /claude-(instant|v1|v2)/,
    { ...oldTraits(), tools: false, toolChoice: [], toolsInStream: false, media: ["document"] },
  ],
  [/claude-3-7/, { ...oldTraits(), ...cached("used"), thinking: "budget", reasoning: "asked", cacheFigures: "always" }],
  [/claude-3-5-haiku/, { ...oldTraits(), ...cached("used"), cacheMinimum: 2048 }],
  [/claude-3-5-sonnet-20241022/, { ...oldTraits(), ...cached("used"), cacheFigures: "always" }],
  [/claude-3/, oldTraits()],
  [
    /claude-(sonnet|opus)-4-(2025|1-)/,
    { ...oldTraits(), ...cached("always"), thinking: "budget", reasoning: "asked", toolUseType: true },
  ],
  [/claude-opus-4-5/, { ...fourFive(), effort: true, cacheMinimum: 4096 }],
  [/claude-haiku-4-5/, { ...fourFive(), cacheMinimum: 4096 }],
  [/claude-sonnet-4-5/, fourFive()],
  [
    /claude-(sonnet|opus|haiku)-4-6/,
    { ...fourFive(), thinking: "budget-or-adaptive", effort: true, prefill: false, cacheMinimum: 2048 },
  ],
  // Anthropic's pages on these models; on Bedrock langchain-ai/langchain-aws#1274, vercel/ai#21364, 567-labs/instructor#2681.
  [/claude-(fable|mythos)-5-[12]|claude-(opus|sonnet)-5-5/, { ...newest(), alwaysThinks: true, forcedTools: false }],
  [/claude-(fable|mythos)-5/, { ...newest(), alwaysThinks: true }],
  [/claude-opus-4-7/, { ...newest(), currentSchemas: false }],
  [/./, newest()],
];

/** The traits of a Claude model, by its base id. */
export function claudeTraits(baseId: string): Partial<Traits> {
  return { family: "claude", ...generations.find(([stem]) => stem.test(baseId))?.[1] };
}

function shared(): Partial<Traits> {
  return {
    media: ["image", "document"],
    toolResultMedia: ["image", "document"],
    // Recorded: `us.anthropic.claude-sonnet-4-5` takes a first message of the assistant, Claude 3 Haiku two user messages in a row.
    assistantFirst: true,
    mergesRoles: true,
  };
}

function oldTraits(): Partial<Traits> {
  return { ...shared(), outputConfig: false, strictTools: false };
}

function cached(cacheFigures: Traits["cacheFigures"]): Partial<Traits> {
  return { cache: ["tools", "system", "messages"], cacheFigures };
}

function fourFive(): Partial<Traits> {
  return {
    ...shared(),
    ...cached("always"),
    cacheOneHour: true,
    thinking: "budget",
    reasoning: "asked",
    samplingExclusive: true,
    toolUseType: true,
  };
}

function newest(): Partial<Traits> {
  return {
    ...shared(),
    ...cached("reads"),
    cacheOneHour: true,
    thinking: "adaptive",
    reasoning: "asked",
    effort: true,
    currentSchemas: true,
    prefill: false,
    sampling: false,
    outputConfig: false,
    strictTools: false,
    toolUseType: true,
  };
}
