/** Guardrails in a model's call: what is blocked, what is masked, and the trace. Shapes are recorded (Nova Micro, Claude Haiku 4.5, Llama 3.3, Titan). */
import type { Answer } from "../generate/answer.ts";
import { lastUserText } from "../generate/prompt.ts";
import { additionalField, type Call } from "../validate/call.ts";
import { assessmentOf, guardrailIdOf, isBlockedText, maskedText } from "./findings.ts";

/** What the caller gets in place of an answer. */
export const blockedMessage = "Guardrail blocked the input.";

interface Place {
  region: string;
  account: string;
}

/** True where the call names a guardrail and the caller's text holds a blocked word. */
export function isBlocked(call: Call): boolean {
  return hasGuardrail(call) && isBlockedText(guardedText(call));
}

/** What the guardrail looks at: the caller's last words; of a native prompt all of it, with its marks (recorded). */
function guardedText(call: Call): string {
  const prompt = additionalField(call, "prompt");
  return typeof prompt === "string" ? prompt : lastUserText(call);
}

export function hasGuardrail(call: Call): boolean {
  return Boolean(call.request.guardrailConfig?.guardrailIdentifier);
}

/** The answer as the guardrail lets it through: private parts of its text replaced, which AWS tells by the stop reason. */
export function guardedAnswer(call: Call, answer: Answer): Answer {
  const text = answerText(answer);
  if (!hasGuardrail(call) || maskedText(text) === text) return answer;
  const blocks = answer.blocks.map((block) =>
    block.kind === "text" ? { ...block, text: maskedText(block.text) } : block,
  );
  return { ...answer, blocks, stopReason: "guardrail_intervened", unmasked: text };
}

/** What the model wrote, before a guardrail changed it. */
function answerText(answer: Answer): string {
  return answer.unmasked ?? answer.blocks.map((block) => (block.kind === "text" ? block.text : "")).join("");
}

/** Converse's `trace.guardrail`; undefined where no trace was asked for. */
export function guardrailTrace(call: Call, answer: Answer, place: Place): object | undefined {
  const seen = assessments(call, answer, place);
  if (seen === undefined) return undefined;
  const { id, actionReason, input, output, modelOutput } = seen;
  if (output === undefined) return { actionReason, inputAssessment: { [id]: input } };
  return {
    actionReason,
    inputAssessment: { [id]: input },
    modelOutput,
    outputAssessments: { [id]: [output] },
  };
}

/** InvokeModel's `amazon-bedrock-trace`, which names the same things otherwise; undefined where no trace was asked for. */
export function invokeTrace(call: Call, answer: Answer, place: Place): object | undefined {
  const seen = assessments(call, answer, place);
  if (seen === undefined) return undefined;
  const { id, actionReason, input, output, modelOutput } = seen;
  return {
    guardrail: {
      actionReason,
      input: { [id]: input },
      ...(modelOutput.length > 0 && { modelOutput }),
      ...(output !== undefined && { outputs: [{ [id]: output }] }),
    },
  };
}

interface Assessments {
  id: string;
  actionReason: string;
  input: object;
  /** Absent where the model was not asked. */
  output: object | undefined;
  /** What the model wrote, where it was changed. */
  modelOutput: string[];
}

function assessments(call: Call, answer: Answer, { region, account }: Place): Assessments | undefined {
  const config = call.request.guardrailConfig;
  if (config?.trace === undefined || config.trace === "disabled" || !config.guardrailIdentifier) return undefined;
  const { guardrailIdentifier: identifier, guardrailVersion: version } = config;
  const place = { region, account, identifier, version };
  const blocked = isBlocked(call);
  const intervened = answer.unmasked === undefined ? "No action." : "Guardrail masked.";
  return {
    id: guardrailIdOf(identifier),
    actionReason: blocked ? "Guardrail blocked." : intervened,
    input: assessmentOf(guardedText(call), place),
    output: blocked ? undefined : assessmentOf(answerText(answer), place),
    modelOutput: answer.unmasked === undefined ? [] : [answer.unmasked],
  };
}
