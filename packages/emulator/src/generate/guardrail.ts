/** Guardrails: one word that any of them blocks, and the trace. Shapes are recorded (Nova Micro without, Claude Haiku 4.5 with intervention). */
import type { Call } from "../validate/call.ts";
import { lastUserText } from "./prompt.ts";
import { lengthOf } from "./tokens.ts";

/** A user's text with this word is blocked by every guardrail, under the topic `Emulator`. */
export const blockedWord = "TRIP_GUARDRAIL";

/** What the caller gets in place of an answer. */
export const blockedMessage = "Guardrail blocked the input.";

interface Place {
  region: string;
  account: string;
}

/** True where the call names a guardrail and the caller's text holds the blocked word. */
export function isBlocked(call: Call): boolean {
  return Boolean(call.request.guardrailConfig?.guardrailIdentifier) && lastUserText(call).includes(blockedWord);
}

/** `trace.guardrail`; undefined where no trace was asked for. */
export function guardrailTrace(call: Call, answerText: string, place: Place): object | undefined {
  const config = call.request.guardrailConfig;
  if (config?.trace === undefined || config.trace === "disabled" || !config.guardrailIdentifier) return undefined;
  const id = config.guardrailIdentifier.slice(config.guardrailIdentifier.lastIndexOf("/") + 1);
  const applied = {
    guardrailArn: `arn:aws:bedrock:${place.region}:${place.account}:guardrail/${id}`,
    guardrailId: id,
    guardrailOrigin: ["REQUEST"],
    guardrailOwnership: "SELF",
    guardrailVersion: config.guardrailVersion,
  };
  const input = assessment(applied, lastUserText(call));
  if (isBlocked(call)) {
    const topics = [{ action: "BLOCKED", detected: true, name: "Emulator", type: "DENY" }];
    return { actionReason: "Guardrail blocked.", inputAssessment: { [id]: { ...input, topicPolicy: { topics } } } };
  }
  return {
    actionReason: "No action.",
    inputAssessment: { [id]: input },
    modelOutput: [],
    outputAssessments: { [id]: [assessment(applied, answerText)] },
  };
}

function assessment(appliedGuardrailDetails: object, text: string): object {
  const length = lengthOf(text);
  return {
    appliedGuardrailDetails,
    invocationMetrics: {
      guardrailCoverage: { textCharacters: { guarded: length, total: length } },
      guardrailProcessingLatency: 100,
      usage: {
        automatedReasoningPolicies: 0,
        automatedReasoningPolicyUnits: 0,
        contentPolicyImageUnits: 0,
        contentPolicyUnits: 0,
        contextualGroundingPolicyUnits: 0,
        sensitiveInformationPolicyFreeUnits: 0,
        sensitiveInformationPolicyUnits: 0,
        topicPolicyUnits: Math.ceil(length / 1000),
        wordPolicyUnits: 0,
      },
    },
  };
}
