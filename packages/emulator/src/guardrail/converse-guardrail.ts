/** Guardrails in a model's call: what is blocked, what is masked, and the trace. Shapes are recorded (Nova Micro, Claude Haiku 4.5, Llama 3.3, Titan). */
import type { Answer } from "../generate/answer.ts";
import { lengthOf } from "../generate/tokens.ts";
import { additionalField, type Call } from "../validate/call.ts";
import { assessmentOf, guardrailIdOf, isBlockedText, maskedText } from "./findings.ts";

/** What the caller gets in place of an answer. */
export const blockedMessage = "Guardrail blocked the input.";

interface Place {
  region: string;
  account: string;
}

/** True where the call names a guardrail and what it looks at holds a blocked word. */
export function isBlocked(call: Call): boolean {
  return hasGuardrail(call) && isBlockedText(guardedTexts(call).join("\n"));
}

/**
 * What the guardrail looks at: all words of the messages, or where parts of them are marked, these alone (AWS's page on guardrails with
 * Converse); of the system prompt only what is marked; of a native prompt all of it, with its marks (recorded).
 */
function guardedTexts(call: Call): string[] {
  const prompt = additionalField(call, "prompt");
  if (typeof prompt === "string") return [prompt];
  const { plain, marked, system } = wordsOf(call);
  return [...system.flatMap(judged), ...(marked.length > 0 ? marked.flatMap(judged) : plain)];
}

interface Words {
  plain: string[];
  marked: MarkedText[];
  system: MarkedText[];
}

interface MarkedText {
  text: string;
  qualifiers?: readonly string[] | undefined;
}

function wordsOf(call: Call): Words {
  const blocks = call.blocks.map(({ block }) => block);
  return {
    plain: blocks.flatMap(({ text }) => text ?? []),
    marked: blocks.flatMap(({ guardContent }) => guardContent?.text ?? []),
    system: (call.request.system ?? []).flatMap(({ guardContent }) => guardContent?.text ?? []),
  };
}

/** Recorded: a source and a query are there for the check of the answer, and no words to be judged themselves. */
function judged({ text, qualifiers = [] }: MarkedText): string[] {
  return qualifiers.length === 0 || qualifiers.includes("guard_content") ? [text] : [];
}

/** Recorded: all words of the messages are counted, whether they are looked at or not. */
function inputCoverage(call: Call): object {
  const guarded = lengthOf(guardedTexts(call).join(""));
  const { plain, marked, system } = wordsOf(call);
  const total = lengthOf([...plain, ...[...marked, ...system].map(({ text }) => text)].join(""));
  return { textCharacters: { guarded, total: Math.max(guarded, total) } };
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
    input: assessmentOf(guardedTexts(call).join("\n"), place, inputCoverage(call)),
    output: blocked ? undefined : assessmentOf(answerText(answer), place),
    modelOutput: answer.unmasked === undefined ? [] : [answer.unmasked],
  };
}
