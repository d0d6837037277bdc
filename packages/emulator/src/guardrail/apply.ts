/** ApplyGuardrail. The shape is recorded; which texts it finds something in is the emulator's own: see `findings.ts`. */
import { guardrailIdentifier, guardrailVersion } from "../validate/request-shapes.ts";
import { constraintFault } from "../validate/constraints.ts";
import { invalid, type Refusal } from "../validate/refusal.ts";
import { blob, listOf, oneOf, string, structure, union } from "../validate/shape.ts";
import { withoutNulls } from "../validate/read-shape.ts";
import { formRefusal } from "../validate/validate.ts";
import { blockedMessage } from "./converse-guardrail.ts";
import {
  assessmentOf,
  coverageOf,
  guardrailUsage,
  isBlockedText,
  maskedText,
  missingGuardrail,
  noSuchGuardrail,
  type GuardrailPlace,
} from "./findings.ts";

const content = union("GuardrailContentBlock", {
  text: structure({ text: string, qualifiers: listOf(oneOf("grounding_source", "query", "guard_content")) }, ["text"]),
  image: structure({ format: oneOf("png", "jpeg"), source: union("GuardrailImageSource", { bytes: blob }) }, [
    "format",
    "source",
  ]),
});

/** The body of ApplyGuardrail. */
export const applyGuardrailShape = structure(
  { source: oneOf("INPUT", "OUTPUT"), content: listOf(content), outputScope: oneOf("INTERVENTIONS", "FULL") },
  ["source", "content"],
);

const pathShape = structure({ guardrailIdentifier, guardrailVersion });

interface ApplyBody {
  source: "INPUT" | "OUTPUT";
  content: { text?: { text: string } }[];
  outputScope?: "INTERVENTIONS" | "FULL";
}

/** Answers with the assessment of the texts, or with AWS's refusal. */
export function applyGuardrail(place: GuardrailPlace, body: unknown): { response: object } | { refusal: Refusal } {
  const { identifier, version } = place;
  const fault =
    constraintFault({ guardrailIdentifier: identifier, guardrailVersion: version }, pathShape) ??
    formRefusal(body, applyGuardrailShape);
  if (fault !== undefined) return { refusal: fault };
  if (identifier === missingGuardrail)
    return { refusal: { status: 404, errorType: "ResourceNotFoundException", message: noSuchGuardrail } };
  // The shape was checked just above.
  const { content: blocks, source, outputScope } = withoutNulls(body, applyGuardrailShape) as ApplyBody;
  if (blocks.length === 0)
    return { refusal: invalid("The content field is empty. Add content to the content field and try again.") };
  const texts = blocks.flatMap((block) => block.text?.text ?? []);
  return { response: responseFor(texts, place, { source, isFull: outputScope === "FULL" }) };
}

function responseFor(
  texts: readonly string[],
  place: GuardrailPlace,
  { source, isFull }: { source: "INPUT" | "OUTPUT"; isFull: boolean },
): object {
  const text = texts.join("\n");
  const isBlocked = isBlockedText(text);
  const isMasked = maskedText(text) !== text;
  // AWS's guide: what is masked comes back in the form of the request, so block by block.
  const masked = isMasked ? texts.map((each) => ({ text: maskedText(each) })) : [];
  const outputs = isBlocked ? [{ text: blockedWords[source] }] : masked;
  const reason = isBlocked ? "Guardrail blocked." : "Guardrail masked.";
  return {
    action: isBlocked || isMasked ? "GUARDRAIL_INTERVENED" : "NONE",
    actionReason: isBlocked || isMasked ? reason : "No action.",
    assessments: [{ ...(isFull && emptyPolicies), ...assessmentOf(text, place, { images: null }) }],
    ...(isBlocked && { blockedResponse: blockedWords[source] }),
    guardrailCoverage: { ...coverageOf(text), images: null },
    output: outputs,
    outputs,
    usage: guardrailUsage(text),
  };
}

const blockedWords = { INPUT: blockedMessage, OUTPUT: "Guardrail blocked the output." };

/** Recorded with `outputScope: FULL`: policies that the guardrail has not are null. */
const emptyPolicies = {
  automatedReasoningPolicy: null,
  contentPolicy: null,
  contextualGroundingPolicy: null,
  sensitiveInformationPolicy: null,
  topicPolicy: null,
  wordPolicy: null,
};
